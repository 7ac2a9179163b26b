//! Trojan (<https://trojan-gfw.github.io/trojan/protocol>): a password's digest and a target, in TLS, before the client's
//! bytes.
//!
//! The proxy never answers. With a wrong password it hands what we send to a web server, and that server's page comes back
//! as if it were the target's.

use std::fmt::Write;

use paperwing_link::Trojan;
use sha2::{Digest, Sha224};

use super::address;
use crate::target::Target;

const CONNECT: u8 = 1;
const LINE_END: &[u8] = b"\r\n";

/// The words that come before the client's first bytes.
pub(super) fn request(proxy: &Trojan, target: &Target) -> Vec<u8> {
    let digest = Sha224::digest(proxy.password.reveal());
    let hex = digest.iter().fold(String::with_capacity(56), |mut hex, byte| {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let mut words = Vec::with_capacity(384);
    words.extend_from_slice(hex.as_bytes());
    words.extend_from_slice(LINE_END);
    words.push(CONNECT);
    address::push(target, &mut words);
    words.extend_from_slice(LINE_END);
    words
}

#[cfg(test)]
mod tests {
    use paperwing_link::{Protocol, Proxy};

    use super::*;

    #[test]
    fn a_request_is_what_the_document_says() {
        let Protocol::Trojan(it) = "trojan://password@h.example:443".parse::<Proxy>().unwrap().protocol else {
            panic!()
        };
        let words = request(&it, &Target::parse_authority("a.example:80").unwrap());
        // printf password | openssl dgst -sha224
        let digest = "d63dc919e201d7bc4c825630d2cf25fdc93d4b2f0d46706d29038d01";
        assert_eq!(words, [digest.as_bytes(), b"\r\n\x01\x03\x09a.example\x00\x50\r\n"].concat());
    }
}
