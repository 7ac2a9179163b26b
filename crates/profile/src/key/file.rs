//! The master key in a file of the profile's folder.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::SecretError;
use super::seal::MasterKey;
use crate::disk;

/// The file's name carries the key's id, so that a new key never lands on an old one.
pub(super) fn path(dir: &Path, id: u64) -> PathBuf {
    dir.join(format!("key-{id:016x}"))
}

/// The key; `None` where there is no such file.
pub(super) fn load(dir: &Path, id: u64) -> Result<Option<MasterKey>, SecretError> {
    let path = path(dir, id);
    match std::fs::read(&path).map(Zeroizing::new) {
        Ok(bytes) => match MasterKey::from_bytes(&bytes) {
            Some(key) => Ok(Some(key)),
            None => Err(SecretError::KeyFileLength { path: path.display().to_string(), bytes: bytes.len() }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(&path, error.kind())),
    }
}

/// Writes the key's file, which must not exist.
pub(super) fn store(dir: &Path, id: u64, key: &MasterKey) -> Result<(), SecretError> {
    let path = path(dir, id);
    disk::create(&path, key.bytes())
        .and_then(|()| disk::sync_folder_of(&path))
        .map_err(|error| failed(&path, error.kind()))
}

/// Removes the key's file.
pub(super) fn delete(dir: &Path, id: u64) -> Result<(), SecretError> {
    let path = path(dir, id);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(&path, error.kind())),
        _ => Ok(()),
    }
}

fn failed(path: &Path, kind: ErrorKind) -> SecretError {
    SecretError::KeyFile { path: path.display().to_string(), kind }
}
