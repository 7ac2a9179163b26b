//! What is told late, twice, or of a time that is over. Each was found by the simulation.

use super::*;

#[test]
fn a_rejection_is_said_once_and_nothing_softens_it() {
    let mut scene = Scene::with(&[A, B]);
    scene.board.failed(A, REJECTED, QUICK, scene.now);
    for failure in [REJECTED, REFUSED, REFUSED, REFUSED] {
        scene.board.failed(A, failure, QUICK, scene.now);
    }
    assert_eq!(scene.health(A), Health::Rejected);
    assert_eq!(scene.events(), ["rejected 1"]);
}

#[test]
fn a_burst_that_fails_at_once_costs_one_rest() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    for _ in 0..50 {
        scene.board.failed(A, REFUSED, QUICK, scene.now);
    }
    scene.wait(Duration::from_secs(90));
    assert_eq!(scene.next(&[B]), Some(A));
}

#[test]
fn silence_from_before_the_network_came_back_blames_nobody() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    let began = scene.now;
    scene.board.network_changed(NetworkIs::Down, scene.now);
    for _ in 0..5 {
        scene.board.failed(A, SILENT, QUICK, scene.now);
    }
    scene.wait(Duration::from_secs(4));
    scene.board.carried(B, QUICK, &Dial { target: 1, failed: &[(A, SILENT)], began }, scene.now);
    scene.board.exhausted(&Dial { target: 2, failed: &[(A, SILENT), (C, SILENT)], began }, scene.now);
    for _ in 0..3 {
        let waited = scene.now - began;
        scene.board.outpaced(A, SILENT, waited, scene.now);
        scene.board.late_failure(A, SILENT, 3, waited, scene.now);
        scene.board.failed(A, SILENT, waited, scene.now);
        scene.carries(B);
    }
    assert_eq!(scene.events(), ["no network", "network back"]);
    assert_eq!(scene.health(A), Health::Healthy);
}

#[test]
fn a_network_that_goes_while_a_connection_lasts_blames_nobody() {
    let mut scene = Scene::with(&[A, B, C]);
    for target in 0..5 {
        scene.dial(target, &[(A, UNREACHED), (B, SILENT), (C, SILENT)], None);
    }
    assert!(scene.events().is_empty());
    assert_eq!(scene.health(B), Health::Suspect, "until the next success tells");
}

#[test]
fn a_forgiven_proxy_whose_trial_tells_nothing_rests_again() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    scene.board.choose(Choice::This(A), scene.now);
    scene.board.forgive(scene.now);
    assert_eq!(scene.next(&[]), Some(A));
    scene.dial(1, &[(A, UNREACHED), (B, UNREACHED)], None);
    assert_eq!(scene.next(&[]), Some(B));
    scene.wait(Duration::from_secs(30));
    assert_eq!(scene.next(&[]), Some(A));
}

#[test]
fn a_trial_that_another_proxy_made_good_has_failed() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    scene.wait(Duration::from_secs(90));
    assert_eq!(scene.next(&[B]), Some(A));
    scene.dial(1, &[(A, UNREACHED)], Some(B));
    assert_eq!(scene.health(A), Health::Blocked);
    // Half of the way from 30 s to three times the first rest of 60 s.
    scene.wait(Duration::from_secs(100));
    assert_eq!(scene.next(&[B]), None);
}

#[test]
fn a_proxy_that_left_the_list_does_not_come_back_as_the_pick() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], None);
    scene.dial(2, &[(A, REFUSED)], None);
    scene.dial(3, &[(A, REFUSED)], None);
    let only_a = [Entrant { id: A, host: "a.example".parse().unwrap(), remembered: None }];
    scene.board.set_proxies(&only_a, &[]);
    scene.events();
    scene.carries(B);
    assert_eq!(scene.board.pick(), Some(A));
    assert!(scene.events().is_empty());
}

#[test]
fn an_edited_list_begins_with_a_proxy_that_is_not_blocked() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.dial(1, &[(A, REFUSED)], Some(C));
    let without_c = [A, B].map(|id| Entrant { id, host: "p.example".parse().unwrap(), remembered: None });
    scene.board.set_proxies(&without_c, &[]);
    assert_eq!(scene.board.pick(), Some(B));
}

#[test]
fn four_silent_proxies_do_not_hide_the_fifth() {
    let ids = [1, 2, 3, 4, 5].map(ProxyId);
    let mut scene = Scene::with(&ids);
    let [a, b, c, d, fifth] = ids;
    scene.dial(1, &[(a, SILENT), (b, SILENT), (c, SILENT), (d, SILENT)], None);
    assert_eq!(scene.next(&[]), Some(a), "the pick stays");
    assert_eq!(scene.next(&[a]), Some(fifth));
    assert_eq!(scene.next(&[a, fifth]), Some(b));
}

#[test]
fn failures_from_before_a_success_are_no_verdict() {
    let mut scene = Scene::with(&[A, B]);
    let began = scene.now;
    scene.board.failed(A, REFUSED, QUICK, scene.now);
    scene.wait(QUICK);
    scene.carries(A);
    scene.board.carried(B, QUICK, &Dial { target: 1, failed: &[(A, REFUSED)], began }, scene.now);
    scene.board.outpaced(A, SILENT, QUICK, scene.now);
    scene.carries(A);
    scene.board.late_failure(A, SILENT, 1, QUICK, scene.now);
    // Silence is told five seconds late.
    scene.board.failed(A, SILENT, QUICK, scene.now);
    scene.board.carried(B, QUICK, &Dial { target: 1, failed: &[(A, SILENT)], began }, scene.now);
    assert!(scene.events().is_empty());
}

#[test]
fn a_trial_is_not_decided_by_an_older_failure() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    scene.board.forgive(scene.now);
    let began = scene.now;
    scene.board.failed(A, REFUSED, QUICK, scene.now);
    scene.wait(QUICK);
    assert_eq!(scene.next(&[B]), Some(A));
    scene.board.carried(B, QUICK, &Dial { target: 2, failed: &[(A, REFUSED)], began }, scene.now);
    assert_eq!(scene.health(A), Health::Probation);
}

#[test]
fn a_suspect_is_given_twice_its_usual_time() {
    let mut scene = Scene::with(&[A, B]);
    let dial = Dial { target: 0, failed: &[], began: scene.now };
    scene.board.carried(A, Duration::from_millis(300), &dial, scene.now);
    scene.board.failed(A, SILENT, QUICK, scene.now);
    assert_eq!(scene.health(A), Health::Suspect);
    assert_eq!(scene.board.next(&[], scene.now).unwrap().hedge_after, Duration::from_millis(600));
}

#[test]
fn suspicion_ends_with_the_failures_that_it_rests_on() {
    let mut scene = Scene::with(&[A]);
    for target in 0..2 {
        scene.dial(target, &[(A, REFUSED)], None);
    }
    scene.carries(A);
    assert_eq!(scene.health(A), Health::Suspect);
    scene.wait(Duration::from_secs(301));
    scene.carries(A);
    assert_eq!(scene.health(A), Health::Healthy);
}
