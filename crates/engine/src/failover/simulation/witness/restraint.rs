//! Whom the board offers, and whom it leaves alone.

use std::time::Duration;

use paperwing_link::ProxyId;

use super::{Candidate, Witness};
use crate::failover::simulation::belief::{Belief, Known};
use crate::failover::simulation::connection::Connection;
use crate::failover::simulation::world::{At, Destination, World};

/// A pick that was well for so long has no failure left in count.
const LONG: Duration = Duration::from_secs(310);

impl Witness {
    pub(super) fn nobody_is_tried_twice(&mut self, tried: &[ProxyId], candidate: &Candidate, now: At) {
        if tried.contains(&candidate.proxy) || !self.beliefs.contains_key(&candidate.proxy) {
            self.complain(now, || format!("{:?} is offered after {tried:?}", candidate.proxy));
        }
    }

    /// Known dead: the board has said "blocked" and not "recovered". Known alive: it has carried, and nothing was said
    /// since. The exception is the person's own proxy whose time has come.
    pub(super) fn no_connection_begins_with_the_dead_while_another_lives(
        &mut self,
        tried: &[ProxyId],
        candidate: &Candidate,
        now: At,
    ) {
        let Some(rest) = self.belief(candidate.proxy).rest() else { return };
        let another_lives = self.beliefs.values().any(Belief::is_known_alive);
        let is_chosen = self.choice == Some(candidate.proxy) && rest.may_be_due(&self.rules, now);
        if tried.is_empty() && another_lives && !is_chosen {
            self.complain(now, || format!("a connection begins with {:?}, which is known dead", candidate.proxy));
        }
    }

    /// While anything else is open: not before `retry`, a minute where the sign was silence. Where nothing is open: not
    /// before the last resort's breath. Rejected: never.
    pub(super) fn the_blocked_rest_and_the_rejected_rest_for_ever(&mut self, candidate: &Candidate, now: At) {
        let proxy = candidate.proxy;
        match self.belief(proxy).known {
            Known::Open => {}
            Known::Rejected => self.complain(now, || format!("{proxy:?} has rejected us and is tried again")),
            Known::Resting(rest) if self.nothing_is_open() && rest.may_be_shared(&self.rules, now) => {}
            Known::Resting(rest) => {
                let may = rest.may_be_due(&self.rules, now)
                    || (self.nothing_is_open() && rest.allows_last_resort(&self.rules, now));
                if !may || rest.is_being_tried(&self.rules, now) {
                    self.complain(now, || format!("{proxy:?} is tried too early: {rest:?}"));
                }
            }
        }
    }

    /// The proxy that a connection should be content with: the pick, if it carried lately and was well, like the network,
    /// for longer than anything is remembered.
    pub(super) fn calm_pick(&self, world: &World, pick: ProxyId, target: usize, now: At) -> Option<ProxyId> {
        let from = now.checked_sub(LONG)?;
        let is_well = world.targets[target] == Destination::Up
            && world.works(world.position(pick), from, now)
            && world.network_up(from, now)
            && self.belief(pick).carried_at.is_some_and(|at| at > from)
            && self.choice.is_none_or(|choice| choice == pick)
            && !self.picks.a_person_acted_since(from);
        is_well.then_some(pick)
    }

    pub(super) fn no_standby_is_touched_without_need(&mut self, world: &World, connection: &Connection, now: At) {
        let Some(pick) = connection.calm_pick else { return };
        let stayed_well =
            world.works(world.position(pick), connection.began, now) && world.network_up(connection.began, now);
        if !stayed_well || self.picks.a_person_acted_since(connection.began) {
            return;
        }
        self.tally.calm += 1;
        if connection.tried != [pick] {
            self.complain(now, || format!("{pick:?} was well all the time and {:?} were tried", connection.tried));
        }
    }
}
