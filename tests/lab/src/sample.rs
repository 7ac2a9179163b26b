//! What one client saw of its connection.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// What a client does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A TLS handshake and a request.
    Tls,
    /// A small page by `GET`.
    Get,
    /// A page larger than a freeze lets through.
    BigGet,
    /// One request of a protocol in which it must not be sent twice.
    Own,
    /// A file of many megabytes.
    Download,
    /// A server that speaks first.
    Banner,
    /// Bytes there and back.
    Echo,
    /// A target where nobody listens.
    Dead,
    /// A page that takes its server five seconds.
    LatePage,
    /// A server that speaks first, after three seconds.
    LateBanner,
    /// Telegram: who are you, and a small answer.
    Telegram,
    /// The same with a long answer.
    TelegramFile,
}

/// How it asks the forwarder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// SOCKS5 with the target's name.
    Socks5,
    /// HTTP CONNECT.
    Connect,
    /// An HTTP request by absolute URI.
    Absolute,
    /// The port for Telegram, with its secret.
    Telegram,
}

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Everything came, once, and as it was sent.
    Done,
    /// It failed.
    Failed(Trouble),
    /// Nothing moved any more when the run was over.
    Hanging,
    /// Bytes were still moving when the run was over.
    Moving,
}

/// Why it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The forwarder did not take the connection.
    NoForwarder,
    /// The forwarder said no: a SOCKS5 reply code or an HTTP status.
    Told(u16),
    /// The connection was closed too early.
    Closed,
    /// The connection was reset.
    Reset,
    /// What came is not what was sent: bytes lost, twice, or from two proxies.
    Wrong,
    /// The TLS session broke in a way that is none of these.
    Tls,
}

/// What one client saw. Times count from the beginning of the run.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// What it did.
    pub kind: Kind,
    /// How it asked.
    pub way: Way,
    /// When it began.
    pub start: Duration,
    /// When the forwarder said that it is connected.
    pub connected: Option<Duration>,
    /// When the first byte of the answer came, behind all handshakes.
    pub first: Option<Duration>,
    /// When the last byte came.
    pub last: Option<Duration>,
    /// Bytes that came from the target, handshakes included.
    pub received: u64,
    /// The proxy that carried, once the answer told.
    pub via: Option<u32>,
    /// When it was over, and how.
    pub ended: Duration,
    /// How it ended.
    pub end: End,
}

/// Where a client notes what it sees, for others to read at any time.
#[derive(Clone, Debug)]
pub struct Sheet {
    began: Instant,
    sample: Arc<Mutex<Sample>>,
}

/// Who had bytes within this time is moving.
const MOVING: Duration = Duration::from_millis(1500);

// === impl Kind ===

impl Kind {
    /// Whether the client's first flight may be sent through a second proxy when nothing came back of the first.
    pub fn is_safe_to_repeat(self) -> bool {
        !matches!(self, Self::Own | Self::Echo)
    }

    /// Whether it cannot succeed, whatever the forwarder does.
    pub fn is_meant_to_fail(self) -> bool {
        self == Self::Dead
    }

    /// Whether its server is slow on purpose.
    pub fn is_meant_to_wait(self) -> bool {
        matches!(self, Self::LatePage | Self::LateBanner)
    }
}

// === impl Way ===

impl Way {
    /// Whether a client sends nothing to its target before it is told that it is connected.
    pub fn says_connected(self) -> bool {
        matches!(self, Self::Socks5 | Self::Connect)
    }
}

// === impl Sample ===

impl Sample {
    /// From the first packet to the first byte of the answer, or to the end where none came.
    pub fn wait(&self) -> Duration {
        self.first.unwrap_or(self.ended).saturating_sub(self.start)
    }

    /// Whether the client had to see a failure. What was still moving at the end is none.
    pub fn failed(&self) -> bool {
        matches!(self.end, End::Failed(_) | End::Hanging) && !self.kind.is_meant_to_fail()
    }

    /// Whether it failed although everything that the client had sent could have been sent again elsewhere.
    pub fn failed_safely_repeatable(&self) -> bool {
        let nothing_sent = self.connected.is_none() && self.way.says_connected();
        self.failed() && (nothing_sent || (self.received == 0 && self.kind.is_safe_to_repeat()))
    }
}

// === impl Sheet ===

impl Sheet {
    /// For a client that begins now.
    pub fn new(began: Instant, kind: Kind, way: Way) -> Self {
        let start = began.elapsed();
        let sample = Sample {
            kind,
            way,
            start,
            connected: None,
            first: None,
            last: None,
            received: 0,
            via: None,
            ended: start,
            end: End::Hanging,
        };
        Self { began, sample: Arc::new(Mutex::new(sample)) }
    }

    fn sample(&self) -> MutexGuard<'_, Sample> {
        self.sample.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The forwarder said that it is connected.
    pub fn connected(&self) {
        self.sample().connected = Some(self.began.elapsed());
    }

    /// Bytes of the target came.
    pub fn received(&self, bytes: usize) {
        let mut sample = self.sample();
        sample.received += bytes as u64;
        sample.last = Some(self.began.elapsed());
    }

    /// A part of the answer came.
    pub fn answered(&self, via: Option<u32>) {
        let now = self.began.elapsed();
        let mut sample = self.sample();
        sample.first.get_or_insert(now);
        sample.via = sample.via.or(via);
    }

    /// It is over.
    pub fn ended(&self, end: Result<(), Trouble>) {
        let mut sample = self.sample();
        sample.ended = self.began.elapsed();
        sample.end = end.map_or_else(End::Failed, |()| End::Done);
        if matches!(end, Err(Trouble::Told(_))) {
            // What came was the forwarder's own page.
            sample.received = 0;
        }
    }

    /// As it is now, at the end of the run.
    pub fn close(&self) -> Sample {
        let now = self.began.elapsed();
        let mut sample = self.sample();
        if sample.end == End::Hanging {
            let is_moving = now.saturating_sub(sample.last.unwrap_or(sample.start)) < MOVING;
            sample.ended = now;
            sample.end = if is_moving { End::Moving } else { End::Hanging };
        }
        *sample
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Tls => "TLS",
            Self::Get => "GET",
            Self::BigGet => "GET 96 KiB",
            Self::Own => "own protocol",
            Self::Download => "download",
            Self::Banner => "speaks first",
            Self::Echo => "echo",
            Self::Dead => "dead target",
            Self::LatePage => "late page",
            Self::LateBanner => "late banner",
            Self::Telegram => "Telegram",
            Self::TelegramFile => "Telegram 96 KiB",
        })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Socks5 => "SOCKS5",
            Self::Connect => "CONNECT",
            Self::Absolute => "absolute URI",
            Self::Telegram => "Telegram's port",
        })
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Done => f.write_str("done"),
            Self::Hanging => f.write_str("silent to the end"),
            Self::Moving => f.write_str("still moving at the end"),
            Self::Failed(Trouble::NoForwarder) => f.write_str("no forwarder"),
            Self::Failed(Trouble::Told(code)) => write!(f, "told {code}"),
            Self::Failed(Trouble::Closed) => f.write_str("closed"),
            Self::Failed(Trouble::Reset) => f.write_str("reset"),
            Self::Failed(Trouble::Wrong) => f.write_str("wrong bytes"),
            Self::Failed(Trouble::Tls) => f.write_str("TLS broke"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(kind: Kind, way: Way, is_connected: bool, received: u64) -> Sample {
        let second = Duration::from_secs(1);
        Sample {
            kind,
            way,
            start: second,
            connected: is_connected.then_some(second),
            first: None,
            last: None,
            received,
            via: None,
            ended: second * 3,
            end: End::Failed(Trouble::Reset),
        }
    }

    #[test]
    fn who_was_never_connected_has_sent_nothing_that_could_come_twice() {
        assert!(failed(Kind::Own, Way::Socks5, false, 0).failed_safely_repeatable());
        assert!(failed(Kind::Own, Way::Connect, false, 0).failed_safely_repeatable());
    }

    #[test]
    fn a_first_flight_is_repeatable_by_what_it_is_and_until_a_byte_comes_back() {
        assert!(failed(Kind::Tls, Way::Socks5, true, 0).failed_safely_repeatable());
        assert!(failed(Kind::Get, Way::Absolute, false, 0).failed_safely_repeatable());
        assert!(!failed(Kind::Tls, Way::Socks5, true, 1).failed_safely_repeatable());
        assert!(!failed(Kind::Own, Way::Socks5, true, 0).failed_safely_repeatable());
        assert!(failed(Kind::Own, Way::Socks5, true, 0).failed());
        assert!(failed(Kind::Telegram, Way::Telegram, false, 0).failed_safely_repeatable());
        assert!(!failed(Kind::Telegram, Way::Telegram, false, 1).failed_safely_repeatable());
    }

    #[test]
    fn a_dead_target_that_is_reported_as_such_is_no_failure() {
        assert!(!failed(Kind::Dead, Way::Socks5, false, 0).failed());
    }

    #[test]
    fn who_is_silent_at_the_end_failed_and_who_still_moves_did_not() {
        let began = Instant::now().checked_sub(Duration::from_secs(10)).expect("a computer that runs for a while");
        let silent = Sheet::new(began, Kind::Download, Way::Socks5);
        silent.sample().start = Duration::ZERO;
        let moving = Sheet::new(began, Kind::Download, Way::Socks5);
        moving.sample().start = Duration::ZERO;
        moving.received(1);
        assert_eq!((silent.close().end, moving.close().end), (End::Hanging, End::Moving));
    }
}
