//! The channels of one session, and whether the session still lives.
//!
//! A session is asked for a sign of life only while something is carried: an idle one costs nothing. One channel whose
//! reader has stopped reading can hold up all others of its session, since the library keeps only so much for each; such
//! a one is cut off.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep, timeout};

use super::session::Session;
use super::stream::Shared;

/// How often a session that carries is asked for a sign of life, and how long it may take for one.
const ASK: Duration = Duration::from_secs(15);
const ANSWER: Duration = Duration::from_secs(10);
/// Where there are several channels, one is looked for as often that may hold up the others. Nothing is sent for that.
const LOOK: Duration = Duration::from_secs(3);
/// A reader that has not read for so long though there was something may be such a one.
const STUCK: Duration = Duration::from_secs(2);
/// How long the session may then take for a sign of life.
const SOON: Duration = Duration::from_secs(2);

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Ties {
    carried: AtomicUsize,
    channels: Mutex<Vec<Weak<Shared>>>,
    changed: Notify,
    is_dead: AtomicBool,
}

/// Counts while it lives.
#[derive(Debug)]
pub(super) struct Tie(Arc<Ties>);

impl Ties {
    /// One more connection needs the session.
    pub(super) fn tie(self: &Arc<Self>) -> Tie {
        self.carried.fetch_add(1, Ordering::Relaxed);
        self.changed.notify_one();
        Tie(Arc::clone(self))
    }

    pub(super) fn add(&self, channel: &Arc<Shared>) {
        let mut channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.retain(|known| known.strong_count() > 0);
        channels.push(Arc::downgrade(channel));
    }

    pub(super) fn is_dead(&self) -> bool {
        self.is_dead.load(Ordering::Relaxed)
    }

    pub(super) fn die(&self) {
        self.is_dead.store(true, Ordering::Relaxed);
    }

    /// Wakes the one who looks after the session, so that it sees that the session is gone.
    pub(super) fn wake(&self) {
        self.changed.notify_one();
    }

    /// Cuts off the channels whose readers hold up the others. Whether there were any.
    pub(super) fn cut_stuck(&self) -> bool {
        let stuck = self.stuck();
        for channel in &stuck {
            channel.cut();
        }
        !stuck.is_empty()
    }

    fn stuck(&self) -> Vec<Arc<Shared>> {
        let channels = self.channels.lock().unwrap_or_else(PoisonError::into_inner);
        channels.iter().filter_map(Weak::upgrade).filter(|channel| channel.is_stuck(STUCK)).collect()
    }
}

impl Drop for Tie {
    fn drop(&mut self) {
        self.0.carried.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Looks after a session until it is gone.
pub(super) async fn look_after(session: Weak<Session>, ties: Arc<Ties>) {
    loop {
        ties.changed.notified().await;
        if session.strong_count() == 0 {
            return;
        }
        let mut asked = Instant::now();
        while let carried @ 1.. = ties.carried.load(Ordering::Relaxed) {
            sleep(if carried == 1 { ASK } else { LOOK }).await;
            let Some(session) = session.upgrade() else { return };
            if !session.is_open() {
                return;
            }
            let limit = if carried > 1 && !ties.stuck().is_empty() { SOON } else { ANSWER };
            if limit == ANSWER && asked.elapsed() < ASK {
                continue;
            }
            asked = Instant::now();
            if timeout(limit, session.ping()).await.is_err() && !ties.cut_stuck() {
                tracing::debug!("the session gives no sign of life");
                session.end();
                return;
            }
        }
    }
}
