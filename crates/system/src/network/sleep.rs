//! Sleep and wake: logind says it on the system's bus (`PrepareForSleep`), and two clocks of which one stands still meanwhile
//! show it afterwards.

use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use zbus::export::futures_core::Stream;

/// Shorter than any sleep, and longer than reading two clocks takes.
const NAP: Duration = Duration::from_secs(2);

const RULE: &str = "type='signal',sender='org.freedesktop.login1',interface='org.freedesktop.login1.Manager',\
                    member='PrepareForSleep',path='/org/freedesktop/login1'";

/// Hears logind.
#[derive(Debug, Default)]
pub(super) struct Sleep {
    signals: Option<Box<zbus::MessageStream>>,
    is_deaf: bool,
}

impl Sleep {
    /// Waits until a sleep is over; for ever where nobody tells.
    pub(super) async fn over(&mut self) {
        if self.signals.is_none() && !self.is_deaf {
            match listen().await {
                Ok(signals) => self.signals = Some(Box::new(signals)),
                Err(error) => {
                    tracing::debug!(%error, "nobody tells of sleep");
                    self.is_deaf = true;
                }
            }
        }
        let Some(signals) = &mut self.signals else { return pending().await };
        loop {
            let next = poll_fn(|context| Pin::new(&mut **signals).poll_next(context)).await;
            let Some(message) = next else { return pending().await };
            // It says "true" before the sleep and "false" after it.
            if message.is_ok_and(|message| message.body().deserialize::<bool>().is_ok_and(|begins| !begins)) {
                return;
            }
        }
    }
}

async fn listen() -> zbus::Result<zbus::MessageStream> {
    let bus = zbus::Connection::system().await?;
    zbus::MessageStream::for_match_rule(RULE, &bus, None).await
}

/// Notices afterwards that the computer slept.
#[derive(Debug)]
pub(super) struct Naps {
    slept: Duration,
}

impl Naps {
    pub(super) fn new() -> Self {
        Self { slept: slept() }
    }

    /// Whether it slept since it was asked the last time.
    pub(super) fn happened(&mut self) -> bool {
        self.have_grown_to(slept())
    }

    fn have_grown_to(&mut self, slept: Duration) -> bool {
        slept.saturating_sub(std::mem::replace(&mut self.slept, slept)) >= NAP
    }
}

/// How long this computer has slept since it was started: the one clock goes on then, the other does not.
fn slept() -> Duration {
    let read = |clock| Duration::try_from(clock_gettime(clock)).unwrap_or_default();
    let awake = read(ClockId::Monotonic);
    read(ClockId::Boottime).saturating_sub(awake)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_is_noticed_once() {
        let mut naps = Naps::new();
        assert!(!naps.happened());
        assert!(naps.have_grown_to(naps.slept + Duration::from_mins(1)));
        assert!(!naps.have_grown_to(naps.slept + Duration::from_millis(1)));
    }
}
