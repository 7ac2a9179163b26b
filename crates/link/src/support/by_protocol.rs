//! What a protocol's name alone says of a proxy.

use super::{Missing, Program, Support};

/// What can be told of a proxy by the name of its protocol, where the rest of its link is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ByProtocol {
    /// So it is, whatever the rest says.
    Always(Support),
    /// So it is at best: some links of the protocol want more.
    AtBest(Support),
}

impl ByProtocol {
    /// By a name as [`crate::Protocol::name`] gives it.
    pub fn of(name: &str) -> Self {
        let over_quic = |protocol| Self::Always(Support::NotYet(Missing::OverQuic { protocol }));
        match name {
            "socks5" | "socks4" | "socks4a" | "http" | "https" | "ssh" => Self::Always(Support::Carried),
            "mtproto" => Self::Always(Support::TelegramOnly),
            "anytls" => Self::Always(Support::Needs(Program::Shoes)),
            "hysteria2" => over_quic("Hysteria2"),
            "tuic" => over_quic("TUIC"),
            "vmess" => Self::AtBest(Support::Needs(Program::Shoes)),
            // Shadowsocks, Trojan and VLESS, and what a newer version wrote down.
            _ => Self::AtBest(Support::Carried),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Proxy;

    /// Each protocol by the best of its links, and what else it may say.
    const LINKS: [(&str, &[&str]); 14] = [
        ("socks5://h.example", &["socks5://u:p@h.example:1"]),
        ("socks4://h.example", &["socks4://u@h.example:1"]),
        ("socks4a://h.example", &["socks4a://u@h.example:1"]),
        ("http://h.example", &["http://u:p@h.example:1"]),
        ("https://h.example", &["https://u:p@h.example?sni=b.example"]),
        ("ss://aes-256-gcm:p@h.example:1", &["ss://rc4-md5:p@h.example:1", "ss://aes-256-gcm:p@h.example:1?plugin=x"]),
        ("trojan://p@h.example", &["trojan://p@h.example?type=grpc", "trojan://p@h.example?security=reality&pbk=k"]),
        ("vless://id@h.example:1", &["vless://id@h.example:1?type=xhttp", "vless://id@h.example:1?flow=x"]),
        // {"add":"h.example","port":443,"id":"x"}, and the same with "aid":1.
        (
            "vmess://eyJhZGQiOiJoLmV4YW1wbGUiLCJwb3J0Ijo0NDMsImlkIjoieCJ9",
            &["vmess://eyJhZGQiOiJoLmV4YW1wbGUiLCJwb3J0Ijo0NDMsImlkIjoieCIsImFpZCI6MX0="],
        ),
        ("hysteria2://p@h.example", &["hysteria2://p@h.example?obfs=salamander&obfs-password=x"]),
        ("tuic://id:p@h.example:1", &["tuic://id:p@h.example:1?congestion_control=bbr"]),
        ("anytls://p@h.example", &["anytls://p@h.example:1?sni=b.example"]),
        ("ssh://u:p@h.example", &["ssh://u@h.example:1?key=%2Fk"]),
        ("tg://proxy?server=h.example&port=1&secret=00000000000000000000000000000000", &[]),
    ];

    fn support(link: &str) -> (&'static str, Support) {
        let proxy: Proxy = link.parse().unwrap_or_else(|error| panic!("{link}: {error}"));
        (proxy.protocol.name(), proxy.support())
    }

    #[test]
    fn a_protocols_name_promises_what_the_best_of_its_links_keeps_and_settles_only_what_no_link_changes() {
        for (best, others) in LINKS {
            let (name, found) = support(best);
            match ByProtocol::of(name) {
                ByProtocol::AtBest(promised) => {
                    assert_eq!(promised, found, "{best}");
                    assert!(others.iter().any(|link| support(link).1 != promised), "{name} is always so");
                }
                ByProtocol::Always(settled) => {
                    assert_eq!(settled, found, "{best}");
                    for link in others {
                        assert_eq!(support(link).1, settled, "{link}");
                    }
                }
            }
        }
    }
}
