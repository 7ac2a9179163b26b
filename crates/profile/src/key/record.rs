//! What `proxies.json` says about the key that sealed it. It travels with what it opens: a list that is set aside and put
//! back brings its key's place along.

use serde::{Deserialize, Serialize};

use super::passphrase::Wrapped;
use super::seal::{Bound, MasterKey, Sealed};
use super::{KeyKind, SecretError};
use crate::json::{self, Id};

/// A key's random name: of its entry in the keyring, of its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyId(pub(super) u64);

/// Which key, where it is, and how to tell that it is the right one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct KeyRecord {
    #[serde(with = "json::hex_id")]
    pub(super) id: KeyId,
    #[serde(flatten)]
    pub(super) place: Place,
    check: Sealed,
}

/// Where the key is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(super) enum Place {
    Os,
    File,
    Passphrase(Wrapped),
}

const CHECK: &[u8] = b"paperwing";

// === impl KeyRecord ===

impl KeyRecord {
    pub(super) fn new(id: KeyId, place: Place, key: &MasterKey) -> Result<Self, SecretError> {
        let check = key.seal(CHECK, Bound::KeyCheck(id.0))?;
        Ok(Self { id, place, check })
    }

    /// Whether this is the key that the record was made with.
    pub(super) fn fits(&self, key: &MasterKey) -> bool {
        key.open(&self.check, Bound::KeyCheck(self.id.0)).is_ok_and(|text| text.as_slice() == CHECK)
    }

    pub(crate) fn kind(&self) -> KeyKind {
        match self.place {
            Place::Os => KeyKind::Os,
            Place::File => KeyKind::File,
            Place::Passphrase(_) => KeyKind::Passphrase,
        }
    }
}

impl Id for KeyId {
    fn number(&self) -> u64 {
        self.0
    }

    fn from_number(number: u64) -> Self {
        Self(number)
    }
}
