//! Finds proxies whose connections are let open, carry 12 to 24 KB, and are then frozen: no reset, no end, nothing more. Small
//! pages still pass, so whoever only probes takes such a proxy for healthy.
//!
//! Nobody is asked and nothing is fetched to find out; the traffic itself tells. A connection counts as frozen when what came
//! ends in the middle of something (see [`crate::relay::Progress::is_cut_short`]) and nothing followed for three seconds. Two of
//! them on one proxy, while first bytes still arrive somewhere, are no trouble of this computer's network.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use paperwing_link::ProxyId;
use tokio::time::{Instant, sleep};

use crate::failover::Dialer;
use crate::live::{Connection, Live};

/// How often a look is taken while something is carried.
const LOOK: Duration = Duration::from_secs(1);
/// Without a byte on any connection for this time, no more looks are taken until a new connection comes.
const REST: Duration = Duration::from_secs(15);
/// A connection that stopped for so long is frozen.
const SILENCE: Duration = Duration::from_secs(3);
/// One that stopped longer ago says nothing about now.
const STALE: Duration = Duration::from_mins(1);
/// A first byte that is younger than this shows that there is a network.
const ALIVE: Duration = Duration::from_secs(2);
/// Where freezing connections are cut, with room to both sides.
const CUT: std::ops::RangeInclusive<u64> = 8 * 1024..=64 * 1024;
/// So many frozen connections make a frozen proxy.
const ENOUGH: usize = 2;

/// Watches the connections until it is dropped. Sleeps while nothing is carried.
pub(crate) async fn watch(live: Arc<Live>, dialer: Arc<Dialer>) {
    loop {
        live.added().await;
        loop {
            sleep(LOOK).await;
            let now = Instant::now();
            let mut look = Look::default();
            live.visit(|connection| look.at(connection, now));
            for (proxy, cut) in &look.cut {
                if *cut >= ENOUGH && look.is_alive {
                    dialer.change_if_due(|board| board.frozen(*proxy, now.into_std()));
                }
            }
            for proxy in &look.bulk {
                dialer.change_if_due(|board| board.carries_bulk(*proxy, now.into_std()));
            }
            if !look.is_moving {
                break;
            }
        }
    }
}

/// What one look at all connections shows.
#[derive(Debug, Default)]
struct Look {
    /// Frozen connections of each proxy.
    cut: HashMap<ProxyId, usize>,
    /// Proxies that carry more than a freezing one would, just now.
    bulk: Vec<ProxyId>,
    is_alive: bool,
    is_moving: bool,
}

impl Look {
    fn at(&mut self, connection: &Connection, now: Instant) {
        let progress = &connection.progress;
        let since = |moment: Duration| now.saturating_duration_since(progress.started() + moment);
        let down = progress.carried().down();
        let quiet = since(progress.last_down().unwrap_or_default());
        self.is_moving |= quiet.min(since(progress.last_up().unwrap_or_default())) < REST;
        self.is_alive |= progress.first_down().is_some_and(|first| since(first) < ALIVE);
        if progress.is_cut_short() && CUT.contains(&down) && (SILENCE..STALE).contains(&quiet) {
            *self.cut.entry(connection.proxy).or_default() += 1;
        }
        if down > *CUT.end() && quiet < ALIVE && !self.bulk.contains(&connection.proxy) {
            self.bulk.push(connection.proxy);
        }
    }
}
