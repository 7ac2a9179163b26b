//! The list as it is shown. Holds no secret.

use paperwing_link::{ProxyId, Support};
use paperwing_profile::{Choice, Entry, HealthRecord, Profile, SecretError, Warning};

use crate::Verdict;
use crate::support::support_of;

/// The list, and what was in the way of reading it.
#[derive(Debug)]
pub struct Listing {
    /// Its lines in their order.
    pub rows: Vec<Row>,
    /// What is the matter with the history.
    pub warning: Option<Warning>,
    /// Why links stayed sealed that would have said whether their proxies can be carried.
    pub sealed: Option<SecretError>,
}

/// One line of the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The proxy, without its secrets.
    pub entry: Entry,
    /// Whether it is the one that the person asked for.
    pub is_chosen: bool,
    /// The subscription that brought it.
    pub subscription: Option<String>,
    /// Whether it can be carried on this computer as it is.
    pub support: Support,
    /// How it did the last time.
    pub verdict: Verdict,
    /// What else is remembered of it.
    pub record: HealthRecord,
}

/// The list in its order. Opens the key where a sealed link decides whether its proxy can be carried, which may block for
/// seconds; where it cannot be had, the list comes all the same.
pub fn listing(profile: &Profile) -> Listing {
    let (mut history, warning) = profile.history();
    let mut sealed = None;
    let subscription = |entry: &Entry| {
        let id = entry.subscription?;
        profile.subscriptions().iter().find(|known| known.id == id).map(|known| known.name.clone())
    };
    let rows = profile.entries().iter().map(|entry| {
        let record = history.proxies.remove(&entry.id).unwrap_or_default();
        let (support, unread) = support_of(profile, entry);
        sealed = sealed.take().or(unread);
        Row {
            is_chosen: is_chosen(profile, entry.id),
            subscription: subscription(entry),
            support,
            verdict: verdict(&record),
            record,
            entry: entry.clone(),
        }
    });
    let rows = rows.collect();
    Listing { rows, warning, sealed }
}

fn is_chosen(profile: &Profile, id: ProxyId) -> bool {
    profile.choice() == Choice::Proxy(id)
}

fn verdict(record: &HealthRecord) -> Verdict {
    let kept = record.last_verdict.as_ref().and_then(|text| text.parse().ok());
    kept.unwrap_or_default()
}
