//! The operating system's keyring, asked from a thread of its own: a prompt or a bus that hangs must not hang us.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use keyring_core::{Entry, Error};
use zeroize::Zeroizing;

use super::seal::MasterKey;
use super::{SecretError, Sought};

/// The keyring's word for this program's entries.
const SERVICE: &str = "paperwing";

/// How long the keyring may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// The key kept under an id; `None` where the keyring has none.
pub(super) fn load(id: u64) -> Result<Option<MasterKey>, SecretError> {
    let sought = Sought::Existing;
    ask(sought, move || match entry(id, sought)?.get_secret() {
        Ok(bytes) => Ok(MasterKey::from_bytes(&Zeroizing::new(bytes))),
        Err(Error::NoEntry) => Ok(None),
        Err(error) => Err(why(&error, sought)),
    })
}

/// Keeps a key under an id.
pub(super) fn store(id: u64, key: &MasterKey) -> Result<(), SecretError> {
    let bytes = Zeroizing::new(*key.bytes());
    let sought = Sought::New;
    ask(sought, move || entry(id, sought)?.set_secret(bytes.as_slice()).map_err(|error| why(&error, sought)))
}

/// Removes the key kept under an id.
pub(super) fn delete(id: u64) -> Result<(), SecretError> {
    let sought = Sought::Existing;
    ask(sought, move || match entry(id, sought)?.delete_credential() {
        Ok(()) | Err(Error::NoEntry) => Ok(()),
        Err(error) => Err(why(&error, sought)),
    })
}

fn entry(id: u64, sought: Sought) -> Result<Entry, SecretError> {
    open(&format!("profile-key-{id:016x}")).map_err(|error| why(&error, sought))
}

/// Speaks to the keyring anew for each question. A session with it ends when the keyring does, and `keyring` opens one and no
/// other: after a restart, or a start that came later than ours, there would be no keyring for as long as we run.
#[cfg(target_os = "linux")]
fn open(name: &str) -> keyring_core::Result<Entry> {
    use keyring_core::api::CredentialStoreApi;

    zbus_secret_service_keyring_store::Store::new()?.build(SERVICE, name, None)
}

/// Here the keyring is the system's own and always there.
#[cfg(not(target_os = "linux"))]
fn open(name: &str) -> keyring_core::Result<Entry> {
    keyring::Entry::new(SERVICE, name).map(|entry| entry.inner)
}

/// The thread is left to itself when it takes too long: there is no way to call it back.
fn ask<T: Send + 'static>(
    sought: Sought,
    question: impl FnOnce() -> Result<T, SecretError> + Send + 'static,
) -> Result<T, SecretError> {
    let (tell, answer) = mpsc::sync_channel(1);
    thread::Builder::new()
        .name("keyring".to_owned())
        .spawn(move || tell.send(question()))
        .map_err(|error| absent(&error.kind().to_string(), sought))?;
    match answer.recv_timeout(PATIENCE) {
        Ok(answer) => answer,
        Err(mpsc::RecvTimeoutError::Timeout) => Err(SecretError::KeyringTimeout { sought }),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err(absent("the keyring's library gave up", sought)),
    }
}

/// Some of the library's errors carry the secret's bytes; those texts are never repeated.
fn why(error: &Error, sought: Sought) -> SecretError {
    match error {
        Error::NoStorageAccess(_) => SecretError::KeyringLocked { sought },
        Error::PlatformFailure(cause) => absent(&cause.to_string(), sought),
        Error::NoDefaultStore | Error::NotSupportedByStore(_) | Error::Invalid(..) => {
            absent("none is supported on this system", sought)
        }
        Error::Ambiguous(_) => SecretError::WrongKey { place: "the keyring, which holds it twice".to_owned() },
        _ => absent("it answered with something unreadable", sought),
    }
}

/// The system's own words help whoever looks into the log, and nobody else.
fn absent(reason: &str, sought: Sought) -> SecretError {
    tracing::debug!(reason, "no keyring");
    SecretError::KeyringAbsent { sought }
}
