//! How another process says that the list changed. See [`crate::after_change`].

use std::io;

/// Hears the wake-up call.
#[derive(Debug)]
pub(super) struct Waker {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Waker {
    #[cfg(unix)]
    pub(super) fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self { signal: signal(SignalKind::user_defined1())? })
    }

    #[cfg(not(unix))]
    #[allow(clippy::unnecessary_wraps)]
    pub(super) fn new() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for a call.
    #[cfg(unix)]
    pub(super) async fn called(&mut self) {
        if self.signal.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits for ever: nobody calls here.
    #[cfg(not(unix))]
    pub(super) async fn called(&mut self) {
        std::future::pending::<()>().await;
    }
}
