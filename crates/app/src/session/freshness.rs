//! Subscriptions, fetched again by a running session when their time comes.
//!
//! Each on the interval that its provider asks for, at least an hour, a day where it says nothing; never in step with
//! others. Through the own port; straight out only where the person wrote that down. One timer waits for the next, and none
//! where there is no subscription.

use std::time::Duration;

use paperwing_profile::{Subscription, SubscriptionId};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep_until};

use crate::random;
use crate::subscription::Refreshed;

/// The shortest interval, whatever a provider asks for.
const LEAST: Duration = Duration::from_hours(1);
/// The interval where the provider says nothing.
const USUAL: Duration = Duration::from_hours(24);
/// An interval becomes longer by up to this part, so that nobody sees a clockwork.
const JITTER_PERCENT: u32 = 10;
/// How long a session may settle before it fetches what is overdue: the least, and what may be added.
const SETTLE: Duration = Duration::from_secs(10);
const SETTLE_JITTER_MS: u32 = 20_000;
/// After a failure it is tried again after this time, then twice this time and so on, up to the interval.
const RETRY: Duration = Duration::from_mins(15);

/// When which subscription is due.
#[derive(Debug, Default)]
pub(super) struct Freshness {
    due: Vec<Due>,
    running: Option<Running>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Due {
    id: SubscriptionId,
    /// When it was fetched last, seconds since 1970.
    fetched: Option<u64>,
    interval: Duration,
    at: Instant,
    failures: u32,
}

#[derive(Debug)]
struct Running {
    id: SubscriptionId,
    task: JoinHandle<Refreshed>,
}

/// What there is to do.
#[derive(Debug)]
pub(super) enum Turn {
    /// A subscription's time has come: it is to be fetched, and [`Freshness::runs`] told of it.
    Due(SubscriptionId),
    /// One was fetched.
    Done {
        refreshed: Refreshed,
        /// So many times in a row it has failed now.
        failures: u32,
    },
}

// === impl Freshness ===

impl Freshness {
    /// The subscriptions as they are now. Those that were not fetched meanwhile keep their time.
    pub(super) fn plan(&mut self, subscriptions: &[Subscription], wall: u64) {
        let before = std::mem::take(&mut self.due);
        let now = Instant::now();
        self.due = subscriptions
            .iter()
            .map(|one| {
                let interval = interval(one.news.interval_hours);
                let known = before.iter().find(|due| due.id == one.id && due.fetched == one.news.fetched);
                known.filter(|due| due.interval == interval).copied().unwrap_or_else(|| {
                    let at = now + wait(one.news.fetched, jittered(interval), wall);
                    Due { id: one.id, fetched: one.news.fetched, interval, at, failures: 0 }
                })
            })
            .collect();
    }

    /// Waits until there is something to do; for ever where there is no subscription. May be dropped at any moment.
    pub(super) async fn next(&mut self) -> Turn {
        if let Some(running) = &mut self.running {
            let done = (&mut running.task).await;
            let id = running.id;
            self.running = None;
            if let Ok(refreshed) = done {
                let failures = self.done(id, refreshed.result.is_err());
                return Turn::Done { refreshed, failures };
            }
        }
        let Some(next) = self.due.iter().min_by_key(|due| due.at) else { return std::future::pending().await };
        sleep_until(next.at).await;
        Turn::Due(next.id)
    }

    /// A subscription is being fetched.
    pub(super) fn runs(&mut self, id: SubscriptionId, task: JoinHandle<Refreshed>) {
        self.running = Some(Running { id, task });
    }

    /// When it is due again; how often it has failed in a row.
    fn done(&mut self, id: SubscriptionId, has_failed: bool) -> u32 {
        let Some(due) = self.due.iter_mut().find(|due| due.id == id) else { return 0 };
        due.failures = if has_failed { due.failures + 1 } else { 0 };
        let wait = match due.failures {
            0 => due.interval,
            failures => (RETRY * 2_u32.saturating_pow(failures - 1)).min(due.interval),
        };
        due.at = Instant::now() + jittered(wait);
        due.failures
    }
}

fn interval(hours: Option<u32>) -> Duration {
    hours.map_or(USUAL, |hours| Duration::from_hours(hours.into())).max(LEAST)
}

fn jittered(wait: Duration) -> Duration {
    wait + wait * random::up_to(JITTER_PERCENT * 10) / 1000
}

/// How long to wait for one that was fetched at a moment and is due so long after it.
fn wait(fetched: Option<u64>, interval: Duration, wall: u64) -> Duration {
    let settle = SETTLE + Duration::from_millis(random::up_to(SETTLE_JITTER_MS).into());
    let Some(fetched) = fetched else { return settle };
    // A clock that was set back must not put it off for years.
    let age = Duration::from_secs(wall.saturating_sub(fetched));
    interval.saturating_sub(age).max(settle)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use paperwing_profile::{KeyKind, KeyOptions, NewSubscription, OpenMode, Profile, Trust};
    use tokio::time::timeout;

    use super::*;
    use crate::Error;

    const DAY: u64 = 24 * 3600;
    const WALL: u64 = 1_800_000_000;

    /// Subscriptions fetched so many seconds ago, on an interval of so many hours.
    fn subscriptions(all: &[(Option<u64>, Option<u32>)]) -> Vec<Subscription> {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyOptions::new().kind(Some(KeyKind::File));
        let (mut profile, _) = Profile::open(dir.path(), OpenMode::Command, keys).unwrap();
        for number in 0..all.len() {
            let url = paperwing_link::Secret::new(format!("https://h{number}.example/"));
            profile.add_subscription(&NewSubscription { name: None, url, trust: Trust::Typed }).unwrap();
        }
        let mut kept = profile.subscriptions().to_vec();
        for (one, (age, hours)) in kept.iter_mut().zip(all) {
            one.news.fetched = age.map(|age| WALL - age);
            one.news.interval_hours = *hours;
        }
        kept
    }

    async fn due_within(freshness: &mut Freshness, from: Duration, to: Duration) -> SubscriptionId {
        let begun = Instant::now();
        let Ok(Turn::Due(id)) = timeout(to, freshness.next()).await else { panic!("not due within {to:?}") };
        assert!(begun.elapsed() >= from, "due after {:?}", begun.elapsed());
        id
    }

    fn refreshed(result: Result<(), ()>) -> JoinHandle<Refreshed> {
        let result = result.map(|()| None).map_err(|()| Error::NotUp);
        tokio::spawn(async { Refreshed { name: "x".to_owned(), result, skipped_count: 0 } })
    }

    #[tokio::test(start_paused = true)]
    async fn each_is_due_on_its_own_interval_and_never_sooner_than_in_an_hour() {
        let hour = Duration::from_hours(1);
        for (age, hours, from, to) in [
            (Some(0), Some(12), hour * 12, hour * 14),
            (Some(0), None, hour * 24, hour * 27),
            (Some(0), Some(0), hour, hour * 2),
            (Some(DAY / 2), None, hour * 12, hour * 15),
            (Some(DAY * 9), None, SETTLE, SETTLE * 4),
            (None, Some(12), SETTLE, SETTLE * 4),
        ] {
            let mut freshness = Freshness::default();
            freshness.plan(&subscriptions(&[(age, hours)]), WALL);
            due_within(&mut freshness, from, to).await;
        }
    }

    /// None is due before `from`, none after `to`, and they are not due in step.
    fn assert_scattered(freshness: &Freshness, from: Duration, to: Duration) {
        let now = Instant::now();
        let waits: Vec<_> = freshness.due.iter().map(|due| due.at - now).collect();
        let (Some(first), Some(last)) = (waits.iter().min(), waits.iter().max()) else { panic!("none is due") };
        assert!(*first >= from && *last <= to, "{waits:?}");
        // Twenty fall into a tenth of the range by chance less than once in 10^16 runs.
        let (apart, range) = (last.saturating_sub(*first), to.saturating_sub(from));
        assert!(apart > range / 10, "in step: {waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_were_fetched_in_one_moment_are_not_due_in_step_again() {
        let (half_a_day, all) = (Duration::from_hours(12), subscriptions(&[(Some(0), Some(12)); 20]));
        let mut freshness = Freshness::default();
        freshness.plan(&all, WALL);
        assert_scattered(&freshness, half_a_day, half_a_day * 11 / 10);
        for (has_failed, wait) in [(false, half_a_day), (true, RETRY)] {
            for one in &all {
                freshness.done(one.id, has_failed);
            }
            assert_scattered(&freshness, wait, wait * 11 / 10);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn those_that_are_overdue_at_the_start_are_not_fetched_in_one_moment() {
        let mut freshness = Freshness::default();
        freshness.plan(&subscriptions(&[(Some(DAY * 9), None); 20]), WALL);
        assert_scattered(&freshness, SETTLE, SETTLE * 3);
    }

    #[tokio::test(start_paused = true)]
    async fn without_subscriptions_nothing_ever_wakes() {
        let mut freshness = Freshness::default();
        freshness.plan(&[], WALL);
        assert!(timeout(Duration::from_hours(24 * 365), freshness.next()).await.is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_fails_is_tried_again_less_and_less_often() {
        let mut freshness = Freshness::default();
        freshness.plan(&subscriptions(&[(None, Some(1))]), WALL);
        let id = due_within(&mut freshness, SETTLE, SETTLE * 4).await;
        for (failures, minutes) in [(1, 15), (2, 30), (3, 60), (4, 60)] {
            freshness.runs(id, refreshed(Err(())));
            let Turn::Done { failures: told, .. } = freshness.next().await else { panic!() };
            assert_eq!(told, failures);
            let wait = Duration::from_mins(minutes);
            due_within(&mut freshness, wait, wait * 6 / 5).await;
        }
        freshness.runs(id, refreshed(Ok(())));
        assert!(matches!(freshness.next().await, Turn::Done { failures: 0, .. }));
        due_within(&mut freshness, Duration::from_hours(1), Duration::from_mins(67)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_change_of_the_list_moves_no_time_but_that_of_what_was_fetched() {
        let mut freshness = Freshness::default();
        let mut all = subscriptions(&[(Some(0), None), (Some(60), None)]);
        freshness.plan(&all, WALL);
        let before = freshness.due.clone();
        freshness.plan(&all, WALL);
        assert_eq!(freshness.due, before);
        all[1].news.fetched = Some(WALL + DAY);
        freshness.plan(&all, WALL + DAY);
        assert_eq!(freshness.due[0], before[0]);
        assert_ne!(freshness.due[1], before[1]);
        freshness.plan(&all[..1], WALL);
        assert_eq!(freshness.due.len(), 1);
    }
}
