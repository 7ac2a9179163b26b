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
    #[error("{}", match sought {
        Sought::Existing => "this profile's key is in the keyring, and none is running: start the desktop's keyring, \
                             or run Paperwing inside the desktop session",
        Sought::New => "no keyring is running: start one, or choose `--keyring file`, or set PAPERWING_PASSPHRASE",
    })]
    KeyringAbsent {
        /// What it was asked for.
        sought: Sought,
    },
    /// The keyring is locked, or the person or the system refused access to it.
    #[error("the keyring is locked or refused access: unlock it and try again{}", sought.way_out())]
    KeyringLocked {
        /// What it was asked for.
        sought: Sought,
    },
    /// The keyring gave no answer in five seconds.
    #[error(
        "the keyring gave no answer within 5 s: see whether it asks for its password, then try again{}",
        sought.way_out()
    )]
    KeyringTimeout {
        /// What it was asked for.
        sought: Sought,
    },
    /// The profile's key is not where it was put.
    #[error(
        "the profile's key is not in {place} any more: bring it back, or remove all subscriptions and proxies with \
         passwords and add them anew"
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
    /// The key file is not one, or was cut short.
    #[error("the key file {path} has {bytes} bytes instead of {}: bring the right one back", MasterKey::LEN)]
    KeyFileLength {
        /// The file.
        path: String,
        /// How long it is.
        bytes: usize,
    },
    /// Nobody gave a passphrase.
    #[error("this profile's secrets need a passphrase: set {PASSPHRASE_VAR}, or start in a terminal to be asked")]
    PassphraseMissing,
    /// Nothing was typed as the new passphrase.
    #[error("a passphrase must not be empty: type one, or choose `--keyring file`")]
    PassphraseEmpty,
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

/// What a keyring is asked for, which decides what else can be done where it does not answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sought {
    /// A place for a new key: there are others.
    New,
    /// The key that is in it: there is no other.
    Existing,
}

impl Sought {
    fn way_out(self) -> &'static str {
        match self {
            Self::New => ", or choose `--keyring file`",
            Self::Existing => "",
        }
    }
}

/// Fills an array from the operating system's source of random numbers.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], SecretError> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| SecretError::NoRandom)?;
    Ok(bytes)
}
