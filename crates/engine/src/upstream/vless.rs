//! VLESS (<https://xtls.github.io/en/development/protocols/vless.html>): a user's id and a target before the client's bytes,
//! and one short header before the target's.
//!
//! The header comes with the target's first bytes, not before, so nothing tells whether the target was reached. With a wrong
//! id the proxy hangs up.

use std::net::IpAddr;

use paperwing_link::Vless;

use crate::target::{Target, TargetHost};

const VERSION: u8 = 0;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const NAME: u8 = 2;
const IPV6: u8 = 3;

/// The words that come before the client's first bytes.
pub(super) fn request(proxy: &Vless, target: &Target) -> Vec<u8> {
    let mut words = Vec::with_capacity(284);
    words.push(VERSION);
    words.extend_from_slice(&user_id(proxy.id.reveal()));
    // No additions: those are flows.
    words.extend_from_slice(&[0, CONNECT]);
    words.extend_from_slice(&target.port.get().to_be_bytes());
    match &target.host {
        TargetHost::Ip(IpAddr::V4(ip)) => {
            words.push(IPV4);
            words.extend_from_slice(&ip.octets());
        }
        TargetHost::Ip(IpAddr::V6(ip)) => {
            words.push(IPV6);
            words.extend_from_slice(&ip.octets());
        }
        TargetHost::Domain(name) => {
            words.extend_from_slice(&[NAME, u8::try_from(name.len()).unwrap_or(u8::MAX)]);
            words.extend_from_slice(name.as_bytes());
        }
    }
    words
}

/// The 16 bytes of a UUID, or those that Xray makes of any other text: a UUID of version 5 (RFC 9562, 5.5) in the namespace
/// of zeros.
fn user_id(text: &str) -> [u8; 16] {
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let is_uuid = digits.len() == 32 && matches!(text.len(), 32 | 36);
    if is_uuid && let Ok(number) = u128::from_str_radix(&digits, 16) {
        return number.to_be_bytes();
    }
    let named = [&[0; 16], text.as_bytes()].concat();
    let digest = ring::digest::digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY, &named);
    let mut id = [0; 16];
    id.copy_from_slice(&digest.as_ref()[..16]);
    id[6] = id[6] & 0x0F | 0x50;
    id[8] = id[8] & 0x3F | 0x80;
    id
}

/// The proxy's header while it comes: its version, the length of its additions, and those.
#[derive(Debug, Default)]
pub(super) struct Header {
    read: usize,
    additions: usize,
}

/// It is no VLESS header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoHeader;

impl Header {
    /// Takes its bytes off the front. True once it is whole.
    pub(super) fn take(&mut self, bytes: &mut &[u8]) -> Result<bool, NoHeader> {
        while !self.is_whole() {
            let Some((first, rest)) = bytes.split_first() else { return Ok(false) };
            match self.read {
                0 if *first != VERSION => return Err(NoHeader),
                1 => self.additions = usize::from(*first),
                _ => {}
            }
            self.read += 1;
            *bytes = rest;
        }
        Ok(true)
    }

    fn is_whole(&self) -> bool {
        self.read >= 2 && self.read == 2 + self.additions
    }
}

#[cfg(test)]
mod tests {
    use paperwing_link::{Protocol, Proxy};

    use super::*;

    fn vless(id: &str) -> Vless {
        match format!("vless://{id}@h.example:443").parse::<Proxy>().unwrap().protocol {
            Protocol::Vless(it) => it,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_request_is_what_the_document_says() {
        let it = vless("b831381d-6324-4d53-ad4f-8cda48b30811");
        let id = b"\xb8\x31\x38\x1d\x63\x24\x4d\x53\xad\x4f\x8c\xda\x48\xb3\x08\x11";
        let words = request(&it, &Target::parse_authority("a.example:80").unwrap());
        assert_eq!(words, [&[0][..], id, b"\x00\x01\x00\x50\x02\x09a.example"].concat());
        let words = request(&it, &Target::parse_authority("[::1]:443").unwrap());
        assert_eq!(words[18..22], [1, 1, 0xBB, 3]);
    }

    #[test]
    fn a_text_that_is_no_uuid_stands_for_one() {
        // The example of Xray's own documentation.
        let expected = 0x5783_a3e7_e373_51cd_8642_c837_82b8_07c5_u128;
        assert_eq!(user_id("我爱🍉老师1314"), expected.to_be_bytes());
    }

    #[test]
    fn a_header_may_come_byte_by_byte_and_with_additions() {
        let mut header = Header::default();
        for byte in [0, 3, 9, 9] {
            assert_eq!(header.take(&mut &[byte][..]), Ok(false));
        }
        let mut last = &b"\x09first bytes"[..];
        assert_eq!(header.take(&mut last), Ok(true));
        assert_eq!(last, b"first bytes");
        assert_eq!(Header::default().take(&mut &b"HTTP/1.1"[..]), Err(NoHeader));
    }
}
