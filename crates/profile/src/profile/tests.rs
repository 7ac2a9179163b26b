#![allow(clippy::unwrap_used)]

mod files;

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::{HealthRecord, History, NetworkRecord, ProxyThere, Trust};

const CANARY: &str = "c4nary-pa55word";

fn keys() -> KeyOptions {
    KeyOptions::new().kind(Some(KeyKind::File))
}

fn open(dir: &Path) -> Profile {
    let (profile, warnings) = Profile::open(dir, OpenMode::Command, keys()).unwrap();
    assert_eq!(warnings, []);
    profile
}

/// A folder that does not exist yet, inside one that is removed with the test.
fn place() -> (TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let dir = temporary.path().join("profile");
    (temporary, dir)
}

fn proxy(link: &str) -> Proxy {
    link.parse().unwrap()
}

fn names(profile: &Profile) -> Vec<&str> {
    profile.entries().iter().map(|entry| entry.name.as_str()).collect()
}

fn files(dir: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn looking_at_a_profile_that_is_not_there_makes_nothing() {
    let (_temporary, dir) = place();
    let profile = open(&dir);
    assert!(profile.entries().is_empty() && profile.choice() == Choice::Auto && !profile.changed());
    assert!(!dir.exists());
}

#[test]
fn what_is_added_is_there_for_the_next_one_with_all_its_parts() {
    let (_temporary, dir) = place();
    let given = [
        proxy("socks5://ann:s%20e%3Acret@proxy.example:1080#Oslo"),
        proxy("http://198.51.100.7:8080"),
        proxy("socks5://[2001:db8::1]:1080#v6"),
    ];
    let added = open(&dir).add(&given, None).unwrap();
    let profile = open(&dir);
    assert_eq!(added.new, profile.entries().iter().map(|entry| entry.id).collect::<Vec<_>>());
    let read: Vec<_> = profile.entries().iter().map(|entry| profile.proxy(entry).unwrap()).collect();
    assert_eq!(read, given);
    assert_eq!(names(&profile), ["Oslo", "198.51.100.7:8080", "v6"]);
    assert_eq!(profile.entries().iter().map(Entry::is_sealed).collect::<Vec<_>>(), [true, false, false]);
    assert_eq!(profile.entries()[2].address(), "[2001:db8::1]:1080");
}

#[test]
fn a_list_without_secrets_never_asks_for_a_key() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.use_keys(KeyOptions::new().kind(Some(KeyKind::None)));
    profile.add(&[proxy("socks5://192.0.2.1:1")], None).unwrap();
    assert_eq!(profile.key_kind(), None);
    assert_eq!(files(&dir), ["proxies.json", "write.lock"]);
}

#[test]
fn without_a_key_a_secret_is_refused_and_nothing_changes() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.use_keys(KeyOptions::new().kind(Some(KeyKind::None)));
    let both = [proxy("socks5://192.0.2.1:1"), proxy("socks5://a:b@192.0.2.1:1")];
    let error = profile.add(&both, None).unwrap_err();
    assert!(matches!(error, ProfileError::Secret(SecretError::Off)), "{error:?}");
    assert!(profile.entries().is_empty() && open(&dir).entries().is_empty());
}

#[test]
fn a_list_with_secrets_is_shown_without_the_key() {
    let (_temporary, dir) = place();
    open(&dir).add(&[proxy("socks5://a:b@proxy.example:1#Oslo")], None).unwrap();
    let profile = open(&dir);
    profile.use_keys(KeyOptions::new().kind(Some(KeyKind::None)));
    let entry = &profile.entries()[0];
    assert_eq!(
        (entry.name.as_str(), entry.protocol.as_str(), entry.address().as_str()),
        ("Oslo", "socks5", "proxy.example:1")
    );
    assert_eq!(profile.proxy(entry), Err(SecretError::Off));
}

#[test]
fn a_proxy_is_added_once_whatever_it_is_called() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let first = profile.add(&[proxy("socks5://a:b@proxy.example:1#Oslo")], None).unwrap();
    let list = [
        proxy("socks5://a:b@PROXY.example:1#Bergen"),
        proxy("socks5://a:c@proxy.example:1#Oslo"),
        proxy("socks5://proxy.example:1#oslo"),
        proxy("socks5://proxy.example:1"),
    ];
    let second = open(&dir).add(&list, None).unwrap();
    assert_eq!(second.known[0], first.new[0]);
    assert_eq!(second.known[1], second.new[1]);
    assert_eq!(names(&open(&dir)), ["Oslo", "Oslo (2)", "oslo (3)"]);
    // The one that was open all the time builds upon what the other wrote.
    profile.rename(first.new[0], "Tromsø").unwrap();
    assert_eq!(names(&open(&dir)), ["Tromsø", "Oslo (2)", "oslo (3)"]);
}

#[test]
fn proxies_are_found_by_name_in_any_case_or_by_an_address_that_is_theirs_alone() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let list = ["socks5://192.0.2.1:1#Ærø", "socks5://192.0.2.2:1#b", "http://192.0.2.2:1#c"].map(proxy);
    let ids = profile.add(&list, None).unwrap().new;
    let found = |name: &str| profile.find(name).map(|entry| entry.id);
    assert_eq!(found("æRØ"), Some(ids[0]));
    assert_eq!(found("192.0.2.1:1"), Some(ids[0]));
    assert_eq!(found("192.0.2.2:1"), None);
    assert_eq!(found("auto"), None);
}

#[test]
fn names_given_by_hand_are_unique_visible_and_not_auto() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let ids = profile.add(&["socks5://192.0.2.1:1#a", "socks5://192.0.2.2:1#b"].map(proxy), None).unwrap().new;
    assert!(matches!(profile.rename(ids[0], "B"), Err(ProfileError::NameTaken(_))));
    assert!(matches!(profile.rename(ids[0], "Auto"), Err(ProfileError::NameTaken(_))));
    assert!(matches!(profile.rename(ids[0], "\u{202e} "), Err(ProfileError::BadName)));
    assert!(matches!(profile.rename(ProxyId(1), "c"), Err(ProfileError::NoSuchProxy(ProxyId(1)))));
    profile.rename(ids[0], "A").unwrap();
    assert!(profile.entries()[0].edited_by_hand);
    assert_eq!(names(&profile), ["A", "b"]);
}

#[test]
fn removing_is_all_or_nothing_and_a_removed_choice_is_auto_again() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let ids = profile.add(&["socks5://192.0.2.1:1", "socks5://192.0.2.2:1"].map(proxy), None).unwrap().new;
    profile.choose(Choice::Proxy(ids[0])).unwrap();
    assert_eq!(open(&dir).choice(), Choice::Proxy(ids[0]));
    assert!(profile.remove(&[ids[0], ProxyId(1)]).is_err());
    assert_eq!(profile.entries().len(), 2);
    profile.remove(&ids[..1]).unwrap();
    assert_eq!((profile.entries().len(), open(&dir).choice()), (1, Choice::Auto));
    assert!(matches!(profile.choose(Choice::Proxy(ids[0])), Err(ProfileError::NoSuchProxy(_))));
}

#[test]
fn the_named_ones_go_first() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let list = ["socks5://192.0.2.1:1#a", "socks5://192.0.2.2:1#b", "socks5://192.0.2.3:1#c"].map(proxy);
    let ids = profile.add(&list, None).unwrap().new;
    profile.reorder(&[ids[2], ids[1], ids[2]]).unwrap();
    assert_eq!(names(&open(&dir)), ["c", "b", "a"]);
}

#[test]
fn another_proxy_in_an_entrys_place_keeps_id_and_name() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let id = profile.add(&[proxy("socks5://192.0.2.1:1#a")], None).unwrap().new[0];
    profile.replace(id, &proxy("http://u:p@192.0.2.9:2")).unwrap();
    let again = open(&dir);
    assert_eq!(again.proxy(again.entry(id).unwrap()).unwrap(), proxy("http://u:p@192.0.2.9:2#a"));
}

#[test]
fn the_local_login_is_kept_sealed() {
    let (_temporary, dir) = place();
    let login = Login { user: "ann".to_owned(), password: Secret::new(CANARY) };
    open(&dir).set_local_login(Some(&login)).unwrap();
    assert_eq!(open(&dir).local_login().unwrap(), Some(login));
    open(&dir).set_local_login(None).unwrap();
    assert_eq!(open(&dir).local_login().unwrap(), None);
}

#[test]
fn no_secret_is_in_any_file_or_in_what_debug_and_errors_say() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let links = [
        format!("socks5://{CANARY}:{CANARY}@192.0.2.1:1#a"),
        format!("socks4://{CANARY}@192.0.2.1:1#b"),
        format!("https://u:{CANARY}@proxy.example:1#c"),
        format!("trojan://{CANARY}@proxy.example:443#d"),
        format!("ss://aes-256-gcm:{CANARY}@proxy.example:443#e"),
    ];
    profile.add(&links.map(|link| proxy(&link)), None).unwrap();
    let url = Secret::new(format!("https://list.example/{CANARY}"));
    let subscription = NewSubscription { name: None, url: url.clone(), trust: Trust::Received };
    let id = profile.add_subscription(&subscription).unwrap();
    profile.set_local_login(Some(&Login { user: "u".to_owned(), password: Secret::new(CANARY) })).unwrap();
    profile.save_history(&History::default()).unwrap();
    assert_eq!(profile.subscription_url(&profile.subscriptions()[0]).unwrap(), url);
    assert_eq!((profile.subscriptions()[0].id, profile.subscriptions()[0].host.as_str()), (id, "list.example"));

    let known = profile.add_subscription(&subscription).unwrap_err();
    let request = profile.refresh_request(&profile.subscriptions()[0], Route::Direct);
    let seen = format!("{profile:?} {known:?} {known} {request:?} {subscription:?} {:?}", profile.entries());
    assert!(!seen.contains(CANARY), "{seen}");
    for name in files(&dir) {
        let bytes = fs::read(dir.join(&name)).unwrap();
        assert!(!bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes()), "{name}");
    }
}

#[cfg(unix)]
#[test]
fn sealed_links_cannot_change_places() {
    let (_temporary, dir) = place();
    open(&dir).add(&["socks5://a:b@192.0.2.1:1#a", "socks5://c:d@192.0.2.1:1#b"].map(proxy), None).unwrap();
    let mut document: serde_json::Value = serde_json::from_slice(&fs::read(dir.join(PROXIES)).unwrap()).unwrap();
    let second = document["proxies"][1]["sealed"].take();
    document["proxies"][0]["sealed"] = second.clone();
    document["proxies"][1]["sealed"] = second;
    fs::write(dir.join(PROXIES), serde_json::to_vec(&document).unwrap()).unwrap();
    let profile = open(&dir);
    assert!(matches!(profile.proxy(&profile.entries()[0]), Err(SecretError::Damaged { .. })));
    assert!(profile.proxy(&profile.entries()[1]).is_ok());
}

#[test]
fn the_key_moves_and_everything_sealed_stays_as_it_is() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.add(&[proxy("socks5://a:b@192.0.2.1:1")], None).unwrap();
    let sealed = profile.entries().to_vec();
    let by_passphrase =
        || KeyOptions::new().kind(Some(KeyKind::Passphrase)).passphrase(Some(Secret::new("correct horse")));

    let missing = profile.move_key(KeyOptions::new().kind(Some(KeyKind::Passphrase))).unwrap_err();
    assert!(matches!(missing, ProfileError::Secret(SecretError::PassphraseMissing)), "{missing:?}");
    assert!(open(&dir).proxy(&sealed[0]).is_ok());

    profile.move_key(by_passphrase()).unwrap();
    assert_eq!(
        (profile.key_kind(), files(&dir)),
        (Some(KeyKind::Passphrase), vec![PROXIES.into(), "write.lock".into()])
    );
    let again = Profile::open(&dir, OpenMode::Command, by_passphrase()).unwrap().0;
    assert_eq!(again.entries(), sealed);
    assert_eq!(again.proxy(&again.entries()[0]), Ok(proxy("socks5://a:b@192.0.2.1:1")));
    let wrong = SecretError::OtherKind { recorded: KeyKind::Passphrase, asked: KeyKind::File };
    assert_eq!(open(&dir).proxy(&sealed[0]), Err(wrong));
}

#[test]
fn a_lost_key_is_in_nobodys_way_once_what_it_sealed_is_removed() {
    let (_temporary, dir) = place();
    open(&dir).add(&[proxy("socks5://a:b@192.0.2.1:1#a"), proxy("socks5://192.0.2.1:2#open")], None).unwrap();
    let key_files = || -> Vec<_> { files(&dir).into_iter().filter(|name| name.starts_with("key-")).collect() };
    let [lost] = key_files().try_into().unwrap();
    fs::remove_file(dir.join(&lost)).unwrap();

    // One process for all of it: that the key was missed is not held against the new one.
    let mut profile = open(&dir);
    let newcomer = [proxy("socks5://c:d@192.0.2.1:1#c")];
    let missing = profile.add(&newcomer, None).unwrap_err();
    assert!(matches!(missing, ProfileError::Secret(SecretError::KeyMissing { .. })), "{missing:?}");
    let sealed = profile.find("a").unwrap().id;
    profile.remove(&[sealed]).unwrap();
    assert_eq!((profile.key_kind(), names(&profile)), (None, vec!["open"]));
    profile.add(&newcomer, None).unwrap();
    assert_eq!(profile.proxy(profile.find("c").unwrap()), Ok(newcomer[0].clone()));
    assert_eq!(key_files().len(), 1);

    let id = profile.find("c").unwrap().id;
    profile.remove(&[id]).unwrap();
    assert_eq!(key_files(), Vec::<String>::new());
}

#[test]
fn a_key_stays_while_it_seals_anything() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    let login = Login { user: "ann".to_owned(), password: Secret::new("s") };
    let new = NewSubscription { name: None, url: Secret::new("https://list.example/x"), trust: Trust::Typed };
    let subscription = profile.add_subscription(&new).unwrap();
    profile.set_local_login(Some(&login)).unwrap();
    profile.add(&[proxy("socks5://a:b@192.0.2.1:1#a")], None).unwrap();
    let id = profile.entries()[0].id;
    profile.remove(&[id]).unwrap();
    profile.remove_subscription(subscription).unwrap();
    assert_eq!(profile.local_login().unwrap(), Some(login));
    profile.set_local_login(None).unwrap();
    assert_eq!(profile.key_kind(), None);
}

#[cfg(unix)]
#[test]
fn a_key_that_others_can_read_is_worth_a_word() {
    use std::os::unix::fs::PermissionsExt;
    let (_temporary, dir) = place();
    open(&dir).add(&[proxy("socks5://a:b@192.0.2.1:1")], None).unwrap();
    let key = dir.join(files(&dir).into_iter().find(|name| name.starts_with("key-")).unwrap());
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let (_, warnings) = Profile::open(&dir, OpenMode::Command, keys()).unwrap();
    assert_eq!(warnings, [Warning::KeyOpenToOthers { path: key, mode: 0o644 }]);
}

#[test]
fn what_each_network_taught_is_kept_for_the_proxies_of_the_list_and_older_files_are_read() {
    let (_temporary, dir) = place();
    let mut profile = open(&dir);
    profile.add(&[proxy("socks5://192.0.2.1:1#a")], None).unwrap();
    let id = profile.entries()[0].id;
    fs::write(dir.join("history.json"), format!(r#"{{"version":1,"proxies":{{"{id}":{{"successes":3}}}}}}"#)).unwrap();
    let (mut history, warning) = profile.history();
    assert!(warning.is_none() && history.networks.is_empty(), "{warning:?}");
    assert_eq!(history.proxies[&id].successes, 3);

    let home = history.networks.id(b"home").unwrap();
    let there = ProxyThere { time_ms: Some(40), is_blocked: false };
    let proxies = [(id, there), (ProxyId(7), there)].into();
    history.networks.remember(home, NetworkRecord { last_seen: 1, picks: vec![ProxyId(7), id], proxies });
    profile.save_history(&history).unwrap();
    let (kept, _) = profile.history();
    let record = kept.networks.get(home).unwrap();
    assert_eq!((&record.picks[..], record.proxies.len()), (&[id][..], 1), "who left the list is forgotten");
}
