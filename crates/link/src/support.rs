//! Which proxies the engine can carry. One table, so that a protocol which learns to walk is let out in one place.

mod by_protocol;

use std::fmt;

use serde::Serialize;

pub use self::by_protocol::ByProtocol;
use crate::{Flow, Plugin, Protocol, Proxy, Secret, Security, Shadowsocks, Transport, Trojan, Vless};

/// Whether the engine can carry traffic through a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Carried,
    /// It can where this program is installed, which is another's and runs beside ours.
    Needs(Program),
    /// Not yet. The proxy is kept and shown.
    NotYet(Missing),
    /// It carries Telegram, from a port of its own, and nothing else: that is all that the proxy's protocol is for.
    TelegramOnly,
    /// It never will.
    Never(Refusal),
}

/// What it takes to carry a proxy, and is missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Missing {
    /// `VMess` with an alterId, which is its old form.
    OldVmess,
    /// A protocol that runs over QUIC.
    OverQuic {
        /// Which.
        protocol: &'static str,
    },
    /// A cipher of Shadowsocks.
    Cipher {
        /// Which.
        cipher: String,
    },
    /// A plugin of Shadowsocks.
    Plugin {
        /// Which.
        plugin: String,
    },
    /// A public key for REALITY, which the link should have.
    RealityKey,
    /// VLESS' own encryption.
    VlessEncryption,
    /// A flow of VLESS.
    Flow {
        /// Which.
        flow: String,
    },
    /// A protocol in a transport.
    Transport {
        /// Which protocol.
        protocol: &'static str,
        /// In which.
        transport: String,
    },
}

/// Why a proxy is never carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Refusal {
    /// Shadowsocks without a cipher, which hides nothing.
    NoCipher,
    /// A cipher whose contents anybody between can change.
    BrokenCipher,
}

/// A program of others that carries what we do not. Only these are ever started, whatever a link says: links come from
/// strangers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Program {
    /// <https://github.com/shadowsocks/v2ray-plugin>, a SIP003 plugin.
    V2rayPlugin,
    /// <https://github.com/shadowsocks/simple-obfs>, a SIP003 plugin.
    ObfsLocal,
    /// <https://github.com/cfal/shoes>, which speaks protocols that we do not.
    Shoes,
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
            Protocol::Trojan(it) => return trojan(it),
            Protocol::Vless(it) => return vless(it),
            Protocol::Vmess(it) if it.alter_id != 0 => Missing::OldVmess,
            Protocol::Vmess(it) => return layered("VMess", &it.transport, Support::Needs(Program::Shoes)),
            Protocol::Anytls(_) => return Support::Needs(Program::Shoes),
            Protocol::Hysteria2(_) => Missing::OverQuic { protocol: "Hysteria2" },
            Protocol::Tuic(_) => Missing::OverQuic { protocol: "TUIC" },
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
            "none" => Support::Never(Refusal::NoCipher),
            _ if is_stream => Support::Never(Refusal::BrokenCipher),
            _ => Support::NotYet(Missing::Cipher { cipher: printable(cipher) }),
        };
    }
    match &it.plugin {
        None => Support::Carried,
        Some(plugin) => match plugin.program() {
            Some(program) => Support::Needs(program),
            None => Support::NotYet(Missing::Plugin { plugin: printable(&plugin.name) }),
        },
    }
}

fn trojan(it: &Trojan) -> Support {
    // Its links have no word for it, so it stands among their further parameters.
    match it.extra.get("security").map(Secret::reveal) {
        None => layered("Trojan", &it.transport, Support::Carried),
        Some("reality") if it.extra.get("pbk").is_some() => {
            layered("Trojan", &it.transport, Support::Needs(Program::Shoes))
        }
        Some(_) => Support::NotYet(Missing::RealityKey),
    }
}

fn vless(it: &Vless) -> Support {
    if it.encryption.is_some() {
        return Support::NotYet(Missing::VlessEncryption);
    }
    match (&it.flow, &it.security) {
        (None, Security::None | Security::Tls(_)) => layered("VLESS", &it.transport, Support::Carried),
        (None, Security::Reality(_)) => layered("VLESS", &it.transport, Support::Needs(Program::Shoes)),
        (Some(flow), Security::Tls(_) | Security::Reality(_)) if is_vision(flow) && it.transport == Transport::Tcp => {
            Support::Needs(Program::Shoes)
        }
        (Some(flow), _) => Support::NotYet(Missing::Flow { flow: printable(&flow.0) }),
    }
}

/// The one flow that is in use; what comes behind it concerns UDP.
fn is_vision(flow: &Flow) -> bool {
    matches!(flow.0.as_str(), "xtls-rprx-vision" | "xtls-rprx-vision-udp443")
}

/// What becomes of a protocol in the transports that are carried.
fn layered(protocol: &'static str, transport: &Transport, where_carried: Support) -> Support {
    match transport {
        Transport::Tcp | Transport::WebSocket { .. } => where_carried,
        Transport::Grpc { .. } => Support::NotYet(Missing::Transport { protocol, transport: "gRPC".to_owned() }),
        Transport::Other { kind, .. } => Support::NotYet(Missing::Transport { protocol, transport: printable(kind) }),
    }
}

/// A word from a link, fit to stand in a sentence.
fn printable(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(32).collect()
}

// === impl Support ===

impl Support {
    /// Why the proxy is not used, in one line; `None` where it is, be it for Telegram only.
    pub fn why_not(&self) -> Option<String> {
        match self {
            Self::Carried | Self::TelegramOnly => None,
            why => Some(why.to_string()),
        }
    }
}

impl fmt::Display for Support {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Carried => f.write_str("supported"),
            Self::Needs(program) => write!(f, "needs {program}: {}", program.install()),
            Self::NotYet(what) => write!(f, "not supported yet: {what}"),
            Self::TelegramOnly => f.write_str("Telegram only"),
            Self::Never(why) => why.fmt(f),
        }
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldVmess => f.write_str("VMess with an alterId, its old form"),
            Self::OverQuic { protocol } => write!(f, "{protocol}, which runs over QUIC"),
            Self::Cipher { cipher } => write!(f, "the Shadowsocks cipher {cipher}"),
            Self::Plugin { plugin } => write!(f, "Shadowsocks with the plugin {plugin}"),
            Self::RealityKey => f.write_str("reality without a public key (pbk)"),
            Self::VlessEncryption => f.write_str("VLESS encryption"),
            Self::Flow { flow } => write!(f, "VLESS with the flow {flow}"),
            Self::Transport { protocol, transport } => write!(f, "{protocol} over {transport}"),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoCipher => "Shadowsocks without a cipher hides nothing; ask for another link",
            Self::BrokenCipher => {
                "this Shadowsocks cipher is broken (anybody between can change what it carries); ask for another link"
            }
        })
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
            Self::Shoes => &["shoes"],
        }
    }

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::V2rayPlugin => "v2ray-plugin",
            Self::ObfsLocal => "obfs-local",
            Self::Shoes => "shoes",
        }
    }

    /// The one command that installs it, where there is such a command.
    pub fn command(self) -> &'static str {
        match self {
            Self::V2rayPlugin => "apt install shadowsocks-v2ray-plugin",
            Self::ObfsLocal => "apt install simple-obfs",
            Self::Shoes => "cargo install shoes",
        }
    }

    /// How it is had, for a person to read.
    pub fn install(self) -> &'static str {
        match self {
            Self::V2rayPlugin => "on Debian and its relatives `apt install shadowsocks-v2ray-plugin`",
            Self::ObfsLocal => "on Debian and its relatives `apt install simple-obfs`",
            Self::Shoes => "`cargo install shoes`",
        }
    }
}

impl fmt::Display for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::V2rayPlugin => "the program v2ray-plugin",
            Self::ObfsLocal => "the program obfs-local",
            Self::Shoes => "the shoes engine",
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
            assert_eq!(refused, Support::Never(Refusal::BrokenCipher), "{cipher}");
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
    fn what_another_program_speaks_says_which_one_and_how_to_have_it() {
        for link in [
            "vless://id@h.example:443?security=reality&pbk=k&sni=b.example",
            "vless://id@h.example:443?security=reality&pbk=k&flow=xtls-rprx-vision",
            "vless://id@h.example:443?security=tls&flow=xtls-rprx-vision",
            "trojan://p@h.example?security=reality&pbk=k",
            "anytls://p@h.example",
            "vmess://eyJhZGQiOiJoLmV4YW1wbGUiLCJwb3J0Ijo0NDMsImlkIjoieCIsIm5ldCI6IndzIn0=",
        ] {
            assert_eq!(support(link).to_string(), "needs the shoes engine: `cargo install shoes`", "{link}");
        }
        for link in [
            "vless://id@h.example:443?flow=xtls-rprx-vision",
            "vless://id@h.example:443?security=tls&flow=xtls-rprx-direct",
            "vless://id@h.example:443?security=reality&pbk=k&type=grpc",
            "trojan://p@h.example?security=reality",
            "hysteria2://p@h.example:443",
            "tuic://id:p@h.example:443",
        ] {
            assert!(matches!(support(link), Support::NotYet(_)), "{link}: {:?}", support(link));
        }
    }

    #[test]
    fn only_plugins_that_we_know_are_ever_started() {
        let with = |plugin: &str| support(&format!("ss://aes-256-gcm:x@h.example:1?plugin={plugin}"));
        assert_eq!(with("obfs-local%3Bobfs%3Dhttp"), Support::Needs(Program::ObfsLocal));
        assert_eq!(with("v2ray-plugin"), Support::Needs(Program::V2rayPlugin));
        assert!(matches!(with("..%2F..%2Fbin%2Fsh"), Support::NotYet(_)));
    }
}
