//! Moves the bytes of one carried connection, both ways, until both sides are done.
//!
//! Each way goes on by itself: when one side has nothing more to say, the other is told so and may still answer.
//! Nothing is read that cannot be passed on, so a slow reader slows its writer, not this program's memory. An idle
//! connection owns no buffers: bytes go through one scratch buffer per thread, and on Linux a busy plain connection
//! hands them to the kernel with splice(2).

mod carrying;
mod direction;
mod end;
mod framing;
mod meter;
mod progress;
#[cfg(target_os = "linux")]
mod splice;
#[cfg(test)]
mod tests;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::net::TcpStream;

use crate::upstream::Stream;
use carrying::Carrying;
pub(crate) use end::reset_on_close;
pub use meter::Meter;
pub use progress::Progress;

/// A client and the stream through a proxy that was opened for it, ready to be joined.
#[derive(Debug)]
pub struct Relay {
    /// The application that connected to our port.
    pub client: TcpStream,
    /// The stream to the target, through a proxy.
    pub upstream: Stream,
    /// What was read from the client beyond its handshake.
    pub to_upstream: Bytes,
    /// What was read from the proxy beyond its handshake.
    pub to_client: Bytes,
    /// How long silence is borne.
    pub limits: IdleLimits,
}

/// How long a connection may carry nothing before it is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdleLimits {
    /// While both sides may still send. By default 30 minutes.
    pub open: Duration,
    /// Once one side has said that it is done. By default 2 minutes.
    pub half_closed: Duration,
}

/// What a connection carried and how it came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// Bytes passed on from the client.
    pub up: u64,
    /// Bytes passed on to the client.
    pub down: u64,
    /// What ended it.
    pub why: Why,
}

/// What ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Both sides said that they were done, and everything was passed on.
    Finished,
    /// Nothing was carried for longer than [`IdleLimits`] allows. Both sides were reset.
    Idle,
    /// One side failed. The other was reset, so that it cannot take what it has for the whole.
    Broken(Fault),
}

/// A failure in the middle of a connection, and whose it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// The side that failed.
    pub side: Side,
    /// What was being done.
    pub during: During,
    /// How it failed. A stream in TLS that ends without saying so (RFC 8446, section 6.1) is an `UnexpectedEof`.
    pub kind: io::ErrorKind,
}

/// One of the two ends of a carried connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The application that connected to our port.
    Client,
    /// The proxy, or the target behind it.
    Upstream,
}

/// What was being done with a side when it failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum During {
    /// Waiting for its bytes.
    Reading,
    /// Passing bytes on to it.
    Writing,
}

// === impl IdleLimits ===

impl Default for IdleLimits {
    fn default() -> Self {
        Self { open: Duration::from_mins(30), half_closed: Duration::from_mins(2) }
    }
}

// === impl Relay ===

impl Relay {
    /// Carries until both sides are done, one fails, or nothing moves for too long. Others may read `progress`
    /// meanwhile. Dropping the future before its end resets both sides.
    ///
    /// The future is small, but it begins where the handshakes' futures end: spawn it by itself, so that theirs are
    /// freed.
    pub fn run(self, progress: Arc<Progress>) -> impl Future<Output = Ended> + Send {
        Carrying::new(self, progress).run()
    }
}
