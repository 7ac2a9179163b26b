//! The operating system's keyring, asked from a thread of its own: a prompt or a bus that hangs must not hang us.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring::{Entry, Error};
use zeroize::Zeroizing;

use super::SecretError;
use super::seal::MasterKey;

/// The keyring's word for this program's entries.
const SERVICE: &str = "paperwing";

/// How long the keyring may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The key kept under an id; `None` where the keyring has none.
pub(super) fn load(id: u64) -> Result<Option<MasterKey>, SecretError> {
    ask(move || match entry(id)?.get_secret() {
        Ok(bytes) => Ok(MasterKey::from_bytes(&Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(why(&error)),
    })
}

/// Keeps a key under an id.
pub(super) fn store(id: u64, key: &MasterKey) -> Result<(), SecretError> {
    let bytes = Zeroizing::new(*key.bytes());
    ask(move || entry(id)?.set_secret(bytes.as_slice()).map_err(|error| why(&error)))
}

/// Removes the key kept under an id.
pub(super) fn delete(id: u64) -> Result<(), SecretError> {
    ask(move || match entry(id)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(why(&error)),
    })
}

fn entry(id: u64) -> Result<Entry, SecretError> {
    if let Err(error) = Entry::store_status() {
        return Err(why(error));
    }
    Entry::new(SERVICE, &format!("profile-key-{id:016x}")).map_err(|error| why(&error))
}

/// The thread is left to itself when it takes too long: there is no way to call it back.
fn ask<T: Send + 'static>(
    question: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let (tell, answer) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || tell.send(question()))
        .map_err(|error| SecretError::KeyringAbsent { reason: error.kind().to_string() })?;
    match answer.recv_timeout(PATIENCE) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretError::KeyringTimeout),
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            Err(SecretError::KeyringAbsent { reason: "the keyring's library gave up".to_owned() })
        }
    }
}

/// Some of the library's errors carry the secret's bytes; those texts are never repeated.
fn why(error: &Error) -> SecretError {
    match error {
        Error::NoStorageAccess(_) => SecretError::KeyringLocked,
        Error::PlatformFailure(cause) => SecretError::KeyringAbsent { reason: first_line(&cause.to_string()) },
        Error::NoDefaultStore | Error::NotSupportedByStore(_) | Error::Invalid(..) => {
            SecretError::KeyringAbsent { reason: "none is supported on this system".to_owned() }
        }
        Error::Ambiguous(_) => SecretError::WrongKey { place: "the keyring, which holds it twice".to_owned() },
        _ => SecretError::KeyringAbsent { reason: "it answered with something unreadable".to_owned() },
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches('.').chars().take(160).collect()
}
