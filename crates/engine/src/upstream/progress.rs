//! Where an attempt stands, readable from outside while it runs.

use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use tokio::time::Instant;

use crate::outcome::Stage;

/// The stages an attempt has entered and when. Written by the attempt, read by whoever waits for it.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    stage: AtomicU8,
    /// Microseconds from `began` to the entry into each stage, plus one; 0 for a stage never entered.
    entered: [AtomicU32; Stage::ALL.len()],
}

impl Default for Progress {
    fn default() -> Self {
        Self { began: Instant::now(), stage: AtomicU8::new(0), entered: Default::default() }
    }
}

impl Progress {
    /// The attempt begins the next stage.
    pub fn enter(&self, stage: Stage) {
        let micros = u32::try_from(self.began.elapsed().as_micros()).unwrap_or(u32::MAX - 1);
        self.entered[stage as usize].store(micros + 1, Ordering::Relaxed);
        self.stage.store(stage as u8, Ordering::Relaxed);
    }

    /// The stage the attempt is in.
    pub fn stage(&self) -> Stage {
        Stage::ALL[usize::from(self.stage.load(Ordering::Relaxed))]
    }

    /// When the attempt began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// How long each stage took that was left before `end`, in order; the last entry is the stage it is in now.
    pub fn stages(&self, end: Instant) -> Vec<(Stage, Duration)> {
        let entered: Vec<(Stage, Duration)> = Stage::ALL
            .into_iter()
            .filter_map(|stage| {
                let mark = self.entered[stage as usize].load(Ordering::Relaxed);
                mark.checked_sub(1).map(|micros| (stage, Duration::from_micros(micros.into())))
            })
            .collect();
        let ends = entered.iter().skip(1).map(|(_, at)| *at).chain([end - self.began]);
        entered.iter().zip(ends).map(|((stage, from), to)| (*stage, to.saturating_sub(*from))).collect()
    }
}
