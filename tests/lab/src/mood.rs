//! What a proxy does to those who use it.

use std::time::Duration;

/// A way to work, or not to. Each is a row of the table in `docs/failover.md`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It carries.
    Works,
    /// Nobody listens: connections are refused.
    Refuse,
    /// A connection is never answered at all, and what was being carried stands still.
    Blackhole,
    /// Connections open and are reset at once.
    ResetAtConnect,
    /// Connections are reset when their first bytes have come.
    ResetAfterFirstBytes,
    /// Connections open, the greeting is never answered.
    Mute,
    /// A web page in the place of an answer.
    WebPage,
    /// A TLS alert in the place of an answer.
    TlsAlert,
    /// The credentials are not accepted any more: RFC 1929 failure, HTTP 407, another secret.
    AuthRevoked,
    /// An SSH server that shows another host key than the one that is known.
    AnotherHostKey,
    /// It agrees to talk, and never answers a request.
    RequestMute,
    /// Every request gets this reply code (RFC 1928, 6); 502 or 504 from an HTTP proxy.
    Replies(u8),
    /// It says that it is connected, then closes before a byte comes back.
    ClosesAfterConnect,
    /// It says that it is connected, takes the first bytes, and resets.
    ResetsAfterConnect,
    /// It says that it is connected, takes everything, and nothing ever comes back.
    BlackData,
    /// Each connection carries 12 to 24 KiB to the client, then nothing more, without a word.
    Freeze,
    /// Each connection carries so many bytes a second.
    Throttle(u32),
    /// Requests are answered late.
    Slow(Duration),
    /// One request is answered late, then all is well.
    SlowOnce(Duration),
}

// === impl Mood ===

impl Mood {
    /// Whether those who connect get to hear the proxy's own protocol.
    pub(crate) fn speaks_its_protocol(self) -> bool {
        !matches!(self, Self::ResetAtConnect | Self::ResetAfterFirstBytes | Self::Mute | Self::WebPage | Self::TlsAlert)
    }

    /// Whether it changes what is being carried, not only what begins.
    pub(crate) fn stops_what_runs(self) -> bool {
        matches!(self, Self::Blackhole)
    }

    /// Whether a session that carries many connections ends with it: what comes in its place is another server.
    pub(crate) fn ends_sessions(self) -> bool {
        !self.speaks_its_protocol() || matches!(self, Self::Refuse | Self::AuthRevoked | Self::AnotherHostKey)
    }
}
