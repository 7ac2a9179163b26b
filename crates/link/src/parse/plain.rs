//! Addresses without a scheme, as lists that are bought or shared have them.

use super::pieces::endpoint;
use super::simple::{self, Family};
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::{Host, Port, Proxy};

/// The protocol of an address that has no scheme.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainProtocol {
    /// SOCKS5, which most such lists mean.
    #[default]
    Socks5,
    /// SOCKS4.
    Socks4,
    /// SOCKS4 with names resolved by the proxy.
    Socks4a,
    /// HTTP CONNECT.
    Http,
    /// HTTP CONNECT inside TLS.
    Https,
}

impl PlainProtocol {
    fn family(self) -> Family {
        match self {
            Self::Socks5 => Family::Socks5,
            Self::Socks4 => Family::Socks4,
            Self::Socks4a => Family::Socks4a,
            Self::Http => Family::Http,
            Self::Https => Family::Https,
        }
    }

    /// The protocol by its name, as lists with columns have it.
    fn by_name(name: &str) -> Option<Self> {
        [
            ("socks5", Self::Socks5),
            ("socks", Self::Socks5),
            ("socks4", Self::Socks4),
            ("socks4a", Self::Socks4a),
            ("http", Self::Http),
            ("https", Self::Https),
        ]
        .into_iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, protocol)| protocol)
    }
}

type Login<'a> = Option<(&'a str, &'a str)>;

/// Reads `host:port`, `host:port:user:pass`, `user:pass@host:port`, `host:port@user:pass`, `user:pass:host:port` and
/// the same in columns, where the first may name the protocol (`socks5 192.0.2.1 1080 user pass`).
///
/// Nothing is percent-decoded here: passwords stand as they are.
pub(super) fn parse(text: &str, protocol: PlainProtocol) -> Result<Proxy, LinkError> {
    let columns: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|')).filter(|s| !s.is_empty()).collect();
    let (protocol, columns) = match columns.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => match PlainProtocol::by_name(first) {
            Some(named) => (named, rest),
            None => (protocol, columns.as_slice()),
        },
        _ => (protocol, columns.as_slice()),
    };
    let ((host, port), login) = match columns {
        [address] => one_word(address)?,
        [host, port] if port.parse::<Port>().is_ok() => (both(host, port)?, None),
        [host, port, ..] if !looks_like_host(host) && port.parse::<Port>().is_err() && !text.contains('@') => {
            return Err(not_an_address());
        }
        [host, port, user] => (both(host, port)?, Some((*user, ""))),
        [host, port, user, password] => (both(host, port)?, Some((*user, *password))),
        // A password may hold what separates columns elsewhere.
        _ if text.contains('@') => one_word(text).map_err(|_| not_an_address())?,
        _ => return Err(not_an_address()),
    };
    let login = login.map(|(user, password)| (user.to_owned(), password.to_owned()));
    simple::build(protocol.family(), host, port, None, login, Params::default())
}

fn one_word(text: &str) -> Result<((Host, Port), Login<'_>), LinkError> {
    if let Some((before, after)) = text.rsplit_once('@') {
        let forwards = endpoint(after, None);
        return match (forwards, text.split_once('@')) {
            (Ok(address), _) => Ok((address, Some(pair(before)))),
            (Err(error), Some((address, login))) => match endpoint(address, None) {
                Ok(address) => Ok((address, Some(pair(login)))),
                Err(_) => Err(error),
            },
            (Err(error), None) => Err(error),
        };
    }
    let bracket = text.find(']').filter(|_| text.starts_with('[')).map_or(0, |at| at + 1);
    let Some(colon) = text[bracket..].find(':').map(|at| bracket + at) else {
        return Err(if looks_like_host(text) {
            LinkError::new(Part::Port, Expected::Missing)
        } else {
            not_an_address()
        });
    };
    let Some(second) = text[colon + 1..].find(':').map(|at| colon + 1 + at) else {
        return Ok((endpoint(text, None)?, None));
    };
    let front = endpoint(&text[..second], None);
    let login = &text[second + 1..];
    let back = login.split_once(':').filter(|_| bracket == 0).and_then(|(host, port)| both(host, port).ok());
    match (front, back) {
        // `name:1234:proxy.example:8080` could be either way round.
        (Ok(_), Some(_)) if !text[..colon].contains('.') && login.contains('.') => {
            Err(LinkError::new(Part::Link, Expected::Unambiguous))
        }
        (Ok(address), _) => Ok((address, Some(pair(login)))),
        (Err(_), Some(address)) => Ok((address, Some(pair(&text[..second])))),
        (Err(_), None) if text.parse::<std::net::Ipv6Addr>().is_ok() => {
            Err(LinkError::new(Part::Host, Expected::Brackets))
        }
        (Err(error), None) => Err(error),
    }
}

fn both(host: &str, port: &str) -> Result<(Host, Port), LinkError> {
    Ok((host.parse()?, port.parse()?))
}

fn pair(login: &str) -> (&str, &str) {
    login.split_once(':').unwrap_or((login, ""))
}

fn looks_like_host(text: &str) -> bool {
    text.contains('.') && text.parse::<Host>().is_ok()
}

fn not_an_address() -> LinkError {
    LinkError::new(Part::Link, Expected::LinkOrAddress)
}
