//! The state in brief: for a tray, and for whoever waits for one thing to happen.

use super::convert::{id_text, proxy_id};
use super::{Cockpit, Health, Phase, SystemProxy, Verdict};

/// So many proxies are named in brief.
const MOST_BEST: usize = 5;

/// The state in brief. Changes seldom: neither traffic nor times are in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Brief {
    /// What is the case.
    pub phase: Option<Phase>,
    /// Whether practice proxies are in use.
    pub is_practice: bool,
    /// Where programs connect.
    pub listen: Option<String>,
    /// The name of the proxy that new connections use.
    pub pick: Option<String>,
    /// The proxy that the person asked for.
    pub chosen: Option<String>,
    /// The five best, by id and name.
    pub best: Vec<(String, String)>,
    /// How many proxies there are.
    pub proxies: usize,
    /// The operating system's proxy setting.
    pub system_proxy: Option<SystemProxy>,
    /// What was settled in the window.
    pub preferences: paperwing_profile::Preferences,
}

// === impl Cockpit ===

impl Cockpit {
    pub(super) fn make_brief(&self) -> Brief {
        let phase = match self.phase() {
            // A brief is compared to the one before; how long it still takes is no news.
            Phase::Blocked { .. } => Phase::Blocked { retry_in_ms: None },
            phase => phase,
        };
        let flight = self.flight.borrow();
        let flight = flight.as_ref();
        let pick = flight.and_then(|flight| flight.engine.0.snapshot().borrow().pick);
        Brief {
            phase: Some(phase),
            is_practice: flight.is_some_and(|flight| flight.practice.is_some()),
            listen: flight.map(|flight| flight.listen.to_string()),
            pick: pick.map(|pick| self.name_of(pick)),
            chosen: self.chosen.get().map(id_text),
            best: self.best(pick.map(id_text).as_deref()),
            proxies: self.rows.borrow().len(),
            system_proxy: Some(self.system_proxy()),
            preferences: self.preferences.borrow().clone(),
        }
    }

    /// The pick, then those that work by their time, then those that nobody tried, then the others; each in the list's order.
    fn best(&self, pick: Option<&str>) -> Vec<(String, String)> {
        let healths = self.healths.borrow();
        let rows = self.rows.borrow();
        let mut usable: Vec<_> = rows.iter().filter(|row| row.support == super::Support::Carried).collect();
        let rank = |row: &&super::Row| {
            let health = proxy_id(&row.id).map(|id| healths.get(id)).unwrap_or_default();
            (Some(row.id.as_str()) != pick, goodness(&health), health.time_ms.unwrap_or(u32::MAX))
        };
        usable.sort_by_cached_key(rank);
        usable.into_iter().take(MOST_BEST).map(|row| (row.id.clone(), row.name.clone())).collect()
    }
}

fn goodness(health: &Health) -> u8 {
    match health.verdict {
        Verdict::Healthy => 0,
        Verdict::Untested | Verdict::Suspect | Verdict::Probation => 1,
        Verdict::Blocked | Verdict::Rejected => 2,
    }
}
