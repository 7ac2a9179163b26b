//! How many bytes went by.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counts bytes without a lock; clones of the `Arc` around it see the same figures.
#[derive(Debug, Default)]
pub struct Meter {
    up: AtomicU64,
    down: AtomicU64,
}

impl Meter {
    /// Counts bytes that went from the client to the target.
    pub fn add_up(&self, bytes: u64) {
        self.up.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Counts bytes that came from the target to the client.
    pub fn add_down(&self, bytes: u64) {
        self.down.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes so far from clients to targets.
    pub fn up(&self) -> u64 {
        self.up.load(Ordering::Relaxed)
    }

    /// Bytes so far from targets to clients.
    pub fn down(&self) -> u64 {
        self.down.load(Ordering::Relaxed)
    }
}
