//! Two minutes of traffic, one sample a second.

use std::collections::VecDeque;
use std::time::Duration;

use paperwing_engine::relay::Meter;
use tokio::time::Instant;

use super::Sample;

/// How long a sample is.
pub(super) const EVERY: Duration = Duration::from_secs(1);
/// So many are kept.
const MOST: usize = 120;
/// So long after the last byte traffic counts as moving.
const CALM_AFTER: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub(super) struct Traffic {
    samples: VecDeque<Sample>,
    total: Sample,
    sampled: Instant,
    moved: Option<Instant>,
}

// === impl Traffic ===

impl Traffic {
    pub(super) fn new() -> Self {
        Self { samples: VecDeque::new(), total: Sample::default(), sampled: Instant::now(), moved: None }
    }

    /// A session begins: its meter counts from nothing.
    pub(super) fn begin(&mut self) {
        self.total = Sample::default();
        self.sampled = Instant::now();
    }

    /// Adds the sample of the last second. Where nobody took samples for longer, that time is filled with what moved in it
    /// on average.
    pub(super) fn sample(&mut self, meter: &Meter) {
        let total = Sample { received: meter.down(), sent: meter.up() };
        let now = Instant::now();
        let seconds = (now - self.sampled + EVERY / 2).as_secs() / EVERY.as_secs();
        if seconds == 0 {
            return;
        }
        let mean = Sample {
            received: (total.received - self.total.received) / seconds,
            sent: (total.sent - self.total.sent) / seconds,
        };
        for _ in 0..seconds.min(MOST as u64) {
            if self.samples.len() == MOST {
                self.samples.pop_front();
            }
            self.samples.push_back(mean);
        }
        if total != self.total {
            self.moved = Some(now);
        }
        self.total = total;
        self.sampled = now;
    }

    /// Whether something moved a moment ago.
    pub(super) fn is_moving(&self) -> bool {
        self.moved.is_some_and(|moved| moved.elapsed() < CALM_AFTER)
    }

    pub(super) fn samples(&self) -> Vec<Sample> {
        self.samples.iter().copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn samples_are_differences_and_gaps_are_filled_with_the_mean() {
        let meter = Meter::default();
        let mut traffic = Traffic::new();
        meter.add_down(500);
        tokio::time::advance(EVERY).await;
        traffic.sample(&meter);
        assert!(traffic.is_moving());
        meter.add_up(90);
        tokio::time::advance(EVERY * 3).await;
        traffic.sample(&meter);
        let quiet = Sample { received: 0, sent: 30 };
        assert_eq!(traffic.samples(), [Sample { received: 500, sent: 0 }, quiet, quiet, quiet]);
    }

    #[tokio::test(start_paused = true)]
    async fn two_minutes_are_kept_and_traffic_calms_down() {
        let meter = Meter::default();
        let mut traffic = Traffic::new();
        meter.add_down(1);
        for _ in 0..MOST + 10 {
            tokio::time::advance(EVERY).await;
            traffic.sample(&meter);
        }
        assert_eq!(traffic.samples().len(), MOST);
        assert!(!traffic.is_moving());
    }
}
