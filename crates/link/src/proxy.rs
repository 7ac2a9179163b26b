//! What an upstream proxy is: an address, a protocol and what that protocol needs.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::layers::{Extra, Flow, Security, Tls, Transport};
use crate::{Host, Port, Secret};

/// One upstream proxy, as a link or a document describes it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Proxy {
    /// What people call it; [`Proxy::label`] where nobody named it.
    pub name: Option<Name>,
    /// Where it listens. Resolved when it is dialled, never before.
    pub host: Host,
    /// Where it listens.
    pub port: Port,
    /// How it is spoken to, and with which credentials.
    pub protocol: Protocol,
}

/// Which proxy of a list is meant. Random, given once, and kept through renames and edits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProxyId(pub u64);

/// A proxy's name as a person sees it. Names come from strangers, so control and bidirectional-override characters are
/// gone and it is at most 128 characters long.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

/// A proxy's protocol with what it needs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// RFC 1928, with RFC 1929 where there is a login.
    Socks5(Option<Login>),
    /// SOCKS4; the user id goes in clear.
    Socks4 {
        /// The user id of the request, if any.
        user: Option<String>,
    },
    /// SOCKS4 with names resolved by the proxy.
    Socks4a {
        /// The user id of the request, if any.
        user: Option<String>,
    },
    /// HTTP CONNECT (RFC 9110, 9.3.6).
    Http(Option<Login>),
    /// HTTP CONNECT inside TLS.
    Https {
        /// Sent as Basic credentials (RFC 7617).
        login: Option<Login>,
        /// How the proxy proves who it is.
        tls: Tls,
    },
    /// Shadowsocks, AEAD and 2022 ciphers (SIP002, SIP004, SIP022).
    Shadowsocks(Shadowsocks),
    /// Trojan, always inside TLS.
    Trojan(Trojan),
    /// VLESS.
    Vless(Vless),
    /// `VMess`.
    Vmess(Vmess),
    /// Hysteria 2.
    Hysteria2(Hysteria2),
    /// TUIC.
    Tuic(Tuic),
    /// `AnyTLS`.
    Anytls(Anytls),
    /// SSH direct-tcpip channels (RFC 4254, 7.2).
    Ssh(Ssh),
    /// Telegram's `MTProto` proxy.
    Mtproto(MtprotoSecret),
}

/// A user name and a password.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Login {
    /// The user's name.
    pub user: String,
    /// The user's password; may be empty.
    pub password: Secret,
}

/// Shadowsocks' parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Shadowsocks {
    /// The cipher's name, lower case (`aes-256-gcm`, `2022-blake3-aes-128-gcm`, …).
    pub cipher: String,
    /// The password, or the base64 key of a 2022 cipher.
    pub password: Secret,
    /// A SIP003 plugin.
    pub plugin: Option<Plugin>,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// A SIP003 plugin.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plugin {
    /// The program's name.
    pub name: String,
    /// Its options as the link says them (`obfs=http;obfs-host=…`).
    pub options: String,
}

/// Trojan's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Trojan {
    /// The password.
    pub password: Secret,
    /// The TLS layer.
    pub tls: Tls,
    /// What runs inside TLS.
    pub transport: Transport,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// VLESS' parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vless {
    /// The user's id: a UUID, or a text that stands for one.
    pub id: Secret,
    /// XTLS flow, if any.
    pub flow: Option<Flow>,
    /// `encryption` where it is not `none`.
    pub encryption: Option<String>,
    /// The security layer.
    pub security: Security,
    /// What runs inside it.
    pub transport: Transport,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// `VMess`' parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Vmess {
    /// The user's id, a UUID.
    pub id: Secret,
    /// `aid`; 0 for AEAD.
    pub alter_id: u16,
    /// The cipher (`auto`, `aes-128-gcm`, …).
    pub cipher: String,
    /// The header disguise of the transport (`type` in the JSON form), where it is not `none`.
    pub header: Option<String>,
    /// The security layer.
    pub security: Security,
    /// What runs inside it.
    pub transport: Transport,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// Hysteria 2's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hysteria2 {
    /// The authentication text (userinfo as a whole).
    pub auth: Option<Secret>,
    /// Further ports to hop between, as the link says them (`20000-30000`).
    pub hop_ports: Option<String>,
    /// The obfuscation's name (`salamander`).
    pub obfs: Option<String>,
    /// The obfuscation's password.
    pub obfs_password: Option<Secret>,
    /// The TLS layer.
    pub tls: Tls,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// TUIC's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tuic {
    /// The user's id, a UUID.
    pub id: Secret,
    /// The password.
    pub password: Secret,
    /// Congestion control (`bbr`, `cubic`, …).
    pub congestion: Option<String>,
    /// How UDP is relayed (`native`, `quic`).
    pub udp_relay: Option<String>,
    /// The TLS layer.
    pub tls: Tls,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// `AnyTLS`' parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Anytls {
    /// The password.
    pub password: Secret,
    /// The TLS layer.
    pub tls: Tls,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// SSH's parameters. Without a password and a key file, the keys of the person's agent are tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ssh {
    /// The user to log in as.
    pub user: String,
    /// The password, where it is not a key that proves the user.
    pub password: Option<Secret>,
    /// The file of a private key, as this computer names it.
    pub key: Option<String>,
    /// The one key that the server may have: `SHA256:` and its digest in base64, as OpenSSH writes it.
    pub host_key: Option<String>,
    /// Parameters of the link that mean nothing to us yet.
    pub extra: Extra,
}

/// The secret of Telegram's `MTProto` proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MtprotoSecret {
    /// All bytes as lower-case hex: 16, 17 beginning with `dd`, or 18 to 199 beginning with `ee`.
    pub hex: Secret,
}

// === impl Proxy ===

impl Proxy {
    /// The name, or `host:port` where there is none (an IPv6 host in brackets).
    pub fn label(&self) -> String {
        self.name.as_ref().map_or_else(|| self.address(), |name| name.0.clone())
    }

    /// `host:port`, an IPv6 host in brackets.
    pub fn address(&self) -> String {
        match self.host {
            Host::Ip(std::net::IpAddr::V6(ip)) => format!("[{ip}]:{}", self.port),
            _ => format!("{}:{}", self.host, self.port),
        }
    }
}

// === impl ProxyId ===

impl fmt::Display for ProxyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

// === impl Name ===

impl Name {
    /// The longest name, in characters.
    pub const MAX_CHARS: usize = 128;

    /// Cleans a text from a stranger; `None` where nothing is left to see.
    pub fn new(text: &str) -> Option<Self> {
        let visible: String =
            text.chars().map(|c| if c.is_whitespace() { ' ' } else { c }).filter(|c| !is_deceptive(*c)).collect();
        let short: String = visible.trim().chars().take(Self::MAX_CHARS).collect();
        let trimmed = short.trim_end();
        (!trimmed.is_empty()).then(|| Self(trimmed.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Characters that change how what stands around them is shown: controls, bidirectional marks, overrides and isolates,
/// invisible tags, line separators. Joiners stay: Persian and emoji need them.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{061C}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}')
        || matches!(c, '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

// === impl Protocol ===

impl Protocol {
    /// The protocol's name in lower case, as `link parse --json` prints it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Socks5(_) => "socks5",
            Self::Socks4 { .. } => "socks4",
            Self::Socks4a { .. } => "socks4a",
            Self::Http(_) => "http",
            Self::Https { .. } => "https",
            Self::Shadowsocks(_) => "shadowsocks",
            Self::Trojan(_) => "trojan",
            Self::Vless(_) => "vless",
            Self::Vmess(_) => "vmess",
            Self::Hysteria2(_) => "hysteria2",
            Self::Tuic(_) => "tuic",
            Self::Anytls(_) => "anytls",
            Self::Ssh(_) => "ssh",
            Self::Mtproto(_) => "mtproto",
        }
    }

    /// The protocol's name as people write it.
    pub fn title(&self) -> &'static str {
        match self {
            Self::Socks5(_) => "SOCKS5",
            Self::Socks4 { .. } => "SOCKS4",
            Self::Socks4a { .. } => "SOCKS4a",
            Self::Http(_) => "HTTP",
            Self::Https { .. } => "HTTPS",
            Self::Shadowsocks(_) => "Shadowsocks",
            Self::Trojan(_) => "Trojan",
            Self::Vless(_) => "VLESS",
            Self::Vmess(_) => "VMess",
            Self::Hysteria2(_) => "Hysteria2",
            Self::Tuic(_) => "TUIC",
            Self::Anytls(_) => "AnyTLS",
            Self::Ssh(_) => "SSH",
            Self::Mtproto(_) => "MTProto",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_play_tricks_with_what_stands_around_it() {
        let shown = |text| Name::new(text).map(|name| name.0);
        assert_eq!(shown("  Oslo\u{202E}gpj.exe\n\u{0007} 2 "), Some("Oslogpj.exe  2".to_owned()));
        assert_eq!(shown("\u{200F}\u{2066}"), None);
        assert_eq!(shown("می\u{200C}خواهم 👩\u{200D}💻"), Some("می\u{200C}خواهم 👩\u{200D}💻".to_owned()));
        assert_eq!(shown(&"é".repeat(300)).map(|name| name.chars().count()), Some(128));
    }
}
