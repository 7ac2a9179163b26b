//! One channel as a stream.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use russh::ChannelStream;
use russh::client::Msg;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Instant;

use super::session::Session;
use super::ties::Tie;

/// A connection that a channel carries.
#[derive(Debug)]
pub struct SshStream {
    shared: Arc<Shared>,
    session: Arc<Session>,
    _tie: Tie,
}

/// The channel, where the session's keeper can cut it off too.
pub(super) struct Shared {
    state: Mutex<State>,
}

struct State {
    /// Gone once it was cut off.
    channel: Option<ChannelStream<Msg>>,
    /// When bytes were last read, unless the reader waits for more.
    read_at: Option<Instant>,
}

// === impl Shared ===

impl Shared {
    /// Whether its reader has not read for so long though there was something.
    pub(super) fn is_stuck(&self, limit: Duration) -> bool {
        self.state().read_at.is_some_and(|when| when.elapsed() >= limit)
    }

    /// Closes the channel. Its reader learns of it at the next read.
    pub(super) fn cut(&self) {
        self.state().channel = None;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn poll<T>(&self, poll: impl FnOnce(Pin<&mut ChannelStream<Msg>>) -> Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &mut self.state().channel {
            Some(channel) => poll(Pin::new(channel)),
            None => Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
        }
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Shared(…)")
    }
}

// === impl SshStream ===

impl SshStream {
    pub(super) fn new(channel: ChannelStream<Msg>, session: Arc<Session>, tie: Tie) -> Self {
        let shared = Arc::new(Shared { state: Mutex::new(State { channel: Some(channel), read_at: None }) });
        session.ties().add(&shared);
        Self { shared, session, _tie: tie }
    }
}

impl AsyncRead for SshStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = self.shared.poll(|channel| channel.poll_read(cx, buf));
        self.shared.state().read_at = polled.is_ready().then(Instant::now);
        ready!(polled)?;
        // The library tells of a session that broke as of an orderly end.
        let is_end = buf.filled().len() == before && buf.remaining() > 0;
        if is_end && !self.session.is_open() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for SshStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        self.shared.poll(|channel| channel.poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.poll(|channel| channel.poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.shared.poll(|channel| channel.poll_shutdown(cx))
    }
}
