//! Which addresses a stranger's link may make this computer talk to: the public ones.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What kind of place an address is that no subscription may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forbidden {
    /// This computer.
    Loopback,
    /// The local network (RFC 1918, RFC 4193).
    Private,
    /// The local link (RFC 3927, RFC 4291).
    LinkLocal,
    /// The provider's inner network (RFC 6598).
    SharedNat,
    /// Many at once, or all.
    Multicast,
    /// No place at all: unspecified, reserved or for documentation.
    Reserved,
}

/// `None` for an address that anybody may name.
pub(super) fn forbidden(ip: IpAddr) -> Option<Forbidden> {
    match ip {
        IpAddr::V4(ip) => forbidden_v4(ip),
        IpAddr::V6(ip) => forbidden_v6(ip),
    }
}

/// The IANA special-purpose registry (RFC 6890).
fn forbidden_v4(ip: Ipv4Addr) -> Option<Forbidden> {
    let [a, b, c, _] = ip.octets();
    match (a, b, c) {
        (127, ..) => Some(Forbidden::Loopback),
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => Some(Forbidden::Private),
        (169, 254, _) => Some(Forbidden::LinkLocal),
        (100, 64..=127, _) => Some(Forbidden::SharedNat),
        (224..=239, ..) => Some(Forbidden::Multicast),
        (0 | 240..=255, ..) | (192, 0, 0 | 2) | (192, 88, 99) | (198, 18..=19, _) | (198, 51, 100) | (203, 0, 113) => {
            Some(Forbidden::Reserved)
        }
        _ => None,
    }
}

fn forbidden_v6(ip: Ipv6Addr) -> Option<Forbidden> {
    if ip.is_loopback() {
        return Some(Forbidden::Loopback);
    }
    if let Some(inner) = inner_v4(ip) {
        return forbidden_v4(inner);
    }
    match ip.segments() {
        // fec0::/10 was site-local once (RFC 3879) and still means a local network to some.
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some(Forbidden::Private),
        [0xfe80..=0xfebf, ..] => Some(Forbidden::LinkLocal),
        [0xff00..=0xffff, ..] => Some(Forbidden::Multicast),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0x0fff, ..] | [0x100, 0, 0, 0, ..] => Some(Forbidden::Reserved),
        // Only 2000::/3 is given out; what lies elsewhere is no public place.
        [0x2000..=0x3fff, ..] => None,
        _ => Some(Forbidden::Reserved),
    }
}

/// The IPv4 address that an IPv6 one stands for: mapped and compatible (RFC 4291), translated (RFC 6052, RFC 8215: the
/// whole local prefix is refused by the caller's last rule), 6to4 (RFC 3056).
fn inner_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let join = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
    match ip.segments() {
        [0, 0, 0, 0, 0, 0xffff | 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
            Some(join(high, low))
        }
        _ => None,
    }
}

impl fmt::Display for Forbidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "this computer",
            Self::Private => "a local network",
            Self::LinkLocal => "the local link",
            Self::SharedNat => "a provider's inner network",
            Self::Multicast => "a multicast group",
            Self::Reserved => "a reserved address",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Option<Forbidden> {
        forbidden(text.parse().expect(text))
    }

    #[test]
    fn addresses_that_are_not_public_are_told_by_kind() {
        for (text, kind) in [
            ("127.0.0.1", Forbidden::Loopback),
            ("127.255.255.255", Forbidden::Loopback),
            ("::1", Forbidden::Loopback),
            ("::ffff:127.0.0.1", Forbidden::Loopback),
            ("::127.0.0.1", Forbidden::Loopback),
            ("64:ff9b::7f00:1", Forbidden::Loopback),
            ("2002:7f00:1::", Forbidden::Loopback),
            ("10.0.0.1", Forbidden::Private),
            ("172.16.0.1", Forbidden::Private),
            ("172.31.255.255", Forbidden::Private),
            ("192.168.1.1", Forbidden::Private),
            ("::ffff:192.168.1.1", Forbidden::Private),
            ("fd00::1", Forbidden::Private),
            ("fec0::1", Forbidden::Private),
            ("169.254.169.254", Forbidden::LinkLocal),
            ("fe80::1", Forbidden::LinkLocal),
            ("100.64.0.1", Forbidden::SharedNat),
            ("100.127.255.255", Forbidden::SharedNat),
            ("224.0.0.1", Forbidden::Multicast),
            ("ff02::1", Forbidden::Multicast),
            ("0.0.0.0", Forbidden::Reserved),
            ("::", Forbidden::Reserved),
            ("255.255.255.255", Forbidden::Reserved),
            ("198.18.0.1", Forbidden::Reserved),
            ("203.0.113.1", Forbidden::Reserved),
            ("2001:db8::1", Forbidden::Reserved),
            ("64:ff9b:1::a00:1", Forbidden::Reserved),
            ("100::1", Forbidden::Reserved),
        ] {
            assert_eq!(of(text), Some(kind), "{text}");
        }
    }

    #[test]
    fn public_addresses_and_the_neighbours_of_closed_ranges_are_open() {
        for text in [
            "1.1.1.1",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.1",
            "169.253.255.255",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "223.255.255.255",
            "2606:4700::1111",
            "::ffff:1.1.1.1",
            "64:ff9b::101:101",
        ] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
