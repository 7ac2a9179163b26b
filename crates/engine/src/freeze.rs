//! Finds proxies whose connections are let open, carry 12 to 24 KB, and are then frozen: no reset, no end, nothing more. Small
//! pages still pass, so whoever only probes takes such a proxy for healthy.
//!
//! Nobody is asked and nothing is fetched to find out; the traffic itself tells. A connection counts as frozen when what came
//! ends in the middle of something (see [`crate::relay::Progress::is_cut_short`]) and nothing followed for three seconds, also
//! when its client gave it up after that. Two of them on one proxy, to different targets or one begun after the other had stopped,
//! are no target's doing; and while first bytes still arrive somewhere they are not this computer's network's.

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

/// Watches the connections until it is dropped. Sleeps while nothing is carried. Each dialer has proxies of its own.
pub(crate) async fn watch(live: Arc<Live>, dialers: [Arc<Dialer>; 2]) {
    let mut asked = Asked::default();
    let mut cuts = Cuts::default();
    loop {
        live.added().await;
        loop {
            sleep(LOOK).await;
            let now = Instant::now();
            cuts.begin_look(now);
            let mut look = Look::default();
            live.visit(|connection| look.at(connection, &mut cuts, now));
            for dialer in &dialers {
                for proxy in cuts.frozen().filter(|proxy| look.is_alive && dialer.knows(*proxy)) {
                    dialer.change_if_due(|board| board.frozen(proxy, now.into_std()));
                }
                for (proxy, since) in look.bulk.iter().filter(|(proxy, _)| dialer.knows(**proxy)) {
                    dialer.change_if_due(|board| board.carries_bulk(*proxy, since.into_std(), now.into_std()));
                }
                asked.ask(&look.flows, dialer, now);
            }
            if !look.is_moving {
                break;
            }
        }
    }
}

/// Connections that were cut, by their numbers, and those of them that clients have given up since.
#[derive(Debug, Default)]
struct Cuts(HashMap<u64, Cut>);

/// What one look at all connections shows.
#[derive(Debug, Default)]
struct Look {
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
    proxy: ProxyId,
    target: TargetHost,
    began: Instant,
    stopped: Instant,
    /// Somebody still waits for the rest.
    is_open: bool,
}

// === impl Look ===

impl Look {
    fn at(&mut self, connection: &Connection, cuts: &mut Cuts, now: Instant) {
        self.flows.entry(connection.proxy).or_insert(Flow::NONE).add(connection);
        let progress = &connection.progress;
        let at = |moment: Option<Duration>| progress.started() + moment.unwrap_or_default();
        let since = |moment: Option<Duration>| now.saturating_duration_since(at(moment));
        let down = progress.carried().down();
        let quiet = since(progress.last_down());
        self.is_moving |= quiet.min(since(progress.last_up())) < REST;
        self.is_alive |= progress.first_down().is_some_and(|first| since(Some(first)) < ALIVE);
        if progress.is_cut_short() && CUT.contains(&down) && (SILENCE..STALE).contains(&quiet) {
            let (proxy, target) = (connection.proxy, connection.target.host.clone());
            let cut =
                Cut { proxy, target, began: progress.started(), stopped: at(progress.last_down()), is_open: true };
            cuts.0.insert(connection.number, cut);
        } else {
            cuts.0.remove(&connection.number);
        }
        if down > *CUT.end() && quiet < ALIVE {
            let youngest = self.bulk.entry(connection.proxy).or_insert(progress.started());
            *youngest = progress.started().max(*youngest);
        }
    }
}

// === impl Cuts ===

impl Cuts {
    /// Until the look finds them, those from before count as given up.
    fn begin_look(&mut self, now: Instant) {
        self.0.retain(|_, cut| now.saturating_duration_since(cut.stopped) < STALE);
        self.0.values_mut().for_each(|cut| cut.is_open = false);
    }

    /// The proxies of which they speak.
    fn frozen(&self) -> impl Iterator<Item = ProxyId> {
        let all = || self.0.values();
        let speaks = move |one: &&Cut| all().any(|other| one.speaks_with(other));
        all().filter(speaks).map(|cut| cut.proxy)
    }
}

// === impl Cut ===

impl Cut {
    /// Whether two connections that were cut speak of their proxy. Those to one target may have stopped because it died; but a target
    /// that served another one after the first had stopped was not dead. Those that were given up tell nothing by their
    /// targets: whoever reloads a page that is slow to come gives up several at once.
    fn speaks_with(&self, other: &Self) -> bool {
        let are_open = self.is_open && other.is_open;
        self.proxy == other.proxy && ((are_open && self.target != other.target) || self.began > other.stopped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cuts(cuts: &[(u64, &str, u64, u64)]) -> Cuts {
        let epoch = Instant::now();
        let at = |second| epoch + Duration::from_secs(second);
        let cut = |(number, (proxy, target, began, stopped)): (u64, &(u64, &str, u64, u64))| {
            let target = TargetHost::Domain((*target).into());
            (number, Cut { proxy: ProxyId(*proxy), target, began: at(*began), stopped: at(*stopped), is_open: true })
        };
        Cuts((1..).zip(cuts).map(cut).collect())
    }

    fn is_frozen(cuts: &Cuts) -> bool {
        cuts.frozen().next().is_some()
    }

    #[tokio::test(start_paused = true)]
    async fn one_target_that_dies_is_no_freeze_and_one_that_goes_on_serving_is() {
        assert!(!is_frozen(&cuts(&[(1, "a.example", 0, 5)])));
        assert!(!is_frozen(&cuts(&[(1, "a.example", 0, 5), (1, "a.example", 1, 5), (1, "a.example", 4, 5)])));
        assert!(is_frozen(&cuts(&[(1, "a.example", 0, 5), (1, "a.example", 6, 7)])));
        assert!(is_frozen(&cuts(&[(1, "a.example", 0, 5), (1, "b.example", 1, 5)])));
        assert!(!is_frozen(&cuts(&[(1, "a.example", 0, 5), (2, "b.example", 1, 5)])), "each its own proxy");
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_given_up_speaks_when_the_next_one_stops_too_and_not_for_long() {
        let mut together = cuts(&[(1, "a.example", 0, 5), (1, "b.example", 1, 5)]);
        let mut in_turn = cuts(&[(1, "a.example", 0, 5), (1, "a.example", 6, 7)]);
        let now = Instant::now() + Duration::from_secs(8);
        for cuts in [&mut together, &mut in_turn] {
            cuts.begin_look(now);
        }
        assert!(!is_frozen(&together), "a page was reloaded");
        assert!(is_frozen(&in_turn));
        in_turn.begin_look(now + STALE);
        assert!(!is_frozen(&in_turn));
    }
}
