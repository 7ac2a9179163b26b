//! Which proxies the engine can carry. One table, so that a protocol which learns to walk is let out in one place.

use std::borrow::Cow;

use crate::{Protocol, Proxy};

/// Whether the engine can carry traffic through a proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// It can.
    Carried,
    /// Not yet. The proxy is kept and shown; the text says what is missing, for a person to read.
    NotYet(Cow<'static, str>),
    /// It never will: what the protocol does is not what a local proxy needs.
    Never(&'static str),
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
            | Protocol::Https { .. } => return Support::Carried,
            Protocol::Mtproto(_) => {
                return Support::Never("an MTProto proxy carries Telegram and nothing else");
            }
            Protocol::Shadowsocks(it) => match &it.plugin {
                Some(plugin) => format!("Shadowsocks with the plugin {}", printable(&plugin.name)).into(),
                None => "Shadowsocks".into(),
            },
            Protocol::Trojan(it) if it.extra.get("security").is_some_and(|s| s.reveal() == "reality") => {
                "reality".into()
            }
            Protocol::Trojan(it) => layered("Trojan", &it.transport),
            Protocol::Vless(it) if matches!(it.security, crate::Security::Reality(_)) => "reality".into(),
            Protocol::Vless(it) if it.encryption.is_some() => "VLESS encryption".into(),
            Protocol::Vless(it) if it.flow.is_some() => "VLESS with an XTLS flow".into(),
            Protocol::Vless(it) => layered("VLESS", &it.transport),
            Protocol::Vmess(it) if matches!(it.security, crate::Security::Reality(_)) => "reality".into(),
            Protocol::Vmess(it) if it.alter_id != 0 => "VMess with alterId".into(),
            Protocol::Vmess(it) => layered("VMess", &it.transport),
            Protocol::Hysteria2(_) => "Hysteria2".into(),
            Protocol::Tuic(_) => "TUIC".into(),
            Protocol::Anytls(_) => "AnyTLS".into(),
            Protocol::Ssh(_) => "SSH".into(),
        };
        Support::NotYet(missing)
    }
}

/// A protocol together with the transport that it runs in.
fn layered(protocol: &'static str, transport: &crate::Transport) -> Cow<'static, str> {
    match transport {
        crate::Transport::Tcp => protocol.into(),
        crate::Transport::WebSocket { .. } => format!("{protocol} over WebSocket").into(),
        crate::Transport::Grpc { .. } => format!("{protocol} over gRPC").into(),
        crate::Transport::Other { kind, .. } => format!("{protocol} over {}", printable(kind)).into(),
    }
}

/// A word from a link, fit to stand in a sentence.
fn printable(word: &str) -> String {
    word.chars().filter(char::is_ascii_graphic).take(32).collect()
}

impl std::fmt::Display for Support {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Carried => f.write_str("supported"),
            Self::NotYet(what) => write!(f, "not supported yet: {what}"),
            Self::Never(why) => f.write_str(why),
        }
    }
}
