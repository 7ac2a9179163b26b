//! What a run comes to, and whether that is what was to be reached.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use serde_json::Value;

use crate::run::{Run, name};
use crate::sample::{End, Kind, Sample, Trouble, Way};

mod judge;

pub use judge::{Check, Figure, judge};

/// What a run comes to.
#[derive(Clone, Debug, Default)]
pub struct Figures {
    /// Connections that clients began.
    pub sent: usize,
    /// Those that failed.
    pub failed: usize,
    /// Those that failed although what the client had sent could have been sent again elsewhere.
    pub failed_safe: usize,
    /// Those whose bytes were still coming when the run was over.
    pub unfinished: usize,
    /// Those that got wrong bytes.
    pub wrong: usize,
    /// Requests that must not be sent twice and were.
    pub asked_twice: usize,
    /// Those that waited 500 ms longer than a healthy connection does.
    pub slow: usize,
    /// The longest wait for the first byte of an answer, or for the failure.
    pub longest: Duration,
    /// The same beyond a healthy connection's.
    pub over_healthy: Duration,
    /// The median wait in the good phase.
    pub healthy: Duration,
    /// The median wait in the three seconds after the verdict.
    pub after: Option<Duration>,
    /// From the first sign to the verdict, where the forwarder tells of one.
    pub verdict: Option<Duration>,
    /// From the first sign to the last connection that the bad proxy took.
    pub elsewhere: Option<Duration>,
    /// From the first sign, or from when all was well again, to the last connection that suffered.
    pub back: Duration,
    /// Changes of the pick, where the forwarder tells of them.
    pub switches: Option<usize>,
    /// Connections to standbys in the good phase.
    pub standbys: usize,
    /// Connections to standbys in all.
    pub standbys_in_all: usize,
    /// Whether the forwarder says what it does.
    pub tells: bool,
    /// Which connections failed although they were repeatable, and which waited longest.
    pub who: Who,
}

/// Whom to look at when a goal was missed.
#[derive(Clone, Debug, Default)]
pub struct Who {
    /// Repeatable failures by kind, how it was asked for, and end.
    pub failed_safe: BTreeMap<(Kind, Way, String), usize>,
    /// The kind of the longest wait.
    pub longest: Option<(Kind, Way)>,
}

/// How long connections usually take, by what they do.
struct Healthy {
    by_kind: HashMap<(Kind, Way), Duration>,
    all: Duration,
}

const SLOW: Duration = Duration::from_millis(500);
const AFTER: Duration = Duration::from_secs(3);

// === impl Figures ===

impl Figures {
    /// Of one run.
    pub fn of(run: &Run) -> Self {
        let healthy = Healthy::of(run);
        let counted = || run.samples.iter().filter(|sample| !sample.kind.is_meant_to_fail());
        let judged = || counted().filter(|sample| !sample.kind.is_meant_to_wait());
        let over = |sample: &Sample| sample.wait().saturating_sub(healthy.of_sample(sample));
        let sign = first_sign(run);
        let verdict = verdict(run).map(|at| at.saturating_sub(sign));
        let suffers = |sample: &&Sample| sample.failed() || over(sample) > SLOW;
        let from = run.healed_at.unwrap_or(sign);
        let last_suffering = judged().filter(suffers).map(|sample| sample.start).filter(|start| *start >= from).max();
        let standbys = || run.proxies.iter().skip(1).flat_map(|diary| &diary.accepted);
        Self {
            sent: run.samples.len(),
            failed: counted().filter(|sample| sample.failed()).count(),
            failed_safe: counted().filter(|sample| sample.failed_safely_repeatable()).count(),
            unfinished: counted().filter(|sample| sample.end == End::Moving).count(),
            wrong: counted().filter(|sample| sample.end == End::Failed(Trouble::Wrong)).count(),
            asked_twice: run.asked_twice,
            slow: judged().filter(|sample| over(sample) > SLOW).count(),
            longest: judged().map(Sample::wait).max().unwrap_or_default(),
            over_healthy: judged().map(over).max().unwrap_or_default(),
            healthy: healthy.all,
            after: verdict.and_then(|after| median_from(run, sign + after)),
            verdict,
            elsewhere: elsewhere(run, sign),
            back: last_suffering.map_or(Duration::ZERO, |start| start.saturating_sub(from)),
            switches: run
                .events
                .as_ref()
                .map(|events| events.iter().filter(|(_, it)| it["event"] == "switched").count()),
            standbys: standbys().filter(|at| **at < run.bad_at).count(),
            standbys_in_all: standbys().count(),
            tells: run.events.is_some(),
            who: Who::of(counted(), judged()),
        }
    }

    /// The worst of several runs, figure by figure. Medians are the median run's.
    pub fn worst(runs: &[Self]) -> Self {
        let most = |of: fn(&Self) -> usize| runs.iter().map(of).max().unwrap_or(0);
        let longest = |of: fn(&Self) -> Duration| runs.iter().map(of).max().unwrap_or_default();
        let longest_known = |of: fn(&Self) -> Option<Duration>| runs.iter().filter_map(of).max();
        // A verdict that one run never came to is no verdict.
        let verdict =
            if runs.iter().all(|run| run.verdict.is_some()) { longest_known(|run| run.verdict) } else { None };
        Self {
            sent: runs.iter().map(|run| run.sent).sum(),
            failed: most(|run| run.failed),
            failed_safe: most(|run| run.failed_safe),
            unfinished: most(|run| run.unfinished),
            wrong: most(|run| run.wrong),
            asked_twice: most(|run| run.asked_twice),
            slow: most(|run| run.slow),
            longest: longest(|run| run.longest),
            over_healthy: longest(|run| run.over_healthy),
            healthy: median(runs.iter().map(|run| run.healthy)).unwrap_or_default(),
            after: longest_known(|run| run.after),
            verdict,
            elsewhere: longest_known(|run| run.elsewhere),
            back: longest(|run| run.back),
            switches: runs.iter().filter_map(|run| run.switches).max(),
            standbys: most(|run| run.standbys),
            standbys_in_all: most(|run| run.standbys_in_all),
            tells: runs.iter().all(|run| run.tells),
            who: runs
                .iter()
                .max_by_key(|run| (run.failed_safe, run.longest))
                .map(|run| run.who.clone())
                .unwrap_or_default(),
        }
    }
}

// === impl Who ===

impl Who {
    fn of<'a>(counted: impl Iterator<Item = &'a Sample>, judged: impl Iterator<Item = &'a Sample>) -> Self {
        let mut failed_safe = BTreeMap::new();
        for sample in counted.filter(|sample| sample.failed_safely_repeatable()) {
            *failed_safe.entry((sample.kind, sample.way, sample.end.to_string())).or_default() += 1;
        }
        let longest = judged.max_by_key(|sample| sample.wait()).map(|sample| (sample.kind, sample.way));
        Self { failed_safe, longest }
    }

    /// In words, for a goal that was missed.
    pub fn words(&self, figure: Figure) -> String {
        match (figure, self.longest) {
            (Figure::Failures, _) => {
                let each = |((kind, way, end), count): (&(Kind, Way, String), &usize)| {
                    format!("{count} {kind} by {way} {end}")
                };
                format!(" ({})", self.failed_safe.iter().map(each).collect::<Vec<_>>().join(", "))
            }
            (Figure::Longest | Figure::OverHealthy, Some((kind, way))) => format!(" ({kind} by {way})"),
            _ => String::new(),
        }
    }
}

// === impl Healthy ===

impl Healthy {
    fn of(run: &Run) -> Self {
        let mut waits: HashMap<(Kind, Way), Vec<Duration>> = HashMap::new();
        let good =
            run.samples.iter().filter(|sample| sample.end == End::Done && sample.start + sample.wait() < run.bad_at);
        for sample in good {
            waits.entry((sample.kind, sample.way)).or_default().push(sample.wait());
        }
        let all = median(waits.values().flatten().copied()).unwrap_or_default();
        let by_kind = waits.into_iter().filter_map(|(key, waits)| Some((key, median(waits)?))).collect();
        Self { by_kind, all }
    }

    fn of_sample(&self, sample: &Sample) -> Duration {
        self.by_kind.get(&(sample.kind, sample.way)).copied().unwrap_or(self.all)
    }
}

fn median(times: impl IntoIterator<Item = Duration>) -> Option<Duration> {
    let mut times: Vec<Duration> = times.into_iter().collect();
    times.sort_unstable();
    times.get(times.len() / 2).copied()
}

fn median_from(run: &Run, from: Duration) -> Option<Duration> {
    let then = run.samples.iter().filter(|sample| (from..from + AFTER).contains(&sample.start));
    median(then.filter(|sample| !sample.kind.is_meant_to_fail() && !sample.kind.is_meant_to_wait()).map(Sample::wait))
}

/// When somebody was harmed first; where the proxy cannot know, when the first client came after it had turned bad.
fn first_sign(run: &Run) -> Duration {
    let harmed = run.proxies.first().and_then(|diary| diary.harmed.iter().find(|at| **at >= run.bad_at));
    let first = || run.samples.iter().map(|sample| sample.start).find(|start| *start >= run.bad_at);
    harmed.copied().or_else(first).unwrap_or(run.bad_at)
}

/// When the forwarder said that the pick is bad, or that it has another.
pub fn verdict(run: &Run) -> Option<Duration> {
    let pick = name(1);
    let is_verdict = |event: &Value| match event["event"].as_str() {
        Some("blocked" | "rejected") => event["proxy"] == pick.as_str(),
        Some("switched") => event["from"] == pick.as_str(),
        _ => false,
    };
    run.events.as_ref()?.iter().find(|(at, event)| *at >= run.bad_at && is_verdict(event)).map(|(at, _)| *at)
}

/// The last connection that the bad proxy took. Only where a verdict is to come, and where the proxy itself does harm:
/// what the kernel keeps from it, it cannot count.
fn elsewhere(run: &Run, sign: Duration) -> Option<Duration> {
    run.scenario.goals.verdict?;
    let pick = run.proxies.first()?;
    pick.harmed.last().filter(|at| **at >= run.bad_at)?;
    pick.accepted.iter().rfind(|at| **at >= sign).map(|at| at.saturating_sub(sign))
}

#[cfg(test)]
mod tests;
