//! What the board makes of what connections saw.

use std::time::{Duration, Instant};

use paperwing_link::ProxyId;

use super::board::{Board, Dial, MOST_DOWN_TARGETS};
use super::network::began;
use super::standing::{Circuit, Standing};
use crate::event::Event;
use crate::outcome::{Blame, Cause, Failure, Stage};

impl Board {
    /// An attempt failed that had waited so long. Others of the same connection may still succeed.
    pub fn failed(&mut self, proxy: ProxyId, failure: Failure, waited: Duration, now: Instant) {
        let blame = failure.blame();
        if failure.is_answer() {
            // Somebody answered, so there is a network.
            self.answered(now);
        }
        let rules = self.rules.clone();
        self.met(proxy, failure);
        let is_networks = blame == Blame::Path && self.is_from_an_outage(began(waited, now));
        let Some(standing) = self.standing_mut(proxy) else { return };
        if matches!(standing.circuit, Circuit::Rejected) {
            return;
        }
        standing.forget_before(now, &rules);
        standing.failed_at = Some(now);
        let is_trial = matches!(standing.circuit, Circuit::Trial(_));
        let is_verdict = match blame {
            Blame::Credentials => {
                standing.circuit = Circuit::Rejected;
                standing.trouble = Some(failure);
                self.events.push(Event::Rejected { proxy, why: failure });
                return;
            }
            Blame::Proxy => standing.add_fault(failure, &rules, now) || is_trial,
            Blame::Path if !is_networks => {
                standing.unproven = Some(failure);
                standing.trouble = Some(failure);
                is_trial
            }
            // Whether the target is at fault tells the connection's end.
            Blame::Target => false,
            Blame::Nobody | Blame::Path => {
                standing.end_trial();
                false
            }
        };
        if is_verdict {
            self.block(proxy, failure, now);
        }
    }

    /// A connection is carried. `took` is the carrying attempt's time to success.
    pub fn carried(&mut self, proxy: ProxyId, took: Duration, dial: &Dial<'_>, now: Instant) {
        self.answered(now);
        self.note_success(proxy, took, now);
        self.carried_at = Some(now);
        self.down_targets.remove(&dial.target);
        for (other, failure) in dial.failed {
            let is_networks = failure.blame() == Blame::Path && self.is_from_an_outage(dial.began);
            if *other != proxy && !is_networks && !self.is_old_news(*other, *failure, dial.began) {
                self.confirm(*other, *failure, dial.target, now);
            }
        }
        self.prove_others_wrong(proxy, now);
        let first_sign = dial.failed.first().map(|(_, failure)| *failure);
        self.move_pick_after(proxy, first_sign, now.saturating_duration_since(dial.began), now);
    }

    /// A hedge carried a connection before this proxy answered. Whether the slow attempt should run on to tell what is
    /// the matter; its end is then reported by [`Board::late`] or [`Board::late_failure`]. `waited` is how long it had run.
    pub fn outpaced(&mut self, proxy: ProxyId, failure: Failure, waited: Duration, now: Instant) -> bool {
        let rules = self.rules.clone();
        let is_networks = self.met_an_outage(failure, waited, now);
        let Some(standing) = self.standing_mut(proxy) else { return false };
        let is_verdict = standing.is_open() && !is_networks && standing.add_outpaced(failure, &rules);
        standing.failed_at = Some(now);
        let linger = !is_verdict && !standing.lingering;
        standing.lingering |= linger;
        if is_verdict {
            self.block(proxy, failure, now);
            self.leave_blocked_pick(failure, waited, now);
        }
        linger
    }

    /// An overtaken attempt succeeded after all: slow, not dead.
    pub fn late(&mut self, proxy: ProxyId, took: Duration, now: Instant) {
        self.answered(now);
        if let Some(standing) = self.standing_mut(proxy) {
            standing.lingering = false;
            self.note_success(proxy, took, now);
        }
    }

    /// An overtaken attempt failed, while another proxy had carried the same connection.
    pub fn late_failure(&mut self, proxy: ProxyId, failure: Failure, target: u64, waited: Duration, now: Instant) {
        let is_networks = self.met_an_outage(failure, waited, now);
        let Some(standing) = self.standing_mut(proxy) else { return };
        standing.lingering = false;
        let has_worked_since = standing.failed_at.is_none();
        match failure.blame() {
            Blame::Credentials => self.failed(proxy, failure, waited, now),
            _ if has_worked_since || is_networks => self.late_and_nobodys_fault(proxy),
            _ => self.confirm(proxy, failure, target, now),
        }
        self.leave_blocked_pick(failure, waited, now);
    }

    /// The first byte came back through a proxy.
    pub fn first_byte(&mut self, proxy: ProxyId, now: Instant) {
        self.answered(now);
        self.drought.brought(now);
        let Some(standing) = self.standing_mut(proxy) else { return };
        if standing.brought_a_byte(now) {
            self.recovered(proxy);
        }
        self.is_no_portal(now);
    }

    /// A connection waits for its first byte since a moment, longer than it should take. Whether nobody's first byte came
    /// through its proxy since, and other targets wait like it: then it is worth asking another proxy at once.
    pub fn is_hush(&mut self, proxy: ProxyId, target: u64, since: Instant, now: Instant) -> bool {
        let rules = self.rules.clone();
        self.standing_mut(proxy).is_some_and(|standing| standing.add_hushed(target, since, &rules, now))
    }

    /// A proxy that had said "connected" brought nothing, and another brought the first byte for the same connection.
    pub fn carried_elsewhere(&mut self, silent: ProxyId, failure: Failure, target: u64, now: Instant) {
        self.confirm(silent, failure, target, now);
        self.leave_blocked_pick(failure, Duration::ZERO, now);
    }

    /// Connections through a proxy stop after a few kilobytes. Where it is the only one that works, small things still pass,
    /// which is better than nothing.
    pub fn frozen(&mut self, proxy: ProxyId, now: Instant) {
        let is_open = self.standing(proxy).is_some_and(Standing::is_open);
        if is_open && self.standings.iter().any(|other| other.id != proxy && other.is_open()) {
            let silence = Failure::new(Stage::Carrying, Cause::Silent);
            self.block(proxy, silence, now);
            self.leave_blocked_pick(silence, Duration::ZERO, now);
        }
    }

    /// A connection that began at `since` carried more than a proxy that freezes connections would let it.
    pub fn carries_bulk(&mut self, proxy: ProxyId, since: Instant, now: Instant) {
        let Some(standing) = self.standing_mut(proxy) else { return };
        if standing.carried_bulk(since, now) {
            self.recovered(proxy);
        }
    }

    /// Every proxy that could be tried has failed for a connection.
    pub fn exhausted(&mut self, dial: &Dial<'_>, now: Instant) {
        let unreached = dial.failed.iter().filter(|(_, failure)| failure.blame() == Blame::Target).count();
        if unreached >= 2 {
            if self.down_targets.len() >= MOST_DOWN_TARGETS {
                self.down_targets.retain(|_, until| now < *until);
            }
            if self.down_targets.len() < MOST_DOWN_TARGETS {
                self.down_targets.insert(dial.target, now + self.rules.target_down);
            }
        }
        for (proxy, _) in dial.failed {
            if let Some(standing) = self.standing_mut(*proxy) {
                standing.end_trial();
            }
        }
        if self.looks_like_no_network(dial) {
            self.standings.iter_mut().for_each(|standing| standing.unproven = None);
            self.network_is_gone();
        } else if self.speaks_of_one_host(dial) && !self.is_from_an_outage(dial.began) {
            // Else the network may have gone while the connection lasted: the next success anywhere tells.
            for (proxy, failure) in dial.failed {
                self.count_as_own(*proxy, *failure, now);
            }
        }
        self.missed_by_all(dial, now);
        self.announce_what_stops_traffic();
    }

    /// A person's test of a proxy brought a page. That lets a blocked one back, unless it was blocked for freezing what is
    /// larger. A test that fails changes nothing that traffic saw.
    pub fn tested(&mut self, proxy: ProxyId, took: Duration, now: Instant) {
        self.answered(now);
        self.note_success(proxy, took, now);
        self.drought.brought(now);
        let Some(standing) = self.standing_mut(proxy) else { return };
        if standing.brought_a_page(now) {
            self.recovered(proxy);
        }
        self.is_no_portal(now);
    }

    /// A person's test of a proxy failed. Of the proxy that says nothing, but whoever answered, there is a network.
    pub fn test_failed(&mut self, failure: Failure, now: Instant) {
        if failure.is_answer() {
            self.answered(now);
        }
    }

    /// No other proxy than those that a connection had tried before could carry it. That they were silent too is not known
    /// to be so now, so only trials end here.
    pub fn no_other(&mut self, dial: &Dial<'_>) {
        for (proxy, _) in dial.failed {
            if let Some(standing) = self.standing_mut(*proxy) {
                standing.end_trial();
            }
        }
    }
}

// === verdicts ===

impl Board {
    fn note_success(&mut self, proxy: ProxyId, took: Duration, now: Instant) {
        let rules = self.rules.clone();
        self.drought.carried(now);
        // The length of an outage says nothing of a proxy's usual time.
        let took = Some(took).filter(|took| !self.is_from_an_outage(began(*took, now)));
        let Some(standing) = self.standing_mut(proxy) else { return };
        standing.forget_before(now, &rules);
        let (was_blocked, is_proven) = (standing.carried(took, now), standing.is_open());
        if was_blocked {
            self.recovered(proxy);
        }
        if is_proven {
            self.is_no_portal(now);
        }
        self.all_blocked = false;
    }

    fn recovered(&mut self, proxy: ProxyId) {
        self.events.push(Event::Recovered { proxy });
        self.all_blocked = false;
    }

    /// Another proxy carried the very connection that this one failed.
    fn confirm(&mut self, proxy: ProxyId, failure: Failure, target: u64, now: Instant) {
        let rules = self.rules.clone();
        let Some(standing) = self.standing_mut(proxy) else { return };
        let is_verdict = match failure.blame() {
            _ if matches!(standing.circuit, Circuit::Open(_) | Circuit::Rejected) => false,
            Blame::Proxy | Blame::Path => true,
            Blame::Target if matches!(standing.circuit, Circuit::Trial(_)) => true,
            Blame::Target => standing.add_missed_target(target, failure, &rules, now),
            Blame::Nobody | Blame::Credentials => false,
        };
        if is_verdict {
            self.block(proxy, failure, now);
        }
    }

    /// Something works, so what failed on the way to other proxies was not this computer's network.
    fn prove_others_wrong(&mut self, working: ProxyId, now: Instant) {
        let unproven: Vec<(ProxyId, Failure)> = self
            .standings
            .iter_mut()
            .filter(|standing| standing.id != working)
            .filter_map(|standing| standing.unproven.take().map(|failure| (standing.id, failure)))
            .collect();
        for (proxy, failure) in unproven {
            self.count_as_own(proxy, failure, now);
        }
    }

    fn count_as_own(&mut self, proxy: ProxyId, failure: Failure, now: Instant) {
        let rules = self.rules.clone();
        let Some(standing) = self.standing_mut(proxy) else { return };
        if standing.is_open() && standing.add_fault(failure, &rules, now) {
            self.block(proxy, failure, now);
        }
    }

    pub(super) fn block(&mut self, proxy: ProxyId, why: Failure, now: Instant) {
        let (rules, dice) = (self.rules.clone(), (self.dice)());
        let Some(standing) = self.standing_mut(proxy) else { return };
        // Attempts from before the verdict tell nothing new: their number must not make the rest longer.
        if matches!(standing.circuit, Circuit::Open(_) | Circuit::Rejected) {
            return;
        }
        let was_open = standing.is_open();
        let retry_in = standing.block(why, &rules, dice, now);
        if was_open {
            self.events.push(Event::Blocked { proxy, why, retry_in });
        }
    }

    /// One proxy, or several on one host, was silent and nobody else was asked.
    fn speaks_of_one_host(&self, dial: &Dial<'_>) -> bool {
        self.hosts(dial) == 1 && dial.failed.iter().all(|(_, failure)| failure.blame() == Blame::Path)
    }

    pub(super) fn hosts(&self, dial: &Dial<'_>) -> usize {
        let silent = dial.failed.iter().filter(|(_, failure)| failure.blame() == Blame::Path);
        self.distinct_hosts(silent.map(|(id, _)| *id))
    }

    /// Whether a proxy that failed a connection has carried another since, or is on trial since: it is not what it was.
    /// Silence is told late, so there any success while the connection lasted speaks for the proxy.
    fn is_old_news(&self, proxy: ProxyId, failure: Failure, began: Instant) -> bool {
        let Some(standing) = self.standing(proxy) else { return true };
        let Some(failed_at) = standing.failed_at else { return true };
        let tried_since = matches!(standing.circuit, Circuit::Trial(wait) if failed_at < wait.since);
        let worked_meanwhile = failure.blame() == Blame::Path && standing.last_success.is_some_and(|at| at > began);
        tried_since || worked_meanwhile
    }

    /// It tells nothing, and a trial that it was must not wait for its end for ever.
    fn late_and_nobodys_fault(&mut self, proxy: ProxyId) {
        if let Some(standing) = self.standing_mut(proxy) {
            standing.end_trial();
        }
    }
}
