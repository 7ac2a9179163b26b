//! Where a client wants to go.

use std::fmt;
use std::net::{IpAddr, SocketAddr};

use paperwing_link::Port;

/// A destination as the client named it. Names are never resolved here: that is the proxy's part, so that no name
/// leaves this computer outside the tunnel.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Target {
    /// Which host.
    pub host: TargetHost,
    /// Which port.
    pub port: Port,
}

/// A destination's host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum TargetHost {
    /// An address.
    Ip(IpAddr),
    /// A name, 1 to 255 bytes of visible ASCII, as it came.
    Domain(Box<str>),
}

/// Why bytes name no destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Port 0, or no number.
    #[error("the target's port must be a number from 1 to 65535")]
    BadPort,
    /// An empty name, a longer one than 255 bytes, or one with bytes that no name has.
    #[error("the target's host is neither an address nor a name")]
    BadHost,
}

// === impl Target ===

impl Target {
    /// A name or an address literal (IPv6 with or without brackets), as SOCKS and HTTP clients send it.
    pub fn new(host: &[u8], port: u16) -> Result<Self, TargetError> {
        let port = Port::try_from(port).map_err(|_| TargetError::BadPort)?;
        let text = std::str::from_utf8(host).map_err(|_| TargetError::BadHost)?;
        let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(Self { host: TargetHost::Ip(ip), port });
        }
        // Anything that could break out of an HTTP request line or a log line is no name.
        let is_name = (1..=255).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"/?#@[]\\\"<>:".contains(&b));
        if is_name { Ok(Self { host: TargetHost::Domain(text.into()), port }) } else { Err(TargetError::BadHost) }
    }

    /// An address and its port; fails for port 0.
    pub fn from_socket(address: SocketAddr) -> Result<Self, TargetError> {
        let port = Port::try_from(address.port()).map_err(|_| TargetError::BadPort)?;
        Ok(Self { host: TargetHost::Ip(address.ip()), port })
    }

    /// `host:port` as an HTTP authority (RFC 9110, 4.2.3) or a command line writes it.
    pub fn parse_authority(text: &str) -> Result<Self, TargetError> {
        let (host, port) = text.rsplit_once(':').ok_or(TargetError::BadPort)?;
        let port = port.parse::<Port>().map_err(|_| TargetError::BadPort)?;
        Self::new(host.as_bytes(), port.get())
    }
}

impl fmt::Display for Target {
    /// `host:port`, an IPv6 address in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.host {
            TargetHost::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]:{}", self.port),
            TargetHost::Ip(IpAddr::V4(ip)) => write!(f, "{ip}:{}", self.port),
            TargetHost::Domain(name) => write!(f, "{name}:{}", self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorities_are_read_as_clients_write_them() {
        for text in ["example.com:443", "192.0.2.1:80", "[2001:db8::1]:8080", "a_b.internal:1"] {
            assert_eq!(Target::parse_authority(text).map(|target| target.to_string()), Ok(text.to_owned()));
        }
    }

    #[test]
    fn what_could_break_a_request_line_is_refused() {
        for text in ["a b:1", "a\r\nX: y:1", "a@b:1", "a/b:1", ":1", "a:0", "a:65536", "a", "[::1:80", "ü:1"] {
            assert!(Target::parse_authority(text).is_err(), "{text:?}");
        }
        assert_eq!(Target::new(&[b'a'; 256], 1), Err(TargetError::BadHost));
    }
}
