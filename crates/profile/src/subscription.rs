//! Lists that somebody else keeps at an address.

use paperwing_link::Secret;
use serde::{Deserialize, Serialize};

use crate::json::{self, Id};
use crate::key::Sealed;

/// Which subscription is meant. Random, given once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubscriptionId(pub u64);

/// A subscription. Its address is sealed, for it nearly always carries a token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Subscription {
    /// Which one.
    #[serde(with = "json::hex_id")]
    pub id: SubscriptionId,
    /// What people call it; unique in the profile, letter case aside.
    pub name: String,
    /// The host of its address; the rest is sealed.
    pub host: String,
    /// Who wrote the address.
    pub trust: Trust,
    /// What the last good answer said.
    #[serde(flatten)]
    pub news: SubscriptionNews,
    pub(crate) sealed_url: Sealed,
}

/// Who wrote a subscription's address, which decides whether it may name this computer or the local network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trust {
    /// The person, letter by letter: a local literal is what they meant.
    Typed,
    /// A link, a page, a QR code: local addresses are refused.
    #[default]
    Received,
}

/// What an answer said about the subscription, and when.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SubscriptionNews {
    /// When the last good answer came, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fetched: Option<u64>,
    /// `ETag` of that answer, to be sent back (RFC 9110, 8.8.3).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub etag: Option<String>,
    /// `Last-Modified` of that answer, to be sent back (RFC 9110, 8.8.2).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<String>,
    /// How often the provider asks to be asked, hours.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval_hours: Option<u32>,
    /// What the provider calls the list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Where the provider helps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support_url: Option<String>,
    /// How much of the allowance is used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
}

/// `subscription-userinfo`, bytes; what the provider did not say is `None`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Bytes sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub upload: Option<u64>,
    /// Bytes received.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub download: Option<u64>,
    /// Bytes allowed in all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// When the allowance ends, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// A subscription to be added.
#[derive(Clone, Debug)]
pub struct NewSubscription {
    /// What to call it; the host of its address where `None`.
    pub name: Option<String>,
    /// Its address.
    pub url: Secret,
    /// Who wrote it.
    pub trust: Trust,
}

/// What a subscription that is forgotten leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaves {
    /// Nothing but the proxies that a person changed.
    Nothing,
    /// All proxies that it brought; they are the person's from then on.
    Proxies,
}

// === impl SubscriptionId ===

impl std::fmt::Display for SubscriptionId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Id for SubscriptionId {
    fn number(&self) -> u64 {
        self.0
    }

    fn from_number(number: u64) -> Self {
        Self(number)
    }
}
