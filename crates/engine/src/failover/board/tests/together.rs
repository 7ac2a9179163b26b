//! What fails or is silent together, and what that says of the network.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

impl Scene {
    /// Both are asked, one a little after the other, and both are silent.
    fn hushes(&mut self, first: ProxyId, second: ProxyId) {
        let began = self.now;
        self.wait(SECOND);
        let later = self.now;
        self.wait(SECOND);
        self.board.hushed(&[(first, began), (second, later)]);
    }

    /// Three connections that began so long ago were carried by another in this one's place.
    fn is_outpaced(&mut self, proxy: ProxyId, by: ProxyId, waited: Duration) {
        for _ in 0..3 {
            self.carries(by);
            self.board.outpaced(proxy, SILENT, waited, self.now);
        }
    }
}

#[test]
fn an_outage_that_nobody_announced_speaks_against_nobody() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    scene.hushes(A, B);
    // The network is back, and the first to hear of it is a standby.
    scene.is_outpaced(A, B, 2 * SECOND);
    scene.board.failed(A, SILENT, 3 * SECOND, scene.now);
    scene.board.late_failure(A, SILENT, 1, 3 * SECOND, scene.now);
    scene.carries(B);
    assert!(scene.events().is_empty());
    assert_eq!(scene.health(A), Health::Healthy);
}

#[test]
fn silence_that_began_after_it_does() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    scene.hushes(A, B);
    scene.carries(B);
    scene.wait(5 * SECOND);
    scene.is_outpaced(A, B, SECOND);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
}

#[test]
fn two_on_one_host_and_two_of_whom_one_answered_are_no_outage() {
    let mut scene = Scene::with(&[]);
    let host: Host = "p.example".parse().unwrap();
    let entrants = [A, B].map(|id| Entrant { id, host: host.clone(), remembered: None });
    scene.board.set_proxies(&entrants, &[]);
    scene.carries(A);
    scene.hushes(A, B);
    scene.is_outpaced(A, B, 2 * SECOND);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);

    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    let began = scene.now;
    scene.wait(SECOND);
    scene.board.failed(C, REFUSED, QUICK, scene.now);
    scene.board.hushed(&[(A, began), (B, began)]);
    scene.is_outpaced(A, B, SECOND);
    assert_eq!(scene.events(), ["blocked 1", "switched 1>2"]);
}

#[test]
fn two_dead_proxies_do_not_excuse_each_other_twice() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    let mut seen = Vec::new();
    for target in 1..3 {
        let began = scene.now;
        scene.hushes(A, B);
        let failed = [(A, SILENT)];
        scene.board.failed(A, SILENT, 2 * SECOND, scene.now);
        scene.wait(QUICK);
        scene.board.carried(C, QUICK, &Dial { target, failed: &failed, began }, scene.now);
        seen.push(scene.events());
    }
    assert_eq!(seen, [vec![], vec!["blocked 1", "switched 1>3"]]);
}

#[test]
fn the_length_of_an_outage_is_nobodys_usual_time() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.hushes(A, B);
    let dial = Dial { target: 1, failed: &[], began: scene.now };
    scene.board.carried(A, 2 * SECOND, &dial, scene.now);
    assert_eq!(scene.board.health(A).unwrap().1, Some(QUICK));
}

#[test]
fn where_all_failed_together_the_pick_gets_its_place_back() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    for proxy in [C, B, A] {
        for target in 1..4 {
            scene.dial(target, &[(proxy, WEB_PAGE)], None);
        }
    }
    assert_eq!(scene.events(), ["blocked 3", "blocked 2", "sign in", "blocked 1"]);
    scene.wait(SECOND);
    assert_eq!(scene.next(&[]), Some(A), "the pick is the first to be tried again, though it rested least");
    assert_eq!(scene.next(&[]), Some(C));
    scene.carries(C);
    assert_eq!(scene.events(), ["recovered 3", "signed in"], "nobody takes the place of a pick on trial");
    scene.carries(A);
    assert_eq!(scene.events(), ["recovered 1"]);
    assert_eq!(scene.next(&[]), Some(A));
}

#[test]
fn a_pick_whose_trial_fails_is_left_after_all() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    for target in 1..4 {
        scene.dial(target, &[(A, WEB_PAGE), (B, WEB_PAGE)], None);
    }
    scene.wait(SECOND);
    assert_eq!((scene.next(&[]), scene.next(&[])), (Some(A), Some(B)));
    scene.carries(B);
    scene.board.failed(A, WEB_PAGE, QUICK, scene.now);
    scene.events();
    scene.carries(B);
    assert_eq!(scene.events(), ["switched 1>2"]);
}

#[test]
fn a_hush_is_worth_a_question_where_two_targets_wait() {
    let mut scene = Scene::with(&[A, B]);
    let hush = |scene: &mut Scene, target| {
        let since = scene.now;
        scene.wait(SECOND / 2);
        scene.board.is_hush(A, target, since, scene.now)
    };
    assert!(!hush(&mut scene, 1) && !hush(&mut scene, 1), "one slow target says nothing");
    assert!(hush(&mut scene, 2));
    let since = scene.now;
    scene.board.first_byte(A, scene.now);
    assert!(!scene.board.is_hush(A, 3, since, scene.now), "others hear something");
    assert!(!hush(&mut scene, 1), "that ended it");
    scene.wait(2 * SECOND);
    assert!(!hush(&mut scene, 2), "it was not at the same time");
}
