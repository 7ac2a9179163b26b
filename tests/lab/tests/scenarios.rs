//! Proxies get blocked while traffic runs. What is asserted is counted, never timed: `make lab` measures.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::time::Duration;

use paperwing_lab::delay;
use paperwing_lab::figures::Figures;
use paperwing_lab::forwarder::Choice;
use paperwing_lab::pool::play_all;
use paperwing_lab::run::{Run, Setup, Ways, play};
use paperwing_lab::sample::{End, Kind, Sample};
use paperwing_lab::scenario::{Pace, Scenario, all};
use serde_json::Value;

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

/// The pick turned bad: one switch, to the first standby, and no client failed. Standbys had been left in peace.
#[track_caller]
fn assert_nobody_notices(name: &str, verdict: &str, reason: &str) {
    let (run, figures) = run(name);
    assert_bytes_are_right(&run, &figures);
    assert_eq!(figures.failed, 0, "{}", story(&run));
    assert_eq!(figures.switches, Some(1), "{}", story(&run));
    assert_eq!(figures.standbys, 0, "{}", story(&run));
    assert!(carried_by(&run, 1) > 0 && carried_by(&run, 2) > 0, "{}", story(&run));
    assert_is_told(&run, verdict, reason);
}

/// The forwarder said this of the pick, and why.
#[track_caller]
fn assert_is_told(run: &Run, verdict: &str, reason: &str) {
    let events = run.events.as_deref().unwrap_or_default();
    let is_it = |event: &Value| event["event"] == verdict && event["proxy"] == "p1" && event["reason"] == reason;
    assert!(events.iter().any(|(_, event)| is_it(event)), "no “{verdict}” for “{reason}”\n{}", story(run));
}

/// Nothing of the pick's own was wrong: it stays, and no client failed.
#[track_caller]
fn assert_the_pick_stays(name: &str) -> Run {
    let (run, figures) = run(name);
    assert_bytes_are_right(&run, &figures);
    assert_eq!(figures.failed, 0, "{}", story(&run));
    assert_eq!(figures.switches, Some(0), "{}", story(&run));
    let told_off = |event: &str| matches!(event, "blocked" | "rejected" | "no_network");
    let events = run.events.as_deref().unwrap_or_default();
    assert!(!events.iter().any(|(_, event)| event["event"].as_str().is_some_and(told_off)), "{}", story(&run));
    run
}

#[test]
fn nobody_notices_a_proxy_that_refuses() {
    assert_nobody_notices("refuse", "blocked", "refused");
}

#[test]
fn nobody_notices_a_proxy_that_resets_after_connect() {
    assert_nobody_notices("reset", "blocked", "reset");
}

#[test]
fn nobody_notices_a_proxy_that_resets_after_the_first_bytes() {
    assert_nobody_notices("reset-late", "blocked", "reset");
}

#[test]
fn nobody_notices_a_proxy_that_falls_mute() {
    assert_nobody_notices("mute", "blocked", "silent");
}

#[test]
fn nobody_notices_a_web_page_in_the_place_of_a_proxy() {
    for name in ["garbage-html", "garbage-html-http"] {
        assert_nobody_notices(name, "blocked", "garbage");
    }
}

#[test]
fn nobody_notices_a_tls_alert_in_the_place_of_a_proxy() {
    assert_nobody_notices("garbage-tls", "blocked", "garbage");
}

#[test]
fn nobody_notices_credentials_that_are_taken_back() {
    assert_nobody_notices("auth", "rejected", "credentials_rejected");
}

#[test]
fn nobody_notices_credentials_that_are_suddenly_needed() {
    assert_nobody_notices("auth-http", "rejected", "credentials_needed");
}

#[test]
fn nobody_notices_a_proxy_that_falls_mute_at_the_request() {
    assert_nobody_notices("request-mute", "blocked", "silent");
}

#[test]
fn nobody_notices_a_proxy_that_fails_for_everything() {
    assert_nobody_notices("general", "blocked", "target");
}

#[test]
fn nobody_notices_a_proxy_whose_exit_reaches_nothing() {
    for name in ["exit-dead-3", "exit-dead-4", "exit-dead-5", "exit-dead-6", "exit-dead-http"] {
        assert_nobody_notices(name, "blocked", "target");
    }
}

#[test]
fn one_slow_answer_is_no_reason_to_switch() {
    assert_the_pick_stays("slow-once");
}

#[test]
fn a_dead_target_is_no_reason_to_switch_and_its_clients_are_told() {
    let run = assert_the_pick_stays("dead-target");
    let told: Vec<&Sample> = run.samples.iter().filter(|sample| sample.kind == Kind::Dead).collect();
    assert!(!told.is_empty() && told.iter().all(|sample| sample.connected.is_none()), "{told:#?}");
    // Once two proxies could not reach it, it is asked of one only.
    let others: usize = run.proxies.iter().skip(1).map(|diary| diary.accepted.len()).sum();
    assert!(others < told.len(), "{others} connections to standbys for {} to the dead target", told.len());
}

#[test]
fn nobody_whose_first_flight_can_be_repeated_notices_a_connection_that_ends_before_it_carries() {
    for name in ["close", "close-reset"] {
        let (run, figures) = run(name);
        assert_bytes_are_right(&run, &figures);
        assert_eq!(figures.failed_safe, 0, "{}", story(&run));
        assert_eq!(figures.switches, Some(1), "{}", story(&run));
        assert!(carried_by(&run, 2) > 0, "{}", story(&run));
    }
}

#[test]
fn a_proxy_that_brings_nothing_is_found_out_and_nobody_hangs_on_it() {
    let (run, figures) = run("black-data");
    assert_bytes_are_right(&run, &figures);
    assert_eq!((figures.failed_safe, figures.switches, figures.standbys), (0, Some(1), 0), "{}", story(&run));
    assert!(run.samples.iter().all(|sample| sample.end != End::Hanging), "{}", story(&run));
}

#[test]
fn a_proxy_whose_packets_vanish_is_left_and_nobody_hangs_on_it() {
    for name in ["blackhole", "blackhole-kernel"] {
        if !can_play(name) {
            continue;
        }
        let (run, figures) = run(name);
        assert_bytes_are_right(&run, &figures);
        assert_eq!((figures.failed_safe, figures.switches, figures.standbys), (0, Some(1), 0), "{}", story(&run));
        assert!(run.samples.iter().all(|sample| sample.end != End::Hanging), "{}", story(&run));
    }
}

#[test]
fn every_packet_answered_with_a_reset_costs_nobody_who_can_be_sent_again() {
    if can_play("reset-kernel") {
        let (run, figures) = run("reset-kernel");
        assert_bytes_are_right(&run, &figures);
        assert_eq!((figures.failed_safe, figures.switches, figures.standbys), (0, Some(1), 0), "{}", story(&run));
    }
}

#[test]
fn what_fails_with_everything_else_is_no_reason_to_switch() {
    for name in ["captive-portal", "network-down", "interface-down"] {
        if !can_play(name) {
            continue;
        }
        let (run, figures) = run(name);
        assert_bytes_are_right(&run, &figures);
        assert_eq!((figures.switches, figures.standbys), (Some(0), 0), "{}", story(&run));
        let is_later = |sample: &&Sample| sample.start > run.healed_at.unwrap() + Duration::from_secs(2);
        let later: Vec<&Sample> = run.samples.iter().filter(is_later).collect();
        assert!(!later.is_empty() && later.iter().all(|sample| !sample.failed()), "{}", story(&run));
        assert!(later.iter().all(|sample| sample.via.is_none_or(|via| via == 1)), "{}", story(&run));
    }
}

#[test]
fn a_name_that_leads_astray_costs_nobody_anything() {
    if can_play("dns-poisoned") {
        let (run, figures) = run("dns-poisoned");
        assert_bytes_are_right(&run, &figures);
        // The address that worked is still the proxy's, so there is no reason to leave it either.
        assert_eq!((figures.failed, figures.standbys, figures.switches), (0, 0, Some(0)), "{}", story(&run));
    }
}

#[test]
fn a_slow_proxy_and_a_flapping_one_cost_nobody_a_connection() {
    for (name, most) in [("slow", 1), ("flapping", 2), ("throttle", 1)] {
        let (run, figures) = run(name);
        assert_bytes_are_right(&run, &figures);
        assert_eq!((figures.failed_safe, figures.standbys), (0, 0), "{}", story(&run));
        assert!(figures.switches.is_some_and(|switches| switches <= most), "{}", story(&run));
    }
}

#[test]
fn late_answers_are_no_reason_to_switch() {
    for name in ["late-page", "late-banner"] {
        assert_the_pick_stays(name);
    }
}

#[test]
fn a_proxy_that_freezes_is_found_out_and_what_hangs_on_it_is_closed() {
    let (run, figures) = run("freeze");
    assert_bytes_are_right(&run, &figures);
    assert_eq!((figures.failed_safe, figures.switches), (0, Some(1)), "{}", story(&run));
    assert!(figures.verdict.is_some(), "{}", story(&run));
    assert!(run.samples.iter().all(|sample| sample.end != End::Hanging), "{}", story(&run));
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

/// The pick speaks this protocol and turns bad in one way after another. Nobody who can be sent again notices, and nobody hangs.
#[track_caller]
fn assert_all_ways_are_seen_through(protocol: &str) {
    let scenarios: Vec<Scenario> = all().into_iter().filter(|one| one.name.starts_with(protocol)).collect();
    assert!(scenarios.len() >= 5, "{}", scenarios.len());
    let setup = Setup { forwarder: Choice::paperwing().unwrap(), pace: Pace::COUNT, first_port: None, ways: Ways::All };
    let told = play_all(&scenarios, 1, 3, &setup, |_, run, figures| {
        let name = run.scenario.name;
        // Several at once make a busy computer slow, and who is slow may be left: so neither connections to standbys nor a
        // second switch count here.
        let counted = (figures.wrong, figures.asked_twice, figures.failed_safe);
        let switches = figures.switches.unwrap_or_default();
        anyhow::ensure!(counted == (0, 0, 0) && switches > 0, "{name}: {counted:?}, {switches}\n{}", story(run));
        anyhow::ensure!(carried_by(run, 1) > 0 && carried_by(run, 2) > 0, "{name}: {}", story(run));
        let hangs = run.samples.iter().any(|sample| sample.end == End::Hanging);
        anyhow::ensure!(!hangs, "{name}: somebody hangs\n{}", story(run));
        Ok(())
    });
    if let Err(error) = told {
        panic!("{error:#}");
    }
}

#[test]
fn https_proxies_fail_unnoticed() {
    assert_all_ways_are_seen_through("https-");
}

#[test]
fn socks4_proxies_fail_unnoticed() {
    assert_all_ways_are_seen_through("socks4-");
}

#[test]
fn shadowsocks_proxies_fail_unnoticed_by_those_who_can_be_sent_again() {
    assert_all_ways_are_seen_through("ss-");
}

#[test]
fn trojan_proxies_fail_unnoticed_by_those_who_can_be_sent_again() {
    assert_all_ways_are_seen_through("trojan-");
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

#[test]
fn vless_proxies_fail_unnoticed_by_those_who_can_be_sent_again() {
    assert_all_ways_are_seen_through("vless-");
}

#[test]
fn ssh_servers_fail_unnoticed_by_those_who_can_be_sent_again() {
    assert_all_ways_are_seen_through("ssh-");
}

#[test]
fn vmess_anytls_and_reality_fail_unnoticed_by_those_who_can_be_sent_again() {
    for protocol in ["vmess", "anytls", "reality"] {
        if can_play(&format!("{protocol}-refuse")) {
            assert_all_ways_are_seen_through(&format!("{protocol}-"));
        }
    }
}

#[test]
fn telegrams_proxies_fail_unnoticed() {
    assert_all_ways_are_seen_through("mtproto-");
}

/// What a person has to look at first is not tried again by itself.
#[test]
fn an_ssh_server_that_is_not_the_known_one_or_does_not_know_us_is_not_tried_again() {
    for (name, reason) in [("ssh-auth", "credentials_rejected"), ("ssh-host-key", "host_key_changed")] {
        let (run, figures) = run(name);
        assert_bytes_are_right(&run, &figures);
        assert_eq!((figures.failed_safe, figures.switches, figures.standbys), (0, Some(1), 0), "{}", story(&run));
        assert_is_told(&run, "rejected", reason);
        // One session carries all connections, so one attempt at another is all that the server may see.
        let later = run.proxies[0].accepted.iter().filter(|at| **at > run.bad_at).count();
        assert_eq!(later, 1, "{}", story(&run));
    }
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
