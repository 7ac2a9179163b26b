//! What the board makes of this computer's own network: gone, back, or perhaps gone.

use std::time::{Duration, Instant};

use paperwing_link::{Host, ProxyId};

use super::board::{Board, Dial, NetworkIs};
use crate::event::Event;
use crate::outcome::{Blame, Cause, Failure, Local};

impl Board {
    /// The system says whether there is a network.
    pub fn network_changed(&mut self, is_up: NetworkIs, now: Instant) {
        match is_up {
            NetworkIs::Up => self.network_is_back(now),
            NetworkIs::Down => self.network_is_gone(),
        }
    }

    /// All attempts of a connection are out of reach, each since a moment, and longer than it should take. Where they are
    /// unrelated and nobody else has answered meanwhile, it may be the network, and what failed until the next answer
    /// speaks against nobody. A proxy is excused so once, until it has carried again: else two dead ones would excuse each
    /// other for ever.
    pub fn hushed(&mut self, silent: &[(ProxyId, Instant)]) {
        let hosts = self.distinct_hosts(silent.iter().map(|(id, _)| *id));
        let youngest = silent.iter().map(|(_, began)| *began).max();
        let nobody_answered = youngest.is_some_and(|youngest| self.answered_at.is_none_or(|at| at < youngest));
        let may_be_excused =
            silent.first().and_then(|(first, _)| self.standing(*first)).is_some_and(|first| !first.is_excused);
        if hosts < 2 || !nobody_answered || !may_be_excused {
            return;
        }
        self.is_hushed = true;
        for (proxy, _) in silent {
            if let Some(standing) = self.standing_mut(*proxy) {
                standing.is_excused = true;
            }
        }
    }

    /// Somebody at the other end of the network said something.
    pub(super) fn answered(&mut self, now: Instant) {
        self.answered_at = Some(now);
        if std::mem::take(&mut self.is_hushed) {
            self.hush_over = Some(now);
            self.returns += 1;
            self.standings.iter_mut().for_each(|standing| standing.unproven = None);
        }
        self.network_is_back(now);
    }

    pub(super) fn network_is_gone(&mut self) {
        if !std::mem::replace(&mut self.network_down, true) {
            self.events.push(Event::NoNetwork);
        }
    }

    pub(super) fn network_is_back(&mut self, now: Instant) {
        if !std::mem::replace(&mut self.network_down, false) {
            return;
        }
        self.network_back = Some(now);
        self.returns += 1;
        self.events.push(Event::NetworkBack);
        // What was learnt while it was down is worth nothing: every proxy gets a try.
        self.forgive(now);
    }

    /// Whether what began at a moment may have met this computer's own outage.
    pub(super) fn is_from_an_outage(&self, began: Instant) -> bool {
        self.network_down || self.network_back.max(self.hush_over).is_some_and(|back| began < back)
    }

    /// Whether silence that began so long ago met an outage.
    pub(super) fn met_an_outage(&self, failure: Failure, waited: Duration, now: Instant) -> bool {
        failure.is_silence() && self.is_from_an_outage(began(waited, now))
    }

    /// Two unrelated proxies out of reach and nothing that answered, or the kernel's own word.
    pub(super) fn looks_like_no_network(&self, dial: &Dial<'_>) -> bool {
        let nothing_answered = dial
            .failed
            .iter()
            .all(|(_, failure)| failure.blame() == Blame::Path || failure.cause == Cause::Local(Local::NoNetwork));
        let is_old = !self.network_down && self.network_back.is_some_and(|back| dial.began < back);
        if !nothing_answered || dial.failed.is_empty() || is_old {
            return false;
        }
        // One family of addresses without a route is no outage, so it must be all of them.
        let kernel_says_so = dial.failed.iter().all(|(_, failure)| failure.cause == Cause::Local(Local::NoNetwork));
        let something_worked = self.standings.iter().any(|one| one.last_success.is_some_and(|at| at > dial.began));
        !something_worked && (kernel_says_so || self.hosts(dial) >= 2)
    }

    pub(super) fn distinct_hosts(&self, proxies: impl Iterator<Item = ProxyId>) -> usize {
        let mut hosts: Vec<&Host> = proxies.filter_map(|id| self.standing(id)).map(|standing| &standing.host).collect();
        hosts.sort();
        hosts.dedup();
        hosts.len()
    }
}

/// When something began that has lasted so long.
pub(super) fn began(waited: Duration, now: Instant) -> Instant {
    now.checked_sub(waited).unwrap_or(now)
}
