//! A sign-in page in every proxy's place.

use super::*;
use crate::outcome::{Certificate, Garbage};

const SECOND: Duration = Duration::from_secs(1);
const NOT_THEIRS: Failure = Failure::new(Stage::Tls, Cause::Certificate(Certificate::UnknownIssuer));
const EXPIRED: Failure = Failure::new(Stage::Tls, Cause::Certificate(Certificate::Expired));
const ALERT: Failure = Failure::new(Stage::Greet, Cause::Garbage(Garbage::Tls));

impl Scene {
    /// Connections that all of them fail in the same way until all are blocked.
    fn all_fail(&mut self, failing: &[(ProxyId, Failure)]) -> Vec<String> {
        for target in 1..4 {
            self.dial(target, failing, None);
        }
        self.events()
    }
}

#[test]
fn a_page_in_every_proxys_place_is_told_as_what_it_is() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    scene.dial(1, &[(A, WEB_PAGE), (B, NOT_THEIRS)], None);
    assert_eq!(scene.events(), ["sign in"], "with the first connection");
    assert!(scene.board.wants_sign_in());
    assert_eq!(scene.all_fail(&[(A, WEB_PAGE), (B, NOT_THEIRS)]), ["blocked 1", "blocked 2"]);
    assert!(scene.board.wants_sign_in());
}

#[test]
fn signing_in_is_over_with_the_first_success_and_frees_all_that_were_blamed() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.carries(A);
    let all = [(A, WEB_PAGE), (B, WEB_PAGE), (C, WEB_PAGE)];
    assert_eq!(scene.all_fail(&all), ["sign in", "blocked 1", "blocked 2", "blocked 3"]);
    assert_eq!(scene.board.memory().proxies.iter().filter(|one| one.is_blocked).count(), 0, "not this network's doing");
    scene.wait(SECOND);
    assert_eq!(scene.next(&[]), Some(A));
    scene.carries(A);
    assert_eq!(scene.events(), ["recovered 1", "signed in"]);
    assert!(!scene.board.wants_sign_in());
    assert_eq!((scene.next(&[A]), scene.next(&[A, B])), (Some(B), Some(C)), "nobody has to rest for it");
}

#[test]
fn one_proxy_alone_or_two_of_one_host_are_blocked_and_no_page_of_the_networks() {
    let mut scene = Scene::with(&[A]);
    assert_eq!(scene.all_fail(&[(A, WEB_PAGE)]), ["blocked 1", "all blocked"]);

    let host: Host = "p.example".parse().unwrap();
    scene.board.set_proxies(&[A, B].map(|id| Entrant { id, host: host.clone(), remembered: None }), &[A]);
    assert_eq!(scene.all_fail(&[(A, WEB_PAGE), (B, WEB_PAGE)]), ["blocked 1", "blocked 2", "all blocked"]);
    assert!(!scene.board.wants_sign_in());
}

#[test]
fn one_that_fails_in_another_way_or_says_nothing_of_a_page_speaks_against_it() {
    for other in [REFUSED, ALERT, EXPIRED] {
        let mut scene = Scene::with(&[A, B, C]);
        let told = scene.all_fail(&[(A, WEB_PAGE), (B, WEB_PAGE), (C, other)]);
        assert_eq!(told, ["blocked 1", "blocked 2", "blocked 3", "all blocked"], "{other:?}");
    }
    let mut scene = Scene::with(&[A, B]);
    assert_eq!(scene.all_fail(&[(A, ALERT), (B, ALERT)]), ["blocked 1", "blocked 2", "all blocked"]);
}

#[test]
fn nothing_is_said_while_somebody_is_left_to_ask_or_was_carried_in_between() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.dial(1, &[(A, WEB_PAGE), (B, WEB_PAGE)], None);
    assert_eq!(scene.events(), [""; 0], "C may be itself");
    scene.carries(C);
    scene.dial(2, &[(C, WEB_PAGE)], None);
    assert_eq!(scene.events(), [""; 0], "what was before says nothing any more");
    assert!(!scene.board.wants_sign_in());

    let ids: Vec<ProxyId> = (1..=100).map(ProxyId).collect();
    let mut scene = Scene::with(&ids);
    scene.dial(1, &ids[..7].iter().map(|id| (*id, WEB_PAGE)).collect::<Vec<_>>(), None);
    assert_eq!(scene.events(), [""; 0]);
    scene.dial(2, &[(ids[7], WEB_PAGE)], None);
    assert_eq!(scene.events(), ["sign in"], "nobody waits for a hundred");
}

#[test]
fn a_page_that_gives_way_to_something_worse_is_told_again() {
    let mut scene = Scene::with(&[A, B]);
    assert_eq!(scene.all_fail(&[(A, WEB_PAGE), (B, WEB_PAGE)]), ["sign in", "blocked 1", "blocked 2"]);
    scene.wait(SECOND);
    assert_eq!(scene.next(&[]), Some(A));
    scene.dial(9, &[(A, REFUSED)], None);
    assert_eq!(scene.events(), ["all blocked"]);
    assert!(!scene.board.wants_sign_in());
}

#[test]
fn a_refused_password_is_no_word_about_the_page() {
    let mut scene = Scene::with(&[A, B, C]);
    scene.dial(1, &[(C, REJECTED)], Some(A));
    scene.events();
    scene.dial(2, &[(A, WEB_PAGE), (B, WEB_PAGE)], None);
    assert_eq!(scene.events(), ["sign in"]);
}

#[test]
fn a_search_in_vain_tells_of_the_page_and_blames_nobody() {
    let mut scene = Scene::with(&[A, B]);
    let (began, met) = (scene.now, [(A, WEB_PAGE), (B, WEB_PAGE)]);
    scene.wait(SECOND);
    scene.board.searched_in_vain(&met, began);
    assert_eq!(scene.events(), ["sign in"]);
    assert_eq!((scene.health(A), scene.health(B)), (Health::Untested, Health::Untested));
    scene.carries(B);
    assert_eq!(scene.events(), ["signed in"]);
    scene.board.searched_in_vain(&met, began);
    assert_eq!(scene.events(), [""; 0], "traffic knows better");
}

#[test]
fn a_search_that_met_nobody_on_unrelated_hosts_tells_of_the_network_and_blames_nobody() {
    let mut scene = Scene::with(&[A, B]);
    let began = scene.now;
    scene.wait(SECOND);
    scene.board.searched_in_vain(&[(A, SILENT), (B, SILENT)], began);
    assert_eq!(scene.events(), ["no network"]);
    assert_eq!((scene.health(A), scene.health(B)), (Health::Untested, Health::Untested));
    scene.board.searched_in_vain(&[(A, SILENT), (B, SILENT)], scene.now);
    assert_eq!(scene.events(), [""; 0], "it was said");
    assert!(scene.board.network_down());
}

#[test]
fn a_search_that_met_somebody_or_tried_one_host_only_tells_nothing_of_the_network() {
    for failed in [&[(A, SILENT), (B, REFUSED)][..], &[(A, SILENT)], &[(A, NO_ROUTE), (B, SILENT)], &[]] {
        let mut scene = Scene::with(&[A, B]);
        scene.board.searched_in_vain(failed, scene.now);
        assert!(!scene.board.network_down(), "{failed:?}");
    }
}

#[test]
fn another_network_has_no_page_yet() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, WEB_PAGE), (B, WEB_PAGE)], None);
    scene.board.moved(&crate::failover::Memory::default(), scene.now);
    assert_eq!(scene.events(), ["sign in", "signed in"]);
    assert!(!scene.board.wants_sign_in());
}
