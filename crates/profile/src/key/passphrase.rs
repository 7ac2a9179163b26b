//! The master key under a passphrase: wrapped with a key that Argon2id (RFC 9106) makes of it.

use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use paperwing_link::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::seal::{Bound, MasterKey, Sealed};
use super::{SecretError, random};

/// RFC 9106, 4: the second recommended choice (64 MiB, 3 passes, 4 lanes), and its salt of 128 bits.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
const SALT: usize = 16;

/// A file cannot make us spend more than this.
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const MOST_PASSES: u32 = 64;
const MOST_LANES: u32 = 64;

/// What opens the master key, given the passphrase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Wrapped {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    key: Sealed,
}

/// Wraps a key.
pub(super) fn wrap(id: u64, key: &MasterKey, passphrase: &Secret) -> Result<Wrapped, SecretError> {
    let salt = random::<SALT>()?;
    let params = Params::new(MEMORY_KIB, PASSES, LANES, Some(MasterKey::LEN)).map_err(|_| damaged())?;
    let wrapping = derive(params, passphrase, &salt)?;
    let key = wrapping.seal(key.bytes(), Bound::WrappedKey(id))?;
    Ok(Wrapped { memory_kib: MEMORY_KIB, passes: PASSES, lanes: LANES, salt: BASE64.encode(salt), key })
}

impl Wrapped {
    /// Gives the key out, or says that the passphrase is wrong.
    pub(super) fn unwrap_key(&self, id: u64, passphrase: &Secret) -> Result<MasterKey, SecretError> {
        if self.memory_kib > MOST_MEMORY_KIB || self.passes > MOST_PASSES || self.lanes > MOST_LANES {
            return Err(damaged());
        }
        let salt = BASE64.decode(&self.salt).map_err(|_| damaged())?;
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(MasterKey::LEN));
        let wrapping = derive(params.map_err(|_| damaged())?, passphrase, &salt)?;
        let bytes = wrapping.open(&self.key, Bound::WrappedKey(id)).map_err(|_| SecretError::PassphraseWrong)?;
        MasterKey::from_bytes(&bytes).ok_or_else(damaged)
    }
}

fn derive(params: Params, passphrase: &Secret, salt: &[u8]) -> Result<MasterKey, SecretError> {
    let mut bytes = Zeroizing::new([0; MasterKey::LEN]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.reveal().as_bytes(), salt, bytes.as_mut_slice())
        .map_err(|_| damaged())?;
    MasterKey::from_bytes(bytes.as_slice()).ok_or_else(damaged)
}

fn damaged() -> SecretError {
    SecretError::Damaged { what: "the passphrase's record".to_owned() }
}
