//! The state of things at one moment.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use paperwing_link::ProxyId;

use crate::outcome::{Failure, Stage};
use crate::relay::Meter;

/// What is known of a proxy.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// Nothing yet.
    #[default]
    Untested,
    /// It carried the last time.
    Healthy,
    /// It failed lately, not often enough for a verdict.
    Suspect,
    /// It carries nothing; left alone for a while.
    Blocked,
    /// It was blocked and is being tried again.
    Probation,
    /// It refuses our credentials.
    Rejected,
}

/// Which proxy a person wants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// Whichever works.
    #[default]
    Automatic,
    /// This one while it works, and again once it works again.
    This(ProxyId),
}

/// The engine's state. Cheap to clone; the meters in it go on counting.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Where clients connect.
    pub listening: Vec<SocketAddr>,
    /// The proxy that new connections use.
    pub pick: Option<ProxyId>,
    /// What the person wants.
    pub choice: Choice,
    /// Whether this computer's own network is thought to be down.
    pub no_network: bool,
    /// Whether this network seems to want a person to sign in first: its page answers in every proxy's place.
    pub sign_in: bool,
    /// All proxies in order of preference.
    pub proxies: Vec<ProxyState>,
    /// Bytes through all proxies.
    pub total: Arc<Meter>,
}

/// What is known of one proxy.
#[derive(Clone, Debug)]
pub struct ProxyState {
    /// Which.
    pub id: ProxyId,
    /// Its health.
    pub health: Health,
    /// Its usual time to success: from the first packet to the proxy to "connected".
    pub usual: Option<Duration>,
    /// Its last failure, while it is not healthy.
    pub trouble: Option<Failure>,
    /// Bytes through it since the start.
    pub meter: Arc<Meter>,
}

// === impl Health ===

impl Health {
    /// The word for it, in JSON and on the screen.
    pub fn name(self) -> &'static str {
        match self {
            Self::Untested => "untested",
            Self::Healthy => "healthy",
            Self::Suspect => "suspect",
            Self::Blocked => "blocked",
            Self::Probation => "probation",
            Self::Rejected => "rejected",
        }
    }
}

// === impl Snapshot ===

impl Snapshot {
    /// What is known of a proxy.
    pub fn proxy(&self, id: ProxyId) -> Option<&ProxyState> {
        self.proxies.iter().find(|state| state.id == id)
    }

    /// Whether a proxy is blocked because nothing comes back from it.
    pub(crate) fn is_judged_silent(&self, id: ProxyId) -> bool {
        let brings_nothing = |one: &ProxyState| one.trouble.is_some_and(Failure::brings_nothing);
        self.proxy(id).is_some_and(|one| one.health == Health::Blocked && brings_nothing(one))
    }

    /// Whether no proxy is left that could carry. That one is being tried again changes nothing until it carries.
    pub fn all_blocked(&self) -> bool {
        !self.proxies.is_empty() && self.proxies.iter().all(ProxyState::carries_nothing)
    }
}

// === impl ProxyState ===

impl ProxyState {
    fn carries_nothing(&self) -> bool {
        // One that freezes what is large lets small things pass.
        let is_frozen = self.trouble.is_some_and(|why| why.stage == Stage::Carrying);
        match self.health {
            Health::Blocked | Health::Rejected => true,
            Health::Probation => !is_frozen,
            Health::Untested | Health::Healthy | Health::Suspect => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::Cause;

    #[test]
    fn all_are_blocked_until_one_carries_again() {
        let state = |health, stage| {
            let trouble = Some(Failure::new(stage, Cause::Silent));
            let proxy = ProxyState { id: ProxyId(1), health, usual: None, trouble, meter: Arc::default() };
            Snapshot { proxies: vec![proxy], ..Snapshot::default() }.all_blocked()
        };
        assert!(state(Health::Blocked, Stage::Request) && state(Health::Probation, Stage::Request));
        assert!(!state(Health::Probation, Stage::Carrying), "small things pass");
        assert!(!state(Health::Suspect, Stage::Request));
    }
}
