//! Which proxy carries a client's datagrams.
//!
//! The pick, so that they leave the same exit as everything else. Where that one cannot carry any, nobody does: datagrams
//! that went through a standby would show the person from two sides. Where it fails, a standby that can takes over.

use std::sync::Arc;

use paperwing_link::ProxyId;
use tokio::time::{Instant, timeout};

use super::dialer::{Dialer, Known};
use crate::outcome::{Blame, Cause, Failure};
use crate::relay::Meter;
use crate::upstream::{Datagrams, Progress};

/// A way for datagrams.
#[derive(Debug)]
pub(crate) struct Way {
    pub(crate) datagrams: Datagrams,
    /// The proxy that carries.
    pub(crate) proxy: ProxyId,
    /// Count the bytes of this proxy and of all.
    pub(crate) meters: [Arc<Meter>; 2],
}

/// Why there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoWay {
    /// The pick carries no datagrams.
    PickCannot,
    /// Every proxy that could has failed, or there is none.
    Failed,
}

impl Dialer {
    /// Opens a way for datagrams.
    pub(crate) async fn open_datagrams(&self) -> Result<Way, NoWay> {
        let mut is_pick = true;
        for known in self.working() {
            if !Datagrams::can_go_through(&known.proxy.protocol) {
                if is_pick {
                    return Err(NoWay::PickCannot);
                }
                continue;
            }
            match self.try_datagrams(&known).await {
                Ok(datagrams) => {
                    let meters = [Arc::clone(&known.meter), Arc::clone(&self.total)];
                    return Ok(Way { datagrams, proxy: known.id, meters });
                }
                Err(failure) if is_pick && failure.blame() == Blame::Target => return Err(NoWay::PickCannot),
                Err(_) => is_pick = false,
            }
        }
        Err(NoWay::Failed)
    }

    async fn try_datagrams(&self, known: &Known) -> Result<Datagrams, Failure> {
        let progress = Progress::default();
        let opening = Datagrams::open(&known.proxy, &self.surroundings, &progress);
        let silence = |_| Err(Failure::new(progress.stage(), Cause::Silent));
        let opened = timeout(self.rules.handshake, opening).await.unwrap_or_else(silence);
        if let Err(failure) = &opened
            && failure.blame() != Blame::Target
        {
            let now = Instant::now();
            self.report_of(known, |board| board.failed(known.id, *failure, now - progress.began(), now.into_std()));
        }
        opened
    }

    /// The proxies that are thought to work, the pick first.
    fn working(&self) -> Vec<Arc<Known>> {
        let state = self.state();
        state.board.working().iter().filter_map(|id| state.known(*id)).take(self.rules.attempts).collect()
    }
}
