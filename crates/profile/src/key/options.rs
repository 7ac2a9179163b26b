//! What a person says about the key.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use paperwing_link::Secret;
use serde::{Deserialize, Serialize};

use super::SecretError;

/// The environment variable that holds the passphrase on machines without a person.
pub const PASSPHRASE_VAR: &str = "PAPERWING_PASSPHRASE";

/// Where the master key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum KeyKind {
    /// The operating system's keyring.
    Os,
    /// A file in the profile's folder, readable by its owner: whoever copies the folder has the secrets.
    File,
    /// A passphrase (Argon2id).
    Passphrase,
    /// Nowhere: no secrets.
    None,
}

/// What a passphrase is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PassphraseNeed {
    /// To read what was sealed with it.
    Unlock,
    /// The same once more: the last one was wrong.
    UnlockAgain,
    /// To seal with it from now on; ask twice.
    Create,
}

/// How the key is had. A profile remembers which kind it uses once there is a key; before that: what was asked for, else
/// a passphrase where the environment has one, else `keyring` of the settings, else the operating system's keyring.
#[derive(Clone, Default)]
pub struct KeyOptions {
    pub(super) asked: Option<KeyKind>,
    pub(super) passphrase: Option<Secret>,
    pub(super) ask: Option<Arc<Ask>>,
}

type Ask = dyn Fn(PassphraseNeed) -> Option<Secret> + Send + Sync;

// === impl KeyOptions ===

impl KeyOptions {
    /// Nothing asked for, and nobody to ask.
    pub fn new() -> Self {
        Self::default()
    }

    /// With the passphrase of [`PASSPHRASE_VAR`], where that is set and not empty.
    pub fn from_environment() -> Self {
        let passphrase = std::env::var(PASSPHRASE_VAR).ok().filter(|text| !text.is_empty()).map(Secret::new);
        Self { passphrase, ..Self::default() }
    }

    /// The kind that the person asked for in this run (`--keyring`).
    #[must_use]
    pub fn kind(self, asked: Option<KeyKind>) -> Self {
        Self { asked, ..self }
    }

    /// A passphrase that is known already; the person is not asked then.
    #[must_use]
    pub fn passphrase(self, passphrase: Option<Secret>) -> Self {
        Self { passphrase, ..self }
    }

    /// How to ask the person for a passphrase; `None` from it means that they gave none.
    #[must_use]
    pub fn ask(self, ask: impl Fn(PassphraseNeed) -> Option<Secret> + Send + Sync + 'static) -> Self {
        Self { ask: Some(Arc::new(ask)), ..self }
    }

    pub(super) fn have_passphrase(&self, need: PassphraseNeed) -> Result<Secret, SecretError> {
        let known = self.passphrase.clone();
        let given = known.or_else(|| self.ask.as_ref().and_then(|ask| ask(need)));
        given.filter(|text| !text.reveal().is_empty()).ok_or(match (need, &self.ask) {
            (PassphraseNeed::Create, Some(_)) => SecretError::PassphraseEmpty,
            _ => SecretError::PassphraseMissing,
        })
    }

    /// Whether another passphrase may come where one was wrong.
    pub(super) fn can_ask(&self) -> bool {
        self.passphrase.is_none() && self.ask.is_some()
    }
}

impl fmt::Debug for KeyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyOptions").field("asked", &self.asked).finish_non_exhaustive()
    }
}

// === impl KeyKind ===

impl KeyKind {
    /// The word for it in settings and on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Os => "os",
            Self::File => "file",
            Self::Passphrase => "passphrase",
            Self::None => "none",
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no [`KeyKind`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected os, file, passphrase or none")]
pub struct UnknownKeyKind;

impl FromStr for KeyKind {
    type Err = UnknownKeyKind;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let all = [Self::Os, Self::File, Self::Passphrase, Self::None];
        all.into_iter().find(|kind| kind.name() == word).ok_or(UnknownKeyKind)
    }
}
