//! From a thread that may wait to a task that may not.

use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Poll, Waker};

#[derive(Debug, Default)]
struct State {
    has_rung: bool,
    listener: Option<Waker>,
}

/// Held by who listens. Several rings before somebody listens are one.
#[derive(Debug, Default)]
pub(super) struct Bell(Arc<Mutex<State>>);

/// Held by who rings.
#[derive(Debug)]
pub(super) struct Rope(Weak<Mutex<State>>);

impl Bell {
    pub(super) fn rope(&self) -> Rope {
        Rope(Arc::downgrade(&self.0))
    }

    /// Waits for a ring; for ever where nobody is left to ring.
    pub(super) async fn rung(&mut self) {
        poll_fn(|context| {
            let mut state = lock(&self.0);
            if std::mem::take(&mut state.has_rung) {
                return Poll::Ready(());
            }
            state.listener = Some(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

impl Rope {
    /// Says whether the bell is still there.
    pub(super) fn ring(&self) -> bool {
        let Some(state) = self.0.upgrade() else { return false };
        let listener = {
            let mut state = lock(&state);
            state.has_rung = true;
            state.listener.take()
        };
        if let Some(listener) = listener {
            listener.wake();
        }
        true
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_is_heard_by_who_waits_already_and_by_who_comes_later() {
        let mut bell = Bell::default();
        let rope = bell.rope();
        assert!(rope.ring() && rope.ring());
        futures_lite::future::block_on(bell.rung());
        let thread = std::thread::spawn(move || rope.ring().then_some(rope));
        futures_lite::future::block_on(bell.rung());
        let rope = thread.join().ok().flatten();
        drop(bell);
        assert!(rope.is_some_and(|rope| !rope.ring()));
    }
}
