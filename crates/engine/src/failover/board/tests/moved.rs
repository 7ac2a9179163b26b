//! Another network.

use super::*;
use crate::failover::{Memory, Remembered};

#[test]
fn what_one_network_blocks_another_need_not() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REFUSED)], Some(B));
    scene.events();
    let at_home = scene.board.memory();
    scene.board.moved(&Memory::default(), scene.now);
    assert_eq!((scene.health(A), scene.health(B)), (Health::Untested, Health::Untested));
    assert_eq!(scene.events(), ["recovered 1"], "and the pick stays where nothing speaks against it");

    scene.board.moved(&at_home, scene.now);
    assert_eq!(scene.next(&[]), Some(B));
    assert_eq!(scene.health(A), Health::Suspect, "it was blocked here, so it comes after the others");
    assert_eq!(scene.board.health(B).unwrap().1, Some(QUICK));
    assert_eq!(scene.board.memory(), at_home, "what was not tried this time is remembered on");
}

#[test]
fn the_pick_of_a_network_is_the_pick_again_when_it_comes_back() {
    let mut scene = Scene::with(&[A, B, C]);
    let memory = Memory { picks: vec![C], proxies: Vec::new() };
    scene.board.moved(&memory, scene.now);
    assert_eq!(scene.events(), ["switched 1>3"]);
    let blocked = Remembered { proxy: C, usual: None, is_blocked: true };
    scene.board.moved(&Memory { picks: vec![C], proxies: vec![blocked] }, scene.now);
    assert_eq!(scene.next(&[]), Some(A), "unless it was blocked in the end");
}

#[test]
fn refused_credentials_are_refused_everywhere() {
    let mut scene = Scene::with(&[A, B]);
    scene.dial(1, &[(A, REJECTED)], Some(B));
    scene.board.moved(&Memory::default(), scene.now);
    assert_eq!(scene.health(A), Health::Rejected);
    assert_eq!(scene.next(&[B]), None);
}

#[test]
fn what_began_in_the_other_network_says_nothing_of_this_one() {
    let mut scene = Scene::with(&[A, B]);
    scene.carries(A);
    let began = scene.now;
    scene.wait(QUICK);
    scene.board.moved(&Memory::default(), scene.now);
    scene.wait(4 * QUICK);
    let waited = scene.now - began;
    scene.board.failed(A, SILENT, waited, scene.now);
    scene.board.carried(B, QUICK, &Dial { target: 1, failed: &[(A, SILENT)], began }, scene.now);
    for _ in 0..3 {
        scene.board.outpaced(A, SILENT, waited, scene.now);
    }
    assert!(scene.events().is_empty());
}

#[test]
fn a_doubtful_proxy_that_carries_is_doubted_no_more() {
    let mut scene = Scene::with(&[A]);
    let blocked = Remembered { proxy: A, usual: None, is_blocked: true };
    scene.board.moved(&Memory { picks: vec![A], proxies: vec![blocked] }, scene.now);
    assert_eq!(scene.next(&[]), Some(A), "alone it is better than nothing");
    scene.carries(A);
    assert_eq!(scene.health(A), Health::Healthy);
}
