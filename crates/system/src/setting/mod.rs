//! The desktop's proxy setting: pointed at us and put back as it was, whatever happens in between.
//!
//! What was there is read first and written to a journal on disk. Then the setting is changed, and read again. It is put
//! back key by key, and only where a key still holds what we set. A [`Switch`] is held while the setting is ours; should
//! the process be killed, a guard process notices and restores; should the power fail, the next login or start does.

#[cfg(target_os = "linux")]
mod bus;
mod desktop;
#[cfg(any(target_os = "linux", windows, test))]
mod digits;
#[cfg(target_os = "linux")]
mod gnome;
mod guard;
mod here;
mod journal;
#[cfg(target_os = "linux")]
mod kde;
#[cfg(any(target_os = "macos", all(unix, test)))]
mod macos;
mod place;
mod point;
mod switch;
mod undo;
mod watch;
#[cfg(any(windows, test))]
mod windows;

use std::io;
use std::path::PathBuf;

pub use self::desktop::DesktopError;
pub use self::guard::errand;
pub use self::here::is_supported;
pub use self::place::{Owner, Place};
pub use self::point::Point;
pub use self::switch::{Restored, Standing, Status, Switch, restore, status};
pub use self::watch::Watch;

/// Why the setting was not changed. It is as it was before, but for [`SettingError::NotPutBack`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The desktop has no such setting, or none that we know.
    #[error("this desktop has no proxy setting")]
    Unsupported,
    /// Another process has pointed it at itself.
    #[error("another Paperwing has the system's proxy setting in hand{}", .by.as_ref().map(|by| format!(": {by}")).unwrap_or_default())]
    InUse {
        /// Which one, where it is known.
        by: Option<Owner>,
    },
    /// There is no home folder.
    #[error("there is no home folder")]
    NoHome,
    /// The setting cannot be read or written.
    #[error("the system's proxy setting cannot be changed: {0}")]
    Desktop(#[from] DesktopError),
    /// It was written, and is not what was written.
    #[error("the system's proxy setting did not take the change; it is as it was")]
    NotTaken,
    /// It was changed and could not be put back. The journal stays, so that the next start can.
    #[error("the system's proxy setting could not be put back yet: {0}")]
    NotPutBack(DesktopError),
    /// The journal cannot be read or written.
    #[error("{}: {source}", path.display())]
    Journal {
        /// Its file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A newer version left a journal that this one cannot read.
    #[error("{}: a newer Paperwing wrote this; start that one, and it puts the setting back", path.display())]
    NewerJournal {
        /// Its file.
        path: PathBuf,
    },
    /// The guard process cannot be started.
    #[error("the process that would put the setting back after a crash cannot be started: {0}")]
    Guard(io::Error),
}
