//! Sends what the client has to say and listens for the first bytes back, in as little memory as an idle connection may
//! take: buffers stand on the stack while something is read.

use std::future::poll_fn;
use std::io;
use std::mem::MaybeUninit;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until};

use super::flight::may_be_repeated;
use crate::failover::Carried;
use crate::outcome::{Failure, Stage};
use crate::relay::Progress;
use crate::upstream::Stream;

/// A longer first flight is not kept: what sends so much is no handshake.
const MOST: usize = 16 * 1024;
const CHUNK: usize = 16 * 1024;

/// What came of waiting.
#[derive(Debug)]
pub(super) enum Step {
    /// The first bytes back.
    FirstBytes(Bytes),
    /// The proxy's side ended before them.
    Ended(Failure),
    /// The proxy was blocked for its silence.
    Judged,
    /// What was sent may be sent twice, and nobody has answered it in time.
    Silent,
    /// The client sent too much, or has nothing more to say.
    NoLongerMovable,
    /// The client went away.
    ClientGone,
    /// Neither side has said anything for too long.
    Idle,
}

/// A client's first flight, and how much of it the proxy has got.
#[derive(Debug)]
pub(super) struct Waiting {
    flight: Vec<u8>,
    sent: usize,
    /// When the proxy got the last of it; silence counts from here.
    sent_at: Instant,
}

impl Waiting {
    pub(super) fn new(early: Bytes) -> Self {
        Self { flight: early.into(), sent: 0, sent_at: Instant::now() }
    }

    pub(super) fn flight(&self) -> &[u8] {
        &self.flight
    }

    /// How long nothing was sent.
    pub(super) fn quiet(&self) -> Duration {
        self.sent_at.elapsed()
    }

    /// When something was sent last.
    pub(super) fn sent_at(&self) -> Instant {
        self.sent_at
    }

    pub(super) fn unsent(&self) -> Bytes {
        Bytes::copy_from_slice(&self.flight[self.sent..])
    }

    /// Another proxy is to get it from the start.
    pub(super) fn rewind(&mut self) {
        self.sent = 0;
        self.sent_at = Instant::now();
    }

    /// Another proxy has got all of it.
    pub(super) fn all_sent(&mut self) {
        self.sent = self.flight.len();
    }

    /// Goes on until something is decided.
    pub(super) async fn step(
        &mut self,
        client: &mut TcpStream,
        carried: &mut Carried,
        progress: &Progress,
        patience: Duration,
        idle: Duration,
    ) -> Step {
        if !carried.early.is_empty() {
            return Step::FirstBytes(std::mem::take(&mut carried.early));
        }
        let mut alarm = pin!(sleep_until(self.sent_at + idle));
        let mut weighed = 0;
        let mut limit = idle;
        poll_fn(|cx| {
            if let Poll::Ready(step) = self.poll(cx, client, carried, progress) {
                return Poll::Ready(step);
            }
            // The flight grew: what is due next depends on what it is now.
            if weighed != self.sent {
                weighed = self.sent;
                limit = if self.waits_for_answer() { patience } else { idle };
            }
            let due = self.sent_at + limit;
            // Setting an alarm costs a lock and sometimes a system call; one that rings too soon is set anew then.
            if due < alarm.deadline() {
                alarm.as_mut().reset(due);
            }
            loop {
                ready!(alarm.as_mut().poll(cx));
                if Instant::now() >= due {
                    return Poll::Ready(if self.waits_for_answer() && limit < idle {
                        Step::Silent
                    } else {
                        Step::Idle
                    });
                }
                alarm.as_mut().reset(due);
            }
        })
        .await
    }

    /// All is sent, and it is something that may be sent twice.
    pub(super) fn waits_for_answer(&self) -> bool {
        self.sent == self.flight.len() && !self.flight.is_empty() && may_be_repeated(&self.flight)
    }

    fn poll(
        &mut self,
        cx: &mut Context<'_>,
        client: &mut TcpStream,
        carried: &mut Carried,
        progress: &Progress,
    ) -> Poll<Step> {
        loop {
            match poll_first(cx, &mut carried.stream) {
                Poll::Ready(Ok(bytes)) => return Poll::Ready(Step::FirstBytes(bytes)),
                Poll::Ready(Err(error)) => return Poll::Ready(Step::Ended(Failure::from_io(Stage::FirstByte, &error))),
                Poll::Pending => {}
            }
            while self.sent < self.flight.len() {
                match ready!(Pin::new(&mut carried.stream).poll_write(cx, &self.flight[self.sent..])) {
                    Ok(count) => {
                        self.sent += count;
                        self.sent_at = Instant::now();
                        progress.note(count as u64, 0, self.sent_at);
                    }
                    Err(error) => return Poll::Ready(Step::Ended(Failure::from_io(Stage::FirstByte, &error))),
                }
            }
            if let Err(error) = ready!(Pin::new(&mut carried.stream).poll_flush(cx)) {
                return Poll::Ready(Step::Ended(Failure::from_io(Stage::FirstByte, &error)));
            }
            let mut buffer = [MaybeUninit::uninit(); CHUNK];
            let mut read = ReadBuf::uninit(&mut buffer);
            match ready!(Pin::new(&mut *client).poll_read(cx, &mut read)) {
                Err(_) => return Poll::Ready(Step::ClientGone),
                Ok(()) if read.filled().is_empty() => return Poll::Ready(Step::NoLongerMovable),
                Ok(()) => self.flight.extend_from_slice(read.filled()),
            }
            if self.flight.len() > MOST {
                return Poll::Ready(Step::NoLongerMovable);
            }
        }
    }
}

/// The first bytes of a stream; an end before them is an error.
pub(super) async fn from(stream: &mut Stream) -> io::Result<Bytes> {
    poll_fn(|cx| poll_first(cx, stream)).await
}

fn poll_first(cx: &mut Context<'_>, stream: &mut Stream) -> Poll<io::Result<Bytes>> {
    let mut buffer = [MaybeUninit::uninit(); CHUNK];
    let mut read = ReadBuf::uninit(&mut buffer);
    ready!(Pin::new(stream).poll_read(cx, &mut read))?;
    if read.filled().is_empty() {
        return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into()));
    }
    Poll::Ready(Ok(Bytes::copy_from_slice(read.filled())))
}
