//! Has the key when it is needed and not before, and asks for it once.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::record::{KeyId, Place};
use super::{KeyKind, KeyOptions, KeyRecord, MasterKey, PassphraseNeed, SecretError, file, os, passphrase, random};

/// How often a person may type a passphrase.
const TRIES: usize = 3;

/// A profile's key, once it was had.
#[derive(Debug)]
pub(crate) struct Vault {
    dir: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    options: KeyOptions,
    /// What the settings say; what was asked for comes first.
    preferred: Option<KeyKind>,
    had: Option<(KeyId, Arc<MasterKey>)>,
    /// Kept, so that a list of a hundred sealed proxies asks a person once and waits for a hung keyring once.
    failed: Option<SecretError>,
}

impl Vault {
    pub(crate) fn new(dir: PathBuf, options: KeyOptions, preferred: Option<KeyKind>) -> Self {
        Self { dir, state: Mutex::new(State { options, preferred, had: None, failed: None }) }
    }

    /// Asks differently from now on, and forgets that asking failed.
    pub(crate) fn set_options(&self, options: KeyOptions) {
        let mut state = self.state();
        state.options = options;
        state.failed = None;
    }

    /// Where a new key goes.
    pub(crate) fn new_kind(&self) -> KeyKind {
        self.state().kind()
    }

    /// Forgets that asking failed: a person may have unlocked a keyring meanwhile.
    pub(crate) fn ask_anew(&self) {
        self.state().failed = None;
    }

    /// Asks differently from now on and has the key of a record at once. Where that fails, everything stays as it was.
    pub(crate) fn unlock(&self, record: Option<&KeyRecord>, options: KeyOptions) -> Result<(), SecretError> {
        let before = std::mem::replace(&mut self.state().options, options);
        self.ask_anew();
        let Some(record) = record else { return Ok(()) };
        self.key(Some(record)).map(drop).inspect_err(|_| self.set_options(before))
    }

    /// The key of a record, to read what was sealed.
    pub(crate) fn key(&self, record: Option<&KeyRecord>) -> Result<Arc<MasterKey>, SecretError> {
        let record = record.ok_or_else(|| SecretError::KeyMissing { place: "the profile".to_owned() })?;
        self.once(|state| state.had_or(record, || self.fetch(state, record)))
    }

    /// The key of a record, or a new one with its record where there is none yet. The caller holds the write lock.
    pub(crate) fn key_or_new(&self, record: &mut Option<KeyRecord>) -> Result<Arc<MasterKey>, SecretError> {
        if let Some(record) = record {
            return self.key(Some(record));
        }
        let (key, made) = self.once_with(|state| self.make(state))?;
        let key = Arc::new(key);
        self.state().had = Some((made.id, Arc::clone(&key)));
        *record = Some(made);
        Ok(key)
    }

    /// Puts the key of a record elsewhere, under a new record; the old one still holds until [`Vault::remove`].
    pub(crate) fn moved(&self, record: &KeyRecord, to: &KeyOptions) -> Result<KeyRecord, SecretError> {
        let key = self.key(Some(record))?;
        self.put(&key, to.asked.ok_or(SecretError::Off)?, to)
    }

    /// Removes the key of a record that is not, or no more, in the profile.
    pub(crate) fn remove(&self, record: &KeyRecord) {
        let is_off = self.state().options.asked == Some(KeyKind::None);
        // What cannot be removed does no harm but to stay: the record was all that pointed there.
        let _ = match record.place {
            Place::Os if is_off => Ok(()),
            Place::Os => os::delete(record.id.0),
            Place::File => file::delete(&self.dir, record.id.0),
            Place::Passphrase(_) => Ok(()),
        };
        let mut state = self.state();
        if state.had.as_ref().is_some_and(|(id, _)| *id == record.id) {
            state.had = None;
        }
        // It may have been about this very key.
        state.failed = None;
    }

    /// Where the key of a record lies in clear, if it does.
    pub(crate) fn key_file(&self, record: &KeyRecord) -> Option<PathBuf> {
        (record.kind() == KeyKind::File).then(|| file::path(&self.dir, record.id.0))
    }

    fn once(
        &self,
        have: impl FnOnce(&State) -> Result<(KeyId, Arc<MasterKey>), SecretError>,
    ) -> Result<Arc<MasterKey>, SecretError> {
        let (id, key) = self.once_with(have)?;
        self.state().had = Some((id, Arc::clone(&key)));
        Ok(key)
    }

    fn once_with<T>(&self, have: impl FnOnce(&State) -> Result<T, SecretError>) -> Result<T, SecretError> {
        let mut state = self.state();
        if let Some(error) = &state.failed {
            return Err(error.clone());
        }
        let had = have(&state);
        state.failed = had.as_ref().err().cloned();
        had
    }

    fn fetch(&self, state: &State, record: &KeyRecord) -> Result<MasterKey, SecretError> {
        match state.options.asked {
            Some(KeyKind::None) => return Err(SecretError::Off),
            Some(asked) if asked != record.kind() => {
                return Err(SecretError::OtherKind { recorded: record.kind(), asked });
            }
            _ => {}
        }
        let place = || match record.place {
            Place::File => file::path(&self.dir, record.id.0).display().to_string(),
            _ => "the keyring".to_owned(),
        };
        let key = match &record.place {
            Place::Os => os::load(record.id.0)?,
            Place::File => file::load(&self.dir, record.id.0)?,
            Place::Passphrase(wrapped) => Some(unwrap(record.id, wrapped, &state.options)?),
        };
        let key = key.ok_or_else(|| SecretError::KeyMissing { place: place() })?;
        if record.fits(&key) { Ok(key) } else { Err(SecretError::WrongKey { place: place() }) }
    }

    fn make(&self, state: &State) -> Result<(MasterKey, KeyRecord), SecretError> {
        let key = MasterKey::random()?;
        let record = self.put(&key, state.kind(), &state.options)?;
        Ok((key, record))
    }

    fn put(&self, key: &MasterKey, kind: KeyKind, options: &KeyOptions) -> Result<KeyRecord, SecretError> {
        let id = KeyId(u64::from_le_bytes(random()?));
        let place = match kind {
            KeyKind::None => return Err(SecretError::Off),
            KeyKind::Os => {
                os::store(id.0, key)?;
                Place::Os
            }
            KeyKind::File => {
                file::store(&self.dir, id.0, key)?;
                Place::File
            }
            KeyKind::Passphrase => {
                let passphrase = options.have_passphrase(PassphraseNeed::Create)?;
                Place::Passphrase(passphrase::wrap(id.0, key, &passphrase)?)
            }
        };
        KeyRecord::new(id, place, key)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Asks again where a person mistyped; a passphrase of the environment stays wrong.
fn unwrap(id: KeyId, wrapped: &passphrase::Wrapped, options: &KeyOptions) -> Result<MasterKey, SecretError> {
    let mut need = PassphraseNeed::Unlock;
    for _ in 1..TRIES {
        match wrapped.unwrap_key(id.0, &options.have_passphrase(need)?) {
            Err(SecretError::PassphraseWrong) if options.can_ask() => need = PassphraseNeed::UnlockAgain,
            unwrapped => return unwrapped,
        }
    }
    wrapped.unwrap_key(id.0, &options.have_passphrase(need)?)
}

impl State {
    fn had_or(
        &self,
        record: &KeyRecord,
        fetch: impl FnOnce() -> Result<MasterKey, SecretError>,
    ) -> Result<(KeyId, Arc<MasterKey>), SecretError> {
        match &self.had {
            Some((id, key)) if *id == record.id => Ok((*id, Arc::clone(key))),
            _ => Ok((record.id, Arc::new(fetch()?))),
        }
    }

    /// Where a new key goes.
    fn kind(&self) -> KeyKind {
        let by_passphrase = self.options.passphrase.as_ref().map(|_| KeyKind::Passphrase);
        self.options.asked.or(by_passphrase).or(self.preferred).unwrap_or(KeyKind::Os)
    }
}

#[cfg(test)]
mod tests;
