//! What one network taught of the proxies: blocking differs from provider to provider. It is forgotten when the computer moves
//! to another network, and taken up again when it comes back.

use std::time::{Duration, Instant};

use paperwing_link::ProxyId;

use super::board::Board;
use super::drought::Drought;
use super::standing::{Circuit, Past, Standing};
use crate::event::Event;

/// What is worth remembering of one network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// The proxies that new connections used: of those for everything, and of those for Telegram.
    pub picks: Vec<ProxyId>,
    /// Those that were tried there.
    pub proxies: Vec<Remembered>,
}

/// What is worth remembering of one proxy in one network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Remembered {
    /// Which.
    pub proxy: ProxyId,
    /// Its usual time to success.
    pub usual: Option<Duration>,
    /// Whether it was blocked.
    pub is_blocked: bool,
}

impl Board {
    /// What is known of the network that the computer is in. Refused credentials are no network's doing.
    pub fn memory(&self) -> Memory {
        let remember = |one: &Standing| Remembered {
            proxy: one.id,
            usual: one.usual.mean(),
            // What was remembered and not tried this time is remembered on.
            is_blocked: one.past == Past::Blocked
                || matches!(one.circuit, Circuit::Open(_) | Circuit::Trial(_)) && !self.is_portals_doing(one),
        };
        let says_something = |one: &Remembered| one.usual.is_some() || one.is_blocked;
        let proxies = self.standings.iter().map(remember).filter(says_something);
        Memory { picks: self.pick.into_iter().collect(), proxies: proxies.collect() }
    }

    /// The computer is in another network now, of which this is remembered. Whatever was learnt in the last one is forgotten,
    /// but for refused credentials; those that were blocked here are tried after the others.
    pub fn moved(&mut self, memory: &Memory, now: Instant) {
        let mut freed = Vec::new();
        for standing in self.standings.iter_mut().filter(|one| !matches!(one.circuit, Circuit::Rejected)) {
            let known = memory.proxies.iter().find(|one| one.proxy == standing.id);
            if !standing.is_open() {
                freed.push(standing.id);
            }
            *standing = Standing::new(standing.id, standing.host.clone(), known.and_then(|one| one.usual));
            if known.is_some_and(|one| one.is_blocked) {
                standing.past = Past::Blocked;
            }
        }
        self.events.extend(freed.into_iter().map(|proxy| Event::Recovered { proxy }));
        self.down_targets.clear();
        self.drought = Drought::default();
        if std::mem::take(&mut self.portal).is_told() {
            self.events.push(Event::SignInOver);
        }
        self.all_blocked = false;
        self.is_hushed = false;
        self.carried_at = None;
        // What began in the other network says nothing of this one.
        self.hush_over = Some(now);
        let may_be_pick = |id: &ProxyId| self.standing(*id).is_some_and(|one| one.is_open() && one.past == Past::Clean);
        let first = || self.open(&[]);
        let mut wanted = memory.picks.iter().copied().chain(self.pick);
        if let Some(pick) = wanted.find(may_be_pick).or_else(first) {
            self.move_pick(pick, None, Duration::ZERO, now);
        }
    }
}
