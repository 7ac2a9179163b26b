//! What happens behind "connected": bytes that never come, freezes, and what proves a network or a proxy.

use super::*;

#[test]
fn a_frozen_proxy_is_left_for_a_standby_and_trusted_again_only_for_bulk() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.board.frozen(A, scene.now);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
    scene.wait(Duration::from_mins(4));
    assert_eq!(scene.next(&[B]), Some(A));
    scene.carries(A);
    scene.board.first_byte(A, scene.now);
    assert_eq!(scene.health(A), Health::Probation, "small things pass through a frozen proxy");
    scene.board.carries_bulk(A, scene.now, scene.now);
    assert_eq!(scene.events(), ["recovered 1"]);
}

#[test]
fn alone_a_frozen_proxy_is_better_than_nothing() {
    let mut scene = Scene::with(&[A]);
    scene.carries(A);
    scene.board.frozen(A, scene.now);
    assert!(scene.events().is_empty());
}

#[test]
fn a_proxy_blocked_for_bringing_nothing_is_trusted_again_only_for_a_byte() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.carries(B);
    let dumb = Failure::new(Stage::FirstByte, Cause::Silent);
    scene.board.carried_elsewhere(A, dumb, 1, scene.now);
    scene.carries(A);
    scene.board.carried_elsewhere(A, dumb, 2, scene.now);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"], "saying “connected” in between does not count");
    scene.wait(Duration::from_mins(4));
    assert_eq!(scene.next(&[B]), Some(A));
    scene.carries(A);
    assert_eq!(scene.health(A), Health::Probation);
    scene.board.first_byte(A, scene.now);
    assert_eq!(scene.events(), ["recovered 1"]);
}

#[test]
fn a_second_dial_of_a_connection_speaks_of_nobody_alone() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    for _ in 0..3 {
        // The pick is silent after "connected", and only the other is asked beside it.
        assert_eq!(scene.next(&[A]), Some(B));
        scene.board.failed(B, SILENT, QUICK, scene.now);
        scene.board.no_other(&Dial { target: 7, failed: &[(B, SILENT)], began: scene.now });
    }
    assert_ne!(scene.health(B), Health::Blocked);
}

#[test]
fn a_frozen_proxy_is_better_than_nothing_when_the_others_die() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.carries(B);
    scene.board.frozen(A, scene.now);
    scene.wait(Duration::from_mins(4));
    assert_eq!(scene.next(&[B]), Some(A));
    scene.dial(1, &[(B, REFUSED)], Some(A));
    scene.board.first_byte(A, scene.now);
    scene.wait(Duration::from_secs(1));
    assert_eq!(scene.health(A), Health::Probation);
    assert_eq!(scene.next(&[B]), Some(A), "others need not wait for its trial to end");
}

#[test]
fn what_a_connection_from_before_a_freeze_carries_proves_nothing() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    let before = scene.now;
    scene.wait(Duration::from_secs(1));
    scene.board.frozen(A, scene.now);
    scene.wait(Duration::from_mins(4));
    assert_eq!(scene.next(&[B]), Some(A));
    scene.board.carries_bulk(A, before, scene.now);
    assert_eq!(scene.health(A), Health::Probation);
}

#[test]
fn only_what_was_said_by_somebody_else_proves_that_there_is_a_network() {
    for (failure, proves) in [
        (UNREACHED, true),
        (REFUSED, true),
        (REJECTED, true),
        (Failure::new(Stage::Resolve, Cause::Unsupported), false),
        (Failure::new(Stage::Connect, Cause::Loop), false),
        (SILENT, false),
    ] {
        let mut scene = Scene::with(&[A, B, C]);
        scene.dial(1, &[(A, SILENT), (B, SILENT)], None);
        scene.board.failed(C, failure, QUICK, scene.now);
        assert_eq!(!scene.board.network_down(), proves, "{failure:?}");
    }
}

#[test]
fn one_family_without_a_route_is_no_outage() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, NO_ROUTE), (B, SILENT)], None);
    assert!(!scene.board.network_down());
}

#[test]
fn a_persons_test_lets_a_proxy_back_but_for_a_freeze() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    scene.board.tested(A, QUICK, scene.now);
    assert_eq!(scene.health(A), Health::Healthy);
    scene.board.frozen(A, scene.now);
    scene.board.tested(A, QUICK, scene.now);
    assert_eq!(scene.health(A), Health::Blocked);
}
