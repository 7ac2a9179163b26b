//! What we know of each proxy, and which is next. A plain state machine: observations and the time go in, decisions and
//! events come out. No I/O, no clock and no randomness of its own.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use paperwing_link::{Host, ProxyId};

use super::drought::Drought;
use super::portal::Portal;
use super::rules::Rules;
use super::standing::{Circuit, Standing};
use crate::event::Event;
use crate::outcome::Failure;
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
    pub(super) dice: Dice,
    pub(super) standings: Vec<Standing>,
    pub(super) pick: Option<ProxyId>,
    pub(super) choice: Choice,
    pub(super) network_down: bool,
    /// When it came back last. Silence that began before says nothing of a proxy.
    pub(super) network_back: Option<Instant>,
    /// How often it came back, told of or not.
    pub(super) returns: u64,
    /// Unrelated proxies are silent together: nobody has said so, but it may be the network. The next answer ends it.
    pub(super) is_hushed: bool,
    /// When the last such silence ended. Silence that began before says nothing of a proxy.
    pub(super) hush_over: Option<Instant>,
    /// When any proxy answered last, whatever it said.
    pub(super) answered_at: Option<Instant>,
    /// When any proxy carried last.
    pub(super) carried_at: Option<Instant>,
    pub(super) all_blocked: bool,
    pub(super) switched_at: Option<Instant>,
    /// Targets that two proxies could not reach, and until when that is believed.
    pub(super) down_targets: HashMap<u64, Instant>,
    /// Targets in a row that nobody reached.
    pub(super) drought: Drought,
    /// Who answers in the proxies' places.
    pub(super) portal: Portal,
    pub(super) events: Vec<Event>,
}

/// So many unreachable targets are kept in mind.
pub(super) const MOST_DOWN_TARGETS: usize = 256;

/// Whether this computer has a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetworkIs {
    /// It has.
    Up,
    /// It has none.
    Down,
}

// === impl Board: what people say ===

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
            network_back: None,
            returns: 0,
            is_hushed: false,
            hush_over: None,
            answered_at: None,
            carried_at: None,
            all_blocked: false,
            switched_at: None,
            down_targets: HashMap::new(),
            drought: Drought::default(),
            portal: Portal::default(),
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
        let listed: HashSet<ProxyId> = self.standings.iter().map(|one| one.id).collect();
        let stays = |id| listed.contains(&id) && !changed.contains(&id);
        self.drought.keep(stays);
        self.keep_met(stays);
        let pick = self.pick.filter(|pick| self.standing(*pick).is_some());
        let first = self.standings.iter().find(|one| one.is_open()).or(self.standings.first());
        self.pick = pick.or(first.map(|first| first.id));
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

    /// A proxy may be somewhere else than where it failed: if it is blocked, it may be tried there at once.
    pub fn found_elsewhere(&mut self, proxy: ProxyId, now: Instant) {
        if let Some(standing) = self.standing_mut(proxy)
            && let Circuit::Open(wait) = &mut standing.circuit
        {
            wait.length = Duration::ZERO;
            wait.since = now;
        }
    }
}

// === impl Board: what is asked of it ===

impl Board {
    /// The proxy that new connections use; the first of the list to begin with.
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

    /// How often this computer's network came back, or may have. What has been silent since before is worth another try at once.
    pub fn returns(&self) -> u64 {
        self.returns
    }

    /// A proxy's health, usual time and last trouble.
    pub fn health(&self, proxy: ProxyId) -> Option<(Health, Option<Duration>, Option<Failure>)> {
        self.standing(proxy).map(|one| (one.health(&self.rules), one.usual.mean(), one.trouble))
    }

    /// Whether nobody may go through a proxy just now, not even on trial.
    pub fn is_blocked(&self, proxy: ProxyId) -> bool {
        self.standing(proxy).is_some_and(|one| matches!(one.circuit, Circuit::Open(_)))
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

    pub(super) fn standing_mut(&mut self, id: ProxyId) -> Option<&mut Standing> {
        self.standings.iter_mut().find(|standing| standing.id == id)
    }
}

#[cfg(test)]
mod tests;
