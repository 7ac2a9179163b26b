//! The list as it is shown. Opens no key, so it holds no secret.

use paperwing_link::ProxyId;
use paperwing_profile::{Choice, Entry, HealthRecord, Profile, Warning};

use crate::Verdict;

/// One line of the list.
#[derive(Clone, Debug)]
pub struct Row {
    /// The proxy, without its secrets.
    pub entry: Entry,
    /// Whether it is the one that the person asked for.
    pub is_chosen: bool,
    /// The subscription that brought it.
    pub subscription: Option<String>,
    /// How it did the last time.
    pub verdict: Verdict,
    /// What else is remembered of it.
    pub record: HealthRecord,
}

/// The list in its order.
pub fn rows(profile: &Profile) -> (Vec<Row>, Option<Warning>) {
    let (mut history, warning) = profile.history();
    let subscription = |entry: &Entry| {
        let id = entry.subscription?;
        profile.subscriptions().iter().find(|known| known.id == id).map(|known| known.name.clone())
    };
    let rows = profile.entries().iter().map(|entry| {
        let record = history.proxies.remove(&entry.id).unwrap_or_default();
        Row {
            is_chosen: is_chosen(profile, entry.id),
            subscription: subscription(entry),
            verdict: verdict(&record),
            record,
            entry: entry.clone(),
        }
    });
    (rows.collect(), warning)
}

fn is_chosen(profile: &Profile, id: ProxyId) -> bool {
    profile.choice() == Choice::Proxy(id)
}

fn verdict(record: &HealthRecord) -> Verdict {
    let kept = record.last_verdict.as_ref().and_then(|text| text.parse().ok());
    kept.unwrap_or_default()
}
