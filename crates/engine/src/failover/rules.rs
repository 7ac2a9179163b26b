//! The figures that failover goes by.

use std::time::Duration;

use crate::outcome::Failure;

/// When a sign counts and how long to wait. The defaults are the ones that were measured; tests bend them.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Only failures younger than this are counted.
    pub window: Duration,
    /// So many failures of its own make a proxy suspect.
    pub suspect_after: usize,
    /// So many failures of its own, or targets that only others reach, make it blocked.
    pub blocked_after: usize,
    /// So many targets that only others reach make its exit dead.
    pub dead_exit_after: usize,
    /// So many different targets in a row that it hung up on, or kept silent about, with nobody else to ask and nothing carried
    /// in between, make it blocked,
    pub missed_after: usize,
    /// or so many where it named a reason or others agree. The row has to last for
    pub missed_with_excuse_after: usize,
    /// so long: a browser that starts asks for several sites at once, before the one that somebody wants to see.
    pub missed_for: Duration,
    /// So many connections in a row that a hedge carried make it blocked.
    pub outpaced_after: u32,

    /// The least and the longest wait before a second attempt starts beside a slow one.
    pub hedge: (Duration, Duration),
    /// That wait for a proxy whose usual time is not known.
    pub hedge_unknown: Duration,
    /// At most so many attempts run at once for one connection,
    pub together: usize,
    /// so many in all,
    pub attempts: usize,
    /// within this time.
    pub patience: Duration,
    /// Where this computer has no network, a connection waits for it this long before it is refused.
    pub outage: Duration,
    /// Two that have agreed to ask for the target and say nothing of it for so long: a third is asked in the older one's place.
    pub unanswered: Duration,
    /// An attempt that has not asked for the target after this time has failed.
    pub handshake: Duration,
    /// A proxy that said "connected" may be silent for this time and twice its usual one before another is asked beside it,
    pub first_byte: Duration,
    /// or for this time and twice its usual one, where nobody's first byte comes through it and another target waits too,
    pub first_byte_hush: Duration,
    /// and for this time both are listened to.
    pub race: Duration,
    /// An attempt that was overtaken may still end within this time, to tell what was the matter.
    pub linger: Duration,

    /// A connection of the pick that hears nothing for so long after what it said, while no other one of the pick hears
    /// anything: the pick is asked once more.
    pub stall: Duration,

    /// The least and the longest time a blocked proxy is left alone.
    pub retry: (Duration, Duration),
    /// The least where the sign was silence: some censors restart their timer at each try.
    pub retry_silent: Duration,
    /// When nothing else is left, a blocked proxy may be tried after this time,
    pub last_resort: Duration,
    /// or after this where the sign was silence before it had greeted.
    pub last_resort_silent: Duration,

    /// A standby takes over for its speed only if it is faster by this time
    pub faster_by: Duration,
    /// and by this part of the pick's time,
    pub faster_part: f64,
    /// over so many measurements of both,
    pub measurements: u32,
    /// and not more often than this.
    pub settle: Duration,

    /// For so long, a target that two proxies could not reach is asked of one proxy only.
    pub target_down: Duration,
}

impl Default for Rules {
    fn default() -> Self {
        let (ms, s) = (Duration::from_millis, Duration::from_secs);
        Self {
            window: s(300),
            suspect_after: 2,
            blocked_after: 3,
            dead_exit_after: 2,
            missed_after: 3,
            missed_with_excuse_after: 6,
            missed_for: s(3),
            outpaced_after: 3,
            hedge: (ms(250), s(2)),
            hedge_unknown: s(1),
            together: 2,
            attempts: 4,
            patience: s(20),
            outage: s(5),
            unanswered: s(5),
            handshake: s(5),
            first_byte: ms(1200),
            first_byte_hush: ms(500),
            race: s(10),
            linger: s(5),
            stall: s(15),
            retry: (s(30), s(1800)),
            retry_silent: s(60),
            last_resort: s(1),
            last_resort_silent: s(10),
            faster_by: ms(200),
            faster_part: 0.3,
            measurements: 3,
            settle: s(300),
            target_down: s(30),
        }
    }
}

impl Rules {
    /// The least time a blocked proxy is left alone after such a sign.
    pub(super) fn retry_least(&self, why: Failure) -> Duration {
        if why.is_silence() { self.retry_silent } else { self.retry.0 }
    }
}
