//! The own network, and who is blamed for it.

use std::collections::BTreeSet;

use paperwing_link::ProxyId;

use super::Witness;
use crate::failover::simulation::connection::Connection;
use crate::failover::simulation::world::{At, Network, World};

/// What was said of the own network.
#[derive(Debug, Default)]
pub(super) struct Belief {
    pub(super) is_down: bool,
    /// The outage that was noticed: when it began.
    noticed: Option<At>,
    back: Option<At>,
    /// When a silence of unrelated proxies ended that the board kept to itself.
    pub(super) hush_over: Option<At>,
    unlucky: BTreeSet<ProxyId>,
}

impl Belief {
    /// Whether what began at a moment may have met an outage.
    pub(super) fn was_away_after(&self, began: At) -> bool {
        self.is_down || self.back.max(self.hush_over).is_some_and(|back| began < back)
    }
}

impl Witness {
    /// A proxy that did what it should is not blocked for an outage of the own network, neither once that was noticed, nor
    /// while another unrelated proxy is open, nor for attempts from before its end.
    ///
    /// What nobody can tell: one host that is silent alone, and an outage that is over before anybody noticed it.
    pub(super) fn the_own_network_is_no_proxys_fault(&mut self, world: &World, proxy: ProxyId, now: At) {
        let lifetime = self.rules.handshake + self.rules.linger;
        let Some((down, up)) = world.outage_within(self.rules.window, now) else { return };
        // What is remembered, and attempts from before the outage, may still tell of a trouble from before it.
        let before = down.saturating_sub(self.rules.patience).min(now.saturating_sub(self.rules.window));
        if !world.works(world.position(proxy), before, now) {
            return;
        }
        let host = |id: ProxyId| &world.proxies[world.position(id)].host;
        let neighbours = self.beliefs.keys().filter(|id| host(**id) == host(proxy)).count();
        let is_alone = !self.beliefs.iter().any(|(id, one)| one.is_open() && host(*id) != host(proxy))
            || neighbours >= self.rules.attempts;
        let was_noticed = self.network.noticed == Some(down);
        let is_fresh = now < up.saturating_add(lifetime);
        if (was_noticed && is_fresh) || (now < up && !is_alone) {
            self.complain(now, || format!("{proxy:?} is blocked for the outage that began at {down:?}"));
        }
        self.network.unlucky.insert(proxy);
        self.tally.unlucky += 1;
    }

    /// Two unrelated proxies failed one connection, all of it during an outage: that is enough to know.
    pub(in super::super) fn an_outage_is_noticed(&mut self, world: &World, connection: &Connection, now: At) {
        let is_outage = |from, to| world.network.is_throughout(from, to, |network| network != Network::Up);
        let mut hosts: Vec<_> = connection
            .failed
            .iter()
            .filter(|(id, _)| self.beliefs.contains_key(id))
            .map(|(id, _)| &world.proxies[world.position(*id)].host)
            .collect();
        hosts.sort();
        hosts.dedup();
        if hosts.len() >= 2 && is_outage(connection.began, now) && !self.network.is_down {
            self.complain(now, || "there is no network and nobody said so".to_owned());
        }
    }

    /// Whether the proxy was blocked for an outage in a way that nobody could know better.
    pub(super) fn was_unlucky(&mut self, proxy: ProxyId) -> bool {
        self.network.unlucky.remove(&proxy)
    }

    pub(super) fn the_network_goes_once(&mut self, world: &World, now: At) {
        if self.network.is_down {
            self.complain(now, || "the network is said to be down twice".to_owned());
        }
        self.network.is_down = true;
        let Some((down, up)) = world.outage_within(At::ZERO, now) else { return };
        if now < up {
            if self.network.noticed == Some(down) {
                self.complain(now, || format!("the outage that began at {down:?} is announced twice"));
            }
            self.network.noticed = Some(down);
            self.tally.outages += 1;
        }
    }

    pub(super) fn the_network_comes_back_once(&mut self, world: &World, now: At) {
        if !self.network.is_down {
            self.complain(now, || "the network is said to be back twice".to_owned());
        }
        self.network.is_down = false;
        self.network.back = Some(now);
        if let Some((down, up)) = world.outage_within(At::ZERO, now)
            && now < up
        {
            self.complain(now, || format!("the network is said to be back; it is down from {down:?} to {up:?}"));
        }
    }
}
