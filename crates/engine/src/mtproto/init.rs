//! The 64 bytes that begin an obfuscated connection: random but for the keys derived from them, the transport and the data
//! centre ("Transport obfuscation"). Both sides then encrypt with AES-256 in counter mode, one key each way.

use std::io;

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// How long the beginning is, bytes.
pub(crate) const INIT: usize = 64;

/// What proxy and client both know.
pub(crate) type Key = Zeroizing<[u8; 16]>;

/// The padded intermediate transport, which every client uses whose secret begins with `dd` or `ee`.
const PADDED: [u8; 4] = [0xdd; 4];
const TAG: std::ops::Range<usize> = 56..60;
const DC: std::ops::Range<usize> = 60..62;
const KEYS: std::ops::Range<usize> = 8..56;

/// The ciphers of a connection, at the same place as the other side's.
pub(crate) struct Keys {
    /// From the client to the server.
    pub(crate) up: Cipher,
    /// From the server to the client.
    pub(crate) down: Cipher,
}

/// A stream of key bytes; applied twice it gives back what was there.
pub(crate) struct Cipher(Ctr128BE<Aes256>);

// === impl Cipher ===

impl Cipher {
    fn new(key_and_iv: &[u8], secret: &Key) -> Self {
        let (key, iv) = key_and_iv.split_at(32);
        let mut hash = Sha256::new();
        hash.update(key);
        hash.update(secret.as_slice());
        let mut iv_bytes = [0; 16];
        iv_bytes.copy_from_slice(iv);
        Self(Ctr128BE::new(&hash.finalize(), &iv_bytes.into()))
    }

    pub(crate) fn apply(&mut self, bytes: &mut [u8]) {
        self.0.apply_keystream(bytes);
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(…)")
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

// === impl Keys ===

impl Keys {
    fn of(init: &[u8; INIT], secret: &Key) -> Self {
        let mut reversed = Zeroizing::new([0; KEYS.end - KEYS.start]);
        reversed.copy_from_slice(&init[KEYS]);
        reversed.reverse();
        Self { up: Cipher::new(&init[KEYS], secret), down: Cipher::new(reversed.as_slice(), secret) }
    }
}

/// Reads a client's beginning as a proxy does: the data centre that it wants, and the ciphers for what follows. `None` where
/// it was not made with our secret.
pub(crate) fn accept_init(init: &[u8; INIT], secret: &Key) -> Option<(i16, Keys)> {
    let mut keys = Keys::of(init, secret);
    let mut plain = *init;
    keys.up.apply(&mut plain);
    let dc = i16::from_le_bytes([plain[DC.start], plain[DC.start + 1]]);
    (plain[TAG] == PADDED).then_some((dc, keys))
}

/// Makes the beginning that a client sends to a proxy, and the ciphers for what follows.
pub(crate) fn make_init(dc: i16, secret: &Key) -> io::Result<([u8; INIT], Keys)> {
    let mut init = [0; INIT];
    loop {
        getrandom::fill(&mut init).map_err(io::Error::other)?;
        if !is_reserved(&init) {
            break;
        }
    }
    init[TAG].copy_from_slice(&PADDED);
    init[DC].copy_from_slice(&dc.to_le_bytes());
    let mut keys = Keys::of(&init, secret);
    let mut encrypted = init;
    keys.up.apply(&mut encrypted);
    // The rest stays as it is: the other side derives the keys from it.
    init[TAG.start..].copy_from_slice(&encrypted[TAG.start..]);
    Ok((init, keys))
}

/// What servers take for another transport, HTTP or TLS.
fn is_reserved(init: &[u8; INIT]) -> bool {
    const FIRST_WORDS: [[u8; 4]; 7] =
        [*b"HEAD", *b"POST", *b"GET ", *b"OPTI", [0xee; 4], [0xdd; 4], [0x16, 0x03, 0x01, 0x02]];
    init[0] == 0xef || FIRST_WORDS.iter().any(|word| init.starts_with(word)) || init[4..8] == [0; 4]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(fill: u8) -> Key {
        Zeroizing::new([fill; 16])
    }

    #[test]
    fn what_a_client_makes_a_proxy_with_the_same_secret_reads() {
        for dc in [1, 2, -4, 203, 10_002] {
            let (init, mut client) = make_init(dc, &secret(7)).unwrap();
            let (asked, mut proxy) = accept_init(&init, &secret(7)).unwrap();
            assert_eq!(asked, dc);
            let mut question = *b"from the client, in two pieces";
            client.up.apply(&mut question[..11]);
            client.up.apply(&mut question[11..]);
            proxy.up.apply(&mut question);
            assert_eq!(&question, b"from the client, in two pieces");
            let mut answer = *b"from the server";
            proxy.down.apply(&mut answer);
            assert_ne!(&answer, b"from the server");
            client.down.apply(&mut answer);
            assert_eq!(&answer, b"from the server");
        }
    }

    #[test]
    fn another_secret_reads_nothing() {
        let (init, _) = make_init(2, &secret(7)).unwrap();
        assert!(accept_init(&init, &secret(8)).is_none());
        assert!(
            accept_init(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: a web page, perhaps", &secret(7)).is_none()
        );
    }

    #[test]
    fn the_clear_part_never_looks_like_another_protocol() {
        for _ in 0..2000 {
            let (init, _) = make_init(2, &secret(7)).unwrap();
            assert!(!is_reserved(&init));
        }
        let mut web = [1; INIT];
        web[..4].copy_from_slice(b"GET ");
        assert!(is_reserved(&web));
    }

    #[test]
    fn nothing_of_the_keys_is_shown() {
        let (_, keys) = make_init(2, &secret(7)).unwrap();
        assert_eq!(format!("{keys:?} {:?}", keys.up), "Keys(…) Cipher(…)");
    }
}
