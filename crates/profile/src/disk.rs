//! Files that are replaced whole or not at all.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;

use crate::{Damage, time};

/// A file's format, told by its `version` key.
pub(crate) trait Versioned: DeserializeOwned {
    /// The version that this program writes; it reads all up to it.
    const VERSION: u32;
}

/// What a file holds.
pub(crate) enum Content<T> {
    /// There is none.
    Absent,
    /// It is as it should be.
    Good(T),
    /// It is not what this program or an older one wrote.
    Damaged(Damage),
    /// It has a version beyond ours.
    Newer(u64),
}

/// Reads a JSON file.
pub(crate) fn read<T: Versioned>(path: &Path) -> io::Result<Content<T>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Content::Absent),
        Err(error) => return Err(error),
    };
    Ok(decode(&bytes))
}

/// The version is looked at first: a newer format need not fit our idea of the rest.
fn decode<T: Versioned>(bytes: &[u8]) -> Content<T> {
    #[derive(serde::Deserialize)]
    struct Head {
        version: u64,
    }
    match serde_json::from_slice::<Head>(bytes) {
        Ok(head) if head.version > u64::from(T::VERSION) => return Content::Newer(head.version),
        Ok(_) => {}
        Err(error) => return Content::Damaged(damage(&error)),
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => Content::Good(value),
        Err(error) => Content::Damaged(damage(&error)),
    }
}

/// Only the place: `serde_json` repeats what it read in its message, and that may be a secret.
fn damage(error: &serde_json::Error) -> Damage {
    if error.is_eof() { Damage::CutShort } else { Damage::At { line: error.line(), column: error.column() } }
}

/// Replaces a file whole: after a crash at any point there is the old one or the new one. The caller holds the write
/// lock, so the name of the temporary file is free but for what a crash left.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = beside(path, "new");
    remove_if_there(&temporary)?;
    let written = create(&temporary, bytes).and_then(|()| std::fs::rename(&temporary, path));
    if let Err(error) = written {
        // The old file stands; what is left of the new one would be removed by the next write anyway.
        let _ = std::fs::remove_file(&temporary);
        return Err(error);
    }
    sync_folder_of(path)
}

/// Writes a file that must not exist yet, readable by its owner only, and syncs it.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Renames a damaged file to `NAME.damaged-TIME`, never over another one.
pub(crate) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    let base = beside(path, &format!("damaged-{}", time::stamp(time::now())));
    let mut aside = base.clone();
    let mut number = 1;
    while aside.try_exists()? {
        number += 1;
        aside = beside(&base, &number.to_string());
    }
    std::fs::rename(path, &aside)?;
    sync_folder_of(path)?;
    Ok(aside)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    PathBuf::from(name)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A rename is on disk only when its folder is.
#[cfg(unix)]
pub(crate) fn sync_folder_of(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Windows has no such call; NTFS journals the rename.
#[cfg(not(unix))]
pub(crate) fn sync_folder_of(_path: &Path) -> io::Result<()> {
    Ok(())
}

/// What tells one state of a file from another without reading it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stamp(Option<(Option<std::time::SystemTime>, u64, u64)>);

impl Stamp {
    pub(crate) fn of(path: &Path) -> Self {
        let Ok(metadata) = std::fs::metadata(path) else { return Self(None) };
        #[cfg(unix)]
        let number = std::os::unix::fs::MetadataExt::ino(&metadata);
        #[cfg(not(unix))]
        let number = 0;
        Self(Some((metadata.modified().ok(), metadata.len(), number)))
    }
}
