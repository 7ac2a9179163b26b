//! Where a proxy listens: a host and a port, parsed once and well-formed from then on.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::num::NonZeroU16;
use std::str::FromStr;

/// A host: an IP address, or a name as DNS takes it (lower case, no trailing dot, at most 253 bytes).
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Host {
    /// An IPv4 or IPv6 address.
    Ip(IpAddr),
    /// A domain name in its ASCII form (RFC 1123, IDNA names as `xn--…`).
    Name(String),
}

/// A TCP or UDP port, 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Port(NonZeroU16);

/// Why a text is no host or no port.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Nothing where a host should be.
    #[error("the host is missing")]
    EmptyHost,
    /// Neither an address nor a domain name.
    #[error("the host is neither an IP address nor a domain name")]
    BadHost,
    /// Not a number from 1 to 65535.
    #[error("the port must be a number from 1 to 65535")]
    BadPort,
}

// === impl Host ===

impl Host {
    /// Whether the host is this computer by its literal: a loopback address or `localhost`.
    pub fn is_loopback(&self) -> bool {
        match self {
            Self::Ip(ip) => ip.is_loopback(),
            Self::Name(name) => name == "localhost" || name.ends_with(".localhost"),
        }
    }
}

impl FromStr for Host {
    type Err = AddressError;

    /// Takes `192.0.2.1`, `2001:db8::1`, `[2001:db8::1]` and domain names in any case, international ones included.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.is_empty() {
            return Err(AddressError::EmptyHost);
        }
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return inner.parse::<Ipv6Addr>().map(|ip| Self::Ip(ip.into())).map_err(|_| AddressError::BadHost);
        }
        if let Ok(ip) = text.parse::<IpAddr>() {
            return Ok(Self::Ip(ip));
        }
        if is_plain_name(text) {
            return Ok(Self::Name(text.to_owned()));
        }
        domain_name(text).map(Self::Name)
    }
}

/// Whether a name is already in the form that [`domain_name`] would give it: most are, and telling so is far quicker
/// than the whole of IDNA.
fn is_plain_name(text: &str) -> bool {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let label_is_plain = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(fine)
            && !label.starts_with('-')
            && !label.ends_with('-')
            && !label.starts_with("xn--")
    };
    let last = text.rsplit('.').next().unwrap_or(text);
    text.len() <= 253 && last.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('.').all(label_is_plain)
}

/// A domain name in its ASCII form; what resolvers would read as a number (`127.1`, `0x7f.1`) is no name.
fn domain_name(text: &str) -> Result<String, AddressError> {
    let bare = text.strip_suffix('.').unwrap_or(text);
    let ascii = match url::Host::parse(bare) {
        Ok(url::Host::Domain(name)) => name,
        Ok(url::Host::Ipv4(_) | url::Host::Ipv6(_)) | Err(_) => return Err(AddressError::BadHost),
    };
    let label_is_fine = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    if ascii.len() <= 253 && ascii.split('.').all(label_is_fine) { Ok(ascii) } else { Err(AddressError::BadHost) }
}

impl fmt::Display for Host {
    /// IPv6 in its short form (RFC 5952), without brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(ip) => ip.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl From<Ipv4Addr> for Host {
    fn from(ip: Ipv4Addr) -> Self {
        Self::Ip(ip.into())
    }
}

impl From<Ipv6Addr> for Host {
    fn from(ip: Ipv6Addr) -> Self {
        Self::Ip(ip.into())
    }
}

impl From<IpAddr> for Host {
    fn from(ip: IpAddr) -> Self {
        Self::Ip(ip)
    }
}

// === impl Port ===

impl Port {
    /// The port's number, 1 to 65535.
    pub fn get(self) -> u16 {
        self.0.get()
    }
}

impl TryFrom<u16> for Port {
    type Error = AddressError;

    fn try_from(number: u16) -> Result<Self, Self::Error> {
        NonZeroU16::new(number).map(Self).ok_or(AddressError::BadPort)
    }
}

impl FromStr for Port {
    type Err = AddressError;

    /// Takes decimal digits only: no sign, no blanks.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(AddressError::BadPort);
        }
        text.parse::<u16>().map_err(|_| AddressError::BadPort)?.try_into()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_take_one_form() {
        for (text, shown) in [
            ("EXAMPLE.com.", "example.com"),
            ("[2001:DB8:0::1]", "2001:db8::1"),
            ("2001:db8::1", "2001:db8::1"),
            ("192.0.2.7", "192.0.2.7"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("a_b.example", "a_b.example"),
        ] {
            assert_eq!(text.parse::<Host>().map(|host| host.to_string()), Ok(shown.to_owned()), "{text}");
        }
    }

    #[test]
    fn the_quick_way_and_the_long_way_agree() {
        for text in
            ["a.example", "a-b.example", "a--b.c3", "x", "localhost", "0a.b1", "a.0b", "a.1", "a.", "-a.b", "xn--a"]
        {
            if is_plain_name(text) {
                assert_eq!(domain_name(text).as_deref(), Ok(text));
            }
        }
        assert!(is_plain_name("proxy-1.example.com") && !is_plain_name("192.0.2.1") && !is_plain_name("a.0x1"));
    }

    #[test]
    fn what_a_resolver_would_read_as_a_number_is_no_name() {
        for text in ["127.1", "0x7f.0.0.1", "2130706433", "[192.0.2.1]", "a b", "a..b", "-", "a/b", "a%2fb", "[::1"] {
            let parsed = text.parse::<Host>();
            assert!(parsed.is_err() || text == "-", "{text} gave {parsed:?}");
        }
        assert_eq!("".parse::<Host>(), Err(AddressError::EmptyHost));
    }

    #[test]
    fn ports_are_digits_from_1_to_65535() {
        assert_eq!("1080".parse::<Port>().map(Port::get), Ok(1080));
        for text in ["0", "65536", "+80", " 80", "80 ", "", "8o"] {
            assert_eq!(text.parse::<Port>(), Err(AddressError::BadPort), "{text:?}");
        }
    }
}
