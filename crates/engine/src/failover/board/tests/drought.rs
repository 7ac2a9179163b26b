//! Targets that nobody reaches, and when they speak against the proxy.

use super::*;
use crate::outcome::Garbage;

const HANGS_UP: Failure = Failure::new(Stage::Request, Cause::Closed);
const SAYS_NOTHING: Failure = Failure::new(Stage::Request, Cause::Silent);
const GENERAL: Failure = Failure::new(Stage::Request, Cause::Target(TargetFailure::General));
const BRINGS_NOTHING: Failure = Failure::new(Stage::FirstByte, Cause::Silent);

impl Scene {
    /// With A blocked and B the only one left.
    fn with_one_left() -> Self {
        let mut scene = Self::with(&[A, B]);
        scene.carries(A);
        scene.dial(1, &[(A, REFUSED)], Some(B));
        assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
        scene
    }

    /// Connections one after another that B fails, each for another target.
    fn misses(&mut self, targets: std::ops::Range<u64>, failure: Failure) {
        self.misses_every(Duration::from_secs(2), targets, failure);
    }

    fn misses_every(&mut self, pause: Duration, targets: std::ops::Range<u64>, failure: Failure) {
        for target in targets {
            self.wait(pause);
            self.dial(target, &[(B, failure)], None);
        }
    }

    /// "Connected" for a target, and then nothing.
    fn brings_nothing(&mut self, proxy: ProxyId, target: u64) {
        self.carries(proxy);
        let began = self.now;
        self.wait(Duration::from_secs(5));
        self.board.unheard(&Dial { target, failed: &[(proxy, BRINGS_NOTHING)], began }, self.now);
    }
}

#[test]
fn the_last_proxy_is_blocked_when_three_targets_in_a_row_end_without_a_word() {
    for failure in [HANGS_UP, Failure::new(Stage::Request, Cause::Reset), SAYS_NOTHING, GENERAL] {
        let mut scene = Scene::with_one_left();
        scene.misses(10..12, failure);
        assert!(scene.events().is_empty(), "two say little: {failure:?}");
        scene.misses(12..13, failure);
        assert_eq!(scene.events(), ["blocked 2", "all blocked"], "{failure:?}");
        scene.wait(Duration::from_secs(1));
        assert_eq!(scene.next(&[]), Some(B), "a second's rest is enough");
        assert_eq!(scene.next(&[A]), Some(B), "and others may go along: it may well reach what they want");
        scene.carries(B);
        assert_eq!(scene.events(), ["recovered 2"]);
    }
}

#[test]
fn a_browser_that_starts_with_dead_sites_says_nothing_yet() {
    let mut scene = Scene::with_one_left();
    scene.misses_every(QUICK, 10..20, GENERAL);
    assert!(scene.events().is_empty());
    scene.wait(Duration::from_secs(3));
    scene.misses(20..21, GENERAL);
    assert_eq!(scene.events(), ["blocked 2", "all blocked"], "nor was anything carried since");
}

#[test]
fn where_it_names_a_reason_it_takes_six() {
    let mut scene = Scene::with_one_left();
    scene.misses(10..15, UNREACHED);
    assert!(scene.events().is_empty());
    scene.misses(15..16, UNREACHED);
    assert_eq!(scene.events(), ["blocked 2", "all blocked"]);
}

#[test]
fn one_dead_target_says_nothing_however_often_it_is_asked_for() {
    let mut scene = Scene::with_one_left();
    for _ in 0..20 {
        scene.misses(10..12, HANGS_UP);
    }
    assert!(scene.events().is_empty());
}

#[test]
fn dead_targets_say_nothing_while_something_is_carried_in_between() {
    let mut scene = Scene::with_one_left();
    for target in 10..30 {
        scene.misses(target..target + 1, HANGS_UP);
        if target % 2 == 0 {
            scene.carries(B);
        }
    }
    // Neither while connections that stand bring something.
    for target in 30..50 {
        scene.board.brought(target, scene.now);
        scene.misses(target..target + 1, HANGS_UP);
    }
    assert!(scene.events().is_empty());
}

#[test]
fn a_page_that_asks_for_dead_targets_at_once_says_little() {
    let mut scene = Scene::with_one_left();
    let began = scene.now;
    for target in 10..20 {
        scene.wait(QUICK);
        scene.board.exhausted(&Dial { target, failed: &[(B, HANGS_UP)], began }, scene.now);
    }
    assert!(scene.events().is_empty());
    // But for silence that lasts.
    scene.wait(Duration::from_secs(20));
    for target in 20..22 {
        scene.board.exhausted(&Dial { target, failed: &[(B, SAYS_NOTHING)], began }, scene.now);
    }
    assert_eq!(scene.events(), ["blocked 2", "all blocked"]);
}

#[test]
fn targets_that_were_missed_long_ago_do_not_add_up() {
    let mut scene = Scene::with_one_left();
    for target in 10..20 {
        scene.misses(target..target + 1, HANGS_UP);
        scene.wait(Duration::from_secs(200));
    }
    assert_ne!(scene.health(B), Health::Blocked);
}

#[test]
fn two_that_hang_up_on_everything_are_blocked_together_and_later() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    let both = [(A, HANGS_UP), (B, HANGS_UP)];
    for target in 10..15 {
        scene.dial(target, &both, None);
        scene.wait(Duration::from_secs(1));
    }
    assert!(scene.events().is_empty(), "the targets may be at fault: two say so");
    scene.dial(15, &both, None);
    assert_eq!(scene.events(), ["blocked 1", "blocked 2", "all blocked"]);
    assert_eq!(scene.board.pick(), Some(A), "the pick stays the pick");
}

#[test]
fn saying_connected_and_bringing_nothing_is_no_better() {
    let mut scene = Scene::with_one_left();
    for target in 10..12 {
        scene.brings_nothing(B, target);
    }
    scene.board.first_byte(B, scene.now);
    for target in 12..14 {
        scene.brings_nothing(B, target);
    }
    assert!(scene.events().is_empty(), "a byte in between speaks for it");
    scene.brings_nothing(B, 14);
    assert_eq!(scene.events(), ["blocked 2", "all blocked"]);
    scene.wait(Duration::from_secs(1));
    assert_eq!(scene.next(&[]), Some(B));
    scene.carries(B);
    assert_eq!(scene.health(B), Health::Probation);
    scene.board.first_byte(B, scene.now);
    assert_eq!(scene.events(), ["recovered 2"]);
}

#[test]
fn what_met_an_outage_of_the_own_network_does_not_count() {
    let mut scene = Scene::with_one_left();
    scene.board.network_changed(NetworkIs::Down, scene.now);
    scene.misses(10..20, SAYS_NOTHING);
    scene.board.network_changed(NetworkIs::Up, scene.now);
    assert_eq!(scene.events(), ["no network", "network back"]);
    // Nor silence that another proxy, which nothing reaches either, may explain.
    scene.board.forgive(scene.now);
    for target in 20..23 {
        scene.dial(target, &[(B, SAYS_NOTHING), (A, SILENT)], None);
    }
    assert_eq!(scene.health(B), Health::Healthy);
}

#[test]
fn answers_of_a_stranger_in_every_proxys_place_move_no_pick() {
    const STRANGER: Failure = Failure::new(Stage::Greet, Cause::Garbage(Garbage::Http));
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.dial(10, &[(A, STRANGER)], None);
    for target in 11..13 {
        scene.dial(target, &[(A, STRANGER), (B, STRANGER)], None);
    }
    assert_eq!(scene.events(), ["sign in", "blocked 1"], "the other one may be no better, and nothing has worked yet");
    assert_eq!(scene.board.pick(), Some(A));
}
