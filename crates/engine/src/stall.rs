//! Finds picks on which everything that was under way stands still, without waiting for a new connection to fail.
//!
//! A connection that has said something and hears nothing for a long time may just have a slow server. But where no connection of
//! its proxy has heard anything since, the proxy is asked once more for that connection's own target, as for any new connection:
//! should it be silent and a standby not, that is told in the usual way, and what hangs on it is reset. Nobody is contacted
//! whom the traffic did not name, and a proxy that answers is left in peace for a while.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use paperwing_link::ProxyId;
use tokio::time::Instant;

use crate::failover::Dialer;
use crate::live::Connection;
use crate::target::Target;

/// So long nobody is asked again.
const PAUSE: Duration = Duration::from_mins(1);

/// What one look at all connections of a proxy shows.
#[derive(Debug)]
pub(crate) struct Flow {
    /// When any of them heard something last.
    heard: Option<Instant>,
    /// The one that has waited longest for an answer to the last it said, and since when.
    waits: Option<(Instant, Target)>,
}

/// Whom was asked, and when.
#[derive(Debug, Default)]
pub(crate) struct Asked(HashMap<ProxyId, Instant>);

// === impl Flow ===

impl Flow {
    pub(crate) const NONE: Self = Self { heard: None, waits: None };

    pub(crate) fn add(&mut self, connection: &Connection) {
        let progress = &connection.progress;
        let at = |moment: Duration| progress.started() + moment;
        let heard = progress.last_down().map(at);
        self.heard = self.heard.max(heard);
        let Some(said) = progress.last_up().map(at).filter(|said| heard.is_none_or(|heard| heard < *said)) else {
            return;
        };
        if self.waits.as_ref().is_none_or(|(since, _)| said < *since) {
            self.waits = Some((said, connection.target.clone()));
        }
    }

    /// Whom to ask for, if everything stands still for so long.
    fn stalled(&self, patience: Duration, now: Instant) -> Option<&Target> {
        let (since, target) = self.waits.as_ref()?;
        let is_long = (patience..2 * PAUSE).contains(&now.saturating_duration_since(*since));
        (is_long && self.heard.is_none_or(|heard| heard < *since)).then_some(target)
    }
}

// === impl Asked ===

impl Asked {
    /// Asks the pick once more, if it seems to stand still.
    pub(crate) fn ask(&mut self, flows: &HashMap<ProxyId, Flow>, dialer: &Arc<Dialer>, now: Instant) {
        self.0.retain(|_, at| now.saturating_duration_since(*at) < PAUSE);
        for (proxy, flow) in flows {
            let Some(target) = flow.stalled(dialer.rules().stall, now) else { continue };
            if self.0.contains_key(proxy) || !dialer.is_pick(*proxy) {
                continue;
            }
            self.0.insert(*proxy, now);
            tracing::debug!(%proxy, "everything stands still; asking once more");
            let (dialer, target) = (Arc::clone(dialer), target.clone());
            // How it ends is told to the board; the connection itself is not needed.
            tokio::spawn(async move { dialer.ask_again(target).await });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::relay::Progress;
    use crate::target::TargetHost;

    const PATIENCE: Duration = Duration::from_secs(15);

    async fn later(seconds: u64) -> Instant {
        tokio::time::advance(Duration::from_secs(seconds)).await;
        Instant::now()
    }

    fn connection(host: &str) -> Connection {
        let target = Target { host: TargetHost::Domain(host.into()), port: 443.try_into().unwrap() };
        Connection { number: 0, target, proxy: ProxyId(1), progress: Arc::new(Progress::new([])) }
    }

    fn flow(connections: &[&Connection]) -> Flow {
        let mut flow = Flow::NONE;
        for one in connections {
            flow.add(one);
        }
        flow
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_a_word_without_an_answer_while_nobody_hears_anything() {
        let (asks, listens) = (connection("a.example"), connection("b.example"));
        listens.progress.note(0, 1, later(1).await);
        asks.progress.note(1, 0, later(1).await);
        let now = later(14).await;
        assert_eq!(flow(&[&asks, &listens]).stalled(PATIENCE, now), None, "too early");
        let now = later(1).await;
        assert_eq!(flow(&[&asks, &listens]).stalled(PATIENCE, now), Some(&asks.target));
        listens.progress.note(0, 1, now);
        assert_eq!(flow(&[&asks, &listens]).stalled(PATIENCE, now), None, "somebody heard something");
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_was_answered_waits_for_nothing() {
        let quiet = connection("a.example");
        quiet.progress.note(1, 0, later(1).await);
        quiet.progress.note(0, 1, later(1).await);
        assert_eq!(flow(&[&quiet]).stalled(PATIENCE, later(60).await), None);
    }
}
