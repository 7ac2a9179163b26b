//! Ways into the list, and out of it.

use paperwing_link::LinkError;
use paperwing_profile::fetch::FetchWarning;
use serde::{Deserialize, Serialize};

use super::{AppError, Support};
use crate::Whence;

/// Where something that may hold proxies comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Origin {
    /// It was pasted.
    Paste {
        /// What.
        text: String,
    },
    /// A file that was dropped or chosen: text or a picture.
    File {
        /// Which.
        path: String,
    },
    /// The picture on the clipboard.
    ClipboardImage,
    /// A web address that the person typed.
    Address {
        /// Which.
        url: String,
    },
    /// A link that the operating system handed over.
    Link {
        /// Which.
        link: String,
    },
}

/// What something turned out to be before anybody was contacted.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Read {
    /// Proxies.
    Preview {
        /// Which.
        preview: Preview,
    },
    /// The address of a list.
    NeedsFetch {
        /// By which it is fetched.
        token: String,
        /// Whom that contacts.
        host: String,
        /// Whether anybody on the way can read and change it.
        insecure: bool,
    },
}

/// What was read; kept under its token until it is added or cancelled.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Preview {
    /// By which it is added.
    pub token: String,
    /// Where it came from: the name of a file or a host, or English words for what has no name; never a secret.
    pub from: String,
    /// Which of the places without a name it came from.
    pub whence: Option<Whence>,
    /// What it calls itself.
    pub title: Option<String>,
    /// The proxies, in order.
    pub candidates: Vec<Candidate>,
    /// Entries that were not understood, the first of them.
    pub skipped: Vec<Skipped>,
    /// How many entries were not understood.
    pub skipped_count: u32,
    /// How many were left out because an equal one stands before them.
    pub duplicate_count: u32,
    /// Further lists that it points to.
    pub subscriptions: Vec<Further>,
    /// Whether it was fetched from an address that can be kept.
    pub subscription: bool,
    /// What the person should know before saying yes.
    pub warnings: Vec<Warning>,
}

/// What a person should know of a preview.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Warning {
    /// Some of the way of a fetch was not encrypted.
    PlainHttp,
}

// === impl Warning ===

impl From<FetchWarning> for Warning {
    fn from(warning: FetchWarning) -> Self {
        match warning {
            FetchWarning::PlainHttp => Self::PlainHttp,
        }
    }
}

/// A further list; not fetched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Further {
    /// By which it is fetched.
    pub token: String,
    /// Whom that contacts.
    pub host: String,
    /// Whether anybody on the way can read and change it.
    pub insecure: bool,
}

/// A proxy that could be added.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Candidate {
    /// Its place in the preview, from 0.
    pub index: u32,
    /// What it would be called.
    pub name: String,
    /// Its protocol's name.
    pub protocol: String,
    /// `host:port`.
    pub address: String,
    /// Whether it can be used.
    pub support: Support,
    /// Whether it has a password or the like.
    pub has_secret: bool,
    /// Whether the list has it.
    pub known: Known,
}

/// Whether the list has a proxy already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Known {
    /// Nothing like it.
    No,
    /// One at the same address, perhaps with another password.
    SameAddress {
        /// What that one is called.
        name: String,
    },
    /// This very proxy.
    Yes {
        /// What it is called.
        name: String,
    },
}

/// An entry that was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Skipped {
    /// Its line, from 1.
    pub line: u32,
    /// Its beginning.
    pub text: String,
    /// Why it was not understood.
    pub reason: LinkError,
}

/// What else is to be done with what is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct AddHow {
    /// Connect through the first of them.
    pub connect: bool,
    /// Keep the address that they came from as a subscription.
    pub subscribe: bool,
}

/// What became of what was to be added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Added {
    /// How many are in the list now.
    pub added: u32,
    /// How many were in it before.
    pub known: u32,
    /// The first of both.
    pub first_id: Option<String>,
}

/// A proxy as the form for one shows it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Which row it changes; `null` for a new one.
    pub id: Option<String>,
    /// What to call it.
    pub name: String,
    /// Its protocol's name.
    pub protocol: String,
    /// Where it listens.
    pub host: String,
    /// Where it listens.
    pub port: String,
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: String,
    /// The whole link, for a protocol that has more than these fields.
    pub link: Option<String>,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Draft").field("id", &self.id).field("protocol", &self.protocol).finish_non_exhaustive()
    }
}

/// What is wrong with a draft.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct DraftProblem {
    /// The field: `name`, `protocol`, `host`, `port`, `username`, `password` or `link`.
    pub part: String,
    /// What is wrong with it.
    pub message: AppError,
}

/// A proxy to pass on.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Shared {
    /// What it is called.
    pub name: String,
    /// Its link.
    pub link: String,
    /// Whether the link holds a secret.
    pub secret: bool,
    /// The link as a picture.
    pub qr: Qr,
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").field("name", &self.name).finish_non_exhaustive()
    }
}

/// A QR code.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct Qr {
    /// Modules along an edge.
    pub size: u32,
    /// `1` for a dark module, `0` for a light one, row by row.
    pub dark: String,
}
