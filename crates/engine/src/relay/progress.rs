//! How far a connection has come, for those who watch it from outside.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use super::Meter;

/// What one connection has carried and when, readable by others without a lock while it runs.
#[derive(Debug)]
pub struct Progress {
    started: Instant,
    own: Meter,
    shared: Box<[Arc<Meter>]>,
    first_down: Moment,
    last_up: Moment,
    last_down: Moment,
    cut_short: AtomicBool,
}

/// Microseconds since the start and one more, so that 0 can mean "never".
#[derive(Debug, Default)]
struct Moment(AtomicU64);

// === impl Progress ===

impl Progress {
    /// Begins now. What is carried is added to the `shared` meters too (of a proxy, of all connections).
    pub fn new(shared: impl Into<Box<[Arc<Meter>]>>) -> Self {
        Self {
            started: Instant::now(),
            own: Meter::default(),
            shared: shared.into(),
            first_down: Moment::default(),
            last_up: Moment::default(),
            last_down: Moment::default(),
            cut_short: AtomicBool::new(false),
        }
    }

    /// When it began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Bytes carried so far, both ways.
    pub fn carried(&self) -> &Meter {
        &self.own
    }

    /// From the start until the first bytes had been passed on to the client, if there were any.
    pub fn first_down(&self) -> Option<Duration> {
        self.first_down.get()
    }

    /// From the start until bytes were last passed on to the upstream, if there were any.
    pub fn last_up(&self) -> Option<Duration> {
        self.last_up.get()
    }

    /// From the start until bytes were last passed on to the client, if there were any.
    pub fn last_down(&self) -> Option<Duration> {
        self.last_down.get()
    }

    /// Whether what came from the target ends in the middle of something, as far as its first 64 KiB tell: a TLS record that
    /// is not whole, a web answer shorter than announced.
    pub fn is_cut_short(&self) -> bool {
        self.cut_short.load(Ordering::Relaxed)
    }

    pub(super) fn set_cut_short(&self, is_cut_short: bool) {
        self.cut_short.store(is_cut_short, Ordering::Relaxed);
    }

    pub(crate) fn note(&self, up: u64, down: u64, now: Instant) {
        let since = now.duration_since(self.started);
        // Most turns move bytes one way only, and an atomic addition is not free even where nobody else counts.
        if up > 0 {
            self.last_up.set(since);
            self.meters().for_each(|meter| meter.add_up(up));
        }
        if down > 0 {
            if self.own.down() == 0 {
                self.first_down.set(since);
            }
            self.last_down.set(since);
            self.meters().for_each(|meter| meter.add_down(down));
        }
    }

    fn meters(&self) -> impl Iterator<Item = &Meter> {
        std::iter::once(&self.own).chain(self.shared.iter().map(AsRef::as_ref))
    }
}

// === impl Moment ===

impl Moment {
    fn get(&self) -> Option<Duration> {
        self.0.load(Ordering::Relaxed).checked_sub(1).map(Duration::from_micros)
    }

    fn set(&self, since: Duration) {
        let micros = u64::try_from(since.as_micros()).unwrap_or(u64::MAX - 1);
        self.0.store(micros + 1, Ordering::Relaxed);
    }
}
