//! Names, on a clock that stands still.

use std::future::pending;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::time::sleep;

use super::known::{FRESH, order};
use super::*;

const NAME: &str = "p.example";

fn ips(texts: &[&str]) -> Vec<IpAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

/// Names of which the system says this after so long, and how often it was asked.
fn names(addresses: &[&str], after: Duration) -> (Names, Arc<AtomicUsize>) {
    let (addresses, asked) = (ips(addresses), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&asked);
    let resolver: Resolver = Arc::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        let addresses = addresses.clone();
        Box::pin(async move {
            sleep(after).await;
            addresses
        })
    });
    (Names::asking(resolver), asked)
}

#[test]
fn families_take_turns() {
    let found = ips(&["2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
    let expected = ips(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"]);
    assert_eq!(order(&found, None), expected);
}

#[tokio::test]
async fn a_lying_answer_does_not_make_the_good_address_forgotten() {
    let names = Names::default();
    lock(&names.state).learn(NAME, ips(&["192.0.2.1"]));
    names.worked(NAME, ips(&["192.0.2.1"])[0]);
    lock(&names.state).learn(NAME, ips(&["203.0.113.9", "203.0.113.10"]));
    assert_eq!(names.addresses(NAME).await.first.get(1), ips(&["192.0.2.1"]).first());
    lock(&names.state).learn(NAME, Vec::new());
    assert_eq!(names.addresses(NAME).await.first.len(), 3, "no answer at all neither");
}

#[tokio::test(start_paused = true)]
async fn all_who_want_a_name_share_one_lookup() {
    let (names, asked) = names(&["192.0.2.1"], Duration::from_millis(500));
    let (one, other) = tokio::join!(names.addresses(NAME), names.addresses(NAME));
    assert_eq!((one.first, other.first), (ips(&["192.0.2.1"]), ips(&["192.0.2.1"])));
    names.addresses(NAME).await;
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_hangs_is_waited_for_once_and_its_late_answer_serves() {
    let (names, asked) = names(&["192.0.2.1"], Duration::from_secs(10));
    let began = Instant::now();
    assert_eq!(names.addresses(NAME).await.first, ips(&[]));
    assert_eq!(began.elapsed(), MOST_PATIENCE);
    assert_eq!(names.addresses(NAME).await.first, ips(&[]));
    assert_eq!(began.elapsed(), MOST_PATIENCE, "the second does not wait where the first has waited");
    sleep(Duration::from_secs(10)).await;
    assert_eq!(names.addresses(NAME).await.first, ips(&["192.0.2.1"]));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_known_serves_while_the_resolver_hangs() {
    let names = Names::asking(Arc::new(|_| Box::pin(pending())));
    lock(&names.state).learn(NAME, ips(&["192.0.2.1"]));
    sleep(FRESH).await;
    for waited in [PATIENCE, Duration::ZERO] {
        let began = Instant::now();
        assert_eq!(names.addresses(NAME).await.first, ips(&["192.0.2.1"]));
        assert_eq!(began.elapsed(), waited);
    }
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_goes_away_leaves_the_lookup_to_the_others() {
    let (names, asked) = names(&["192.0.2.1"], Duration::from_secs(2));
    let hurried = tokio::time::timeout(Duration::from_millis(10), names.addresses(NAME)).await;
    assert!(hurried.is_err());
    assert_eq!(names.addresses(NAME).await.first, ips(&["192.0.2.1"]));
    assert_eq!(asked.load(Ordering::Relaxed), 1);
}

/// Somebody else who says this, and how often they were asked.
fn somebody_else(addresses: &[&str]) -> (SecondOpinion, Arc<AtomicUsize>) {
    let (addresses, asked) = (ips(addresses), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&asked);
    let second: SecondOpinion = Arc::new(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        let opinion = Opinion { addresses: addresses.clone(), holds: Duration::from_mins(5) };
        Box::pin(async move { Some(opinion) })
    });
    (second, asked)
}

#[tokio::test(start_paused = true)]
async fn a_second_opinion_goes_before_a_word_that_led_nowhere_and_is_asked_for_once() {
    let (names, system) = names(&["203.0.113.9"], Duration::ZERO);
    let (second, asked) = somebody_else(&["192.0.2.1", "2001:db8::1"]);
    names.ask_besides(Some(second));
    assert_eq!(names.addresses(NAME).await.first, ips(&["203.0.113.9"]));
    assert_eq!(asked.load(Ordering::Relaxed), 0, "nobody is asked while nothing has failed");
    assert!(names.doubt(NAME).unwrap().await, "there are addresses that were not known");
    assert!(names.doubt(NAME).is_none());
    let expected = Addresses { first: ips(&["192.0.2.1", "2001:db8::1"]), last: ips(&["203.0.113.9"]) };
    assert_eq!(names.addresses(NAME).await, expected);
    names.worked(NAME, ips(&["2001:db8::1"])[0]);
    sleep(FRESH * 2).await;
    assert_eq!(names.addresses(NAME).await.first, ips(&["2001:db8::1", "192.0.2.1"]));
    assert_eq!(system.load(Ordering::Relaxed), 1, "what holds needs no lookup");
    sleep(FRESH * 4).await;
    assert!(!names.doubt(NAME).unwrap().await, "the same again is no news");
    assert_eq!(asked.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn a_second_opinion_serves_a_name_that_the_system_does_not_know() {
    let names = Names::asking(Arc::new(|_| Box::pin(async { Vec::new() })));
    names.ask_besides(Some(somebody_else(&["192.0.2.1"]).0));
    assert_eq!(names.addresses(NAME).await, Addresses::default());
    assert!(names.doubt(NAME).unwrap().await);
    assert_eq!(names.addresses(NAME).await.first, ips(&["192.0.2.1"]));
}

#[tokio::test]
async fn without_a_second_opinion_the_proxys_last_place_goes_before_a_word_that_led_nowhere() {
    let names = Names::default();
    lock(&names.state).learn(NAME, ips(&["192.0.2.1"]));
    names.worked(NAME, ips(&["192.0.2.1"])[0]);
    lock(&names.state).learn(NAME, ips(&["203.0.113.9"]));
    assert!(names.doubt(NAME).is_none());
    let expected = Addresses { first: ips(&["192.0.2.1"]), last: ips(&["203.0.113.9"]) };
    assert_eq!(names.addresses(NAME).await, expected);
    names.worked(NAME, ips(&["203.0.113.9"])[0]);
    assert_eq!(names.addresses(NAME).await.first, ips(&["203.0.113.9"]), "it had moved");
}
