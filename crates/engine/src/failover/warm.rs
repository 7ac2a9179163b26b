//! Connections to the pick that are dialled and logged in ahead of need, so that a new connection costs one round trip to
//! the proxy instead of up to four.
//!
//! As few as the traffic will use: connection counts are policed, and a connection that is opened and thrown away shows a
//! proxy for nothing. Without traffic there are none.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use super::dialer::{Dialer, Known};
use crate::upstream::{self, Progress, Ready};

/// At most so many at once.
const MOST: usize = 4;
/// How long one is kept: drawn anew for each, so that a watcher sees no clockwork.
const LIFE: (Duration, Duration) = (Duration::from_secs(10), Duration::from_secs(20));
/// The time over which arrivals are counted.
const MINUTE: Duration = Duration::from_mins(1);
/// So many arrivals a minute ask for one: about two in the life of a connection.
const ARRIVALS_FOR_ONE: usize = 8;
/// A proxy that is nearer than this gains nothing.
const NEAR: Duration = Duration::from_millis(5);
/// A proxy that takes longer than this to be ready is not asked ahead.
const PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug, Default)]
pub(super) struct Warm {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// When connections were asked for, over the last minute, no more than tell the number wanted.
    arrivals: VecDeque<Instant>,
    kept: Vec<Kept>,
    /// Those that are being made ready, by the proxy that they lead to.
    preparing: Vec<Arc<Known>>,
    last: u64,
}

#[derive(Debug)]
struct Kept {
    number: u64,
    known: Arc<Known>,
    ready: Ready,
}

// === impl Warm ===

impl Warm {
    /// The newest one to this proxy that the proxy has not closed meanwhile.
    pub(super) fn take(&self, known: &Arc<Known>) -> Option<Ready> {
        let mut state = self.state();
        while let Some(index) = state.kept.iter().rposition(|kept| Arc::ptr_eq(&kept.known, known)) {
            let mut ready = state.kept.remove(index).ready;
            if ready.is_open() {
                return Some(ready);
            }
        }
        None
    }

    /// Those that are kept lead nowhere any more.
    pub(super) fn forget(&self) {
        self.state().kept.clear();
    }

    /// A connection went through the pick: as many as the traffic asks for are made ready for those to come.
    pub(super) fn refill(dialer: &Arc<Dialer>, pick: &Arc<Known>, usual: Option<Duration>) {
        if !upstream::is_carried(&pick.proxy.protocol) {
            return;
        }
        let missing = dialer.warm.arrived(pick, usual, Instant::now());
        for _ in 0..missing {
            tokio::spawn(prepare(Arc::clone(dialer), Arc::clone(pick)));
        }
    }

    /// Counts an arrival and tells how many to make ready.
    fn arrived(&self, pick: &Arc<Known>, usual: Option<Duration>, now: Instant) -> usize {
        let mut state = self.state();
        state.arrivals.push_back(now);
        while state.arrivals.len() > MOST * ARRIVALS_FOR_ONE
            || state.arrivals.front().is_some_and(|first| now.duration_since(*first) > MINUTE)
        {
            state.arrivals.pop_front();
        }
        // Those to a pick of before are of no more use, and those that it keeps waiting stand in nobody's way.
        state.kept.retain(|kept| Arc::ptr_eq(&kept.known, pick));
        state.preparing.retain(|known| Arc::ptr_eq(known, pick));
        if usual.is_none_or(|usual| usual < NEAR) {
            return 0;
        }
        let wanted = state.arrivals.len() / ARRIVALS_FOR_ONE;
        let missing = wanted.saturating_sub(state.kept.len() + state.preparing.len());
        state.preparing.extend(std::iter::repeat_n(pick, missing).cloned());
        missing
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Makes one connection ready, and throws it away if nobody has taken it in time. A failure says nothing here: the traffic
/// itself will tell.
async fn prepare(dialer: Arc<Dialer>, pick: Arc<Known>) {
    let progress = Progress::default();
    let ready = timeout(PATIENCE, upstream::prepare(&pick.proxy, &dialer.surroundings, &progress)).await;
    let number = {
        let mut state = dialer.warm.state();
        if let Some(index) = state.preparing.iter().position(|known| Arc::ptr_eq(known, &pick)) {
            state.preparing.swap_remove(index);
        }
        let Ok(Ok(ready)) = ready else { return };
        state.last += 1;
        let number = state.last;
        state.kept.push(Kept { number, known: pick, ready });
        number
    };
    let (least, most) = LIFE;
    sleep(least + most.saturating_sub(least).mul_f64(dialer.chance(number))).await;
    dialer.warm.state().kept.retain(|kept| kept.number != number);
}

#[cfg(test)]
mod tests {
    use paperwing_link::{Port, Protocol, Proxy, ProxyId};

    use super::*;

    fn known(id: u64) -> Arc<Known> {
        let protocol = Protocol::Socks5(None);
        let host = "p.example".parse().unwrap();
        let proxy = Proxy { name: None, host, port: Port::try_from(1080).unwrap(), protocol };
        Arc::new(Known { id: ProxyId(id), proxy, meter: Arc::default() })
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_pick_does_not_wait_for_what_the_old_one_keeps_waiting() {
        let (warm, usual) = (Warm::default(), Some(Duration::from_millis(40)));
        let (old, new) = (known(1), known(2));
        let asked = |pick| (0..32).map(|_| warm.arrived(pick, usual, Instant::now())).sum::<usize>();
        assert_eq!(asked(&old), MOST);
        assert_eq!(asked(&old), 0, "they are on their way");
        assert_eq!(warm.arrived(&new, usual, Instant::now()), MOST);
    }
}
