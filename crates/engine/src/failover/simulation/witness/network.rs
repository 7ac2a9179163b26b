//! The own network, and who is blamed for it.

use paperwing_link::ProxyId;

use super::Witness;
use crate::failover::simulation::world::{At, World};

/// What was said of the own network.
#[derive(Debug, Default)]
pub(super) struct Belief {
    pub(super) is_down: bool,
    /// The outage that was noticed: when it began.
    noticed: Option<At>,
}

impl Witness {
    /// A proxy that did what it should is not blocked for an outage of the own network: never once that was noticed, nor
    /// for attempts from before its end.
    pub(super) fn the_own_network_is_no_proxys_fault(&mut self, world: &World, proxy: ProxyId, now: At) {
        let lifetime = self.rules.handshake + self.rules.linger;
        let Some((down, _)) = world.outage_within(lifetime, now) else { return };
        let was_noticed = self.network.noticed == Some(down);
        // An attempt from before the outage may still tell of a trouble from before it.
        let before = down.saturating_sub(self.rules.patience);
        if was_noticed && world.works(world.position(proxy), before, now) {
            self.complain(now, || format!("{proxy:?} is blocked for the outage that began at {down:?}"));
        }
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
        if let Some((down, up)) = world.outage_within(At::ZERO, now)
            && now < up
        {
            self.complain(now, || format!("the network is said to be back; it is down from {down:?} to {up:?}"));
        }
    }
}
