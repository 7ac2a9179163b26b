//! A stream that counts its bytes and does not wait for ever.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

use crate::relay::Progress;

/// Counts what is read as down and what is written as up. Reading fails with [`io::ErrorKind::TimedOut`] when nothing has
/// moved either way for the idle limit.
#[derive(Debug)]
pub(crate) struct Metered<S> {
    stream: S,
    progress: Arc<Progress>,
    idle: Duration,
    last_moved: Instant,
    alarm: Pin<Box<Sleep>>,
}

impl<S> Metered<S> {
    pub(crate) fn new(stream: S, progress: Arc<Progress>, idle: Duration) -> Self {
        let now = Instant::now();
        Self { stream, progress, idle, last_moved: now, alarm: Box::pin(sleep_until(now + idle)) }
    }

    fn moved(&mut self, up: usize, down: usize) {
        self.last_moved = Instant::now();
        self.progress.note(up as u64, down as u64, self.last_moved);
    }

    /// The alarm is not moved at each byte; when it rings too soon it is set anew.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            let due = self.last_moved + self.idle;
            if Instant::now() >= due {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(due);
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Metered<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, buf) else { return this.poll_idle(cx) };
        read?;
        this.moved(0, buf.filled().len() - before);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Metered<S> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let count = ready!(Pin::new(&mut this.stream).poll_write(cx, bytes))?;
        this.moved(count, 0);
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_moves_is_counted_and_what_does_not_move_ends() {
        let (near, mut far) = duplex(64);
        let progress = Arc::new(Progress::new([]));
        let mut metered = Metered::new(near, Arc::clone(&progress), Duration::from_mins(30));
        for _ in 0..3 {
            tokio::time::advance(Duration::from_mins(20)).await;
            far.write_all(b"four").await.unwrap();
            metered.read_exact(&mut [0; 4]).await.unwrap();
        }
        metered.write_all(b"ab").await.unwrap();
        assert_eq!((progress.carried().up(), progress.carried().down()), (2, 12));
        assert_eq!(metered.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
