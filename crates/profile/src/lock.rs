//! Who may do what at the same time; see the crate's documentation for the design.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// A process that holds one of a profile's locks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Holder {
    /// Its process id; 0 where it has not said so yet.
    pub pid: u32,
    /// Its program's name.
    pub program: String,
    /// Where it takes connections, if it does.
    #[serde(default)]
    pub listen: Vec<SocketAddr>,
}

/// Which of the two locks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Running,
    Write,
}

/// A lock, held until dropped.
#[derive(Debug)]
pub(crate) struct Lock {
    // Closing the file frees the lock.
    _file: File,
    note: PathBuf,
}

/// What came of asking for a lock.
pub(crate) enum Outcome {
    Taken(Lock),
    Held(Holder),
}

/// How often a lock that is held for a moment is asked for again.
const RETRY: Duration = Duration::from_millis(5);

/// Who runs on this profile, if anybody does.
pub fn running(dir: &Path) -> Option<Holder> {
    let file = File::open(lock_path(dir, Which::Running)).ok()?;
    match file.try_lock_shared() {
        Err(TryLockError::WouldBlock) => Some(read_note(&note_path(dir, Which::Running))),
        Ok(()) | Err(TryLockError::Error(_)) => None,
    }
}

impl Lock {
    /// Takes a lock of an existing folder, asking again for as long as `patience`.
    pub(crate) fn take(dir: &Path, which: Which, patience: Duration) -> io::Result<Outcome> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(lock_path(dir, which))?;
        let note = note_path(dir, which);
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if begun.elapsed() >= patience => {
                    return Ok(Outcome::Held(read_note(&note)));
                }
                Err(TryLockError::WouldBlock) => sleep(RETRY),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        let lock = Self { _file: file, note };
        lock.announce(&[])?;
        Ok(Outcome::Taken(lock))
    }

    /// Says who holds the lock and where they take connections.
    pub(crate) fn announce(&self, listen: &[SocketAddr]) -> io::Result<()> {
        let holder = Holder { pid: std::process::id(), program: program_name(), listen: listen.to_vec() };
        let text = serde_json::to_vec(&holder).map_err(io::Error::other)?;
        // Replaced as a whole, so that a reader never sees half a note; not synced, for it dies with the process.
        let next = self.note.with_extension("holder-new");
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&next)?;
        let written = io::Write::write_all(&mut file, &text).and_then(|()| std::fs::rename(&next, &self.note));
        if written.is_err() {
            // A full disk still makes an empty file.
            let _ = std::fs::remove_file(&next);
        }
        written
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.note);
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.pid == 0 {
            return f.write_str("another process");
        }
        write!(f, "{} (process {})", self.program, self.pid)
    }
}

fn lock_path(dir: &Path, which: Which) -> PathBuf {
    dir.join(match which {
        Which::Running => "running.lock",
        Which::Write => "write.lock",
    })
}

/// The note is a file of its own because a locked file cannot be read by others on Windows.
fn note_path(dir: &Path, which: Which) -> PathBuf {
    lock_path(dir, which).with_extension("holder")
}

fn read_note(path: &Path) -> Holder {
    std::fs::read(path).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn program_name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    path.file_stem().map_or_else(|| "a program".to_owned(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_note_that_cannot_be_put_in_its_place_leaves_no_half_of_itself() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(note_path(dir.path(), Which::Write)).unwrap();
        assert!(Lock::take(dir.path(), Which::Write, Duration::ZERO).is_err());
        let mut names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["write.holder", "write.lock"]);
    }
}
