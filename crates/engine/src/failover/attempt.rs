//! One try at one proxy for one connection.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use paperwing_link::Protocol;
use tokio::time::{Duration, Instant};

use super::board::Footing;
use super::dialer::{Dialer, Known};
use super::rules::Rules;
use crate::mtproto::Call;
use crate::outcome::{Cause, Failure, Stage};
use crate::target::Target;
use crate::upstream::{self, Connected, Progress, Ready};

/// What a proxy is asked to carry.
#[derive(Debug)]
pub(super) enum Errand {
    /// A connection to a target.
    Reach(Target),
    /// What a client of Telegram says to a data centre.
    Telegram(Call),
}

/// A line that carries less than this in a second is too slow for anybody to wait for.
const SLOW_LINE: u32 = 64 * 1024;

impl Errand {
    /// How much longer than others it may take until it is said: a message of Telegram's may hold a part of a file.
    pub(super) fn takes_longer(&self) -> Duration {
        match self {
            Self::Reach(_) => Duration::ZERO,
            Self::Telegram(call) => {
                let bytes = u32::try_from(call.flight.borrow().len()).unwrap_or(u32::MAX);
                Duration::from_secs(1) * bytes / SLOW_LINE
            }
        }
    }
}

/// An attempt that is under way.
pub(super) struct Attempt {
    pub(super) known: Arc<Known>,
    pub(super) progress: Arc<Progress>,
    /// When another may start beside it,
    hedge_at: Instant,
    /// and how much later once it is saying what is long.
    takes_longer: Duration,
    pub(super) footing: Footing,
    /// Whether the connection to the proxy was dialled ahead: then its time says nothing of the usual one.
    pub(super) is_warm: bool,
    pub(super) future: Pin<Box<dyn Future<Output = Result<Connected, Failure>> + Send>>,
}

impl Attempt {
    /// Starts with the next poll of its future.
    pub(super) fn new(
        dialer: &Arc<Dialer>,
        known: Arc<Known>,
        errand: Arc<Errand>,
        hedge_after: Duration,
        footing: Footing,
    ) -> Self {
        let takes_longer = errand.takes_longer();
        let warm = if footing == Footing::Trusted { dialer.warm.take(&known) } else { None };
        let is_warm = warm.is_some();
        let progress = Arc::new(Progress::default());
        let future = {
            let (dialer, known, progress) = (Arc::clone(dialer), Arc::clone(&known), Arc::clone(&progress));
            Box::pin(async move { run(&dialer, &known, warm, &errand, &progress).await })
        };
        let hedge_at = progress.began() + hedge_after;
        Self { known, progress, hedge_at, takes_longer, footing, is_warm, future }
    }

    /// When another may start beside it, as things stand.
    pub(super) fn hedge_at(&self) -> Instant {
        self.hedge_at + self.longer()
    }

    /// When it should have asked for the target.
    pub(super) fn handshake_ends(&self, rules: &Rules) -> Instant {
        self.progress.began() + rules.handshake + self.longer()
    }

    fn longer(&self) -> Duration {
        if self.progress.stage() >= Stage::Greet { self.takes_longer } else { Duration::ZERO }
    }
}

async fn run(
    dialer: &Dialer,
    known: &Known,
    warm: Option<Ready>,
    errand: &Errand,
    progress: &Progress,
) -> Result<Connected, Failure> {
    match (errand, &known.proxy.protocol) {
        (Errand::Reach(target), _) => connect(dialer, known, warm, target, progress).await,
        (Errand::Telegram(call), Protocol::Mtproto(secret)) => {
            upstream::mtproto::carry(&known.proxy, secret, call.clone(), &dialer.surroundings, progress).await
        }
        (Errand::Telegram(_), _) => Err(Failure::new(Stage::Resolve, Cause::Unsupported)),
    }
}

async fn connect(
    dialer: &Dialer,
    known: &Known,
    warm: Option<Ready>,
    target: &Target,
    progress: &Progress,
) -> Result<Connected, Failure> {
    if let Some(ready) = warm {
        match upstream::request(ready, &known.proxy, target, progress).await {
            // The proxy had let go of it just then, which says nothing of the target.
            Err(Failure { cause: Cause::Closed | Cause::Reset, .. }) => {}
            ended => return ended,
        }
    }
    upstream::connect(&known.proxy, target, &dialer.surroundings, progress).await
}
