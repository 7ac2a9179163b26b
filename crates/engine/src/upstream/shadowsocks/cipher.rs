//! Ciphers and keys: SIP004's AEADs, whose keys come from a password (`EVP_BytesToKey`) and HKDF-SHA1, and SIP022's, whose
//! keys are given in base64 and go through BLAKE3.

use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine};
use md5::{Digest, Md5};
use paperwing_link::Shadowsocks;
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, Algorithm, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA1_FOR_LEGACY_USE_ONLY, KeyType, Salt};
use zeroize::Zeroizing;

use super::blocks::{self, BLOCK};

/// Every tag's length, in bytes.
pub(super) const TAG: usize = 16;
/// The longest key and so the longest salt, in bytes.
pub(super) const LONGEST_KEY: usize = 32;

/// Which of the two protocols a cipher belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Edition {
    /// SIP004.
    Aead,
    /// SIP022.
    Of2022,
}

/// A cipher that is carried.
#[derive(Clone, Copy)]
pub(super) struct Cipher {
    pub(super) edition: Edition,
    algorithm: &'static Algorithm,
}

/// A proxy's cipher with its keys.
pub(super) struct Keys {
    pub(super) cipher: Cipher,
    /// The last is the user's; those before it name the server's users (SIP023).
    keys: Vec<Zeroizing<Vec<u8>>>,
}

/// One direction of a connection: a key that is used with nonces 0, 1, 2 and so on.
pub(super) struct Session {
    key: LessSafeKey,
    counter: u64,
}

/// The other side does not hold the key, or somebody changed its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Forged;

// === impl Cipher ===

impl Cipher {
    /// The cipher of that name (SIP004, SIP022), if it is carried.
    pub(super) fn named(name: &str) -> Option<Self> {
        let (edition, algorithm) = match name {
            "aes-128-gcm" => (Edition::Aead, &AES_128_GCM),
            "aes-256-gcm" => (Edition::Aead, &AES_256_GCM),
            "chacha20-ietf-poly1305" => (Edition::Aead, &CHACHA20_POLY1305),
            "2022-blake3-aes-128-gcm" => (Edition::Of2022, &AES_128_GCM),
            "2022-blake3-aes-256-gcm" => (Edition::Of2022, &AES_256_GCM),
            "2022-blake3-chacha20-poly1305" => (Edition::Of2022, &CHACHA20_POLY1305),
            _ => return None,
        };
        Some(Self { edition, algorithm })
    }

    /// The length of its keys and of its salts, in bytes.
    pub(super) fn key_length(self) -> usize {
        self.algorithm.key_len()
    }

    /// Whether it is AES in one of its lengths, whose single blocks encrypt headers.
    pub(super) fn is_aes(self) -> bool {
        *self.algorithm != CHACHA20_POLY1305
    }

    /// The most that one chunk may hold, in bytes.
    pub(super) fn longest_chunk(self) -> usize {
        match self.edition {
            Edition::Aead => 0x3FFF,
            Edition::Of2022 => 0xFFFF,
        }
    }
}

// === impl Keys ===

impl Keys {
    /// Those of a proxy; `None` where its cipher is not carried, or its keys do not fit the cipher.
    pub(super) fn of(proxy: &Shadowsocks) -> Option<Self> {
        let cipher = Cipher::named(&proxy.cipher)?;
        let password = proxy.password.reveal();
        let keys = match cipher.edition {
            Edition::Aead => vec![bytes_to_key(password.as_bytes(), cipher.key_length())],
            Edition::Of2022 => password.split(':').map(|key| read_key(key, cipher)).collect::<Option<_>>()?,
        };
        // SIP023 defines identities for AES only.
        let is_one_too_many = keys.len() > 1 && !cipher.is_aes();
        (!is_one_too_many).then_some(Self { cipher, keys })
    }

    /// The key of a direction that begins with this salt.
    pub(super) fn session(&self, salt: &[u8]) -> Session {
        let user = self.user();
        let mut subkey = Zeroizing::new([0; LONGEST_KEY]);
        let subkey = &mut subkey[..self.cipher.key_length()];
        match self.cipher.edition {
            Edition::Aead => {
                let secret = Salt::new(HKDF_SHA1_FOR_LEGACY_USE_ONLY, salt).extract(user);
                // Fails for lengths beyond 255 digests only.
                let _ = secret.expand(&[b"ss-subkey"], Length(subkey.len())).map(|okm| okm.fill(subkey));
            }
            Edition::Of2022 => derive("shadowsocks 2022 session subkey", user, salt, subkey),
        }
        Session::new(self.cipher.algorithm, subkey)
    }

    /// The user's.
    pub(super) fn user(&self) -> &[u8] {
        self.keys.last().map_or(&[], |key| key)
    }

    /// The one that the server itself holds.
    pub(super) fn first(&self) -> &[u8] {
        self.keys.first().map_or(&[], |key| key)
    }

    /// Each key with the one that it leads to (SIP023). None where there is one key.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.keys.windows(2).map(|pair| (&pair[0][..], &pair[1][..]))
    }

    /// SIP023's headers, which tell a server of many users whose key follows. Empty where there is one key.
    pub(super) fn identities(&self, salt: &[u8]) -> Vec<u8> {
        let mut headers = Vec::new();
        for (its, next) in self.pairs() {
            let mut subkey = Zeroizing::new([0; LONGEST_KEY]);
            let subkey = &mut subkey[..self.cipher.key_length()];
            derive("shadowsocks 2022 identity subkey", its, salt, subkey);
            let mut block = [0; BLOCK];
            block.copy_from_slice(&blake3::hash(next).as_bytes()[..BLOCK]);
            blocks::encrypt(subkey, &mut block);
            headers.extend(block);
        }
        headers
    }
}

/// The key derivation of `OpenSSL`'s `EVP_BytesToKey` with MD5, one round and no salt, as SIP004 prescribes.
fn bytes_to_key(password: &[u8], length: usize) -> Zeroizing<Vec<u8>> {
    let mut key = Zeroizing::new(Vec::with_capacity(length + 16));
    while key.len() < length {
        let mut digest = Md5::new();
        digest.update(&key[key.len().saturating_sub(16)..]);
        digest.update(password);
        key.extend_from_slice(&digest.finalize());
    }
    key.truncate(length);
    key
}

fn read_key(text: &str, cipher: Cipher) -> Option<Zeroizing<Vec<u8>>> {
    let key = Zeroizing::new(BASE64_STANDARD.decode(text).ok()?);
    (key.len() == cipher.key_length()).then_some(key)
}

fn derive(context: &str, key: &[u8], salt: &[u8], into: &mut [u8]) {
    blake3::Hasher::new_derive_key(context).update(key).update(salt).finalize_xof().fill(into);
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

// === impl Session ===

impl Session {
    fn new(algorithm: &'static Algorithm, key: &[u8]) -> Self {
        let key = UnboundKey::new(algorithm, key).expect("a subkey is as long as its cipher's keys");
        Self { key: LessSafeKey::new(key), counter: 0 }
    }

    /// Seals the bytes where they stand; the tag belongs right behind them.
    pub(super) fn seal(&mut self, bytes: &mut [u8]) -> [u8; TAG] {
        let nonce = self.nonce();
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), bytes);
        let tag = tag.expect("no message is longer than 64 KiB, and AEADs take gigabytes");
        let mut copy = [0; TAG];
        copy.copy_from_slice(tag.as_ref());
        copy
    }

    /// Appends a message and its tag, sealed.
    pub(super) fn seal_to(&mut self, message: &[u8], out: &mut Vec<u8>) {
        let from = out.len();
        out.extend_from_slice(message);
        let tag = self.seal(&mut out[from..]);
        out.extend_from_slice(&tag);
    }

    /// Opens a message with its tag behind it where it stands, and returns it without the tag.
    pub(super) fn open<'b>(&mut self, sealed: &'b mut [u8]) -> Result<&'b mut [u8], Forged> {
        let nonce = self.nonce();
        self.key.open_in_place(nonce, Aad::empty(), sealed).map_err(|_| Forged)
    }

    /// Opens a message that stands behind a gap with its tag behind it, and moves it to the front.
    pub(super) fn open_to_front(&mut self, bytes: &mut [u8], gap: usize) -> Result<(), Forged> {
        let nonce = self.nonce();
        self.key.open_within(nonce, Aad::empty(), bytes, gap..).map_err(|_| Forged)?;
        Ok(())
    }

    /// Seals a packet's bytes where they stand, with a nonce of the packet's own.
    pub(super) fn seal_at(&self, nonce: [u8; 12], bytes: &mut [u8]) -> [u8; TAG] {
        let nonce = Nonce::assume_unique_for_key(nonce);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), bytes);
        let mut copy = [0; TAG];
        copy.copy_from_slice(tag.expect("no packet is longer than 64 KiB, and AEADs take gigabytes").as_ref());
        copy
    }

    /// Opens a packet with its tag behind it where it stands, and returns it without the tag.
    pub(super) fn open_at<'b>(&self, nonce: [u8; 12], sealed: &'b mut [u8]) -> Result<&'b mut [u8], Forged> {
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.open_in_place(nonce, Aad::empty(), sealed).map_err(|_| Forged)
    }

    /// The next nonce: a little-endian counter.
    fn nonce(&mut self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.counter.to_le_bytes());
        self.counter += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("counter", &self.counter).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use paperwing_link::{Protocol, Proxy};

    use super::*;

    fn keys(link: &str) -> Option<Keys> {
        match link.parse::<Proxy>().unwrap().protocol {
            Protocol::Shadowsocks(it) => Keys::of(&it),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_password_becomes_a_key_as_openssl_makes_it() {
        // openssl enc -aes-256-cbc -md md5 -nosalt -P -k barfoo!
        let key = bytes_to_key(b"barfoo!", 32);
        let openssl = 0xB3AD_C478_39E0_47EB_2288_7052_6DC8_FC30_u128.to_be_bytes();
        let and_more = 0xB347_287F_FCA3_045D_CEA0_6B3F_DF09_0ACB_u128.to_be_bytes();
        assert_eq!(key[..], [openssl, and_more].concat());
    }

    #[test]
    fn old_ciphers_and_keys_that_do_not_fit_are_not_taken() {
        assert!(keys("ss://rc4-md5:x@192.0.2.1:1").is_none());
        assert!(keys("ss://aes-256-cfb:x@192.0.2.1:1").is_none());
        assert!(keys("ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==@192.0.2.1:1").is_some());
    }

    #[test]
    fn what_is_sealed_opens_once_and_in_order() {
        let keys = keys("ss://chacha20-ietf-poly1305:x@192.0.2.1:1").unwrap();
        let (mut near, mut far) = (keys.session(&[1; 32]), keys.session(&[1; 32]));
        let mut first = Vec::new();
        near.seal_to(b"one", &mut first);
        let mut second = Vec::new();
        near.seal_to(b"two", &mut second);
        assert_eq!(far.open(&mut first).unwrap(), b"one");
        second[0] ^= 1;
        assert!(far.open(&mut second).is_err());
    }
}
