//! A network that wants a person to sign in first: its page answers in every proxy's place. No proxy is at fault, and only a
//! person can do something about it.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use paperwing_link::{Host, ProxyId};

use super::board::{Board, Dial};
use super::standing::{Circuit, Standing};
use crate::event::Event;
use crate::outcome::{Cause, Failure};

/// One host that answers with a page has become something else; two say something of the network.
const LEAST_HOSTS: usize = 2;

/// So many say so also where others have yet to be asked: nobody waits for a list of thousands.
const ENOUGH_HOSTS: usize = 8;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Portal {
    /// Who was met at each proxy's address last, since something was carried.
    met: HashMap<ProxyId, Met>,
    is_told: bool,
}

/// Who was met at a proxy's address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Met {
    /// A web page, or a certificate that is not the proxy's.
    Stranger,
    /// The proxy itself, nobody, or somebody who asks for no sign-in.
    Another,
    /// It was not tried: this computer cannot.
    Untried,
}

impl Board {
    /// Whether this network seems to want a person to sign in first.
    pub fn wants_sign_in(&self) -> bool {
        self.portal.is_told && self.looks_like_a_portal()
    }

    /// A search for a proxy that works found none. That says who was met, or that nobody was and the network may be gone, and
    /// nothing of any proxy; nor anything at all where traffic was carried since it began.
    pub fn searched_in_vain(&mut self, failed: &[(ProxyId, Failure)], began: Instant) {
        if self.carried_at.is_some_and(|at| at > began) {
            return;
        }
        for (proxy, failure) in failed {
            self.met(*proxy, *failure);
        }
        // Of the network it says what one connection would that tried them all.
        if self.looks_like_no_network(&Dial { target: 0, failed, began }) {
            self.network_is_gone();
        }
        self.announce_a_portal();
    }

    pub(super) fn met(&mut self, proxy: ProxyId, failure: Failure) {
        self.portal.met.insert(proxy, Met::of(failure));
    }

    /// Something was carried, so there is no page, or no longer. Whoever was blamed for it may be tried at once.
    pub(super) fn is_no_portal(&mut self, now: Instant) {
        self.portal.met.clear();
        if !std::mem::take(&mut self.portal.is_told) {
            return;
        }
        for standing in &mut self.standings {
            // A trial goes on: its end tells.
            if let Circuit::Open(wait) = &mut standing.circuit
                && wait.why.is_strangers()
            {
                wait.length = Duration::ZERO;
                wait.since = now;
            }
        }
        self.events.push(Event::SignInOver);
    }

    /// Others stand on the list.
    pub(super) fn keep_met(&mut self, stays: impl Fn(ProxyId) -> bool) {
        self.portal.met.retain(|proxy, _| stays(*proxy));
    }

    /// Whether a proxy is blocked for what the network's page did.
    pub(super) fn is_portals_doing(&self, standing: &Standing) -> bool {
        let is_strangers = |why: Failure| why.is_strangers();
        self.portal.is_told
            && matches!(standing.circuit, Circuit::Open(wait) | Circuit::Trial(wait) if is_strangers(wait.why))
    }

    /// A connection was refused: says why traffic stops, if it does and that was not said yet.
    pub(super) fn announce_what_stops_traffic(&mut self) {
        if self.announce_a_portal() {
            return;
        }
        let none_left = !self.standings.is_empty() && !self.standings.iter().any(Standing::is_open);
        if !none_left || self.network_down {
            return;
        }
        // It was taken for a page, and is something worse.
        let is_news = std::mem::take(&mut self.portal.is_told) | !std::mem::replace(&mut self.all_blocked, true);
        if is_news {
            self.events.push(Event::AllBlocked);
        }
    }

    /// Whether there is a page.
    fn announce_a_portal(&mut self) -> bool {
        let is_there = !self.network_down && self.looks_like_a_portal();
        if is_there && !std::mem::replace(&mut self.portal.is_told, true) {
            self.events.push(Event::SignInNeeded);
        }
        is_there
    }

    /// Unrelated proxies, all that were tried, are somebody else, and nobody is left who might be himself.
    fn looks_like_a_portal(&self) -> bool {
        let mut hosts: BTreeSet<&Host> = BTreeSet::new();
        let mut is_somebody_left = false;
        for standing in self.standings.iter().filter(|one| !matches!(one.circuit, Circuit::Rejected)) {
            match self.portal.met.get(&standing.id) {
                Some(Met::Stranger) => drop(hosts.insert(&standing.host)),
                Some(Met::Another) => return false,
                Some(Met::Untried) => {}
                None => is_somebody_left |= standing.is_open(),
            }
        }
        hosts.len() >= if is_somebody_left { ENOUGH_HOSTS } else { LEAST_HOSTS }
    }
}

// === impl Portal ===

impl Portal {
    /// Whether somebody was told of a page that may be gone.
    pub(super) fn is_told(&self) -> bool {
        self.is_told
    }
}

// === impl Met ===

impl Met {
    fn of(failure: Failure) -> Self {
        match failure.cause {
            _ if failure.is_strangers() => Self::Stranger,
            Cause::Local(_)
            | Cause::Unsupported
            | Cause::KeyUnusable
            | Cause::Loop
            | Cause::ProgramMissing(_)
            | Cause::ProgramFailed => Self::Untried,
            _ => Self::Another,
        }
    }
}
