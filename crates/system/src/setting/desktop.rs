//! What a desktop's proxy setting is to us: keys, each set to a text or not set.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::Point;

/// The keys that are set, with their values. A key that is not in it is unset, which is not the same as empty.
pub(crate) type Values = BTreeMap<String, String>;

/// What to set, and what to unset, in this order.
pub(crate) type Changes = Vec<(String, Option<String>)>;

/// What to set so that programs use an address.
pub(crate) type Plan = Vec<Group>;

/// Keys that mean something only together, as a host and its port do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) role: Role,
    /// Which network service or connection it is for, where each has a setting of its own.
    pub(crate) part: Option<String>,
    pub(crate) changes: Changes,
}

/// What a group of keys is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Role {
    /// Where the proxy is.
    Address,
    /// Whether it is used at all. Somebody who enters another address while ours is in use means that one to be used.
    Switch,
    /// Anything else.
    Detail,
}

/// The whole file that a setting lies in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Image {
    /// As it is; `None` where there is no file.
    pub(crate) before: Option<String>,
    /// As it will be.
    pub(crate) after: String,
}

/// What an administrator has locked: of these keys the person's own setting counts for nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Locks {
    /// Keys, and what they are locked at; `None` is unset.
    pub(crate) keys: BTreeMap<String, Option<String>>,
    /// Whether all other keys are locked too, unset.
    pub(crate) are_all: bool,
}

// === impl Locks ===

impl Locks {
    /// Whether any of these changes would be in vain.
    pub(crate) fn overrule(&self, changes: &Changes) -> bool {
        changes.iter().any(|(key, value)| match self.keys.get(key) {
            Some(locked) => locked != value,
            None => self.are_all && value.is_some(),
        })
    }
}

/// Why a desktop's setting could not be read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DesktopError {
    /// There is no home folder.
    #[error("there is no home folder")]
    NoHome,
    /// A file cannot be read or written.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: is damaged", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
    },
    /// The settings are kept in a way that we do not know.
    #[error("settings are kept in {what}, which Paperwing cannot change")]
    Elsewhere {
        /// In what.
        what: String,
    },
    /// A value that was written down is none that we write.
    #[error("what was written down is damaged")]
    NotOurs,
    /// A program of the system's did not do as asked.
    #[error("{program}: {why}")]
    Program {
        /// Which.
        program: &'static str,
        /// What it said.
        why: String,
    },
    /// The session bus, or who was asked there.
    #[cfg(target_os = "linux")]
    #[error("the session bus: {0}")]
    Bus(#[from] zbus::Error),
    /// A proxy is set that has a password, which cannot be read, and so could not be put back.
    #[error("{of}: its proxy has a password, which could not be put back")]
    Password {
        /// Whose.
        of: String,
    },
    /// An administrator does not let it be changed.
    #[error("it is set by this computer's administrator")]
    Locked,
}

/// One desktop's proxy setting.
pub(crate) trait Desktop: Send + Sync {
    /// Its name in the journal.
    fn name(&self) -> &'static str;

    /// Every key of the setting that is set. Blocks.
    fn read(&self) -> Result<Values, DesktopError>;

    /// Sets and unsets keys; at once where the desktop can, in the plan's order elsewhere. Blocks.
    fn write(&self, changes: &Changes) -> Result<(), DesktopError>;

    /// What to set so that programs use this point.
    fn plan(&self, point: &Point, now: &Values) -> Plan;

    /// What of the setting is not the person's to choose. What cannot be read of that locks nothing: programs see it the same
    /// way. Blocks.
    fn locks(&self) -> Locks {
        Locks::default()
    }

    /// Waits until what others have asked for is done, or will never be. For after somebody was killed who may have asked.
    fn settle(&self) -> Result<(), DesktopError> {
        Ok(())
    }

    /// What tells that somebody changed the setting.
    fn sign(&self) -> Sign;

    /// For a setting that is a file of its own: the file as it is, and as these changes will make it.
    fn image(&self, _changes: &Changes) -> Result<Option<Image>, DesktopError> {
        Ok(None)
    }

    /// Puts a whole file in its place, if what is there is still `expected`. Says whether it did.
    fn put_back(&self, _expected: &str, _before: Option<&str>) -> Result<bool, DesktopError> {
        Ok(false)
    }
}

/// What tells of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sign {
    /// A signal on the session bus that this rule matches.
    #[cfg(target_os = "linux")]
    Bus(String),
    /// A file is another one, or is changed.
    #[cfg(target_os = "linux")]
    File(PathBuf),
    /// A key of the person's registry, or one below it, is changed.
    #[cfg(any(windows, test))]
    Registry(String),
    /// A key of the system's dynamic store that this pattern matches is changed.
    #[cfg(any(target_os = "macos", all(unix, test)))]
    Store(&'static str),
}

/// Names in the journal.
#[cfg(target_os = "linux")]
pub(crate) const GNOME: &str = "gnome";
#[cfg(target_os = "linux")]
pub(crate) const KDE: &str = "kde";
#[cfg(any(windows, test))]
pub(crate) const WINDOWS: &str = "windows";
#[cfg(any(target_os = "macos", all(unix, test)))]
pub(crate) const MACOS: &str = "macos";
