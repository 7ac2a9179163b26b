//! How each proxy does, gathered from the history, the engine and tests.

use std::collections::{HashMap, VecDeque};

use paperwing_engine::{ProxyState, Snapshot};
use paperwing_link::ProxyId;

use super::convert::{id_text, ms, verdict};
use super::{Health, Reason, RowHealth, Verdict};
use crate::{HealthRecord, Outcome, Tested};

/// So many times make a sparkline.
const MOST_SPARKS: usize = 20;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Healths {
    known: HashMap<ProxyId, Known>,
    /// Grows with every change.
    revision: u64,
}

#[derive(Debug, Default)]
struct Known {
    health: Health,
    spark: VecDeque<Option<u32>>,
    /// When it changed last.
    revision: u64,
}

// === impl Healths ===

impl Healths {
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    pub(super) fn get(&self, id: ProxyId) -> Health {
        self.known.get(&id).map(Known::shown).unwrap_or_default()
    }

    /// What changed since a revision.
    pub(super) fn since(&self, revision: u64) -> Vec<RowHealth> {
        if revision == self.revision {
            return Vec::new();
        }
        let changed = self.known.iter().filter(|(_, known)| known.revision > revision);
        changed.map(|(id, known)| RowHealth { id: id_text(*id), health: known.shown() }).collect()
    }

    /// What is remembered from earlier; it yields to what was seen since the start.
    pub(super) fn remember(&mut self, id: ProxyId, verdict: &crate::Verdict, record: &HealthRecord) {
        if self.known.contains_key(&id) {
            return;
        }
        self.change(id, |known| {
            known.health.verdict = super::convert::verdict(verdict.health);
            known.health.time_ms = record.last_time_ms;
            known.health.why = verdict.why.clone().map(Reason::of_words);
        });
    }

    /// What the engine sees. A change of a time or a fall counts as one more connection in the sparkline.
    pub(super) fn look(&mut self, snapshot: &Snapshot) {
        for state in &snapshot.proxies {
            self.look_at(state);
        }
    }

    fn look_at(&mut self, state: &ProxyState) {
        let now = verdict(state.health);
        let before = self.get(state.id);
        // The engine begins with nothing; what was tested or remembered is more than that.
        if now == Verdict::Untested
            || now == before.verdict && state.usual.map(ms).is_none_or(|it| before.time_ms == Some(it))
        {
            return;
        }
        self.change(state.id, |known| {
            let fell = now != before.verdict && matches!(now, Verdict::Blocked | Verdict::Rejected);
            match (fell, state.usual.map(ms)) {
                (true, _) => known.add(None),
                (false, Some(time)) if Some(time) != before.time_ms => known.add(Some(time)),
                (false, _) => {}
            }
            known.health.verdict = now;
            known.health.why = state.trouble.map(|failure| crate::Reason::from(failure).into());
            known.health.time_ms = state.usual.map(ms).or(known.health.time_ms);
        });
    }

    /// A test begins or is given up.
    pub(super) fn set_testing(&mut self, id: ProxyId, testing: bool) {
        if self.get(id).testing != testing {
            self.change(id, |known| known.health.testing = testing);
        }
    }

    /// A test is done. That it failed says nothing where what carries traffic at the moment knows better, or without a network.
    pub(super) fn tested(&mut self, id: ProxyId, tested: &Tested, says_nothing: bool) {
        self.change(id, |known| {
            known.health.testing = false;
            match &tested.outcome {
                Outcome::Works { .. } => {
                    let time = tested.time().map(ms);
                    known.add(time);
                    known.health =
                        Health { verdict: Verdict::Healthy, why: None, time_ms: time, ..known.health.clone() };
                }
                Outcome::Fails { failure, .. } => {
                    known.add(None);
                    if !says_nothing && let Some(health) = tested.health() {
                        known.health.verdict = verdict(health);
                        known.health.why = Some(crate::Reason::from(*failure).into());
                    }
                }
                Outcome::NotTried(_) => {}
            }
        });
    }

    /// Those of a list; others are forgotten.
    pub(super) fn keep(&mut self, is_there: impl Fn(ProxyId) -> bool) {
        self.known.retain(|id, _| is_there(*id));
    }

    fn change(&mut self, id: ProxyId, change: impl FnOnce(&mut Known)) {
        self.revision += 1;
        let known = self.known.entry(id).or_default();
        change(known);
        known.revision = self.revision;
    }
}

// === impl Known ===

impl Known {
    fn add(&mut self, time: Option<u32>) {
        if self.spark.len() == MOST_SPARKS {
            self.spark.pop_front();
        }
        self.spark.push_back(time);
    }

    fn shown(&self) -> Health {
        Health { spark: self.spark.iter().copied().collect(), ..self.health.clone() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use paperwing_engine::{Cause, Failure, Stage};

    use super::*;

    const OSLO: ProxyId = ProxyId(7);

    fn tested(outcome: Outcome) -> Tested {
        Tested { id: Some(OSLO), name: "Oslo".to_owned(), outcome }
    }

    fn works(time: u64) -> Tested {
        tested(Outcome::Works { stages: vec![(Stage::Connect, Duration::from_millis(time))] })
    }

    fn fails() -> Tested {
        let failure = Failure::new(Stage::Connect, Cause::Refused);
        tested(Outcome::Fails { stages: Vec::new(), failure, after: Duration::ZERO })
    }

    #[test]
    fn tests_make_the_verdict_and_the_sparkline() {
        let mut healths = Healths::default();
        healths.set_testing(OSLO, true);
        assert!(healths.get(OSLO).testing);
        for time in 0..25 {
            healths.tested(OSLO, &works(time), false);
        }
        healths.tested(OSLO, &fails(), false);
        let health = healths.get(OSLO);
        assert_eq!((health.verdict, health.testing, health.spark.len()), (Verdict::Blocked, false, MOST_SPARKS));
        assert_eq!(health.spark.last(), Some(&None));
        assert_eq!(health.why.map(|why| why.cause), Some(super::super::Cause::Refused));
    }

    #[test]
    fn a_test_that_fails_takes_nothing_back_that_traffic_shows() {
        let mut healths = Healths::default();
        healths.tested(OSLO, &works(80), false);
        healths.tested(OSLO, &fails(), true);
        assert_eq!(healths.get(OSLO).verdict, Verdict::Healthy);
    }

    #[test]
    fn only_what_changed_is_told_again() {
        let mut healths = Healths::default();
        healths.tested(OSLO, &works(80), false);
        let seen = healths.revision();
        assert_eq!(healths.since(0).len(), 1);
        assert_eq!(healths.since(seen), []);
        healths.set_testing(ProxyId(8), true);
        assert_eq!(healths.since(seen).len(), 1);
    }
}
