//! The list.

use paperwing_link::{Missing, Refusal};
use serde::Serialize;

use super::Cause;

/// One line of the list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// Which.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Its protocol's name: `socks5`, `http`, …
    pub protocol: String,
    /// `host:port`.
    pub address: String,
    /// The name of the subscription that brought it.
    pub subscription: Option<String>,
    /// Whether it can be used.
    pub support: Support,
    /// Whether it has a password or the like.
    pub has_secret: bool,
    /// How it does.
    pub health: Health,
}

/// Whether a proxy can be used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Support {
    /// It can.
    Carried,
    /// Not yet.
    NotYet {
        /// What is missing.
        what: Missing,
    },
    /// Another program carries it, and is not installed.
    NeedsProgram {
        /// Which program.
        program: String,
        /// The command that installs it.
        install: String,
    },
    /// It carries Telegram and nothing else.
    TelegramOnly,
    /// It never will.
    Never {
        /// Why.
        why: Refusal,
    },
}

/// How a proxy does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Health {
    /// The word for it.
    pub verdict: Verdict,
    /// What it did, where that is nothing good.
    pub why: Option<Reason>,
    /// Its last time to success.
    pub time_ms: Option<u32>,
    /// The times of the last tests and connections, oldest first, at most twenty; `null` for one that failed.
    pub spark: Vec<Option<u32>>,
    /// Whether it is being tested.
    pub testing: bool,
}

/// The word for a proxy's health.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Verdict {
    /// Nothing is known yet.
    #[default]
    Untested,
    /// It carried the last time.
    Healthy,
    /// It failed lately, not often enough for a verdict.
    Suspect,
    /// It carries nothing.
    Blocked,
    /// It was blocked and is being tried again.
    Probation,
    /// It refuses the credentials.
    Rejected,
}

/// The health of a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct RowHealth {
    /// Which row.
    pub id: String,
    /// How it does.
    pub health: Health,
}

/// What a proxy did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// As a code.
    pub cause: Cause,
    /// The English end of a sentence that begins with the proxy's name.
    pub text: String,
}

/// What was taken off the list and can be put back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Removed {
    /// By which it is put back.
    pub token: String,
    /// How many went.
    pub count: u32,
}

/// A list that somebody else keeps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Which.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// Whose it is.
    pub host: String,
    /// When it was last fetched.
    pub fetched_at: Option<u64>,
    /// How much of the plan is used up.
    pub used_bytes: Option<u64>,
    /// How much the plan has.
    pub total_bytes: Option<u64>,
    /// When the plan ends.
    pub expires_at: Option<u64>,
    /// How many proxies of the list it brought.
    pub proxies: u32,
}
