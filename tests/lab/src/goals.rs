//! What is to be reached: the figures of `docs/failover.md`.

use std::time::Duration;

/// The goals of a scenario. Those that hold for all of them are not named here: no wrong byte, no request twice that
/// must not be sent twice, no connection to a standby while the pick is healthy.
#[derive(Clone, Copy, Debug, Default)]
pub struct Goals {
    /// No client fails whose first flight can be repeated.
    pub nobody_fails: bool,
    /// The longest wait of any client beyond a healthy connection's.
    pub over_healthy: Option<Duration>,
    /// The longest wait of any client.
    pub longest: Option<Duration>,
    /// In the three seconds after the verdict, the median wait is as in health.
    pub calm_after: bool,
    /// From the first sign to the verdict.
    pub verdict: Option<Duration>,
    /// At most so many changes of the pick.
    pub most_switches: Option<usize>,
}

const QUICK: Duration = Duration::from_millis(300);
const SILENT: Duration = Duration::from_millis(2500);
const SOON: Duration = Duration::from_secs(1);
const FROZEN: Duration = Duration::from_secs(10);

// === impl Goals ===

impl Goals {
    /// For what shows at once: refusals, resets, wrong answers.
    pub fn quick() -> Self {
        Self {
            nobody_fails: true,
            over_healthy: Some(QUICK),
            verdict: Some(SOON),
            most_switches: Some(1),
            ..Self::default()
        }
    }

    /// For silence.
    pub fn silent() -> Self {
        Self { longest: Some(SILENT), over_healthy: None, calm_after: true, ..Self::quick() }
    }

    /// For a name that leads astray: the proxy is still where it was, so that staying is as good as switching.
    pub fn astray() -> Self {
        Self { nobody_fails: true, longest: Some(SILENT), most_switches: Some(1), ..Self::default() }
    }

    /// For silence after the first bytes.
    pub fn freeze() -> Self {
        Self { nobody_fails: true, verdict: Some(FROZEN), most_switches: Some(1), ..Self::default() }
    }

    /// For a proxy that is slow, not dead: new connections may not suffer.
    pub fn late() -> Self {
        Self { nobody_fails: true, longest: Some(SILENT), most_switches: Some(1), ..Self::default() }
    }

    /// For a proxy that carries after all.
    pub fn working() -> Self {
        Self { nobody_fails: true, most_switches: Some(1), ..Self::default() }
    }

    /// For what is no reason to leave the pick.
    pub fn stay() -> Self {
        Self { nobody_fails: true, longest: Some(SILENT), most_switches: Some(0), ..Self::default() }
    }

    /// For what comes and goes. It may switch away, and back once.
    pub fn flapping() -> Self {
        Self { nobody_fails: true, longest: Some(SILENT), most_switches: Some(2), ..Self::default() }
    }

    /// For when nothing can work, and nobody is to blame.
    pub fn dark() -> Self {
        Self { most_switches: Some(0), ..Self::default() }
    }
}
