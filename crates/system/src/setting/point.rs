//! Where programs are sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use serde::{Deserialize, Serialize};

/// Never sent through a proxy: this computer itself.
const OWN: [&str; 3] = ["localhost", "127.0.0.0/8", "::1"];

/// An address that programs are to use as their proxy, and the hosts that they reach without it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    address: SocketAddr,
    bypass: Vec<String>,
}

// === impl Point ===

impl Point {
    /// An address where somebody listens, and what goes around it: host names, `*.domain`, networks as `10.0.0.0/8`.
    /// This computer itself always does.
    pub fn new(address: SocketAddr, bypass: impl IntoIterator<Item = String>) -> Self {
        // An address that means "all of this computer's" is none that a program could connect to.
        let ip = match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
            IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
            ip => ip,
        };
        let bypass = bypass.into_iter().filter(|host| !OWN.contains(&host.as_str())).collect();
        Self { address: SocketAddr::new(ip, address.port()), bypass }
    }

    /// The whole of it.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    #[cfg(unix)]
    pub(crate) fn host(&self) -> String {
        self.address.ip().to_string()
    }

    #[cfg(unix)]
    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(crate) fn bypass(&self) -> impl Iterator<Item = &str> {
        OWN.into_iter().chain(self.bypass.iter().map(String::as_str))
    }
}
