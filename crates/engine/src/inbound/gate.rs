//! Who may use the port, and for what.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use paperwing_link::Login;

use crate::target::{Target, TargetHost};
use crate::upstream::Surroundings;

/// What every request is held against.
#[derive(Debug)]
pub(crate) struct Gate {
    /// Who may use the port; anybody who reaches it where there is none.
    pub(crate) login: Option<Login>,
    pub(crate) surroundings: Arc<Surroundings>,
}

impl Gate {
    /// Whether the credentials are the right ones. Takes the same time for every wrong pair of one length.
    pub(crate) fn admits(&self, user: &[u8], password: &[u8]) -> bool {
        let Some(login) = &self.login else { return true };
        let equal = |ours: &[u8], theirs: &[u8]| {
            ours.len() == theirs.len() && ours.iter().zip(theirs).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
        };
        equal(login.user.as_bytes(), user) & equal(login.password.reveal().as_bytes(), password)
    }

    /// Whether a request for the target would come back to this port: a loop, or a web page that wants to use it.
    pub(crate) fn is_loop(&self, target: &Target) -> bool {
        let at = |ip: IpAddr| self.surroundings.is_own(SocketAddr::new(ip, target.port.get()));
        match &target.host {
            TargetHost::Ip(ip) => at(ip.to_canonical()),
            TargetHost::Domain(name) => {
                let name = name.trim_end_matches('.').to_ascii_lowercase();
                (name == "localhost" || name.ends_with(".localhost"))
                    && (at(Ipv4Addr::LOCALHOST.into()) || at(Ipv6Addr::LOCALHOST.into()))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use paperwing_link::Secret;

    #[test]
    fn every_name_of_our_own_port_is_a_loop() {
        let surroundings = Arc::new(Surroundings::default());
        surroundings.set_own_addresses(&["127.0.0.1:1080".parse().unwrap(), "[::1]:1080".parse().unwrap()]);
        let gate = Gate { login: None, surroundings };
        for text in
            ["127.0.0.1:1080", "[::1]:1080", "localhost:1080", "LocalHost.:1080", "a.localhost:1080", "0.0.0.0:1080"]
                .into_iter()
                .chain(["[::ffff:127.0.0.1]:1080", "[::]:1080"])
        {
            assert!(gate.is_loop(&Target::parse_authority(text).unwrap()), "{text}");
        }
        for text in ["127.0.0.1:1081", "localhost:80", "example.com:1080", "192.0.2.1:1080"] {
            assert!(!gate.is_loop(&Target::parse_authority(text).unwrap()), "{text}");
        }
    }

    #[test]
    fn only_the_right_pair_is_admitted() {
        let login = Login { user: "ann".to_owned(), password: Secret::new("pw") };
        let gate = Gate { login: Some(login), surroundings: Arc::default() };
        assert!(gate.admits(b"ann", b"pw"));
        for (user, password) in [("ann", "pW"), ("an", "pw"), ("", ""), ("annpw", ""), ("bob", "pw")] {
            assert!(!gate.admits(user.as_bytes(), password.as_bytes()), "{user}");
        }
    }
}
