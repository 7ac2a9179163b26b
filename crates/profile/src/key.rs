//! The master key: what seals secrets, where it is kept, and how it is had again.

mod file;
mod options;
mod os;
mod passphrase;
mod record;
mod seal;
mod vault;

pub use options::{KeyKind, KeyOptions, PASSPHRASE_VAR, PassphraseNeed};
pub(crate) use record::KeyRecord;
pub(crate) use seal::{Bound, MasterKey, Sealed};
pub(crate) use vault::Vault;

/// Why a secret cannot be stored or read. Each message says what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The person asked for no key in this run.
    #[error(
        "secrets cannot be kept or read with `--keyring none`: choose os (the keyring), file (a key file) or passphrase"
    )]
    Off,
    /// The operating system offers no keyring.
    #[error("no keyring is running ({reason}): start one, or choose `--keyring file`, or set {PASSPHRASE_VAR}")]
    KeyringAbsent {
        /// What the operating system said.
        reason: String,
    },
    /// The keyring is locked, or the person or the system refused access to it.
    #[error("the keyring is locked or refused access: unlock it and try again")]
    KeyringLocked,
    /// The keyring gave no answer in five seconds.
    #[error("the keyring gave no answer within 5 s: see whether it asks for its password, then try again")]
    KeyringTimeout,
    /// The profile's key is not where it was put.
    #[error(
        "the profile's key is not in {place} any more: bring it back, or remove the sealed proxies and add them anew"
    )]
    KeyMissing {
        /// Where it was.
        place: String,
    },
    /// The key there is another one than the secrets were sealed with. Nothing was changed.
    #[error("the key in {place} is not the one that this profile was sealed with: bring the right one back")]
    WrongKey {
        /// Where the wrong key is.
        place: String,
    },
    /// The key file cannot be read or written.
    #[error("the key file {path}: {kind}")]
    KeyFile {
        /// The file.
        path: String,
        /// What the operating system said.
        kind: std::io::ErrorKind,
    },
    /// Nobody gave a passphrase.
    #[error("this profile's secrets need a passphrase: set {PASSPHRASE_VAR}, or start in a terminal to be asked")]
    PassphraseMissing,
    /// The passphrase opens nothing.
    #[error("the passphrase is wrong")]
    PassphraseWrong,
    /// The profile's key is of another kind than the person asked for.
    #[error("this profile keeps its key in {recorded}, not in {asked}: leave `--keyring {asked}` out")]
    OtherKind {
        /// What the profile uses.
        recorded: KeyKind,
        /// What was asked for.
        asked: KeyKind,
    },
    /// The sealed text was changed after it was sealed, or belongs elsewhere.
    #[error("the sealed part of {what} is damaged: remove it and add it anew")]
    Damaged {
        /// Which one.
        what: String,
    },
    /// The operating system gives no random numbers.
    #[error("the operating system gives no random numbers")]
    NoRandom,
}

/// Fills an array from the operating system's source of random numbers.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SecretError::NoRandom)?;
    Ok(bytes)
}
