//! What was expected of a part of a link, or why it is refused.

use std::fmt;

use serde::Serialize;

/// What was expected of a part of a link, or why it is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Expected {
    /// It is not there.
    Missing,
    /// An IP address or a domain name.
    Host,
    /// A number from 1 to 65535.
    Port,
    /// A number up to 65535.
    Number,
    /// UTF-8 text after percent-decoding.
    Utf8,
    /// One value, and not several.
    Once,
    /// The name of the key file, in the settings.
    KeyFile,
    /// No key in a list.
    NoKey,
    /// SOCKS5 without TLS around it.
    NoTlsAround,
    /// 1 to 255 bytes (RFC 1929).
    OneTo255Bytes,
    /// At most 255 bytes (RFC 1929).
    UpTo255Bytes,
    /// At most 255 bytes, none of them zero.
    NoZeroByte,
    /// No password: SOCKS4 has none.
    NoPassword,
    /// No colon and no control character (RFC 7617).
    NoColonOrControl,
    /// No control character (RFC 7617).
    NoControl,
    /// No colon.
    NoColon,
    /// A key's digest as `ssh-keygen -l` prints it.
    HostKey,
    /// Nothing after the port.
    NothingAfterPort,
    /// The closing bracket of an IPv6 address.
    ClosedBracket,
    /// A colon and a port after the bracket.
    PortAfterBracket,
    /// Brackets around an IPv6 address.
    Brackets,
    /// One colon.
    OneColon,
    /// A web address.
    WebAddress,
    /// JSON in base64.
    JsonInBase64,
    /// One JSON object.
    OneObject,
    /// No object inside the JSON object.
    FlatObject,
    /// `cipher:password`, percent-encoded or in base64.
    CipherAndPassword,
    /// `cipher:password@host:port` in base64.
    WholeInBase64,
    /// A colon between cipher and password.
    ColonBetween,
    /// A key of the length that a cipher of SIP022 takes.
    KeyOf2022,
    /// No transport: Shadowsocks takes a plugin.
    NoTransport,
    /// No TLS: Shadowsocks takes a plugin.
    NoTls,
    /// A cipher's name.
    CipherName,
    /// A plugin's name before the first semicolon.
    PluginName,
    /// An address in base64.
    AddressInBase64,
    /// One of the forms of our own links.
    OwnLink,
    /// The address of a list.
    ListAddress,
    /// `user:pass@host:port`, where the text could be read in two ways.
    Unambiguous,
    /// A link with a scheme, or `host:port`.
    LinkOrAddress,
    /// At most 64 KiB.
    Shorter,
    /// Fewer links inside links.
    Flatter,
    /// One line.
    OneLine,
    /// A proxy and not the address of a list.
    NoList,
    /// TLS: Trojan always runs in it.
    AlwaysTls,
    /// Ports and ranges.
    PortRanges,
    /// The SHA-256 of one certificate.
    CertificateDigest,
    /// A certificate that is checked.
    Checked,
    /// `none`, `tls` or `reality`.
    NoneTlsOrReality,
    /// No port, 80 or 443.
    TelegramPort,
    /// `socks` or `proxy`.
    TelegramPath,
    /// A secret of one of `MTProto`'s three kinds.
    TelegramSecret,
    /// A scheme that is known.
    KnownScheme,
    /// A type of proxy that is known.
    KnownKind,
    /// A file's path in the place of a link to it.
    NoFile,
    /// A name that its protocol can send.
    SendableName,
    /// A protocol that is supported, in the place of this one.
    Other {
        /// What the link is of.
        name: &'static str,
        /// What to ask for: any of these.
        ask: &'static [&'static str],
    },
    /// A proxy: this is a VPN.
    NoVpn {
        /// Which.
        name: &'static str,
    },
    /// A form that others read too: this one only `SagerNet` and its kin do.
    NoSagerNet,
    /// Another protocol than `NaiveProxy`'s.
    NoNaive,
    /// The port of Tor's own program.
    NoTor,
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing",
            Self::Host => "expected an IP address or a domain name",
            Self::Port => "expected a number from 1 to 65535",
            Self::Number => "expected a number up to 65535",
            Self::Utf8 => "expected UTF-8 text after percent-decoding",
            Self::Once => "given twice with different values",
            Self::KeyFile => "name the key file in the settings instead",
            Self::NoKey => "a key does not belong into a list; save it as a file and name the file in the settings",
            Self::NoTlsAround => "SOCKS5 inside TLS is not supported",
            Self::OneTo255Bytes => "expected 1 to 255 bytes (RFC 1929)",
            Self::UpTo255Bytes => "expected at most 255 bytes (RFC 1929)",
            Self::NoZeroByte => "expected at most 255 bytes, none of them zero",
            Self::NoPassword => "SOCKS4 has none; is it a SOCKS5 proxy?",
            Self::NoColonOrControl => "expected no colon and no control character (RFC 7617)",
            Self::NoControl => "expected no control character (RFC 7617)",
            Self::NoColon => "expected no colon",
            Self::HostKey => "expected SHA256: and 43 characters of base64, as `ssh-keygen -l` prints it",
            Self::NothingAfterPort => "nothing was expected after the port",
            Self::ClosedBracket => "the bracket of an IPv6 address is not closed",
            Self::PortAfterBracket => "expected a colon and a port after the bracket",
            Self::Brackets => "an IPv6 address goes in brackets, followed by a colon and the port",
            Self::OneColon => "expected one colon",
            Self::WebAddress => "expected a web address (http or https)",
            Self::JsonInBase64 => "expected JSON in base64",
            Self::OneObject => "expected one JSON object",
            Self::FlatObject => "expected no object inside the JSON object",
            Self::CipherAndPassword => "expected cipher:password, percent-encoded or in base64",
            Self::WholeInBase64 => "expected cipher:password@host:port in base64",
            Self::ColonBetween => "expected a colon between cipher and password",
            Self::KeyOf2022 => "expected a base64 key of the length that this 2022 cipher takes",
            Self::NoTransport => "expected tcp: Shadowsocks takes a plugin, no transport",
            Self::NoTls => "expected none: Shadowsocks takes a plugin, no TLS",
            Self::CipherName => "expected a cipher's name such as aes-256-gcm",
            Self::PluginName => "expected a plugin's name before the first semicolon",
            Self::AddressInBase64 => "expected an address in base64",
            Self::OwnLink => "expected paperwing://import?url=… or paperwing://add?link=…",
            Self::ListAddress => "expected the address of a list, as in install-config?url=…",
            Self::Unambiguous => "could be host:port:user:pass or user:pass:host:port; write user:pass@host:port",
            Self::LinkOrAddress => "expected a link with a scheme, or host:port",
            Self::Shorter => "longer than 64 KiB",
            Self::Flatter => "links inside links inside links",
            Self::OneLine => "more than one line; is it a list?",
            Self::NoList => "the address of a list, not a proxy",
            Self::AlwaysTls => "expected tls: Trojan always runs in TLS",
            Self::PortRanges => "expected ports and ranges such as 443,20000-30000",
            Self::CertificateDigest => "expected the SHA-256 of one certificate: 64 hex digits, or base64",
            Self::Checked => {
                "refused, since it turns certificate checks off; ask for a link with a pinned certificate (pcs=…)"
            }
            Self::NoneTlsOrReality => "expected none, tls or reality",
            Self::TelegramPort => "expected none, 80 or 443 in a Telegram link",
            Self::TelegramPath => "expected socks or proxy in a Telegram link",
            Self::TelegramSecret => {
                "expected 16 bytes, 17 beginning with dd, or a domain after ee and 16 bytes, in hex or base64"
            }
            Self::KnownScheme => "expected one such as tg, socks5, http, ss, trojan, vless, vmess, hysteria2 or ssh",
            Self::KnownKind => "a type of proxy that is not supported",
            Self::NoFile => "a file is opened by its path, not by a link",
            Self::SendableName => "expected a name that its protocol can send",
            Self::Other { name, ask } => {
                return write!(f, "{name} is not supported; ask for a {} link", ask.join(" or "));
            }
            Self::NoVpn { name } => {
                return write!(f, "{name} is a VPN, not a proxy; ask for a Shadowsocks, Trojan or VLESS link");
            }
            Self::NoSagerNet => "only SagerNet and NekoBox read this form; ask for a standard link to the same proxy",
            Self::NoNaive => {
                "NaiveProxy is not supported; where its server speaks plain HTTP/1.1 too, an https:// link works"
            }
            Self::NoTor => "Tor is not supported as such; its own program has a SOCKS5 port (socks5://127.0.0.1:9050)",
        })
    }
}
