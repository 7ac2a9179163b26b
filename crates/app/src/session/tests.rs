#![allow(clippy::unwrap_used)]

use super::*;
use paperwing_profile::{KeyKind, OpenMode, Profile};

fn free() -> Vec<SocketAddr> {
    vec!["127.0.0.1:0".parse().unwrap()]
}

fn upstreams(dir: &std::path::Path) -> Upstreams {
    Upstreams::Profile { dir: Some(dir.to_owned()), keys: keys() }
}

fn keys() -> KeyOptions {
    KeyOptions::new().kind(Some(KeyKind::File))
}

#[tokio::test]
async fn an_empty_profile_runs_on_practice_proxies() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Session::start(upstreams(&dir.path().join("profile")), free()).await.unwrap();
    assert_eq!(session.practice().unwrap().proxies().len(), 3);
    let address = session.addresses()[0];
    assert_eq!(session.next().await, Event::Listening { address });
    session.stop().await;
}

#[tokio::test]
async fn a_damaged_list_is_not_taken_for_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("profile");
    let (mut profile, _) = Profile::open(&list, OpenMode::Command, keys()).unwrap();
    crate::add(&mut profile, &["socks5://127.0.0.1:1#Oslo".parse().unwrap()]).unwrap();
    std::fs::write(list.join("proxies.json"), "{ torn").unwrap();
    for _ in 0..2 {
        let started = Session::start(upstreams(&list), free()).await;
        assert!(matches!(&started, Err(Error::LostList { aside }) if aside.exists()), "{started:?}");
    }
    crate::add(&mut profile, &["socks5://127.0.0.1:2#Riga".parse().unwrap()]).unwrap();
    Session::start(upstreams(&list), free()).await.unwrap().stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn removing_the_last_proxy_stops_traffic() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("profile");
    let (mut profile, _) = Profile::open(&list, OpenMode::Command, keys()).unwrap();
    crate::add(&mut profile, &["socks5://127.0.0.1:1#Oslo".parse().unwrap()]).unwrap();
    let mut session = Session::start(upstreams(&list), free()).await.unwrap();
    assert!(matches!(session.next().await, Event::Listening { .. }));
    crate::remove(&mut profile, &["Oslo".to_owned()]).unwrap();
    assert_eq!(crate::after_change(&list), crate::Reload::Told);
    assert_eq!(session.next().await, Event::Reloaded { proxies: 0, chosen: None });
    assert!(matches!(session.next().await, Event::Trouble { .. }));
    assert!(session.practice().is_none() && session.proxies().is_empty());
    session.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_list_that_is_only_read_again_is_no_news() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("profile");
    let (mut profile, _) = Profile::open(&list, OpenMode::Command, keys()).unwrap();
    let links = ["socks5://127.0.0.1:1#Oslo", "socks5://127.0.0.1:2#Riga", "vless://id@192.0.2.1:443?type=xhttp#Later"];
    crate::add(&mut profile, &links.map(|link| link.parse().unwrap())).unwrap();
    let mut session = Session::start(upstreams(&list), free()).await.unwrap();
    assert!(matches!(session.next().await, Event::Listening { .. }));
    assert!(matches!(session.next().await, Event::Trouble { .. }));

    session.reload();
    while session.loading.is_some() {
        let _ = tokio::time::timeout(std::time::Duration::from_millis(50), session.next()).await;
    }
    assert_eq!(session.book.read(usize::MAX).0.len(), 2, "nothing but that it listens, and what it left out");
    crate::choose(&mut profile, "Riga").unwrap();
    session.reload();
    assert_eq!(session.next().await, Event::Reloaded { proxies: 2, chosen: Some("Riga".to_owned()) });
    session.stop().await;
}

#[tokio::test]
async fn a_second_session_is_told_who_holds_the_profile() {
    let dir = tempfile::tempdir().unwrap();
    let first = Session::start(upstreams(&dir.path().join("profile")), free()).await.unwrap();
    let second = Session::start(upstreams(&dir.path().join("profile")), free()).await.unwrap_err().to_string();
    assert!(second.contains(&std::process::id().to_string()), "{second}");
    first.stop().await;
}

#[cfg(unix)]
#[tokio::test]
async fn what_another_command_adds_and_chooses_is_in_use_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let mut session = Session::start(upstreams(&dir.path().join("profile")), free()).await.unwrap();
    assert!(matches!(session.next().await, Event::Listening { .. }));

    let (mut profile, _) = Profile::open(&dir.path().join("profile"), OpenMode::Command, keys()).unwrap();
    let proxies = ["socks5://u:p@127.0.0.1:1#Oslo", "socks5://127.0.0.1:2#Riga"].map(|link| link.parse().unwrap());
    crate::add(&mut profile, &proxies).unwrap();
    crate::choose(&mut profile, "Riga").unwrap();
    assert_eq!(crate::after_change(&dir.path().join("profile")), crate::Reload::Told);

    assert_eq!(session.next().await, Event::Reloaded { proxies: 2, chosen: Some("Riga".to_owned()) });
    assert!(session.practice().is_none());
    assert_eq!(session.proxies().iter().map(|listed| listed.name.as_str()).collect::<Vec<_>>(), ["Oslo", "Riga"]);
    session.stop().await;
}

#[tokio::test]
async fn links_touch_no_profile_and_what_cannot_be_carried_is_named() {
    let proxies =
        ["socks5://127.0.0.1:1#Oslo", "vless://id@192.0.2.1:443?type=xhttp#Later"].map(|link| link.parse().unwrap());
    let mut session = Session::start(Upstreams::Links(proxies.to_vec()), free()).await.unwrap();
    assert!(matches!(session.next().await, Event::Listening { .. }));
    let Event::Trouble { what: AppError { text, .. } } = session.next().await else { panic!() };
    assert!(text.contains("Later") && text.contains("not supported yet"), "{text}");
    session.stop().await;

    let only: Proxy = "vless://id@192.0.2.1:443?type=xhttp#Later".parse().unwrap();
    assert!(matches!(Session::start(Upstreams::Links(vec![only]), free()).await, Err(Error::NoneSupported(_))));
}

#[tokio::test]
async fn what_each_network_taught_is_taken_up_again_when_it_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let list = dir.path().join("profile");
    let (mut profile, _) = Profile::open(&list, OpenMode::Command, keys()).unwrap();
    crate::add(&mut profile, &["socks5://127.0.0.1:1#Oslo".parse().unwrap()]).unwrap();
    let usual = |session: &Session| session.engine().state().proxies[0].usual;
    let took = std::time::Duration::from_millis(40);

    let mut session = Session::start(upstreams(&list), free()).await.unwrap();
    session.enter_network(b"home");
    // What was begun in the network before says nothing of this one.
    tokio::time::sleep(2 * took).await;
    session.engine().tested(session.engine().state().proxies[0].id, took);
    session.enter_network(b"work");
    assert_eq!(usual(&session), None, "another network, another story");
    session.enter_network(b"home");
    assert_eq!(usual(&session), Some(took));
    session.stop().await;

    let mut session = Session::start(upstreams(&list), free()).await.unwrap();
    session.enter_network(b"work");
    assert_eq!(usual(&session), None);
    session.enter_network(b"home");
    assert_eq!(usual(&session), Some(took), "and it outlives the program");
    session.stop().await;
    let kept = std::fs::read_to_string(list.join("history.json")).unwrap();
    assert!(!kept.contains("home") && !kept.contains(&hex("home")), "{kept}");
}

fn hex(text: &str) -> String {
    text.bytes().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
