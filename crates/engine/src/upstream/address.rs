//! A target in SOCKS5's words (RFC 1928, 4): kind, address, port. Shadowsocks and Trojan say it the same way.

use std::net::IpAddr;

use crate::target::{Target, TargetHost};

pub(super) const IPV4: u8 = 1;
pub(super) const NAME: u8 = 3;
pub(super) const IPV6: u8 = 4;

/// Appends a target.
pub(super) fn push(target: &Target, message: &mut Vec<u8>) {
    match &target.host {
        TargetHost::Ip(IpAddr::V4(ip)) => {
            message.push(IPV4);
            message.extend_from_slice(&ip.octets());
        }
        TargetHost::Ip(IpAddr::V6(ip)) => {
            message.push(IPV6);
            message.extend_from_slice(&ip.octets());
        }
        TargetHost::Domain(name) => {
            // A target's name is at most 255 bytes long.
            message.extend_from_slice(&[NAME, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
            message.extend_from_slice(name.as_bytes());
        }
    }
    message.extend_from_slice(&target.port.get().to_be_bytes());
}
