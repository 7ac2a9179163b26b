//! Which proxy new connections begin with.

use std::time::{Duration, Instant};

use paperwing_link::ProxyId;

use super::board::Board;
use super::standing::Standing;
use crate::event::Event;
use crate::outcome::Failure;
use crate::snapshot::Choice;

impl Board {
    /// Sticky: the pick moves only if it is gone, if the person's own proxy works again, or for much better speed.
    pub(super) fn move_pick_after(&mut self, carrier: ProxyId, why: Option<Failure>, took: Duration, now: Instant) {
        if self.standing(carrier).is_none() {
            // It was taken off the list meanwhile.
            return;
        }
        let wanted = self.choice == Choice::This(carrier);
        let pick_is_open = self.pick.and_then(|pick| self.standing(pick)).is_some_and(Standing::is_open);
        if wanted || (!pick_is_open && !self.pick_is_on_trial(now)) {
            let trouble = || self.pick.and_then(|pick| self.standing(pick)).and_then(|one| one.trouble);
            let why = if wanted && pick_is_open { None } else { why.or_else(trouble) };
            self.move_pick(carrier, why, took, now);
        } else if let Some(faster) = self.much_faster(now) {
            self.move_pick(faster, None, Duration::ZERO, now);
        }
    }

    /// Nobody takes the place of a pick that is finding out whether it works again: where all had failed together, it is as
    /// good as those that answer a moment before it.
    fn pick_is_on_trial(&self, now: Instant) -> bool {
        self.pick.and_then(|pick| self.standing(pick)).is_some_and(|one| one.is_on_trial(&self.rules, now))
    }

    /// The pick was blocked outside of any connection: the best standby takes its place.
    pub(super) fn leave_blocked_pick(&mut self, why: Failure, took: Duration, now: Instant) {
        let pick_is_open = self.pick.and_then(|pick| self.standing(pick)).is_some_and(Standing::is_open);
        if pick_is_open || self.pick_is_on_trial(now) {
            return;
        }
        if let Some(best) = self.open(&[]) {
            self.move_pick(best, Some(why), took, now);
        }
    }

    pub(super) fn move_pick(&mut self, to: ProxyId, why: Option<Failure>, took: Duration, now: Instant) {
        if let Some(from) = self.pick.replace(to)
            && from != to
        {
            self.switched_at = Some(now);
            self.events.push(Event::Switched { from, to, why, took });
        }
    }

    fn much_faster(&self, now: Instant) -> Option<ProxyId> {
        let rules = &self.rules;
        if self.choice != Choice::Automatic || self.switched_at.is_some_and(|at| now - at < rules.settle) {
            return None;
        }
        let pick = self.standing(self.pick?)?;
        let usual = pick.usual.settled(rules.measurements)?;
        let limit = usual.checked_sub(rules.faster_by)?.min(usual.mul_f64(1.0 - rules.faster_part));
        self.standings
            .iter()
            .filter(|one| one.id != pick.id && one.is_open() && !one.is_suspect(rules))
            .filter_map(|one| one.usual.settled(rules.measurements).map(|time| (time, one.id)))
            .filter(|(time, _)| *time <= limit)
            .min()
            .map(|(_, id)| id)
    }
}
