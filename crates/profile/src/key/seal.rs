//! Sealing: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) with a random nonce and the place of the text as associated
//! data, so that a sealed text moved to another place does not open.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use paperwing_link::ProxyId;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{SecretError, random};
use crate::SubscriptionId;

const NONCE: usize = 24;

/// The key that seals a profile's secrets. Wiped on drop; no `Clone`, no `Display`.
pub(crate) struct MasterKey(Zeroizing<[u8; 32]>);

/// Nonce, text and tag in base64.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Sealed(String);

/// Where a sealed text belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    Proxy(ProxyId),
    Subscription(SubscriptionId),
    LocalLogin,
    /// The secret of the port for Telegram.
    Telegram,
    /// The text that tells the right key from a wrong one.
    KeyCheck(u64),
    /// The master key under a passphrase.
    WrappedKey(u64),
}

/// The text does not open: another key, another place, or changed bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DoesNotOpen;

// === impl MasterKey ===

impl MasterKey {
    pub(crate) const LEN: usize = 32;

    pub(crate) fn random() -> Result<Self, SecretError> {
        random().map(|bytes| Self(Zeroizing::new(bytes)))
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; Self::LEN]);
        (bytes.len() == Self::LEN).then(|| {
            key.copy_from_slice(bytes);
            Self(key)
        })
    }

    pub(super) fn bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }

    pub(crate) fn seal(&self, text: &[u8], place: Bound) -> Result<Sealed, SecretError> {
        let nonce = random::<NONCE>()?;
        let place = place.name();
        let payload = Payload { msg: text, aad: place.as_bytes() };
        // Fails for texts beyond 256 GiB only.
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| SecretError::NoRandom)?;
        Ok(Sealed(BASE64.encode([nonce.as_slice(), &sealed].concat())))
    }

    pub(crate) fn open(&self, sealed: &Sealed, place: Bound) -> Result<Zeroizing<Vec<u8>>, DoesNotOpen> {
        let bytes = BASE64.decode(&sealed.0).map_err(|_| DoesNotOpen)?;
        let (nonce, text) = bytes.split_first_chunk::<NONCE>().ok_or(DoesNotOpen)?;
        let place = place.name();
        let payload = Payload { msg: text, aad: place.as_bytes() };
        self.cipher().decrypt(&XNonce::from(*nonce), payload).map(Zeroizing::new).map_err(|_| DoesNotOpen)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(*self.0))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

// === impl Sealed ===

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealed(…)")
    }
}

// === impl Bound ===

impl Bound {
    fn name(self) -> String {
        match self {
            Self::Proxy(id) => format!("paperwing proxy {id}"),
            Self::Subscription(id) => format!("paperwing subscription {id}"),
            Self::LocalLogin => "paperwing local login".to_owned(),
            Self::Telegram => "paperwing telegram".to_owned(),
            Self::KeyCheck(id) => format!("paperwing key check {id:016x}"),
            Self::WrappedKey(id) => format!("paperwing wrapped key {id:016x}"),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const HERE: Bound = Bound::Proxy(ProxyId(7));

    #[test]
    fn a_sealed_text_opens_with_its_key_at_its_place_only() {
        let (key, other) = (MasterKey::random().unwrap(), MasterKey::random().unwrap());
        let sealed = key.seal(b"hunter2", HERE).unwrap();
        assert_eq!(key.open(&sealed, HERE).unwrap().as_slice(), b"hunter2");
        assert!(other.open(&sealed, HERE).is_err());
        assert!(key.open(&sealed, Bound::Proxy(ProxyId(8))).is_err());
        assert!(key.open(&sealed, Bound::Subscription(SubscriptionId(7))).is_err());
    }

    #[test]
    fn any_changed_or_missing_byte_keeps_it_shut() {
        let key = MasterKey::random().unwrap();
        let sealed = key.seal(b"hunter2", HERE).unwrap();
        let bytes = BASE64.decode(&sealed.0).unwrap();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(key.open(&Sealed(BASE64.encode(&changed)), HERE).is_err(), "byte {at}");
            assert!(key.open(&Sealed(BASE64.encode(&bytes[..at])), HERE).is_err(), "cut at {at}");
        }
        assert!(key.open(&Sealed("no base64!".to_owned()), HERE).is_err());
    }

    #[test]
    fn the_same_text_never_looks_the_same_and_debug_shows_none_of_it() {
        let key = MasterKey::random().unwrap();
        let (one, two) = (key.seal(b"hunter2", HERE).unwrap(), key.seal(b"hunter2", HERE).unwrap());
        assert_ne!(one, two);
        assert_eq!(format!("{one:?} {key:?}"), "Sealed(…) MasterKey(…)");
    }
}
