//! What lies between a proxy's protocol and TCP: TLS, REALITY, `WebSocket` and their like.

use std::fmt;

use crate::text::{base64_bytes, from_hex, to_hex};
use crate::{Host, Secret};

/// How a TLS server is named and proves who it is. There is no way to skip the proof.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Tls {
    /// The name to ask for and to verify, where it is not the proxy's host.
    pub sni: Option<Host>,
    /// Application protocols to offer, in order of preference.
    pub alpn: Vec<String>,
    /// Accept this certificate and no other, instead of asking the system's roots.
    pub pin: Option<CertificatePin>,
    /// Which browser's `ClientHello` to resemble (`chrome`, `firefox`, …), as the link says it.
    pub fingerprint: Option<String>,
}

/// The SHA-256 digest of a server's DER certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct CertificatePin(pub [u8; 32]);

/// What carries the bytes of a layered protocol.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    /// The stream as it is.
    #[default]
    Tcp,
    /// WebSocket (RFC 6455).
    WebSocket {
        /// The request's path, with its query; `/` by default.
        path: String,
        /// The `Host` header, where it is not the server's name.
        host: Option<String>,
    },
    /// gRPC.
    Grpc {
        /// The service's name.
        service: String,
    },
    /// Another one, kept as the link says it: its name and its parameters.
    Other {
        /// The transport's name (`h2`, `quic`, `kcp`, `httpupgrade`, `xhttp`, …).
        kind: String,
        /// Its path, if the link gave one.
        path: Option<String>,
        /// Its host, if the link gave one.
        host: Option<String>,
    },
}

/// The security layer of a VLESS or `VMess` link.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Security {
    /// None.
    #[default]
    None,
    /// TLS.
    Tls(Tls),
    /// REALITY.
    Reality(Reality),
}

/// REALITY's parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Reality {
    /// The name to ask for.
    pub sni: Option<Host>,
    /// Which browser's `ClientHello` to resemble.
    pub fingerprint: Option<String>,
    /// The server's public key (`pbk`), as the link says it.
    pub public_key: String,
    /// The short id (`sid`), hex, may be empty.
    pub short_id: String,
    /// The spider's path (`spx`).
    pub spider: Option<String>,
}

/// An XTLS flow, as the link says it (`xtls-rprx-vision`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Flow(pub String);

/// Parameters that mean nothing to us yet. Kept, so that a link which goes in comes out whole; their values may be
/// secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Extra(Vec<(String, Secret)>);

// === impl CertificatePin ===

impl CertificatePin {
    /// Reads 64 hex digits, with or without colons between them, or 32 bytes in base64.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !matches!(c, ':' | '-')).collect();
        from_hex(&digits)
            .and_then(|bytes| bytes.try_into().ok())
            .or_else(|| base64_bytes(text).and_then(|bytes| bytes.try_into().ok()))
            .map(Self)
    }
}

impl fmt::Display for CertificatePin {
    /// 64 lower-case hex digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

// === impl Extra ===

impl Extra {
    /// Puts the parameters in order of their names; `None` where one name (in any case) has two values.
    pub(crate) fn new(pairs: impl Iterator<Item = (String, String)>) -> Option<Self> {
        let mut sorted: Vec<(String, Secret)> = pairs.map(|(key, value)| (key, Secret::new(value))).collect();
        if sorted.len() < 2 {
            return Some(Self(sorted));
        }
        sorted.sort_by_key(|(key, _)| key.to_ascii_lowercase());
        sorted.dedup_by(|b, a| a.0.eq_ignore_ascii_case(&b.0) && a.1 == b.1);
        let clash = sorted.windows(2).any(|pair| pair[0].0.eq_ignore_ascii_case(&pair[1].0));
        (!clash).then_some(Self(sorted))
    }

    /// The value of a parameter, by its name in any case.
    pub fn get(&self, name: &str) -> Option<&Secret> {
        self.0.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// All names and values, in order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Secret)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_hex_or_base64_of_32_bytes() {
        let pin = CertificatePin([0xab; 32]);
        let hex = "ab".repeat(32);
        let colons = vec!["AB"; 32].join(":");
        for text in [
            hex.as_str(),
            &colons,
            "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=",
            "q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s",
        ] {
            assert_eq!(CertificatePin::parse(text), Some(pin), "{text}");
        }
        assert_eq!(pin.to_string(), hex);
        assert_eq!(CertificatePin::parse("chrome"), None);
    }
}
