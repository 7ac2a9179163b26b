//! How a proxy is kept: as the link that it prints, which parses to the same proxy.

use paperwing_link::{Name, Protocol, Proxy, Secret};

/// The whole link, secrets included, without the name: names are kept beside, so that renaming needs no key.
pub(crate) fn print(proxy: &Proxy) -> Secret {
    nameless(proxy).to_link()
}

/// The proxy of a kept link, `None` where it is none that this program knows.
pub(crate) fn read(link: &str) -> Option<Proxy> {
    link.parse().ok().map(|proxy| nameless(&proxy))
}

/// What makes a proxy the same one: everything but its name.
pub(crate) fn nameless(proxy: &Proxy) -> Proxy {
    Proxy { name: None, ..proxy.clone() }
}

/// The proxy under the name that the list has for it; what only repeats the address is no name.
pub(crate) fn named(proxy: Proxy, name: &str) -> Proxy {
    let name = if name == proxy.address() { None } else { Name::new(name) };
    Proxy { name, ..proxy }
}

/// Whether a proxy's link must not be read by others. A login without a password counts: tokens are often user names.
pub fn holds_secret(protocol: &Protocol) -> bool {
    match protocol {
        Protocol::Socks5(login) | Protocol::Http(login) | Protocol::Https { login, .. } => login.is_some(),
        Protocol::Socks4 { user } | Protocol::Socks4a { user } => user.is_some(),
        Protocol::Ssh(ssh) => ssh.password.is_some(),
        Protocol::Hysteria2(hysteria) => hysteria.auth.is_some() || hysteria.obfs_password.is_some(),
        Protocol::Shadowsocks(_)
        | Protocol::Trojan(_)
        | Protocol::Vless(_)
        | Protocol::Vmess(_)
        | Protocol::Tuic(_)
        | Protocol::Anytls(_)
        | Protocol::Mtproto(_) => true,
    }
}
