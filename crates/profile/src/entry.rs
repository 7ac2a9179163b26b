//! One line of the list.

use std::fmt;

use paperwing_link::{Host, Port, ProxyId};
use serde::{Deserialize, Serialize};

use crate::SubscriptionId;
use crate::json;
use crate::key::Sealed;

/// A proxy of the list, as far as it can be told without the key. [`crate::Profile::proxy`] gives the whole of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Entry {
    /// Which one; given once and kept.
    #[serde(with = "json::hex_id")]
    pub id: ProxyId,
    /// What people call it; no two of a list are equal, letter case aside.
    pub name: String,
    /// The protocol's name, as [`paperwing_link::Protocol::name`] gives it.
    pub protocol: String,
    /// Where it listens.
    #[serde(with = "json::text")]
    pub host: Host,
    /// Where it listens.
    #[serde(with = "json::port")]
    pub port: Port,
    /// When it came into the list, seconds since 1970.
    pub added: u64,
    /// The subscription that brought it; `None` for one that a person added.
    #[serde(default, with = "json::optional_hex_id", skip_serializing_if = "Option::is_none")]
    pub subscription: Option<SubscriptionId>,
    /// Whether a person renamed or changed it; a subscription leaves such a one alone.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited_by_hand: bool,
    #[serde(flatten)]
    pub(crate) kept: KeptLink,
}

/// The proxy's whole link without its name. Sealed where the proxy holds any secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KeptLink {
    /// In clear.
    Link(String),
    /// Sealed with the profile's key, bound to the entry's id.
    Sealed(Sealed),
}

/// Which proxy a person asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Choice {
    /// The best one at the time.
    #[default]
    Auto,
    /// This one while it is well.
    Proxy(#[serde(with = "json::hex_id")] ProxyId),
}

// === impl Entry ===

impl Entry {
    /// `host:port`, an IPv6 host in brackets.
    pub fn address(&self) -> String {
        match self.host {
            Host::Ip(std::net::IpAddr::V6(ip)) => format!("[{ip}]:{}", self.port),
            _ => format!("{}:{}", self.host, self.port),
        }
    }

    /// Whether the proxy cannot be used without the profile's key.
    pub fn is_sealed(&self) -> bool {
        matches!(self.kept, KeptLink::Sealed(_))
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}
