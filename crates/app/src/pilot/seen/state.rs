//! The one snapshot.

use serde::{Deserialize, Serialize};

use super::{AppError, RowHealth};

/// How everything stands at one moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// What is the case.
    pub phase: Phase,
    /// The practice proxies, where they are in use.
    pub practice: Option<Vec<PracticeProxy>>,
    /// A page behind the practice proxies to open in a browser.
    pub practice_page: Option<String>,
    /// Where programs connect, `127.0.0.1:1080`; `null` while off.
    pub listen: Option<String>,
    /// The proxy that new connections use.
    pub pick: Option<Pick>,
    /// The proxy that the person asked for; `null` where Paperwing chooses.
    pub chosen: Option<String>,
    /// Bytes from targets since the session began.
    pub received: u64,
    /// Bytes to targets since the session began.
    pub sent: u64,
    /// Two minutes of traffic, one sample a second, oldest first.
    pub traffic: Vec<Sample>,
    /// How many connections are open.
    pub open_connections: u32,
    /// The operating system's proxy setting.
    pub system_proxy: SystemProxy,
    /// Grows whenever the list, not its health, changed.
    pub list_revision: u32,
    /// Rows whose health changed since the last state that this watcher got; all known ones in its first.
    pub health: Vec<RowHealth>,
    /// The number of the last event.
    pub last_event: u32,
    /// Things to say that no event says, most urgent first.
    pub notices: Vec<Notice>,
}

/// What is the case.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Phase {
    /// The port is closed.
    Off,
    /// The port is open, and a proxy that works is looked for.
    Connecting {
        /// How many were tried so far, the present ones among them.
        trying: u32,
        /// How many there are.
        of: u32,
    },
    /// Traffic goes through the pick.
    Connected,
    /// The pick was just left for another one.
    Switching {
        /// The name of the proxy that was left.
        from: String,
    },
    /// No proxy is left to try: traffic is stopped.
    Blocked {
        /// When the next one is tried by itself.
        retry_in_ms: Option<u32>,
    },
    /// Somebody else answers in every proxy's place: this network seems to want a person to sign in. Traffic is stopped.
    SignIn,
    /// This computer's own network is down.
    NoInternet,
    /// The port cannot be opened, or the list cannot be read.
    Failed {
        /// Why.
        error: AppError,
    },
}

/// The proxy that new connections use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Pick {
    /// Which.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its protocol's name.
    pub protocol: String,
    /// Its usual time to success.
    pub time_ms: Option<u32>,
}

/// A second of traffic, bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Sample {
    /// From targets.
    pub received: u64,
    /// To targets.
    pub sent: u64,
}

/// A practice proxy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct PracticeProxy {
    /// Which.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whether the person blocked it.
    pub blocked: bool,
}

/// How the operating system's proxy setting stands.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum SystemProxy {
    /// It is as the person left it.
    Off,
    /// It is being changed.
    Changing,
    /// It points at the local port.
    On,
    /// Another program changed it while it pointed at the local port.
    ChangedByOther,
    /// This desktop has no such setting.
    Unsupported {
        /// The lines that do the same for one shell.
        shell: Vec<String>,
    },
    /// It could not be changed, and is as it was.
    Failed {
        /// Why.
        error: AppError,
    },
}

/// Something to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// What it is about; dismissed by it.
    pub code: NoticeCode,
    /// What exactly, where the code does not say it.
    pub what: Option<AppError>,
}

/// What a notice is about, most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum NoticeCode {
    /// Another program changed the system's proxy.
    ChangedByOther,
    /// The list was damaged and put aside.
    DamagedList,
    /// The keyring is locked, so proxies with a password are left out.
    KeyLocked,
    /// The system's proxy was put back after an earlier run ended badly.
    SettingRestored,
    /// The window before this one broke.
    WindowBroke,
    /// Something else.
    Trouble,
}
