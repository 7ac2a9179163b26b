//! What happened, and what is going on.

use serde::Serialize;

use super::{AppError, Reason};

/// An event and when it happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Told {
    /// Counted from 1 since the program started.
    pub number: u32,
    /// When, by the wall clock.
    pub at: u64,
    /// What.
    pub event: Event,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// The local port takes connections.
    Listening {
        /// Where.
        address: String,
    },
    /// New connections use another proxy now.
    Switched {
        /// The proxy until now.
        from: String,
        /// The proxy from now on.
        to: String,
        /// What the old one did.
        why: Option<Reason>,
        /// From the first sign to the first connection that the new one carried.
        took_ms: u32,
    },
    /// A proxy carries nothing any more.
    Blocked {
        /// Which.
        proxy: String,
        /// The sign that decided.
        why: Reason,
        /// When it may be tried again.
        retry_in_ms: u32,
    },
    /// A proxy refuses the credentials.
    Rejected {
        /// Which.
        proxy: String,
        /// What it said.
        why: Reason,
    },
    /// A blocked proxy carries again.
    Recovered {
        /// Which.
        proxy: String,
    },
    /// This computer's own network is down.
    NoNetwork,
    /// It is back.
    NetworkBack,
    /// No proxy is left to try.
    AllBlocked,
    /// Somebody else answers in every proxy's place: this network seems to want a person to sign in.
    SignInNeeded,
    /// That page is gone.
    SignInOver,
    /// The list or the choice changed.
    Reloaded {
        /// How many proxies are in use now.
        proxies: u32,
        /// The one that the person asked for.
        chosen: Option<String>,
    },
    /// A proxy that works was found.
    Connected,
    /// No proxy for Telegram is left to try.
    TelegramBlocked,
    /// A list that somebody else keeps was fetched again, and brought something new.
    Refreshed {
        /// What it is called.
        list: String,
        /// How many proxies are new.
        added: u32,
        /// How many went with it.
        removed: u32,
    },
    /// The port was closed.
    Disconnected,
    /// The system's proxy points at the local port.
    SystemProxyOn,
    /// The system's proxy is as it was.
    SystemProxyOff,
    /// The system's proxy was put back after an earlier run ended badly.
    SystemProxyRestored,
    /// Another program changed the system's proxy.
    SystemProxyChangedByOther,
    /// Something that a person should know and that stopped nothing.
    Trouble {
        /// What.
        what: AppError,
    },
}

/// An open connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Connection {
    /// Which.
    pub id: String,
    /// `host:port`.
    pub target: String,
    /// The name of the proxy that carries it.
    pub proxy: String,
    /// How long it has been open.
    pub age_ms: u64,
    /// Bytes from the target.
    pub received: u64,
    /// Bytes to the target.
    pub sent: u64,
}
