//! What a session makes of this computer's own network.

use std::future::pending;
use std::net::IpAddr;
use std::time::Duration;

use paperwing_engine::failover::NetworkIs;
use paperwing_engine::{Engine, Upstream};
use paperwing_link::Host;
use paperwing_system::network::{self, Change, Changes, Identity};
use tokio::time::Instant;

/// When to ask again which network this is, after it changed: the system knows it once something was sent.
const ASK_AGAIN: [Duration; 3] = [Duration::from_secs(2), Duration::from_secs(10), Duration::from_mins(1)];

/// The network as it was when it was looked at last.
#[derive(Debug)]
pub(super) struct Network {
    changes: Changes,
    /// Addresses of proxies: a way to one of them is network enough.
    proxies: Vec<IpAddr>,
    /// Whether there are proxies whose addresses only a name server knows, which may be near.
    has_names: bool,
    is_up: bool,
    identity: Option<Identity>,
    /// When to ask again which network this is, and how often that was done.
    ask_again: Option<(Instant, usize)>,
}

/// What there is to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// The system says so.
    Changed(Change),
    /// Which network it is may be known by now.
    AskAgain,
}

// === impl Network ===

impl Network {
    pub(super) fn new() -> Self {
        Self {
            changes: Changes::listen(),
            proxies: Vec::new(),
            has_names: false,
            is_up: true,
            identity: None,
            ask_again: None,
        }
    }

    /// The proxies that are in use now.
    pub(super) fn set_proxies(&mut self, proxies: &[Upstream], engine: &Engine) {
        let addresses: Vec<_> = proxies.iter().map(|upstream| address(&upstream.proxy.host)).collect();
        self.has_names = addresses.contains(&None);
        self.proxies = addresses.into_iter().flatten().collect();
        self.look_at_ways(engine);
    }

    /// Waits for the next news. May be dropped and called anew.
    pub(super) async fn changed(&mut self) -> News {
        let ask_again = async {
            match self.ask_again {
                Some((when, _)) => tokio::time::sleep_until(when).await,
                None => pending().await,
            }
        };
        tokio::select! {
            change = self.changes.next() => News::Changed(change),
            () = ask_again => News::AskAgain,
        }
    }

    /// Tells the engine what the news means; says which network this is now, where it is another one. A few calls of the
    /// system, none of which waits.
    pub(super) fn look(&mut self, news: News, engine: &Engine) -> Option<Identity> {
        if let News::Changed(change) = news {
            let was_up = self.is_up;
            self.look_at_ways(engine);
            self.ask_again = None;
            // What was blocked yesterday may be open today.
            if self.is_up && was_up && change == Change::Woke {
                engine.try_again();
            }
        }
        if !self.is_up {
            return None;
        }
        let Some(identity) = network::identity() else {
            self.plan_to_ask();
            return None;
        };
        self.ask_again = None;
        if self.identity.as_ref() == Some(&identity) {
            return None;
        }
        Some(self.identity.insert(identity).clone())
    }

    fn plan_to_ask(&mut self) {
        let asked = self.ask_again.map_or(0, |(_, asked)| asked + 1);
        self.ask_again = ASK_AGAIN.get(asked).map(|wait| (Instant::now() + *wait, asked));
    }

    fn look_at_ways(&mut self, engine: &Engine) {
        let is_up = network::is_there(self.proxies.iter().copied()) || self.has_names && network::has_interface();
        let was_up = std::mem::replace(&mut self.is_up, is_up);
        if !self.is_up {
            if was_up {
                engine.network_changed(NetworkIs::Down);
            }
            return;
        }
        engine.network_changed(NetworkIs::Up);
    }
}

fn address(host: &Host) -> Option<IpAddr> {
    match host {
        Host::Ip(ip) => Some(*ip),
        // It resolves without a network.
        Host::Name(name) if name.eq_ignore_ascii_case("localhost") => Some(IpAddr::from([127, 0, 0, 1])),
        Host::Name(_) => None,
    }
}
