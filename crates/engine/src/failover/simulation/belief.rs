//! What anybody who heard the board's events and saw the attempts would hold of a proxy. Bounds, where the board draws
//! lots: `is_surely_due` is never too early, `may_be_due` never too late.

use std::time::Duration;

use super::world::At;
use crate::failover::rules::Rules;
use crate::outcome::{Blame, Failure, Stage};

#[derive(Clone, Copy, Debug)]
pub(super) struct Belief {
    pub(super) known: Known,
    pub(super) carried_at: Option<At>,
    /// When the board said last that it is blocked or rejected.
    pub(super) verdict_at: Option<At>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Known {
    /// Nothing speaks against it.
    Open,
    /// The board said that it is blocked.
    Resting(Rest),
    /// The board said that it refuses our credentials.
    Rejected,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Rest {
    /// Since the verdict, or the last trial.
    since: At,
    /// What the board said, while that is the last word.
    announced: Option<Duration>,
    why: Failure,
    trial: Option<At>,
    /// After a trial that told nothing: the longest of the least rests, as the sign that counts is the board's to know.
    least_now: Duration,
}

impl Belief {
    pub(super) const NEW: Self = Self { known: Known::Open, carried_at: None, verdict_at: None };

    pub(super) fn is_open(&self) -> bool {
        matches!(self.known, Known::Open)
    }

    pub(super) fn is_known_alive(&self) -> bool {
        self.is_open() && self.carried_at.is_some()
    }

    pub(super) fn rest(&self) -> Option<Rest> {
        match self.known {
            Known::Resting(rest) => Some(rest),
            Known::Open | Known::Rejected => None,
        }
    }

    pub(super) fn is_blocked(&mut self, why: Failure, retry_in: Duration, now: At) {
        let rest = Rest { since: now, announced: Some(retry_in), why, trial: None, least_now: Duration::ZERO };
        self.known = Known::Resting(rest);
        self.verdict_at = Some(now);
    }

    pub(super) fn is_rejected(&mut self, now: At) {
        self.known = Known::Rejected;
        self.verdict_at = Some(now);
    }

    pub(super) fn is_forgiven(&mut self, now: At) {
        if let Known::Resting(rest) = &mut self.known {
            *rest =
                Rest { since: now, announced: Some(Duration::ZERO), trial: None, least_now: Duration::ZERO, ..*rest };
        }
    }

    /// Somebody else had answered in its place. A trial goes on.
    pub(super) fn was_somebody_else(&mut self, now: At) {
        if self.rest().is_some_and(|rest| rest.trial.is_none() && rest.why.is_strangers()) {
            self.is_forgiven(now);
        }
    }

    pub(super) fn is_on_trial(&mut self, rules: &Rules, now: At) {
        if let Known::Resting(rest) = &mut self.known {
            let least = if rest.why.is_silence() { rules.retry_silent } else { rules.retry.0 };
            // Forgiveness is for one try.
            let announced = rest.announced.map(|announced| announced.max(least));
            *rest = Rest { since: now, announced, trial: Some(now), least_now: rules.retry_silent, ..*rest };
        }
    }

    pub(super) fn is_tried_no_more(&mut self) {
        if let Known::Resting(rest) = &mut self.known {
            rest.trial = None;
        }
    }

    /// Its trial failed and another proxy carried the very connection: whatever it was, it was the proxy's own.
    pub(super) fn has_failed_late(&mut self, failure: Failure, now: At) {
        if let Known::Resting(rest) = &mut self.known
            && rest.trial.is_some()
        {
            *rest = Rest { since: now, announced: None, why: failure, trial: None, ..*rest };
        }
    }

    pub(super) fn has_failed(&mut self, failure: Failure, is_networks: bool, now: At) {
        let Known::Resting(rest) = &mut self.known else { return };
        if rest.trial.is_none() {
            return;
        }
        match failure.blame() {
            Blame::Path if is_networks => rest.trial = None,
            Blame::Proxy | Blame::Path => {
                *rest = Rest { since: now, announced: None, why: failure, trial: None, ..*rest };
            }
            // What it was tells the connection's end.
            Blame::Target => {}
            Blame::Nobody | Blame::Credentials => rest.trial = None,
        }
    }
}

impl Rest {
    /// Whether the rules allow another try, for all that is known.
    pub(super) fn may_be_due(&self, rules: &Rules, now: At) -> bool {
        let least = if self.why.is_silence() { rules.retry_silent } else { rules.retry.0 };
        now - self.since >= self.announced.unwrap_or(least)
    }

    /// Whether the rules demand another try, however the lots fell.
    pub(super) fn is_surely_due(&self, rules: &Rules, now: At) -> bool {
        now - self.since >= self.announced.map_or(rules.retry.1, |announced| announced.max(self.least_now))
    }

    /// Whether it must be tried where nothing else is left.
    pub(super) fn demands_last_resort(&self, rules: &Rules, now: At) -> bool {
        now - self.since >= rules.last_resort_silent
    }

    /// Whether it may be tried where nothing else is left.
    pub(super) fn allows_last_resort(&self, rules: &Rules, now: At) -> bool {
        let is_censors = self.why.is_silence() && self.why.stage < Stage::Request;
        let least = if is_censors { rules.last_resort_silent } else { rules.last_resort };
        now - self.since >= self.announced.map_or(least, |announced| least.min(announced))
    }

    /// On trial, and blocked only for targets that it did not reach: where nothing else is left, others may go along.
    pub(super) fn may_be_shared(&self, rules: &Rules, now: At) -> bool {
        self.why.stage == Stage::Request && self.is_being_tried(rules, now)
    }

    pub(super) fn is_being_tried(&self, rules: &Rules, now: At) -> bool {
        self.trial.is_some_and(|began| now - began <= rules.patience + rules.linger)
    }
}
