//! This computer's own network: when it changes, whether there is one, which one it is; and when the computer wakes up.
//!
//! Nothing here sends a packet or polls: the kernel and the system's bus tell.

#[cfg(not(target_os = "linux"))]
mod elsewhere;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod sleep;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

#[cfg(not(target_os = "linux"))]
use self::elsewhere as here;
#[cfg(target_os = "linux")]
use self::linux as here;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// An interface, an address or a route came or went.
    Network,
    /// The computer slept, and is awake again.
    Woke,
}

/// Tells of changes as they happen.
#[derive(Debug)]
pub struct Changes(here::Changes);

/// Which network this computer is in: the same text while it is in the same one. It holds addresses, so it is for hashing,
/// not for keeping.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity(String);

/// Addresses that stand for all others: they are reserved for documents, so nobody has them, and whether there is a way to
/// them is whether there is a way out.
const ANYWHERE: [IpAddr; 2] =
    [IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))];

// === impl Changes ===

impl Changes {
    /// Listens from now on. Where the system tells nothing, nothing is ever heard.
    pub fn listen() -> Self {
        Self(here::Changes::listen())
    }

    /// The next change; several that come at once are one. May be dropped and called anew.
    pub async fn next(&mut self) -> Change {
        self.0.next().await
    }
}

/// Whether there is a way out of this computer, or at least to one of these addresses. Asks the routing table; no packet is
/// sent.
pub fn is_there(addresses: impl IntoIterator<Item = IpAddr>) -> bool {
    addresses.into_iter().chain(ANYWHERE).any(has_way)
}

/// Whether any interface but the loopback is connected and has an address that others could reach. There may be no way out
/// through it.
pub fn has_interface() -> bool {
    here::has_interface()
}

/// Which network this is; `None` where there is none, or the system does not say, which it may not at first.
pub fn identity() -> Option<Identity> {
    here::identity().map(Identity)
}

fn has_way(to: IpAddr) -> bool {
    own_address(to).is_some_and(|own| own.is_loopback() || here::is_connected(own))
}

/// The address that packets to another one would come from. A socket that sends single packets is "connected" by choosing a
/// route for them, and nothing else happens.
fn own_address(to: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((to, 9)).ok()?;
    socket.local_addr().ok().map(|own| own.ip())
}

// === impl Identity ===

impl Identity {
    /// What to hash.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Identity(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_always_a_way_to_this_computer_itself() {
        assert!(is_there([Ipv4Addr::LOCALHOST.into()]));
    }

    #[test]
    fn an_identity_shows_nothing_of_itself() {
        assert_eq!(format!("{:?}", Identity("192.0.2.1".to_owned())), "Identity(…)");
    }
}
