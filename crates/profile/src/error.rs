//! What can go wrong with a profile, and what is worth a word though it went well.

use std::io;
use std::path::PathBuf;

use paperwing_link::ProxyId;

use crate::{Holder, SecretError, Settings, SettingsError, SubscriptionId};

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// It ends too early.
    #[error("it ends too early")]
    CutShort,
    /// It is not what it should be from this place on.
    #[error("line {line}, column {column} is not as it should be")]
    At {
        /// Counted from one.
        line: usize,
        /// Counted from one.
        column: usize,
    },
}

/// Something that a person should know and that stopped nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Warning {
    /// A damaged file was renamed; what it held is missing until it is mended and put back.
    #[error("{} is damaged ({damage}): kept as {}, going on without it", path.display(), aside.display())]
    SetAside {
        /// Where it was.
        path: PathBuf,
        /// Where it is now.
        aside: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// A damaged file was renamed; what it held is still in memory and was written again.
    #[error("{} was damaged by something else ({damage}): kept as {}, written anew", path.display(), aside.display())]
    Rewritten {
        /// Where it was.
        path: PathBuf,
        /// Where it is now.
        aside: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The health history was written by a newer Paperwing and is not used.
    #[error("{} was written by a newer Paperwing: the health of proxies is learnt anew", path.display())]
    NewerHistory {
        /// The file.
        path: PathBuf,
    },
    /// What was settled in the window was settled in a newer Paperwing and is not used.
    #[error("{} was written by a newer Paperwing: the defaults hold", path.display())]
    NewerPreferences {
        /// The file.
        path: PathBuf,
    },
    /// A key of the settings that means nothing.
    #[error("{}, line {line}: there is no setting “{key}” (there are: {})", path.display(), Settings::KEYS.join(", "))]
    UnknownSetting {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// The key.
        key: String,
    },
    /// Other people of this computer can look into the folder.
    #[error("other users can look into {} (mode {mode:o}): run chmod 700 on it", path.display())]
    OpenToOthers {
        /// The folder.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
    /// Other people of this computer can read or change the key.
    #[error("other users can read the key {} (mode {mode:o}): run chmod 600 on it", path.display())]
    KeyOpenToOthers {
        /// The key file.
        path: PathBuf,
        /// Its permissions.
        mode: u32,
    },
}

/// Why a profile cannot be opened or changed. Whatever the error, the files are as they were.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfileError {
    /// The operating system refused.
    #[error("{}: cannot {doing}: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With what.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// Another process runs on the profile.
    #[error("{holder} runs on the profile {} already: stop it, or choose another folder with --profile", dir.display())]
    Running {
        /// Who.
        holder: Holder,
        /// The profile's folder.
        dir: PathBuf,
    },
    /// Another process has been changing the profile for ten seconds.
    #[error("{holder} is changing the profile {}: try again when it is done", dir.display())]
    Busy {
        /// Who.
        holder: Holder,
        /// The profile's folder.
        dir: PathBuf,
    },
    /// A file is of a format that this program does not know. It stays as it is.
    #[error("{} was written by a newer Paperwing (format {version}): update, or use another --profile", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        version: u64,
    },
    /// A file got damaged while this program ran. It is set aside with the next change.
    #[error("{} is damaged ({damage}): going on with what was read before", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        damage: Damage,
    },
    /// The settings cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// A secret cannot be stored or read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// No proxy has this id (any more).
    #[error("the list has no proxy {0} any more")]
    NoSuchProxy(ProxyId),
    /// No subscription has this id (any more).
    #[error("there is no subscription {0} any more")]
    NoSuchSubscription(SubscriptionId),
    /// The name is another proxy's.
    #[error("the name “{0}” is taken: choose another one")]
    NameTaken(String),
    /// Nothing of the name can be seen.
    #[error("a name must have at least one visible character")]
    BadName,
    /// The address of a subscription is none.
    #[error("a subscription's address must begin with https:// or http:// and name a host")]
    BadUrl,
    /// The subscription is there.
    #[error("that subscription is there already: “{0}”")]
    KnownSubscription(String),
    /// A subscription came back empty; the last good list stays.
    #[error("the subscription's new list is empty: the last one stays")]
    EmptyList,
}
