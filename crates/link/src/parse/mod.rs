//! Text to proxy. One file for each family of links.

mod deep_link;
pub(crate) mod pieces;
mod plain;
pub(crate) mod shadowsocks;
pub(crate) mod simple;
mod telegram;
pub(crate) mod tls_family;
pub(crate) mod vmess;
mod web;

use std::str::FromStr;

pub use plain::PlainProtocol;
pub use web::SubscriptionLink;

use crate::error::{Expected, LinkError, Part};
use crate::text::tidy;
use crate::{Name, Proxy};

/// The longest link, in bytes.
const MAX_LINK: usize = 64 * 1024;

/// How many deep links may stand inside one another.
const MAX_NESTING: u8 = 3;

/// What a link turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::large_enum_variant, reason = "taken apart at once, and nearly always a proxy")]
pub enum Link {
    /// A proxy.
    Proxy(Proxy),
    /// An address from which a list of proxies can be fetched.
    Subscription(SubscriptionLink),
}

/// Reads one link, or `host:port` with or without a login, which counts as SOCKS5.
pub fn parse_link(text: &str) -> Result<Link, LinkError> {
    parse_link_as(text, PlainProtocol::Socks5)
}

/// Reads one link; `plain` is the protocol of an address that has no scheme.
pub fn parse_link_as(text: &str, plain: PlainProtocol) -> Result<Link, LinkError> {
    parse_nested(text, plain, 0)
}

fn parse_nested(text: &str, plain: PlainProtocol, depth: u8) -> Result<Link, LinkError> {
    if text.len() > MAX_LINK {
        return Err(LinkError::new(Part::Link, Expected::Shorter));
    }
    if depth > MAX_NESTING {
        return Err(LinkError::new(Part::Link, Expected::Flatter));
    }
    let text = tidy(text);
    if text.is_empty() {
        return Err(LinkError::new(Part::Link, Expected::Missing));
    }
    let unwrapped;
    let text = if text.contains(['\n', '\r']) {
        unwrapped = unwrap_lines(text).ok_or(LinkError::new(Part::Link, Expected::OneLine))?;
        unwrapped.as_str()
    } else {
        text
    };
    if let Some((scheme, rest)) = split_scheme(text) {
        return by_scheme(&scheme.to_ascii_lowercase(), rest, plain, depth);
    }
    if let Some(rest) = text.get(..3).filter(|start| start.eq_ignore_ascii_case("tg:")).and(text.get(3..)) {
        return telegram::parse_tg(rest).map(Link::Proxy);
    }
    if let Some(link) = telegram::parse_web(text) {
        return link.map(Link::Proxy);
    }
    plain::parse(text, plain).map(Link::Proxy)
}

/// Puts a link together again that a mail program has broken into lines; `None` where the lines could be several links.
fn unwrap_lines(text: &str) -> Option<String> {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().filter(|line| split_scheme(line).is_some())?;
    let mut whole = first.to_owned();
    for line in lines {
        if whole.contains('#') || line.contains("://") || line.contains(char::is_whitespace) {
            return None;
        }
        whole.push_str(line);
    }
    Some(whole)
}

/// Splits at `://` where what stands before it could be a scheme (RFC 3986, 3.1).
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let (scheme, rest) = text.split_once("://")?;
    let fine = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
    fine.then_some((scheme, rest))
}

fn by_scheme(scheme: &str, rest: &str, plain: PlainProtocol, depth: u8) -> Result<Link, LinkError> {
    let proxy = match scheme {
        "tg" => telegram::parse_tg(rest),
        "socks" | "socks5" | "socks5h" => simple::parse(simple::Family::Socks5, rest),
        "socks4" => simple::parse(simple::Family::Socks4, rest),
        "socks4a" => simple::parse(simple::Family::Socks4a, rest),
        "http" | "https" => return web::parse(scheme, rest),
        "ss" => shadowsocks::parse(rest),
        "trojan" => tls_family::parse_trojan(rest),
        "vless" => tls_family::parse_vless(rest),
        "vmess" => vmess::parse(rest),
        "hysteria2" | "hy2" => tls_family::parse_hysteria2(rest),
        "tuic" => tls_family::parse_tuic(rest),
        "anytls" => tls_family::parse_anytls(rest),
        "ssh" => simple::parse_ssh(rest),
        _ => return deep_link::parse(scheme, rest, plain, depth),
    };
    proxy.map(Link::Proxy)
}

/// A proxy's name out of a link's fragment.
fn name_of(fragment: Option<&str>) -> Option<Name> {
    fragment.and_then(|text| Name::new(&crate::text::decode_lossy(text)))
}

// === impl Proxy ===

impl FromStr for Proxy {
    type Err = LinkError;

    /// Takes what [`parse_link`] takes, but no subscription.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match parse_link(text)? {
            Link::Proxy(proxy) => Ok(proxy),
            Link::Subscription(_) => Err(LinkError::new(Part::Link, Expected::NoList)),
        }
    }
}

#[cfg(test)]
mod tests;
