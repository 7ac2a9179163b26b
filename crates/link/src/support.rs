//! Which proxies the engine can carry. One table, so that a protocol which learns to walk is let out in one place.

use std::borrow::Cow;
use std::fmt;

use crate::{Plugin, Protocol, Proxy, Security, Shadowsocks, Transport};

/// Whether the engine can carry traffic through a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Carried,
    /// It can where this program is installed, which is another's and runs beside ours.
    Needs(Program),
    /// Not yet. The proxy is kept and shown; the text says what is missing, for a person to read.
    NotYet(Cow<'static, str>),
    /// It carries Telegram, from a port of its own, and nothing else: that is all that the proxy's protocol is for.
    TelegramOnly,
    /// It never will; the text says why, for a person to read.
    Never(&'static str),
}

/// A program of others that carries what we do not. Only these are ever started, whatever a link says: links come from
/// strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Program {
    /// <https://github.com/shadowsocks/v2ray-plugin>, a SIP003 plugin.
    V2rayPlugin,
    /// <https://github.com/shadowsocks/simple-obfs>, a SIP003 plugin.
    ObfsLocal,
}

// === impl Proxy ===

impl Proxy {
    /// Whether the engine can carry traffic through this proxy.
    pub fn support(&self) -> Support {
        let missing = match &self.protocol {
            Protocol::Socks5(_)
            | Protocol::Socks4 { .. }
            | Protocol::Socks4a { .. }
            | Protocol::Http(_)
            | Protocol::Https { .. }
            | Protocol::Ssh(_) => return Support::Carried,
            Protocol::Mtproto(_) => return Support::TelegramOnly,
            Protocol::Shadowsocks(it) => return shadowsocks(it),
            Protocol::Trojan(it) if it.extra.get("security").is_some_and(|s| s.reveal() == "reality") => {
                "reality".into()
            }
            Protocol::Trojan(it) => return layered("Trojan", &it.transport),
            Protocol::Vless(it) if matches!(it.security, Security::Reality(_)) => "reality".into(),
            Protocol::Vless(it) if it.encryption.is_some() => "VLESS encryption".into(),
            Protocol::Vless(it) if it.flow.is_some() => "VLESS with an XTLS flow".into(),
            Protocol::Vless(it) => return layered("VLESS", &it.transport),
            Protocol::Vmess(it) if matches!(it.security, Security::Reality(_)) => "reality".into(),
            Protocol::Vmess(it) if it.alter_id != 0 => "VMess with alterId".into(),
            Protocol::Vmess(_) => "VMess".into(),
            Protocol::Hysteria2(_) => "Hysteria2".into(),
            Protocol::Tuic(_) => "TUIC".into(),
            Protocol::Anytls(_) => "AnyTLS".into(),
        };
        Support::NotYet(missing)
    }
}

/// The ciphers of SIP004 and SIP022 that everybody has.
const SHADOWSOCKS_CIPHERS: [&str; 6] = [
    "aes-128-gcm",
    "aes-256-gcm",
    "chacha20-ietf-poly1305",
    "2022-blake3-aes-128-gcm",
    "2022-blake3-aes-256-gcm",
    "2022-blake3-chacha20-poly1305",
];

/// Ciphers without authentication: whoever sits between can change what they carry, and find the proxy by trying.
const STREAM_CIPHERS: [&str; 6] = ["rc4", "table", "salsa20", "chacha20", "xchacha20", "chacha20-ietf"];

fn shadowsocks(it: &Shadowsocks) -> Support {
    let cipher = it.cipher.as_str();
    if !SHADOWSOCKS_CIPHERS.contains(&cipher) {
        let is_stream = STREAM_CIPHERS.contains(&cipher)
            || ["-cfb", "-cfb1", "-cfb8", "-cfb128", "-ctr", "-ofb", "-md5", "-md5-6"]
                .iter()
                .any(|ending| cipher.ends_with(ending));
        return match cipher {
            "none" => Support::Never("Shadowsocks without a cipher hides nothing; ask for another link"),
            _ if is_stream => Support::Never(
                "this Shadowsocks cipher is broken (anybody between can change what it carries); ask for another link",
            ),
            _ => Support::NotYet(format!("the Shadowsocks cipher {}", printable(cipher)).into()),
        };
    }
    match &it.plugin {
        None => Support::Carried,
        Some(plugin) => match plugin.program() {
            Some(program) => Support::Needs(program),
            None => Support::NotYet(format!("Shadowsocks with the plugin {}", printable(&plugin.name)).into()),
        },
    }
}

/// A protocol that is carried, in the transport that it runs in.
fn layered(protocol: &'static str, transport: &Transport) -> Support {
    match transport {
        Transport::Tcp | Transport::WebSocket { .. } => Support::Carried,
        Transport::Grpc { .. } => Support::NotYet(format!("{protocol} over gRPC").into()),
        Transport::Other { kind, .. } => Support::NotYet(format!("{protocol} over {}", printable(kind)).into()),
    }
}

/// A word from a link, fit to stand in a sentence.
fn printable(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(32).collect()
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carried => f.write_str("supported"),
            Self::Needs(program) => write!(f, "needs {program}: {}", program.install()),
            Self::NotYet(what) => write!(f, "not supported yet: {what}"),
            Self::TelegramOnly => f.write_str("Telegram only"),
            Self::Never(why) => f.write_str(why),
        }
    }
}

// === impl Plugin ===

impl Plugin {
    /// The program that it is, if it is one that is started.
    pub fn program(&self) -> Option<Program> {
        match self.name.as_str() {
            "v2ray-plugin" => Some(Program::V2rayPlugin),
            "obfs-local" | "simple-obfs" => Some(Program::ObfsLocal),
            _ => None,
        }
    }
}

// === impl Program ===

impl Program {
    /// The names under which it is looked for, in order: others than its own are those of distributions.
    pub fn files(self) -> &'static [&'static str] {
        match self {
            Self::V2rayPlugin => &["v2ray-plugin", "ss-v2ray-plugin"],
            Self::ObfsLocal => &["obfs-local"],
        }
    }

    /// How it is had, for a person to read.
    pub fn install(self) -> &'static str {
        match self {
            Self::V2rayPlugin => "on Debian and its relatives `apt install shadowsocks-v2ray-plugin`",
            Self::ObfsLocal => "on Debian and its relatives `apt install simple-obfs`",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V2rayPlugin => "the program v2ray-plugin",
            Self::ObfsLocal => "the program obfs-local",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn support(link: &str) -> Support {
        link.parse::<Proxy>().unwrap_or_else(|error| panic!("{link}: {error}")).support()
    }

    #[test]
    fn shadowsocks_is_carried_by_ciphers_that_prove_what_they_carry() {
        for cipher in &SHADOWSOCKS_CIPHERS[..3] {
            assert_eq!(support(&format!("ss://{cipher}:x@h.example:1")), Support::Carried, "{cipher}");
        }
        assert_eq!(support("ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==@h.example:1"), Support::Carried);
        for cipher in ["rc4-md5", "aes-256-cfb", "aes-128-ctr", "chacha20", "chacha20-ietf", "camellia-256-cfb"] {
            let refused = support(&format!("ss://{cipher}:x@h.example:1"));
            assert!(matches!(refused, Support::Never(why) if why.contains("broken")), "{cipher}: {refused:?}");
        }
        assert!(matches!(support("ss://none:@h.example:1"), Support::Never(_)));
        assert!(matches!(support("ss://aes-192-ccm:x@h.example:1"), Support::NotYet(_)));
    }

    #[test]
    fn trojan_and_vless_are_carried_in_tls_and_websockets() {
        for link in [
            "trojan://p@h.example",
            "trojan://p@h.example?type=ws&path=%2Fx",
            "vless://id@h.example:443?security=tls",
            "vless://id@h.example:80?type=ws",
        ] {
            assert_eq!(support(link), Support::Carried, "{link}");
        }
        let told = |link| support(link).to_string();
        assert_eq!(told("trojan://p@h.example?type=grpc"), "not supported yet: Trojan over gRPC");
        assert_eq!(told("vless://id@h.example:443?security=tls&type=xhttp"), "not supported yet: VLESS over xhttp");
        assert_eq!(
            told("vless://id@h.example:443?encryption=mlkem768x25519plus"),
            "not supported yet: VLESS encryption"
        );
    }

    #[test]
    fn only_plugins_that_we_know_are_ever_started() {
        let with = |plugin: &str| support(&format!("ss://aes-256-gcm:x@h.example:1?plugin={plugin}"));
        assert_eq!(with("obfs-local%3Bobfs%3Dhttp"), Support::Needs(Program::ObfsLocal));
        assert_eq!(with("v2ray-plugin"), Support::Needs(Program::V2rayPlugin));
        assert!(matches!(with("..%2F..%2Fbin%2Fsh"), Support::NotYet(_)));
    }
}
