//! Finds proxies whose connections are let open, carry 12 to 24 KB, and are then frozen: no reset, no end, nothing more. Small
//! pages still pass, so whoever only probes takes such a proxy for healthy.
//!
//! Nobody is asked and nothing is fetched to find out; the traffic itself tells. A connection counts as frozen when what came
//! ends in the middle of something (see [`crate::relay::Progress::is_cut_short`]) and nothing followed for three seconds. Two of
//! them on one proxy, to different targets or one begun after the other had stopped, are no target's doing; and while
//! first bytes still arrive somewhere they are not this computer's network's.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use paperwing_link::ProxyId;
use tokio::time::{Instant, sleep};

use crate::failover::Dialer;
use crate::live::{Connection, Live};
use crate::stall::{Asked, Flow};
use crate::target::TargetHost;

/// How often a look is taken while something is carried.
const LOOK: Duration = Duration::from_secs(1);
/// Without a byte on any connection for this time, no more looks are taken until a new connection comes.
const REST: Duration = Duration::from_secs(20);
/// A connection that stopped for so long is frozen.
const SILENCE: Duration = Duration::from_secs(3);
/// One that stopped longer ago says nothing about now.
const STALE: Duration = Duration::from_mins(1);
/// A first byte that is younger than this shows that there is a network.
const ALIVE: Duration = Duration::from_secs(2);
/// Where freezing connections are cut, with room to both sides.
const CUT: std::ops::RangeInclusive<u64> = 8 * 1024..=64 * 1024;

/// Watches the connections until it is dropped. Sleeps while nothing is carried.
pub(crate) async fn watch(live: Arc<Live>, dialer: Arc<Dialer>) {
    let mut asked = Asked::default();
    loop {
        live.added().await;
        loop {
            sleep(LOOK).await;
            let now = Instant::now();
            let mut look = Look::default();
            live.visit(|connection| look.at(connection, now));
            for (proxy, cuts) in &look.cuts {
                if look.is_alive && is_frozen(cuts) {
                    dialer.change_if_due(|board| board.frozen(*proxy, now.into_std()));
                }
            }
            for (proxy, since) in &look.bulk {
                dialer.change_if_due(|board| board.carries_bulk(*proxy, since.into_std(), now.into_std()));
            }
            asked.ask(&look.flows, &dialer, now);
            if !look.is_moving {
                break;
            }
        }
    }
}

/// What one look at all connections shows.
#[derive(Debug, Default)]
struct Look {
    cuts: HashMap<ProxyId, Vec<Cut>>,
    /// Proxies that carry more than a freezing one would, just now, and since when the youngest such connection does.
    bulk: HashMap<ProxyId, Instant>,
    /// What is under way on each proxy.
    flows: HashMap<ProxyId, Flow>,
    is_alive: bool,
    is_moving: bool,
}

/// A connection that stopped in the middle of something.
#[derive(Clone, Debug)]
struct Cut {
    target: TargetHost,
    began: Instant,
    stopped: Instant,
}

impl Look {
    fn at(&mut self, connection: &Connection, now: Instant) {
        self.flows.entry(connection.proxy).or_insert(Flow::NONE).add(connection);
        let progress = &connection.progress;
        let at = |moment: Option<Duration>| progress.started() + moment.unwrap_or_default();
        let since = |moment: Option<Duration>| now.saturating_duration_since(at(moment));
        let down = progress.carried().down();
        let quiet = since(progress.last_down());
        self.is_moving |= quiet.min(since(progress.last_up())) < REST;
        self.is_alive |= progress.first_down().is_some_and(|first| since(Some(first)) < ALIVE);
        if progress.is_cut_short() && CUT.contains(&down) && (SILENCE..STALE).contains(&quiet) {
            let target = connection.target.host.clone();
            let cut = Cut { target, began: progress.started(), stopped: at(progress.last_down()) };
            self.cuts.entry(connection.proxy).or_default().push(cut);
        }
        if down > *CUT.end() && quiet < ALIVE {
            let youngest = self.bulk.entry(connection.proxy).or_insert(progress.started());
            *youngest = progress.started().max(*youngest);
        }
    }
}

/// Whether connections that were cut speak of the proxy. Those to one target may all have stopped because it died; but a
/// target that served another one after the first had stopped was not dead.
fn is_frozen(cuts: &[Cut]) -> bool {
    cuts.iter().any(|one| cuts.iter().any(|other| one.target != other.target || one.began > other.stopped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(target: &str, began: u64, stopped: u64) -> Cut {
        let epoch = Instant::now();
        let at = |second| epoch + Duration::from_secs(second);
        Cut { target: TargetHost::Domain(target.into()), began: at(began), stopped: at(stopped) }
    }

    #[tokio::test(start_paused = true)]
    async fn one_target_that_dies_is_no_freeze_and_one_that_goes_on_serving_is() {
        assert!(!is_frozen(&[cut("a.example", 0, 5)]));
        assert!(!is_frozen(&[cut("a.example", 0, 5), cut("a.example", 1, 5), cut("a.example", 4, 5)]));
        assert!(is_frozen(&[cut("a.example", 0, 5), cut("a.example", 6, 7)]));
        assert!(is_frozen(&[cut("a.example", 0, 5), cut("b.example", 1, 5)]));
    }
}
