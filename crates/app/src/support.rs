//! Whether a proxy can be carried on this computer as it is: one judge, so that all faces say the same of it.

use paperwing_engine::upstream::is_installed;
use paperwing_link::{ByProtocol, Proxy, Support};
use paperwing_profile::{Entry, Profile, SecretError};

/// Whether a proxy can be carried here. A program that is needed and there is no obstacle, so [`Support::Needs`] means that
/// it is missing.
pub fn support_here(proxy: &Proxy) -> Support {
    here(proxy.support())
}

/// The same of an entry of the list, by its whole link. Opens the key where the link is sealed and its protocol alone does
/// not settle it, which may block for seconds. Where it cannot be had, the answer is the best that the protocol allows,
/// for no proxy is called useless on a suspicion; why it could not comes along.
pub(crate) fn support_of(profile: &Profile, entry: &Entry) -> (Support, Option<SecretError>) {
    let at_best = match ByProtocol::of(&entry.protocol) {
        ByProtocol::Always(support) => return (here(support), None),
        ByProtocol::AtBest(support) => support,
    };
    match profile.proxy(entry) {
        Ok(proxy) => (support_here(&proxy), None),
        Err(why) => (here(at_best), Some(why)),
    }
}

fn here(support: Support) -> Support {
    match support {
        Support::Needs(program) if is_installed(program) => Support::Carried,
        support => support,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::path::Path;

    use paperwing_link::{Missing, Program, Refusal};
    use paperwing_profile::{KeyKind, KeyOptions, OpenMode};

    use super::*;

    /// Links with a secret, and what is to be said of them; the first six hang on more than their protocol.
    fn links() -> Vec<(&'static str, Support)> {
        let grpc = Missing::Transport { protocol: "Trojan", transport: "gRPC".to_owned() };
        // Whoever runs the tests may have it.
        let shoes = here(Support::Needs(Program::Shoes));
        vec![
            ("ss://rc4-md5:p@h.example:1", Support::Never(Refusal::BrokenCipher)),
            ("ss://aes-256-gcm:p@h.example:1", Support::Carried),
            ("trojan://p@h.example?type=grpc", Support::NotYet(grpc)),
            ("trojan://p@h.example", Support::Carried),
            ("vless://id@h.example:1?security=reality&pbk=k", shoes.clone()),
            ("vless://id@h.example:1?security=tls&flow=xtls-rprx-vision", shoes.clone()),
            ("socks5://u:p@h.example:1", Support::Carried),
            ("tg://proxy?server=h.example&port=1&secret=00000000000000000000000000000000", Support::TelegramOnly),
            ("anytls://p@h.example", shoes),
            ("hysteria2://p@h.example", Support::NotYet(Missing::OverQuic { protocol: "Hysteria2" })),
        ]
    }

    fn profile(dir: &Path, key: KeyKind) -> Profile {
        Profile::open(dir, OpenMode::Command, KeyOptions::new().kind(Some(key))).unwrap().0
    }

    /// What is said of each entry, and whether its link stayed sealed.
    fn judged(profile: &Profile) -> Vec<(Support, bool)> {
        let judged = profile.entries().iter().map(|entry| support_of(profile, entry));
        judged.map(|(support, why)| (support, why.is_some())).collect()
    }

    #[test]
    fn a_sealed_link_is_judged_whole_where_the_key_is_there_and_never_too_hard_where_it_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let proxies: Vec<Proxy> = links().iter().map(|(link, _)| link.parse().unwrap()).collect();
        profile(dir.path(), KeyKind::File).add(&proxies, None).unwrap();

        let whole: Vec<_> = links().into_iter().map(|(_, support)| (support, false)).collect();
        assert_eq!(judged(&profile(dir.path(), KeyKind::File)), whole);

        // Where the protocol settles nothing they count as carried, and it is told that nobody looked.
        let mut by_protocol = whole;
        by_protocol[..6].fill((Support::Carried, true));
        assert_eq!(judged(&profile(dir.path(), KeyKind::None)), by_protocol);
    }
}
