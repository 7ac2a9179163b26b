//! What a scenario may come to. Every expectation is counted.

use std::time::Duration;

use paperwing_lab::figures::Figures;
use paperwing_lab::run::Run;
use paperwing_lab::sample::{End, Kind, Sample};
use serde_json::Value;

use super::{assert_bytes_are_right, carried_by, story};

/// The pick turned bad: one switch, to the first standby, and no client failed. Standbys had been left in peace.
pub(super) fn nobody_notices(verdict: &'static str, reason: &'static str) -> impl Fn(&Run, &Figures) {
    move |run, figures| {
        assert_eq!(figures.failed, 0, "{}", story(run));
        assert_eq!((figures.switches, figures.standbys), (Some(1), 0), "{}", story(run));
        assert!(carried_by(run, 1) > 0 && carried_by(run, 2) > 0, "{}", story(run));
        assert_is_told(run, verdict, reason);
    }
}

/// The forwarder said this of the pick, and why.
#[track_caller]
fn assert_is_told(run: &Run, verdict: &str, reason: &str) {
    let events = run.events.as_deref().unwrap_or_default();
    let is_it = |event: &Value| event["event"] == verdict && event["proxy"] == "p1" && event["reason"] == reason;
    assert!(events.iter().any(|(_, event)| is_it(event)), "no “{verdict}” for “{reason}”\n{}", story(run));
}

/// The pick is left once, and nobody fails who can be sent again.
pub(super) fn is_left(run: &Run, figures: &Figures) {
    assert_eq!((figures.failed_safe, figures.switches, figures.standbys), (0, Some(1), 0), "{}", story(run));
    assert!(carried_by(run, 2) > 0, "{}", story(run));
}

/// The same, and nobody hangs on it.
pub(super) fn is_left_by_all(run: &Run, figures: &Figures) {
    is_left(run, figures);
    assert_nobody_hangs(run);
}

#[track_caller]
fn assert_nobody_hangs(run: &Run) {
    assert!(run.samples.iter().all(|sample| sample.end != End::Hanging), "somebody hangs\n{}", story(run));
}

/// It is found out, and what hangs on it is closed.
pub(super) fn freezes(run: &Run, figures: &Figures) {
    assert_eq!((figures.failed_safe, figures.switches), (0, Some(1)), "{}", story(run));
    assert!(figures.verdict.is_some(), "{}", story(run));
    assert_nobody_hangs(run);
}

/// The pick speaks another protocol. Nobody who can be sent again notices, and nobody hangs.
pub(super) fn is_seen_through(run: &Run, figures: &Figures) {
    assert_eq!(figures.failed_safe, 0, "{}", story(run));
    assert!(figures.switches > Some(0), "{}", story(run));
    assert!(carried_by(run, 1) > 0 && carried_by(run, 2) > 0, "{}", story(run));
    assert_nobody_hangs(run);
}

/// What a person has to look at first is not tried again by itself. One session carries all connections, so one attempt at another
/// is all that the server may see.
pub(super) fn is_asked_once_more(reason: &'static str) -> impl Fn(&Run, &Figures) {
    move |run, figures| {
        is_left_by_all(run, figures);
        assert_is_told(run, "rejected", reason);
        let later = run.proxies[0].accepted.iter().filter(|at| **at > run.bad_at).count();
        assert_eq!(later, 1, "{}", story(run));
    }
}

/// Nobody who can be sent again fails, and the pick changes so often.
pub(super) fn costs_switches(switches: std::ops::RangeInclusive<usize>) -> impl Fn(&Run, &Figures) {
    move |run, figures| {
        assert_eq!((figures.failed_safe, figures.standbys), (0, 0), "{}", story(run));
        assert!(figures.switches.is_some_and(|count| switches.contains(&count)), "{}", story(run));
    }
}

/// Nothing of the pick's own was wrong: it stays, and no client failed.
pub(super) fn stays(run: &Run, figures: &Figures) {
    assert_eq!((figures.failed, figures.switches), (0, Some(0)), "{}", story(run));
    let told_off = |event: &str| matches!(event, "blocked" | "rejected" | "no_network");
    let events = run.events.as_deref().unwrap_or_default();
    assert!(!events.iter().any(|(_, event)| event["event"].as_str().is_some_and(told_off)), "{}", story(run));
}

/// It stays, and who asks for a dead target is told.
pub(super) fn stays_and_tells(run: &Run, figures: &Figures) {
    stays(run, figures);
    let told: Vec<&Sample> = run.samples.iter().filter(|sample| sample.kind == Kind::Dead).collect();
    assert!(!told.is_empty() && told.iter().all(|sample| sample.connected.is_none()), "{told:#?}");
    // Once two proxies could not reach it, it is asked of one only.
    let others: usize = run.proxies.iter().skip(1).map(|diary| diary.accepted.len()).sum();
    assert!(others < told.len(), "{others} connections to standbys for {} to the dead target", told.len());
}

/// What fails with everything else is no reason to switch: two seconds after the end of it all is as before.
pub(super) fn outlasts_it(run: &Run, figures: &Figures) {
    assert_eq!((figures.switches, figures.standbys), (Some(0), 0), "{}", story(run));
    let healed_at = run.healed_at.expect("a scenario that ends well");
    let is_later = |sample: &&Sample| sample.start > healed_at + Duration::from_secs(2);
    let later: Vec<&Sample> = run.samples.iter().filter(is_later).collect();
    assert!(!later.is_empty() && later.iter().all(|sample| !sample.failed()), "{}", story(run));
    assert!(later.iter().all(|sample| sample.via.is_none_or(|via| via == 1)), "{}", story(run));
}

/// The same, and a person hears what to do: that the network wants a sign-in, once, and that it no longer does.
pub(super) fn is_told_as_a_sign_in(run: &Run, figures: &Figures) {
    outlasts_it(run, figures);
    let events = run.events.as_deref().unwrap_or_default();
    let told = ["sign_in_needed", "sign_in_over", "all_blocked", "no_network"];
    let told: Vec<_> =
        events.iter().filter_map(|(_, event)| event["event"].as_str()).filter(|event| told.contains(event)).collect();
    assert_eq!(told, ["sign_in_needed", "sign_in_over"], "{}", story(run));
}

/// The address that worked is still the proxy's, so there is no reason to leave it.
pub(super) fn stays_where_it_was(run: &Run, figures: &Figures) {
    assert_eq!((figures.failed, figures.standbys, figures.switches), (0, 0, Some(0)), "{}", story(run));
}

/// For every scenario.
pub(super) fn check(run: &Run, figures: &Figures, expected: impl Fn(&Run, &Figures)) {
    assert_bytes_are_right(run, figures);
    expected(run, figures);
}
