//! Targets in a row that nobody reached. Where nobody else can tell, one of them may be at fault itself; several different
//! ones, with nothing carried in between, speak against the proxy.

use std::time::{Duration, Instant};

use paperwing_link::ProxyId;

use super::board::{Board, Dial};
use super::rules::Rules;
use crate::outcome::{Blame, Failure, Stage};

/// So many are kept in mind: more than any verdict asks for, of a few proxies.
const MOST: usize = 64;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Drought {
    missed: Vec<Missed>,
    /// When a proxy carried last.
    carried_at: Option<Instant>,
    /// When anything was brought back last.
    brought_at: Option<Instant>,
    /// How many bytes had been brought back when somebody looked last.
    bytes: u64,
}

/// A target that a proxy did not reach, nor anybody else.
#[derive(Clone, Copy, Debug)]
pub(super) struct Missed {
    pub(super) proxy: ProxyId,
    pub(super) target: u64,
    pub(super) failure: Failure,
    pub(super) others: Others,
    /// When the connection began.
    pub(super) began: Instant,
    /// When it was given up.
    pub(super) ended: Instant,
}

/// What other proxies say of a missed target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Others {
    /// Nothing: nobody else could be asked.
    Unasked,
    /// They did not reach it either, or might have been asked.
    Agree,
}

impl Board {
    /// Proxies had said "connected" and brought nothing, and nobody else brought anything for the same connection.
    pub fn unheard(&mut self, dial: &Dial<'_>, now: Instant) {
        self.missed_by_all(dial, now);
        self.announce_what_stops_traffic();
    }

    /// So many bytes were brought back until now, by all proxies together.
    pub fn brought(&mut self, bytes: u64, now: Instant) {
        self.drought.counted(bytes, now);
    }

    /// Nobody reached a target. Whether that is one too many for those that were asked.
    pub(super) fn missed_by_all(&mut self, dial: &Dial<'_>, now: Instant) {
        if self.is_from_an_outage(dial.began) {
            return;
        }
        let speaks_of_network = dial.failed.iter().any(|(_, failure)| failure.blame() == Blame::Path);
        let missed = dial.failed.iter().filter(|(_, failure)| failure.blame() == Blame::Target);
        let missed: Vec<_> = missed.filter(|(_, failure)| !(failure.is_silence() && speaks_of_network)).collect();
        let tried: Vec<ProxyId> = dial.failed.iter().map(|(proxy, _)| *proxy).collect();
        let others = if missed.len() > 1 || self.has_standby(&tried) { Others::Agree } else { Others::Unasked };
        let (target, began, rules) = (dial.target, dial.began, self.rules.clone());
        let mut verdict = None;
        for (proxy, failure) in missed.into_iter().copied() {
            let one = Missed { proxy, target, failure, others, began, ended: now };
            if self.drought.add(one, &rules) {
                self.drought.forget(proxy);
                self.block(proxy, failure, now);
                verdict = verdict.or(Some(failure));
            }
        }
        if let Some(failure) = verdict {
            self.leave_blocked_pick(failure, now.saturating_duration_since(began), now);
        }
    }
}

// === impl Drought ===

impl Drought {
    /// A proxy says that it carries. What others did not bring after saying so is not made good by that.
    pub(super) fn carried(&mut self, now: Instant) {
        self.carried_at = Some(now);
        self.missed.retain(Missed::is_after_connected);
    }

    /// Something was brought back.
    pub(super) fn brought(&mut self, now: Instant) {
        self.brought_at = self.brought_at.max(Some(now));
        self.missed.clear();
    }

    /// So many bytes were brought back until now, by all proxies.
    pub(super) fn counted(&mut self, bytes: u64, now: Instant) {
        // Connections that began earlier know of fewer.
        if bytes > self.bytes {
            self.bytes = bytes;
            self.brought(now);
        }
    }

    /// Another one. Whether those in a row are one too many.
    pub(super) fn add(&mut self, new: Missed, rules: &Rules) -> bool {
        self.missed.retain(|old| new.ended.duration_since(old.ended) <= rules.window);
        if new.says_nothing() || self.was_broken_since(new) {
            return false;
        }
        // A plainer sign takes the place of one with an excuse.
        self.missed.retain(|old| old.is_plain() || !new.is_plain() || !old.is_of_same(new));
        if self.is_next_in_row(new, rules) {
            if self.missed.len() >= MOST {
                self.missed.remove(0);
            }
            self.missed.push(new);
        }
        let is_long = |counts: fn(&Missed) -> bool, enough: usize| {
            let row: Vec<_> = self.missed.iter().filter(|one| one.proxy == new.proxy && counts(one)).collect();
            row.len() >= enough && row.iter().any(|one| new.ended.duration_since(one.began) >= rules.missed_for)
        };
        is_long(Missed::is_plain, rules.missed_after) || is_long(|_| true, rules.missed_with_excuse_after)
    }

    /// There was a verdict: what comes after it is counted anew.
    pub(super) fn forget(&mut self, proxy: ProxyId) {
        self.missed.retain(|one| one.proxy != proxy);
    }

    /// Others left the list or were edited.
    pub(super) fn keep(&mut self, stays: impl Fn(ProxyId) -> bool) {
        self.missed.retain(|one| stays(one.proxy));
    }

    fn was_broken_since(&self, new: Missed) -> bool {
        let carried = self.carried_at.filter(|_| !new.is_after_connected());
        carried.max(self.brought_at).is_some_and(|at| at > new.began)
    }

    /// One target counts once. Those asked for at the same moment count as one, unless they waited for long: a page may ask
    /// for several dead sites at once, while the live ones answer a moment later.
    fn is_next_in_row(&self, new: Missed, rules: &Rules) -> bool {
        let mut own = self.missed.iter().filter(|one| one.proxy == new.proxy);
        let waited: Duration = new.ended.duration_since(new.began);
        own.all(|one| one.target != new.target && (new.began >= one.ended || waited >= rules.unanswered))
    }
}

// === impl Missed ===

impl Missed {
    fn is_of_same(&self, other: Self) -> bool {
        (self.proxy, self.target) == (other.proxy, other.target)
    }

    fn is_after_connected(&self) -> bool {
        self.failure.stage >= Stage::FirstByte
    }

    /// Whether it speaks against the proxy as plainly as it can: it hung up, was silent or gave no reason, and nobody agrees
    /// with it.
    fn is_plain(&self) -> bool {
        self.others == Others::Unasked && !self.failure.names_a_reason()
    }

    /// Two proxies that say why a target cannot be reached are right.
    fn says_nothing(&self) -> bool {
        self.others == Others::Agree && self.failure.names_a_reason()
    }
}
