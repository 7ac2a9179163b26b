//! Proxies get blocked while traffic runs. What is asserted is counted, never timed: `make lab` measures.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use paperwing_lab::delay;
use paperwing_lab::figures::Figures;
use paperwing_lab::forwarder::Choice;
use paperwing_lab::run::{Run, Setup, Ways, play};
use paperwing_lab::sample::{Kind, Sample};
use paperwing_lab::scenario::{Pace, Scenario};

mod defended;
mod each;
mod expect;

fn run(name: &str) -> (Run, Figures) {
    run_at(name, Pace::COUNT)
}

fn run_at(name: &str, pace: Pace) -> (Run, Figures) {
    let scenario = Scenario::named(name).unwrap();
    let setup = Setup { forwarder: Choice::paperwing().unwrap(), pace, first_port: None, ways: Ways::All };
    let run = play(&scenario, &setup).unwrap();
    let figures = Figures::of(&run);
    (run, figures)
}

/// Whether this computer has what the scenario needs: networks of its own, or shoes.
fn can_play(name: &str) -> bool {
    let lacks = Scenario::named(name).unwrap().lacks();
    if let Some(why) = &lacks {
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{name}: {why}");
        println!("SKIPPED: {name}: {why}");
    }
    lacks.is_none()
}

/// What everybody saw, for a test that failed.
fn story(run: &Run) -> String {
    let failed: Vec<&Sample> = run.samples.iter().filter(|sample| sample.failed()).collect();
    format!("bad at {:?}\nevents {:#?}\nfailed {failed:#?}", run.bad_at, run.events)
}

fn carried_by(run: &Run, proxy: u32) -> usize {
    run.samples.iter().filter(|sample| sample.via == Some(proxy)).count()
}

#[track_caller]
fn assert_bytes_are_right(run: &Run, figures: &Figures) {
    assert_eq!((figures.wrong, figures.asked_twice), (0, 0), "{}", story(run));
}

#[test]
fn what_must_not_be_sent_twice_is_not_sent_twice() {
    for name in ["close-reset", "black-data"] {
        // Who was in danger hangs; waiting for that to end teaches nothing.
        let (run, figures) = run_at(name, Pace { drain: Duration::from_secs(3), ..Pace::COUNT });
        assert_bytes_are_right(&run, &figures);
        let is_lost = |sample: &Sample| sample.kind == Kind::Own && sample.start > run.bad_at && sample.failed();
        assert!(run.samples.iter().any(is_lost), "nobody was in danger\n{}", story(&run));
    }
}

/// So many at once that some are on their way before the first of them has found the proxy out.
#[test]
fn the_page_that_a_trojan_proxy_shows_to_strangers_is_never_taken_for_a_tls_servers() {
    let (run, figures) = run_at("trojan-auth", Pace { rate: 100, ..Pace::COUNT });
    assert_bytes_are_right(&run, &figures);
    assert!(run.proxies[0].harmed.len() > 1 && figures.switches > Some(0), "{}", story(&run));
    let misled = run.samples.iter().filter(|sample| sample.kind == Kind::Tls && sample.failed()).count();
    assert_eq!(misled, 0, "{}", story(&run));
}

/// Held against curl in the same minute, so that a busy computer is slow for both: without connections dialled ahead both
/// would wait equally long.
#[test]
fn a_proxy_that_is_far_away_costs_two_round_trips_where_it_costs_curl_five() {
    if !can_play("blackhole-kernel") {
        return;
    }
    let delay = delay::measure(&Choice::paperwing().unwrap()).unwrap();
    let (ours, curls) = (delay::Waits::median(&delay.ours), delay::Waits::median(&delay.curls));
    assert!(ours.connected * 2.0 < curls.connected && ours.first * 1.7 < curls.first, "{}\n{delay:#?}", delay.words());
}
