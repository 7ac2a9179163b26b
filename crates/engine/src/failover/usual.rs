//! How long a proxy usually takes.

use std::time::Duration;

/// A moving average of times to success. Newer times count more; one slow answer does not make a proxy slow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Usual {
    mean: Option<Duration>,
    count: u32,
}

/// The part of a new time in the average.
const WEIGHT: u32 = 4;

impl Usual {
    /// A time measured in an earlier run, which the first new one will outweigh.
    pub(super) fn remembered(mean: Option<Duration>) -> Self {
        Self { mean, count: 0 }
    }

    pub(super) fn add(&mut self, time: Duration) {
        self.mean = Some(match self.mean {
            Some(mean) if self.count > 0 => (mean * (WEIGHT - 1) + time) / WEIGHT,
            _ => time,
        });
        self.count = self.count.saturating_add(1);
    }

    pub(super) fn mean(&self) -> Option<Duration> {
        self.mean
    }

    /// The average, once it rests on so many times.
    pub(super) fn settled(&self, count: u32) -> Option<Duration> {
        self.mean.filter(|_| self.count >= count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_slow_answer_moves_the_average_by_a_quarter() {
        let mut usual = Usual::default();
        for _ in 0..3 {
            usual.add(Duration::from_millis(100));
        }
        usual.add(Duration::from_millis(2100));
        assert_eq!(usual.mean(), Some(Duration::from_millis(600)));
    }

    #[test]
    fn a_remembered_time_gives_way_to_the_first_measured_one() {
        let mut usual = Usual::remembered(Some(Duration::from_secs(3)));
        assert_eq!(usual.settled(1), None);
        usual.add(Duration::from_millis(50));
        assert_eq!(usual.mean(), Some(Duration::from_millis(50)));
    }
}
