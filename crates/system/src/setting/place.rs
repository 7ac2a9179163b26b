//! Where the journal lies, and who may touch the setting: one process of a person's at a time, whichever profile it runs on.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::SettingError;
use super::journal::Journal;

const LOCK: &str = "system-proxy.lock";
/// How long somebody may need who only restores: the guard of a process that was killed, or `restore`.
const PATIENCE: Duration = Duration::from_millis(1500);
const RETRY: Duration = Duration::from_millis(5);

/// The folder for the journal: one for each person, for each has one such setting.
#[derive(Clone, Debug)]
pub struct Place {
    dir: PathBuf,
}

/// A process that has the setting in hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// Its process id.
    pub pid: u32,
    /// Its program's name.
    pub program: String,
}

impl Owner {
    pub(super) fn this_process() -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        let program =
            program.file_stem().map_or_else(|| "a program".to_owned(), |it| it.to_string_lossy().into_owned());
        Self { pid: std::process::id(), program }
    }
}

impl std::fmt::Display for Owner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} (process {})", self.program, self.pid)
    }
}

/// The right to touch the setting. The system takes it back when the process ends, however it ends, and it is bound to no
/// process id that could come again.
#[derive(Debug)]
pub(super) struct Lock {
    _file: File,
}

// === impl Place ===

impl Place {
    /// The usual one.
    pub fn usual() -> Result<Self, SettingError> {
        let dir = dirs::state_dir().or_else(dirs::data_local_dir).ok_or(SettingError::NoHome)?;
        Ok(Self::at(dir.join("paperwing")))
    }

    /// A folder that is named.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self { dir: dir.into() }
    }

    /// The folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Makes the folder where it is not there, and takes the lock, or says who has it.
    pub(super) fn lock(&self) -> Result<Lock, SettingError> {
        let file = self.create().and_then(|()| self.open());
        let file = file.map_err(|source| SettingError::Journal { path: self.dir.join(LOCK), source })?;
        let begun = Instant::now();
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Lock { _file: file }),
                Err(TryLockError::WouldBlock) if begun.elapsed() > PATIENCE => {
                    return Err(SettingError::InUse { by: self.owner() });
                }
                Err(TryLockError::WouldBlock) => sleep(RETRY),
                Err(TryLockError::Error(source)) => {
                    return Err(SettingError::Journal { path: self.dir.join(LOCK), source });
                }
            }
        }
    }

    /// Whether a process has the setting in hand.
    pub(super) fn is_locked(&self) -> bool {
        let file = File::open(self.dir.join(LOCK));
        file.is_ok_and(|file| matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)))
    }

    fn owner(&self) -> Option<Owner> {
        Journal::read(&self.dir).ok().flatten().map(|journal| journal.owner)
    }

    fn create(&self) -> std::io::Result<()> {
        let mut builder = std::fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.dir)
    }

    fn open(&self) -> std::io::Result<File> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(self.dir.join(LOCK))
    }
}
