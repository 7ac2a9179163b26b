//! Plays many scenarios side by side. Each has a world of its own, so all that they share is the computer.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;

use crate::figures::Figures;
use crate::run::{Run, Setup, play};
use crate::scenario::Scenario;

/// A scenario that is to be played.
#[derive(Clone, Copy, Debug)]
pub struct Turn {
    /// Its place in the list.
    pub scenario: usize,
    /// Which of its runs, from 1.
    pub number: u32,
}

/// Those that begin together begin so far apart: nothing that takes long happens to all at the same moment.
const APART: Duration = Duration::from_millis(700);

/// So many at a time leave a processor half idle: what is measured is not how busy the computer is.
pub fn usual_jobs() -> usize {
    thread::available_parallelism().map_or(1, usize::from) * PER_PROCESSOR
}

const PER_PROCESSOR: usize = 6;

/// Plays each scenario so many times, at most `jobs` at once, and tells of each run when it is over. The first error ends
/// it. What comes back are the figures of each scenario's runs, in order.
pub fn play_all(
    scenarios: &[Scenario],
    runs: u32,
    jobs: usize,
    setup: &Setup,
    tell: impl Fn(Turn, &Run, &Figures) -> anyhow::Result<()> + Sync,
) -> anyhow::Result<Vec<Vec<Figures>>> {
    let turns = (1..=runs).flat_map(|number| (0..scenarios.len()).map(move |scenario| Turn { scenario, number }));
    let queue = Mutex::new(turns.collect::<VecDeque<_>>());
    let results = Mutex::new(vec![Vec::new(); scenarios.len()]);
    let take = || queue.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
    let work = || -> anyhow::Result<()> {
        while let Some(turn) = take() {
            let scenario = &scenarios[turn.scenario];
            let played = play(scenario, setup).with_context(|| format!("scenario {}", scenario.name));
            let told = played.and_then(|run| {
                let figures = Figures::of(&run);
                tell(turn, &run, &figures)?;
                results.lock().unwrap_or_else(PoisonError::into_inner)[turn.scenario].push(figures);
                Ok(())
            });
            if told.is_err() {
                queue.lock().unwrap_or_else(PoisonError::into_inner).clear();
            }
            told?;
        }
        Ok(())
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..jobs.max(1))
            .map(|index| {
                let worker = scope.spawn(work);
                if index + 1 < jobs {
                    thread::sleep(APART);
                }
                worker
            })
            .collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow::anyhow!("a run panicked"))?)
    })?;
    Ok(results.into_inner().unwrap_or_else(PoisonError::into_inner))
}
