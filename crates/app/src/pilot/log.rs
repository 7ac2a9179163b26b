//! What happened since the program started, session after session.

use std::collections::VecDeque;
use std::time::SystemTime;

use super::{Cause, Event, Reason, Told};
use crate::pilot::convert::{count, ms};
use crate::system_proxy::SystemProxyNow;

/// How many events are kept.
const MOST_KEPT: usize = 500;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Log {
    told: VecDeque<Told>,
    last: u32,
}

// === impl Log ===

impl Log {
    pub(super) fn write(&mut self, event: Event) {
        self.last += 1;
        if self.told.len() == MOST_KEPT {
            self.told.pop_front();
        }
        let at = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let at = u64::try_from(at.as_millis()).unwrap_or(u64::MAX);
        self.told.push_back(Told { number: self.last, at, event });
    }

    pub(super) fn last(&self) -> u32 {
        self.last
    }

    pub(super) fn after(&self, number: u32) -> Vec<Told> {
        self.told.iter().filter(|told| told.number > number).cloned().collect()
    }
}

// === impl Reason ===

impl Reason {
    /// What the English words say.
    pub(super) fn of_words(text: String) -> Self {
        Self { cause: Cause::of_words(&text), text }
    }
}

impl From<crate::Reason> for Reason {
    fn from(reason: crate::Reason) -> Self {
        Self::of_words(reason.text)
    }
}

// === impl Event ===

impl From<crate::Event> for Event {
    fn from(event: crate::Event) -> Self {
        use crate::Event as Said;
        match event {
            Said::Listening { address } => Self::Listening { address: address.to_string() },
            Said::Switched { from, to, why, took } => {
                Self::Switched { from, to, why: why.map(Reason::from), took_ms: ms(took) }
            }
            Said::Blocked { proxy, why, retry_in } => {
                Self::Blocked { proxy, why: why.into(), retry_in_ms: ms(retry_in) }
            }
            Said::Rejected { proxy, why } => Self::Rejected { proxy, why: why.into() },
            Said::Recovered { proxy } => Self::Recovered { proxy },
            Said::NoNetwork => Self::NoNetwork,
            Said::NetworkBack => Self::NetworkBack,
            Said::AllBlocked => Self::AllBlocked,
            Said::SignInNeeded => Self::SignInNeeded,
            Said::SignInOver => Self::SignInOver,
            Said::Reloaded { proxies, chosen } => Self::Reloaded { proxies: count(proxies), chosen },
            Said::SystemProxy { now: SystemProxyNow::On { .. } } => Self::SystemProxyOn,
            Said::SystemProxy { now: SystemProxyNow::Off { .. } } => Self::SystemProxyOff,
            Said::SystemProxy { now: SystemProxyNow::ChangedByOther } => Self::SystemProxyChangedByOther,
            Said::Refreshed { list, added, removed, .. } => {
                Self::Refreshed { list, added: count(added), removed: count(removed) }
            }
            Said::TelegramBlocked => Self::TelegramBlocked,
            Said::Trouble { what } => Self::Trouble { what },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_numbered_and_the_oldest_make_room() {
        let mut log = Log::default();
        for _ in 0..MOST_KEPT + 2 {
            log.write(Event::Connected);
        }
        let all = log.after(0);
        assert_eq!((all.len(), all[0].number, log.last()), (MOST_KEPT, 3, 502));
        assert_eq!(log.after(501).len(), 1);
    }
}
