//! What we know of each proxy, and which is next. A plain state machine: observations and the time go in, decisions and
//! events come out. No I/O, no clock and no randomness of its own.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use paperwing_link::{Host, ProxyId};

use super::rules::Rules;
use super::standing::{Circuit, Standing};
use crate::event::Event;
use crate::outcome::{Blame, Cause, Failure, Local};
use crate::snapshot::{Choice, Health};

/// Numbers from 0 to 1, for jitter.
pub type Dice = Box<dyn FnMut() -> f64 + Send>;

/// A proxy as the board is told of it.
#[derive(Clone, Debug)]
pub struct Entrant {
    /// Which.
    pub id: ProxyId,
    /// Its host; proxies on one host fail together.
    pub host: Host,
    /// Its usual time to success in an earlier run.
    pub remembered: Option<Duration>,
}

/// The next proxy for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// Which.
    pub proxy: ProxyId,
    /// When another attempt may start beside this one.
    pub hedge_after: Duration,
    /// How the attempt came to be.
    pub footing: Footing,
}

/// On what footing an attempt is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Footing {
    /// The proxy is thought to work.
    Trusted,
    /// The proxy was blocked; this one connection decides.
    Trial,
}

/// A connection that ended, as the board needs to know it.
#[derive(Clone, Copy, Debug)]
pub struct Dial<'a> {
    /// Stands for the target. Equal targets have equal keys.
    pub target: u64,
    /// The proxies that failed for it, in order.
    pub failed: &'a [(ProxyId, Failure)],
    /// When it began.
    pub began: Instant,
}

/// See the module.
pub struct Board {
    pub(super) rules: Rules,
    dice: Dice,
    pub(super) standings: Vec<Standing>,
    pick: Option<ProxyId>,
    choice: Choice,
    network_down: bool,
    all_blocked: bool,
    switched_at: Option<Instant>,
    /// Targets that two proxies could not reach, and until when that is believed.
    down_targets: HashMap<u64, Instant>,
    events: Vec<Event>,
}

/// So many unreachable targets are kept in mind.
const MOST_DOWN_TARGETS: usize = 256;

// === impl Board: what it is told by people ===

impl Board {
    /// An empty board.
    pub fn new(rules: Rules, dice: Dice) -> Self {
        Self {
            rules,
            dice,
            standings: Vec::new(),
            pick: None,
            choice: Choice::Automatic,
            network_down: false,
            all_blocked: false,
            switched_at: None,
            down_targets: HashMap::new(),
            events: Vec::new(),
        }
    }

    /// The list as it is now, in order of preference. What is known of those that stay is kept; an edited proxy is to be
    /// named in `changed` and starts afresh.
    pub fn set_proxies(&mut self, entrants: &[Entrant], changed: &[ProxyId]) {
        let mut before = std::mem::take(&mut self.standings);
        self.standings = entrants
            .iter()
            .map(|entrant| {
                let known = before.iter().position(|standing| standing.id == entrant.id);
                match known.map(|index| before.swap_remove(index)) {
                    Some(standing) if !changed.contains(&entrant.id) => standing,
                    _ => Standing::new(entrant.id, entrant.host.clone(), entrant.remembered),
                }
            })
            .collect();
        if self.pick.is_some_and(|pick| self.standing(pick).is_none()) {
            self.pick = None;
        }
        self.all_blocked = false;
    }

    /// The proxy to begin with: the last good one of an earlier run.
    pub fn begin_with(&mut self, proxy: ProxyId) {
        if self.standing(proxy).is_some() {
            self.pick = Some(proxy);
        }
    }

    /// What the person wants. A wish for a proxy that works takes effect at once.
    pub fn choose(&mut self, choice: Choice, now: Instant) {
        self.choice = choice;
        if let Choice::This(id) = choice
            && self.standing(id).is_some_and(Standing::is_open)
        {
            self.move_pick(id, None, Duration::ZERO, now);
        }
    }

    /// The person asks for another try: every blocked proxy may be tried at once.
    pub fn forgive(&mut self, now: Instant) {
        for standing in &mut self.standings {
            if let Circuit::Open(wait) | Circuit::Trial(wait) = &mut standing.circuit {
                wait.length = Duration::ZERO;
                wait.since = now;
                standing.circuit = Circuit::Open(*wait);
            }
        }
        self.all_blocked = false;
    }
}

// === impl Board: what is asked of it ===

impl Board {
    /// The proxy that new connections use; the first of the list until one has carried.
    pub fn pick(&self) -> Option<ProxyId> {
        self.pick
    }

    /// What the person wants.
    pub fn choice(&self) -> Choice {
        self.choice
    }

    /// Whether this computer's own network is thought to be down.
    pub fn network_down(&self) -> bool {
        self.network_down
    }

    /// A proxy's health, usual time and last trouble.
    pub fn health(&self, proxy: ProxyId) -> Option<(Health, Option<Duration>, Option<Failure>)> {
        self.standing(proxy).map(|one| (one.health(&self.rules), one.usual.mean(), one.trouble))
    }

    /// What happened since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Whether something happened since the last call of [`Board::take_events`].
    pub fn has_events(&self) -> bool {
        !self.events.is_empty()
    }

    /// Whether two proxies could not reach the target a short while ago.
    pub fn is_target_down(&self, target: u64, now: Instant) -> bool {
        self.down_targets.get(&target).is_some_and(|until| now < *until)
    }

    pub(super) fn standing(&self, id: ProxyId) -> Option<&Standing> {
        self.standings.iter().find(|standing| standing.id == id)
    }

    fn standing_mut(&mut self, id: ProxyId) -> Option<&mut Standing> {
        self.standings.iter_mut().find(|standing| standing.id == id)
    }
}

// === impl Board: what it observes ===

impl Board {
    /// An attempt failed. Others of the same connection may still succeed.
    pub fn failed(&mut self, proxy: ProxyId, failure: Failure, now: Instant) {
        let blame = failure.blame();
        if self.network_down && blame == Blame::Proxy {
            // Somebody answered, so there is a network.
            self.network_is_back(now);
        }
        let (rules, network_down) = (self.rules.clone(), self.network_down);
        let Some(standing) = self.standing_mut(proxy) else { return };
        standing.forget_before(now, &rules);
        let is_trial = matches!(standing.circuit, Circuit::Trial(_));
        let is_verdict = match blame {
            Blame::Credentials => {
                standing.circuit = Circuit::Rejected;
                standing.trouble = Some(failure);
                self.events.push(Event::Rejected { proxy, why: failure });
                return;
            }
            Blame::Nobody | Blame::Target => {
                if let Circuit::Trial(wait) = standing.circuit {
                    standing.circuit = Circuit::Open(wait);
                }
                false
            }
            Blame::Proxy => standing.add_fault(failure, &rules, now) || is_trial,
            Blame::Path if network_down => false,
            Blame::Path => {
                standing.unproven = Some(failure);
                standing.trouble = Some(failure);
                is_trial
            }
        };
        if is_verdict {
            self.block(proxy, failure, now);
        }
    }

    /// A connection is carried. `took` is the carrying attempt's time to success.
    pub fn carried(&mut self, proxy: ProxyId, took: Duration, dial: &Dial<'_>, now: Instant) {
        self.network_is_back(now);
        self.note_success(proxy, took, now);
        self.down_targets.remove(&dial.target);
        for (other, failure) in dial.failed {
            if *other != proxy {
                self.confirm(*other, *failure, dial.target, now);
            }
        }
        self.prove_others_wrong(proxy, now);
        let first_sign = dial.failed.first().map(|(_, failure)| *failure);
        self.move_pick_after(proxy, first_sign, now.saturating_duration_since(dial.began), now);
    }

    /// A hedge carried a connection before this proxy answered. Whether the slow attempt should run on to tell what is
    /// the matter; its end is then reported by [`Board::late`] or [`Board::late_failure`].
    pub fn outpaced(&mut self, proxy: ProxyId, failure: Failure, now: Instant) -> bool {
        let rules = self.rules.clone();
        let Some(standing) = self.standing_mut(proxy) else { return false };
        let is_verdict = standing.is_open() && standing.add_outpaced(failure, &rules);
        let linger = !is_verdict && !standing.lingering;
        standing.lingering |= linger;
        if is_verdict {
            self.block(proxy, failure, now);
            self.leave_blocked_pick(failure, now);
        }
        linger
    }

    /// An overtaken attempt succeeded after all: slow, not dead.
    pub fn late(&mut self, proxy: ProxyId, took: Duration, now: Instant) {
        if let Some(standing) = self.standing_mut(proxy) {
            standing.lingering = false;
            self.note_success(proxy, took, now);
        }
    }

    /// An overtaken attempt failed, while another proxy had carried the same connection.
    pub fn late_failure(&mut self, proxy: ProxyId, failure: Failure, target: u64, now: Instant) {
        let Some(standing) = self.standing_mut(proxy) else { return };
        standing.lingering = false;
        match failure.blame() {
            Blame::Credentials => self.failed(proxy, failure, now),
            _ => self.confirm(proxy, failure, target, now),
        }
        self.leave_blocked_pick(failure, now);
    }

    /// Every proxy that could be tried has failed for a connection.
    pub fn exhausted(&mut self, dial: &Dial<'_>, now: Instant) {
        let unreached = dial.failed.iter().filter(|(_, failure)| matches!(failure.cause, Cause::Target(_))).count();
        if unreached >= 2 {
            if self.down_targets.len() >= MOST_DOWN_TARGETS {
                self.down_targets.retain(|_, until| now < *until);
            }
            if self.down_targets.len() < MOST_DOWN_TARGETS {
                self.down_targets.insert(dial.target, now + self.rules.target_down);
            }
        }
        if self.looks_like_no_network(dial) {
            self.standings.iter_mut().for_each(|standing| standing.unproven = None);
            if !std::mem::replace(&mut self.network_down, true) {
                self.events.push(Event::NoNetwork);
            }
        } else if !self.network_down {
            for (proxy, failure) in dial.failed {
                if failure.blame() == Blame::Path {
                    self.count_as_own(*proxy, *failure, now);
                }
            }
        }
        self.announce_all_blocked();
    }

    /// The system says whether there is a network.
    pub fn network_changed(&mut self, is_up: NetworkIs, now: Instant) {
        match is_up {
            NetworkIs::Up => self.network_is_back(now),
            NetworkIs::Down => {
                if !std::mem::replace(&mut self.network_down, true) {
                    self.events.push(Event::NoNetwork);
                }
            }
        }
    }

    /// A person's test of a proxy: a success lets a blocked one back, a failure changes nothing that traffic saw.
    pub fn tested(&mut self, proxy: ProxyId, took: Duration, now: Instant) {
        self.note_success(proxy, took, now);
    }
}

/// Whether this computer has a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkIs {
    /// It has.
    Up,
    /// It has none.
    Down,
}

// === impl Board: verdicts ===

impl Board {
    fn note_success(&mut self, proxy: ProxyId, took: Duration, now: Instant) {
        let Some(standing) = self.standing_mut(proxy) else { return };
        if standing.carried(took, now) {
            self.events.push(Event::Recovered { proxy });
        }
        self.all_blocked = false;
    }

    /// Another proxy carried the very connection that this one failed.
    fn confirm(&mut self, proxy: ProxyId, failure: Failure, target: u64, now: Instant) {
        let rules = self.rules.clone();
        let Some(standing) = self.standing_mut(proxy) else { return };
        let is_verdict = match failure.blame() {
            _ if !standing.is_open() => false,
            Blame::Proxy | Blame::Path => true,
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

    fn block(&mut self, proxy: ProxyId, why: Failure, now: Instant) {
        let (rules, dice) = (self.rules.clone(), (self.dice)());
        let Some(standing) = self.standing_mut(proxy) else { return };
        let was_open = standing.is_open();
        let retry_in = standing.block(why, &rules, dice, now);
        if was_open {
            self.events.push(Event::Blocked { proxy, why, retry_in });
        }
    }

    /// Two unrelated proxies out of reach and nothing that answered, or the kernel's own word.
    fn looks_like_no_network(&self, dial: &Dial<'_>) -> bool {
        let nothing_answered = dial
            .failed
            .iter()
            .all(|(_, failure)| failure.blame() == Blame::Path || failure.cause == Cause::Local(Local::NoNetwork));
        if !nothing_answered || dial.failed.is_empty() {
            return false;
        }
        let kernel_says_so = dial.failed.iter().any(|(_, failure)| failure.cause == Cause::Local(Local::NoNetwork));
        let mut hosts: Vec<&Host> =
            dial.failed.iter().filter_map(|(id, _)| self.standing(*id)).map(|standing| &standing.host).collect();
        hosts.sort();
        hosts.dedup();
        let something_worked = self.standings.iter().any(|one| one.last_success.is_some_and(|at| at > dial.began));
        !something_worked && (kernel_says_so || hosts.len() >= 2)
    }

    fn network_is_back(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.network_down, false) {
            return;
        }
        self.events.push(Event::NetworkBack);
        // What was learnt while it was down is worth nothing: every proxy gets a try.
        self.forgive(now);
    }

    fn announce_all_blocked(&mut self) {
        let none_left = !self.standings.is_empty()
            && self.standings.iter().all(|one| !one.is_open() || matches!(one.circuit, Circuit::Rejected));
        if none_left && !self.network_down && !std::mem::replace(&mut self.all_blocked, true) {
            self.events.push(Event::AllBlocked);
        }
    }
}

// === impl Board: the pick ===

impl Board {
    /// Sticky: the pick moves only if it is gone, if the person's own proxy works again, or for much better speed.
    fn move_pick_after(&mut self, carrier: ProxyId, why: Option<Failure>, took: Duration, now: Instant) {
        let wanted = self.choice == Choice::This(carrier);
        let pick_is_open = self.pick.and_then(|pick| self.standing(pick)).is_some_and(Standing::is_open);
        if wanted || !pick_is_open {
            let why = if wanted && pick_is_open { None } else { why };
            self.move_pick(carrier, why, took, now);
        } else if let Some(faster) = self.much_faster(now) {
            self.move_pick(faster, None, Duration::ZERO, now);
        }
    }

    /// The pick was blocked outside of any connection: the best standby takes its place.
    fn leave_blocked_pick(&mut self, why: Failure, now: Instant) {
        if self.pick.and_then(|pick| self.standing(pick)).is_some_and(Standing::is_open) {
            return;
        }
        let best = self
            .standings
            .iter()
            .filter(|one| one.is_open() && one.last_success.is_some())
            .max_by_key(|one| one.last_success)
            .map(|one| one.id);
        if let Some(best) = best {
            self.move_pick(best, Some(why), Duration::ZERO, now);
        }
    }

    fn move_pick(&mut self, to: ProxyId, why: Option<Failure>, took: Duration, now: Instant) {
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

#[cfg(test)]
mod tests;
