//! A connection while it is carried: its two ways, how they end, and how long they may be silent.

use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep_until};

use super::direction::{Direction, Failure, Turn};
use super::end;
use super::{During, Ended, Fault, IdleLimits, Progress, Relay, Side, Why};
use crate::upstream::Stream;

/// A connection while it is carried.
pub(super) struct Carrying {
    client: TcpStream,
    upstream: Stream,
    pub(super) up: Direction,
    pub(super) down: Direction,
    limits: IdleLimits,
    progress: Arc<Progress>,
    last_moved: Instant,
    /// A side could not be written to. What it said before is still passed on.
    deaf: Option<Fault>,
    /// Neither side has anything to be reset for.
    over: bool,
}

enum Event {
    Yield,
    Ended(Why),
}

// === impl Carrying ===

impl Carrying {
    pub(super) fn new(relay: Relay, progress: Arc<Progress>) -> Self {
        let Relay { client, upstream, to_upstream, to_client, limits } = relay;
        Self {
            up: Direction::new(to_upstream),
            down: Direction::from(&upstream, to_client),
            client,
            upstream,
            limits,
            progress,
            last_moved: Instant::now(),
            deaf: None,
            over: false,
        }
    }

    // Not an `async fn`: its future would hold `self` twice, as the argument and as the variable.
    #[allow(clippy::manual_async_fn)]
    pub(super) fn run(mut self) -> impl Future<Output = Ended> + Send {
        async move {
            // Early enough for a connection that is soon half closed, as most are: setting an alarm to an earlier time
            // wakes the driver with a system call.
            let mut alarm = pin!(sleep_until(self.last_moved + self.limits.open.min(self.limits.half_closed)));
            loop {
                match poll_fn(|cx| self.poll_event(cx, alarm.as_mut())).await {
                    // Lets the driver look at the other connections' sockets before this one goes on.
                    Event::Yield => tokio::task::yield_now().await,
                    Event::Ended(why) => {
                        self.over = why == Why::Finished;
                        return Ended { up: self.up.moved(), down: self.down.moved(), why };
                    }
                }
            }
        }
    }

    fn poll_event(&mut self, cx: &mut Context<'_>, alarm: Pin<&mut Sleep>) -> Poll<Event> {
        let (up_before, down_before) = (self.up.moved(), self.down.moved());

        let up = self.up.poll(cx, &mut self.client, &mut self.upstream, self.down.stage());
        let up = self.heed(Side::Upstream, &up);
        let down = self.down.poll(cx, &mut self.upstream, &mut self.client, self.up.stage());
        let down = self.heed(Side::Client, &down);

        let (up_moved, down_moved) = (self.up.moved() - up_before, self.down.moved() - down_before);
        if up_moved + down_moved > 0 {
            self.last_moved = Instant::now();
            self.progress.note(up_moved, down_moved, self.last_moved);
            self.progress.set_cut_short(self.down.is_cut_short(&self.upstream));
        }

        match (up, down) {
            (Err(fault), _) | (_, Err(fault)) => Poll::Ready(Event::Ended(Why::Broken(fault))),
            _ if self.up.is_done() && self.down.is_done() => {
                Poll::Ready(Event::Ended(self.deaf.map_or(Why::Finished, Why::Broken)))
            }
            (Ok(Poll::Ready(())), _) | (_, Ok(Poll::Ready(()))) => Poll::Ready(Event::Yield),
            (Ok(Poll::Pending), Ok(Poll::Pending)) => self.poll_alarm(cx, alarm),
        }
    }

    /// Takes in what became of the way to `sink`: ready means that there is more to do at once.
    ///
    /// A side that cannot be written to is dead, but what it said before its death may be the very reason (a server
    /// refuses an upload and closes), so the other way goes on until it has been read to its end.
    fn heed(&mut self, sink: Side, turn: &Poll<Result<Turn, Failure>>) -> Result<Poll<()>, Fault> {
        let &Poll::Ready(Err((during, kind))) = turn else {
            return Ok(if matches!(turn, Poll::Ready(Ok(Turn::More))) { Poll::Ready(()) } else { Poll::Pending });
        };
        let (to_sink, to_source, source) = match sink {
            Side::Upstream => (&mut self.up, &self.down, Side::Client),
            Side::Client => (&mut self.down, &self.up, Side::Upstream),
        };
        let side = if during == During::Reading { source } else { sink };
        let fault = *self.deaf.get_or_insert(Fault { side, during, kind });
        to_sink.abandon();
        // The other way was perhaps polled before this one failed, and must be polled again.
        if during == During::Reading || to_source.is_done() { Err(fault) } else { Ok(Poll::Ready(())) }
    }

    fn is_half_closed(&self) -> bool {
        self.up.is_done() || self.down.is_done()
    }

    /// The alarm is not moved at each byte, which would cost a lock; when it rings it is set anew for what is left.
    fn poll_alarm(&self, cx: &mut Context<'_>, mut alarm: Pin<&mut Sleep>) -> Poll<Event> {
        let limit = if self.is_half_closed() { self.limits.half_closed } else { self.limits.open };
        let due = self.last_moved + limit;
        // Only when the shorter limit came into force.
        if due < alarm.deadline() {
            alarm.as_mut().reset(due);
        }
        loop {
            ready!(alarm.as_mut().poll(cx));
            if Instant::now() >= due {
                return Poll::Ready(Event::Ended(Why::Idle));
            }
            alarm.as_mut().reset(due);
        }
    }
}

impl Drop for Carrying {
    /// Without this a side would read a clean end of stream where the other was cut off.
    fn drop(&mut self) {
        if self.over {
            return;
        }
        if !self.down.is_passed_on() {
            end::reset_on_close(&self.client);
        }
        if !self.up.is_passed_on()
            && let Some(socket) = self.upstream.socket()
        {
            end::reset_on_close(socket);
        }
    }
}
