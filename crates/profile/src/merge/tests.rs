#![allow(clippy::unwrap_used)]

use paperwing_link::Secret;
use tempfile::TempDir;

use crate::{
    Choice, KeyKind, KeyOptions, NewSubscription, OpenMode, Profile, ProfileError, SubscriptionId, SubscriptionNews,
    Trust,
};
use paperwing_link::{Proxy, ProxyId};

struct Case {
    _dir: TempDir,
    profile: Profile,
    subscription: SubscriptionId,
}

impl Case {
    /// A subscription that has brought `links`.
    fn with(links: &[&str]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let keys = KeyOptions::new().kind(Some(KeyKind::File));
        let mut profile = Profile::open(dir.path(), OpenMode::Command, keys).unwrap().0;
        let url = Secret::new("https://list.example/token");
        let subscription =
            profile.add_subscription(&NewSubscription { name: None, url, trust: Trust::Received }).unwrap();
        let mut case = Self { _dir: dir, profile, subscription };
        case.refresh(links);
        case
    }

    fn refresh(&mut self, links: &[&str]) -> crate::Merged {
        self.try_refresh(links, &[]).unwrap()
    }

    fn try_refresh(&mut self, links: &[&str], in_use: &[ProxyId]) -> Result<crate::Merged, ProfileError> {
        let list: Vec<Proxy> = links.iter().map(|link| link.parse().unwrap()).collect();
        let news = SubscriptionNews { etag: Some(format!("\"{}\"", links.len())), ..SubscriptionNews::default() };
        self.profile.merge(self.subscription, &list, news, in_use)
    }

    fn id(&self, name: &str) -> ProxyId {
        self.profile.find(name).unwrap().id
    }

    fn names(&self) -> Vec<&str> {
        self.profile.entries().iter().map(|entry| entry.name.as_str()).collect()
    }
}

const A: &str = "socks5://u:a@192.0.2.1:1#a";
const B: &str = "socks5://u:b@192.0.2.2:1#b";
const C: &str = "socks5://192.0.2.3:1#c";
const D: &str = "socks5://192.0.2.4:1#d";

#[test]
fn new_ones_are_appended_in_order_and_vanished_ones_go() {
    let mut case = Case::with(&[A, B]);
    let (a, b) = (case.id("a"), case.id("b"));
    let merged = case.refresh(&[D, B, C]);
    assert_eq!(case.names(), ["b", "d", "c"]);
    assert_eq!((merged.removed, merged.added), (vec![a], vec![case.id("d"), case.id("c")]));
    assert_eq!(case.id("b"), b);
    assert_eq!(case.profile.subscriptions()[0].news.etag.as_deref(), Some("\"3\""));
}

#[test]
fn one_that_the_provider_renamed_keeps_its_id() {
    let mut case = Case::with(&[A, B]);
    let a = case.id("a");
    let merged = case.refresh(&["socks5://u:a@192.0.2.1:1#Oslo", B]);
    assert_eq!((merged.renamed, case.id("Oslo"), case.names()), (vec![a], a, vec!["Oslo", "b"]));
}

#[test]
fn another_password_makes_another_proxy() {
    let mut case = Case::with(&[A]);
    let a = case.id("a");
    let merged = case.refresh(&["socks5://u:new@192.0.2.1:1#a"]);
    assert_eq!((merged.removed, merged.added.len()), (vec![a], 1));
}

#[test]
fn those_in_use_chosen_or_changed_by_hand_stay() {
    let mut case = Case::with(&[A, B, C, D]);
    let (a, b, c) = (case.id("a"), case.id("b"), case.id("c"));
    case.profile.choose(Choice::Proxy(a)).unwrap();
    case.profile.rename(b, "mine").unwrap();
    let merged = case.try_refresh(&["socks5://192.0.2.5:1#e"], &[c]).unwrap();
    assert_eq!(merged.kept, [a, b, c]);
    assert_eq!(case.names(), ["a", "mine", "c", "e"]);
    case.profile.choose(Choice::Auto).unwrap();
    case.refresh(&["socks5://192.0.2.5:1#e", B]);
    assert_eq!(case.names(), ["mine", "e"]);
}

#[test]
fn the_same_list_again_changes_nothing_even_where_names_repeat() {
    let links = ["socks5://192.0.2.1:1#x", "socks5://192.0.2.2:1#x", "socks5://192.0.2.1:1#y"];
    let mut case = Case::with(&links);
    assert_eq!(case.names(), ["x", "x (2)"]);
    assert_eq!(case.refresh(&links), crate::Merged::default());
    assert_eq!(case.names(), ["x", "x (2)"]);
}

#[test]
fn what_a_person_added_is_neither_doubled_nor_taken_over() {
    let mut case = Case::with(&[A]);
    let added = case.profile.add(&[C.parse().unwrap()], None).unwrap().new[0];
    case.refresh(&[A, "socks5://192.0.2.3:1#provider's"]);
    assert_eq!(case.names(), ["a", "c"]);
    case.refresh(&[A]);
    assert_eq!(case.id("c"), added);
}

#[test]
fn an_empty_list_replaces_nothing() {
    let mut case = Case::with(&[A, B]);
    assert!(matches!(case.try_refresh(&[], &[]), Err(ProfileError::EmptyList)));
    assert_eq!(case.names(), ["a", "b"]);
    assert_eq!(case.profile.subscriptions()[0].news.etag.as_deref(), Some("\"2\""));
}

#[test]
fn a_removed_subscription_takes_its_proxies_along_but_not_those_of_the_person() {
    let mut case = Case::with(&[A, B]);
    case.profile.add(&[C.parse().unwrap()], None).unwrap();
    let (a, b) = (case.id("a"), case.id("b"));
    case.profile.rename(b, "mine").unwrap();
    assert_eq!(case.profile.remove_subscription(case.subscription).unwrap(), [a]);
    assert_eq!(case.names(), ["mine", "c"]);
    assert!(case.profile.entries().iter().all(|entry| entry.subscription.is_none()));
    assert!(case.profile.subscriptions().is_empty());
    assert!(matches!(case.try_refresh(&[A], &[]), Err(ProfileError::NoSuchSubscription(_))));
}

#[test]
fn a_subscription_is_there_once_and_needs_an_address() {
    let mut case = Case::with(&[A]);
    let mut add = |url: &str| {
        case.profile.add_subscription(&NewSubscription { name: None, url: Secret::new(url), trust: Trust::Typed })
    };
    assert!(matches!(add("https://list.example/token"), Err(ProfileError::KnownSubscription(_))));
    for url in ["file:///etc/passwd", "list.example", "https://", ""] {
        assert!(matches!(add(url), Err(ProfileError::BadUrl)), "{url}");
    }
    add("https://list.example/other").unwrap();
    assert_eq!(case.profile.subscriptions()[1].name, "list.example (2)");
}
