//! Who has to be tried, and when a client may be refused.

use std::time::Duration;

use paperwing_link::ProxyId;

use super::{Candidate, Witness};
use crate::failover::simulation::belief::{Known, Rest};
use crate::failover::simulation::connection::Connection;
use crate::failover::simulation::world::{At, Destination, World};
use crate::outcome::Blame;

/// Refusals one after another, each connection begun after the one before had been refused.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    since: Option<At>,
    last: At,
    rounds: u32,
}

/// Targets in a row that the only open proxy did not reach.
#[derive(Debug, Default)]
pub(super) struct InVain {
    asked: Vec<(ProxyId, usize, At)>,
    carried_at: Option<At>,
}

/// So many connections one after another may fail until a steady proxy is found,
const ROUNDS: u32 = 8;
/// each so long after the one before was refused: those that come during a trial only learn that there is one,
const PAUSE: Duration = Duration::from_secs(2);
/// and for so long: a last attempt from before it was steady, the last resort's breath, a trial of another.
const SEARCH: Duration = Duration::from_mins(1);

/// Why a client was refused although a proxy would have carried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Excuse {
    /// Two others said that the target is out of reach.
    TargetSaidDown,
    /// Four others failed.
    FourFailed,
    /// The board has a verdict on it and its rest is not over.
    Rests,
    /// An attempt agreed to ask the target and kept silent to the end, when there was no time left for another.
    Held,
}

impl InVain {
    pub(super) fn ends(&mut self, now: At) {
        *self = Self { asked: Vec::new(), carried_at: Some(now) };
    }
}

impl Refusals {
    pub(super) fn end(&mut self) {
        *self = Self::default();
    }
}

impl Witness {
    /// No client is refused while a proxy works through the whole dial and the target is up, but for the excuses.
    pub(super) fn no_client_hears_of_it_while_one_proxy_works(
        &mut self,
        world: &World,
        connection: &Connection,
        known_down: bool,
        now: At,
    ) {
        let (rules, began) = (self.rules.clone(), connection.began);
        let target = connection.target;
        let missed = connection.missed();
        let held = now >= connection.deadline(&rules);
        let would_carry: Vec<ProxyId> =
            self.beliefs.keys().copied().filter(|id| world.carries(world.position(*id), target, began, now)).collect();
        for proxy in would_carry {
            let excuse = match self.belief(proxy).known {
                _ if missed >= 2 || (missed == 1 && known_down) => Some(Excuse::TargetSaidDown),
                _ if connection.tried.len() >= rules.attempts => Some(Excuse::FourFailed),
                _ if held => Some(Excuse::Held),
                Known::Resting(_) | Known::Rejected => Some(Excuse::Rests),
                Known::Open => None,
            };
            let was_tried = connection.failed.iter().any(|(id, _)| *id == proxy);
            match excuse {
                Some(excuse) if !was_tried || excuse == Excuse::Held => {
                    self.tally.missed += 1;
                    self.note(now, || format!("{proxy:?} would have carried: {excuse:?}"));
                }
                _ => self.complain(now, || format!("a client was refused and {proxy:?} would have carried")),
            }
        }
    }

    /// Traffic that asks finds a steady proxy, however many others fail: nobody is refused for ever.
    pub(super) fn a_steady_proxy_is_found(&mut self, world: &World, connection: &Connection, now: At) {
        let is_next_round = self.refusals.since.is_none() || connection.began > self.refusals.last + PAUSE;
        // Of a target that two have just called down only the pick is asked: that is no search.
        let is_search = connection.tried.len() > 1 || connection.missed() == 0;
        if world.targets[connection.target] != Destination::Up || !is_next_round || !is_search {
            return;
        }
        let since = *self.refusals.since.get_or_insert(connection.began);
        self.refusals.last = now;
        self.refusals.rounds += 1;
        let nothing_open = self.nothing_is_open();
        let steady = self.beliefs.iter().find(|(id, belief)| {
            // A verdict on it holds while anything else is open.
            (belief.is_open() || (nothing_open && belief.rest().is_some()))
                && world.works(world.position(**id), since, now)
                && world.network_up(since, now)
        });
        match steady.map(|(id, _)| *id) {
            None => self.refusals.end(),
            Some(id)
                if self.refusals.rounds > ROUNDS && now - since > SEARCH && !self.picks.a_person_acted_since(since) =>
            {
                self.complain(now, || format!("{id:?} works since {since:?} and {ROUNDS} connections did not find it"));
            }
            Some(_) => {}
        }
    }

    /// The only proxy that is thought to work reached none of several different targets, one after another, and nothing was carried
    /// in between: then it is not said to work any more.
    pub(in super::super) fn who_reaches_nothing_is_not_said_to_work(&mut self, connection: &Connection, now: At) {
        let mut missed = connection.failed.iter().filter(|(_, failure)| failure.blame() == Blame::Target);
        let (Some((proxy, failure)), None) = (missed.next(), missed.next()) else { return };
        let others_are_open = self.beliefs.iter().any(|(id, belief)| id != proxy && belief.is_open());
        let speaks_of_network = connection.failed.iter().any(|(_, failure)| failure.blame() == Blame::Path)
            || self.network.was_away_after(connection.began);
        let was_carried = self.in_vain.carried_at.is_some_and(|at| at >= connection.began);
        if others_are_open || speaks_of_network || was_carried || failure.names_a_reason() {
            return;
        }
        let row = &mut self.in_vain.asked;
        row.retain(|(_, _, ended)| now - *ended <= self.rules.window);
        let is_next = row.iter().all(|(_, target, ended)| *target != connection.target && *ended <= connection.began);
        if is_next {
            row.push((*proxy, connection.target, now));
        }
        let own: Vec<At> = row.iter().filter(|(id, ..)| id == proxy).map(|(.., ended)| *ended).collect();
        let count = own.len();
        let is_long = own.first().is_some_and(|first| now - *first >= self.rules.missed_for);
        if is_long && count >= self.rules.missed_after && self.belief(*proxy).is_open() {
            let proxy = *proxy;
            self.complain(now, || format!("{proxy:?} reached none of {count} targets and is said to work"));
        }
    }

    /// Where the board has nothing to offer, everybody who was not tried has to rest still, or is being tried.
    pub(super) fn nobody_starves(&mut self, tried: &[ProxyId], now: At) {
        let nothing_open = self.nothing_is_open();
        let rules = self.rules.clone();
        let must = |rest: &Rest| {
            let is_due = rest.is_surely_due(&rules, now) || (nothing_open && rest.demands_last_resort(&rules, now));
            is_due && !rest.is_being_tried(&rules, now)
        };
        let starving = self.beliefs.iter().find(|(id, belief)| {
            !tried.contains(id)
                && match &belief.known {
                    Known::Open => true,
                    Known::Resting(rest) => must(rest),
                    Known::Rejected => false,
                }
        });
        if let Some((id, belief)) = starving.map(|(id, belief)| (*id, *belief)) {
            self.complain(now, || format!("{id:?} could be tried and is not: {belief:?}"));
        }
    }

    /// A person's own proxy is the first to be tried while it is open, and when its time has come.
    pub(super) fn a_persons_choice_is_not_forgotten(&mut self, tried: &[ProxyId], candidate: &Candidate, now: At) {
        let Some(chosen) = self.choice.filter(|chosen| *chosen != candidate.proxy && !tried.contains(chosen)) else {
            return;
        };
        let is_due = match self.beliefs.get(&chosen).map(|belief| belief.known) {
            Some(Known::Open) => true,
            Some(Known::Resting(rest)) => {
                rest.is_surely_due(&self.rules, now) && !rest.is_being_tried(&self.rules, now)
            }
            Some(Known::Rejected) | None => false,
        };
        if is_due {
            self.complain(now, || format!("{chosen:?} was chosen, is due, and {:?} is offered", candidate.proxy));
        }
    }
}
