//! What the board knows of one proxy.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use paperwing_link::{Host, ProxyId};

use super::rules::Rules;
use super::usual::Usual;
use crate::outcome::{Failure, Stage};
use crate::snapshot::Health;

/// So many waiting targets are kept in mind. Two tell all.
const MOST_HUSHED: usize = 4;

/// One proxy's standing.
#[derive(Debug)]
pub(super) struct Standing {
    pub(super) id: ProxyId,
    /// Two proxies on one host fail together, which says nothing of this computer's network.
    pub(super) host: Host,
    pub(super) circuit: Circuit,
    pub(super) usual: Usual,
    /// Failures of its own, and targets that only others reached, oldest first.
    faults: VecDeque<Fault>,
    /// A failure that is the proxy's or the network's: which, the next success anywhere tells.
    pub(super) unproven: Option<Failure>,
    /// Connections in a row that a hedge carried in its place.
    outpaced: u32,
    /// Whether an overtaken attempt is still running.
    pub(super) lingering: bool,
    pub(super) last_success: Option<Instant>,
    /// When an attempt failed or was overtaken last, if nothing succeeded since.
    pub(super) failed_at: Option<Instant>,
    pub(super) trouble: Option<Failure>,
    /// Whether it said "connected" since its trial began.
    has_answered: bool,
    /// Its silence was put down to the network once, and it has not carried since: that excuse does not hold twice.
    pub(super) is_excused: bool,
    /// When a connection's first byte came last.
    heard_at: Option<Instant>,
    /// How it left this network when the computer was here before.
    pub(super) past: Past,
    /// Targets that wait for their first byte while nobody else's comes, and when that was noticed.
    hushed: Vec<(u64, Instant)>,
}

/// Whether connections may go through a proxy.
#[derive(Clone, Copy, Debug)]
pub(super) enum Circuit {
    /// They may.
    Closed,
    /// They may not before a time.
    Open(Wait),
    /// One connection is finding out.
    Trial(Wait),
    /// They may not until a person edits the proxy.
    Rejected,
}

/// How a proxy left a network that the computer has come back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Past {
    /// Nothing speaks against it, or it has carried since.
    Clean,
    /// It was blocked.
    Blocked,
}

/// How long a blocked proxy is left alone, and why.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    pub(super) since: Instant,
    pub(super) length: Duration,
    pub(super) why: Failure,
}

#[derive(Clone, Copy, Debug)]
struct Fault {
    at: Instant,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Plainly the proxy's own.
    Own,
    /// A target that it did not reach and another did.
    Missed(u64),
    /// A target from which it brought nothing after "connected", and another did.
    Unheard(u64),
}

// === impl Standing ===

impl Standing {
    pub(super) fn new(id: ProxyId, host: Host, remembered: Option<Duration>) -> Self {
        Self {
            id,
            host,
            circuit: Circuit::Closed,
            usual: Usual::remembered(remembered),
            faults: VecDeque::new(),
            unproven: None,
            outpaced: 0,
            lingering: false,
            last_success: None,
            failed_at: None,
            trouble: None,
            has_answered: false,
            is_excused: false,
            heard_at: None,
            past: Past::Clean,
            hushed: Vec::new(),
        }
    }

    pub(super) fn health(&self, rules: &Rules) -> Health {
        match self.circuit {
            Circuit::Rejected => Health::Rejected,
            Circuit::Open(_) => Health::Blocked,
            Circuit::Trial(_) => Health::Probation,
            Circuit::Closed if self.is_suspect(rules) => Health::Suspect,
            Circuit::Closed if self.last_success.is_some() => Health::Healthy,
            Circuit::Closed => Health::Untested,
        }
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(self.circuit, Circuit::Closed)
    }

    /// The wait of a blocked proxy that nobody is trying just now. A trial whose end was never told counts as given up.
    pub(super) fn resting(&self, rules: &Rules, now: Instant) -> Option<Wait> {
        match self.circuit {
            Circuit::Open(wait) => Some(wait),
            Circuit::Trial(wait) if now.duration_since(wait.since) > rules.patience + rules.linger => Some(wait),
            Circuit::Closed | Circuit::Trial(_) | Circuit::Rejected => None,
        }
    }

    /// Whether a connection is finding out just now whether it works again.
    pub(super) fn is_on_trial(&self, rules: &Rules, now: Instant) -> bool {
        matches!(self.circuit, Circuit::Trial(_)) && self.resting(rules, now).is_none()
    }

    pub(super) fn is_suspect(&self, rules: &Rules) -> bool {
        self.past == Past::Blocked
            || self.unproven.is_some()
            || self.outpaced > 0
            || self.own_faults() >= rules.suspect_after
    }

    fn own_faults(&self) -> usize {
        self.faults.iter().filter(|fault| fault.kind == Kind::Own).count()
    }

    /// A failure that was plainly the proxy's own. Whether that was one too many.
    pub(super) fn add_fault(&mut self, failure: Failure, rules: &Rules, now: Instant) -> bool {
        self.trouble = Some(failure);
        self.remember(Fault { at: now, kind: Kind::Own }, rules);
        self.own_faults() >= rules.blocked_after
    }

    /// A target that this proxy did not reach and another did. Whether that makes its exit dead.
    pub(super) fn add_missed_target(&mut self, target: u64, failure: Failure, rules: &Rules, now: Instant) -> bool {
        self.trouble = Some(failure);
        let kind = if failure.stage < Stage::FirstByte { Kind::Missed(target) } else { Kind::Unheard(target) };
        if !self.faults.iter().any(|fault| fault.kind == kind) {
            self.remember(Fault { at: now, kind }, rules);
        }
        let alike = |fault: &&Fault| std::mem::discriminant(&fault.kind) == std::mem::discriminant(&kind);
        self.faults.iter().filter(alike).count() >= rules.dead_exit_after
    }

    fn remember(&mut self, fault: Fault, rules: &Rules) {
        self.forget_before(fault.at, rules);
        self.faults.push_back(fault);
    }

    /// Failures that are too old no longer count.
    pub(super) fn forget_before(&mut self, now: Instant, rules: &Rules) {
        while self.faults.front().is_some_and(|fault| now.duration_since(fault.at) > rules.window) {
            self.faults.pop_front();
        }
    }

    /// A hedge carried a connection in this proxy's place. Whether that was one too many in a row.
    pub(super) fn add_outpaced(&mut self, failure: Failure, rules: &Rules) -> bool {
        self.trouble = Some(failure);
        self.outpaced += 1;
        self.outpaced >= rules.outpaced_after
    }

    /// It carried. Whether it was blocked until now. Its own faults stay in count: a proxy that works every second time
    /// does not work.
    pub(super) fn carried(&mut self, took: Option<Duration>, now: Instant) -> bool {
        self.unproven = None;
        self.outpaced = 0;
        self.failed_at = None;
        self.is_excused = false;
        self.past = Past::Clean;
        if let Some(took) = took {
            self.usual.add(took);
        }
        // Targets that only others reached are judged against those that this proxy reaches.
        self.faults.retain(|fault| !matches!(fault.kind, Kind::Missed(_)));
        if self.must_bring_a_byte() {
            self.has_answered = true;
            return false;
        }
        self.works(now)
    }

    /// Its first byte came back. Whether it was blocked until now.
    pub(super) fn brought_a_byte(&mut self, now: Instant) -> bool {
        self.faults.retain(|fault| !matches!(fault.kind, Kind::Unheard(_)));
        self.hushed.clear();
        self.heard_at = Some(now);
        matches!(self.circuit, Circuit::Trial(wait) if wait.why.stage < Stage::Carrying) && self.works(now)
    }

    /// A target waits for its first byte since a moment. Whether nobody's came since, and other targets wait like it.
    pub(super) fn add_hushed(&mut self, target: u64, since: Instant, rules: &Rules, now: Instant) -> bool {
        if self.heard_at.is_some_and(|at| at >= since) {
            return false;
        }
        self.hushed.retain(|(other, at)| *other != target && now.duration_since(*at) <= rules.first_byte);
        let others_wait = !self.hushed.is_empty();
        if self.hushed.len() < MOST_HUSHED {
            self.hushed.push((target, now));
        }
        others_wait
    }

    /// It carried more than a proxy that freezes connections would. Whether it was blocked for that until now.
    pub(super) fn carried_bulk(&mut self, since: Instant, now: Instant) -> bool {
        // One from before the verdict may have been spared.
        let is_new = |wait: Wait| wait.why.stage == Stage::Carrying && since >= wait.since;
        matches!(self.circuit, Circuit::Trial(wait) if is_new(wait)) && self.works(now)
    }

    /// A page came through it that somebody asked for on purpose. Whether it was blocked until now.
    pub(super) fn brought_a_page(&mut self, now: Instant) -> bool {
        let proves = |wait: Wait| wait.why.stage < Stage::Carrying;
        matches!(self.circuit, Circuit::Open(wait) | Circuit::Trial(wait) if proves(wait)) && self.works(now)
    }

    /// On trial, and so far so good: it said "connected", and has yet to bring what it was blocked for not bringing.
    pub(super) fn is_half_proven(&self) -> bool {
        self.has_answered && matches!(self.circuit, Circuit::Trial(_))
    }

    /// On trial, and blocked only for the targets that it was asked for: others may be within its reach.
    pub(super) fn may_reach_others(&self) -> bool {
        matches!(self.circuit, Circuit::Trial(wait) if wait.why.stage == Stage::Request)
    }

    /// A proxy that was blocked because nothing came back has not proved itself by saying "connected".
    fn must_bring_a_byte(&self) -> bool {
        matches!(self.circuit, Circuit::Trial(wait) | Circuit::Open(wait) if wait.why.stage >= Stage::FirstByte)
    }

    fn works(&mut self, now: Instant) -> bool {
        let was_blocked = !self.is_open();
        if was_blocked {
            self.faults.clear();
        }
        self.circuit = Circuit::Closed;
        self.trouble = None;
        self.last_success = Some(now);
        was_blocked
    }

    /// One connection finds out whether it works again. Should it tell nothing, the proxy rests as if it had not been
    /// forgiven: else every connection would begin with it.
    pub(super) fn begin_trial(&mut self, mut wait: Wait, rules: &Rules, now: Instant) {
        wait.since = now;
        wait.length = wait.length.max(rules.retry_least(wait.why));
        self.has_answered = false;
        self.circuit = Circuit::Trial(wait);
    }

    /// The trial told nothing.
    pub(super) fn end_trial(&mut self) {
        if let Circuit::Trial(wait) = self.circuit {
            self.circuit = Circuit::Open(wait);
        }
    }

    /// Leaves the proxy alone for a time. Decorrelated jitter: each wait is drawn between the least and three times the
    /// one before, so that neither proxies nor users fall into step.
    pub(super) fn block(&mut self, why: Failure, rules: &Rules, dice: f64, now: Instant) -> Duration {
        let least = rules.retry_least(why);
        let before = match self.circuit {
            Circuit::Open(wait) | Circuit::Trial(wait) => wait.length,
            Circuit::Closed | Circuit::Rejected => least,
        };
        let most = (before * 3).clamp(least, rules.retry.1);
        let length = least + most.saturating_sub(least).mul_f64(dice.clamp(0.0, 1.0));
        self.circuit = Circuit::Open(Wait { since: now, length, why });
        self.trouble = Some(why);
        self.unproven = None;
        self.outpaced = 0;
        length
    }
}

// === impl Wait ===

impl Wait {
    pub(super) fn is_over(&self, now: Instant) -> bool {
        now.duration_since(self.since) >= self.length
    }

    /// Whether so little is left to try that waiting longer helps nobody.
    pub(super) fn allows_last_resort(&self, rules: &Rules, now: Instant) -> bool {
        now.duration_since(self.since) >= self.last_resort(rules)
    }

    /// How long it rests where nothing else is left to try.
    pub(super) fn last_resort(&self, rules: &Rules) -> Duration {
        let is_censors = self.why.is_silence() && self.why.stage < Stage::Request;
        let least = if is_censors { rules.last_resort_silent } else { rules.last_resort };
        least.min(self.length)
    }
}
