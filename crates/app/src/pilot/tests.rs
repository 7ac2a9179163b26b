#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use paperwing_link::Secret;
use paperwing_profile::{KeyKind, KeyOptions, OpenMode, Preferences, Profile};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

use super::*;
use crate::practice::{Block, Practice};

mod network;
mod shell;

struct Stage {
    pilot: Pilot,
    dir: tempfile::TempDir,
}

impl Stage {
    /// A pilot with a port of its own, and a test page that needs no network.
    async fn new(practice: &Practice) -> Self {
        Self::with_keys(practice, keys()).await
    }

    async fn with_keys(practice: &Practice, keys: KeyOptions) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let preferences =
            Preferences { port: free_port().await, test_page: Some(practice.page_url()), ..Preferences::default() };
        profile(dir.path()).save_preferences(&preferences).unwrap();
        Self { pilot: Pilot::start(Place { dir: dir.path().to_owned(), keys }).unwrap(), dir }
    }

    async fn phase(&self, wanted: impl Fn(&Phase) -> bool) -> Phase {
        let mut brief = self.pilot.brief();
        let found = brief.wait_for(|brief| brief.phase.as_ref().is_some_and(&wanted));
        tokio::time::timeout(Duration::from_secs(20), found).await.unwrap().unwrap().phase.clone().unwrap()
    }

    async fn add(&self, text: &str, how: AddHow) -> Added {
        let origin = Origin::Paste { text: text.to_owned() };
        let Read::Preview { preview } = self.pilot.ask(async |it| it.read(origin).await).await.unwrap() else {
            panic!()
        };
        let indices = preview.candidates.iter().map(|one| one.index).collect();
        self.pilot.ask(async move |it| it.add(preview.token, indices, how).await).await.unwrap()
    }

    async fn rows(&self) -> Vec<Row> {
        self.pilot.ask(async |it| it.list().await).await.unwrap()
    }

    /// Waits until something was told.
    async fn told(&self, wanted: impl Fn(&Event) -> bool) {
        let waiting = async {
            let is_told = async || {
                let told = self.pilot.ask(async |it| it.events(None).await).await.unwrap();
                told.iter().any(|told| wanted(&told.event))
            };
            while !is_told().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.unwrap();
    }

    async fn names(&self) -> Vec<String> {
        self.rows().await.into_iter().map(|row| row.name).collect()
    }
}

const KEPT: AddHow = AddHow { connect: false, subscribe: false };
const CONNECTED: AddHow = AddHow { connect: true, subscribe: false };

fn keys() -> KeyOptions {
    KeyOptions::new().kind(Some(KeyKind::File))
}

fn profile(dir: &Path) -> Profile {
    Profile::open(dir, OpenMode::Command, keys()).unwrap().0
}

/// Free on both loopback addresses a moment ago.
async fn free_port() -> u16 {
    loop {
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        if TcpListener::bind(("::1", port)).await.is_ok() {
            return port;
        }
    }
}

/// Links to practice proxies under other names, so that they can stand in a list.
fn links(practice: &Practice, names: &[&str]) -> String {
    let link = |(proxy, name): (&crate::practice::PracticeProxy, &&str)| format!("socks5://{}#{name}", proxy.address());
    practice.proxies().iter().zip(names).map(link).collect::<Vec<_>>().join("\n")
}

async fn fetch(port: SocketAddr, page: SocketAddr) -> String {
    let mut stream = TcpStream::connect(port).await.unwrap();
    stream.write_all(format!("CONNECT {page} HTTP/1.1\r\nHost: {page}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = vec![0; 512];
    let length = stream.read(&mut answer).await.unwrap();
    assert!(answer[..length].starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer[..length]));
    stream.write_all(b"GET / HTTP/1.1\r\nHost: page\r\n\r\n").await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    text
}

#[tokio::test]
async fn an_empty_list_connects_to_nothing_but_practice() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let refused = stage.pilot.ask(async |it| it.connect().await).await.unwrap_err();
    assert_eq!(refused.code, Code::EmptyList);
    stage.pilot.ask(async |it| it.start_practice().await).await.unwrap();
    stage.phase(|phase| *phase == Phase::Connected).await;
    assert!(stage.pilot.brief().borrow().is_practice);

    let port = stage.pilot.brief().borrow().listen.clone().unwrap().parse().unwrap();
    let page = stage.pilot.ask(async |it| Ok(it.practice_page().unwrap())).await.unwrap();
    let page = page.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    assert!(fetch(port, page).await.contains("Practice 1"));
    let first = format!("{:016x}", 1);
    stage.pilot.ask(async |it| it.block_practice(first, true).await).await.unwrap();
    assert!(fetch(port, page).await.contains("Practice 2"));

    stage.pilot.ask(async |it| it.leave_practice().await).await.unwrap();
    assert_eq!(stage.pilot.brief().borrow().phase, Some(Phase::Off));
    assert!(TcpStream::connect(port).await.is_err(), "the port is closed");
}

#[tokio::test]
async fn connecting_finds_the_proxy_that_works_and_begins_with_it() {
    let practice = Practice::start().unwrap();
    practice.proxies()[0].block(Block::Refuse);
    practice.proxies()[1].block(Block::Reset);
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo", "Riga", "Turku"]), CONNECTED).await;
    stage.phase(|phase| *phase == Phase::Connected).await;
    assert_eq!(stage.pilot.brief().borrow().pick.as_deref(), Some("Turku"));
    let verdicts: Vec<_> = stage.rows().await.into_iter().map(|row| row.health.verdict).collect();
    assert_eq!(verdicts, [Verdict::Blocked, Verdict::Blocked, Verdict::Healthy]);
    let told = stage.pilot.ask(async |it| it.events(None).await).await.unwrap();
    assert!(told.iter().any(|told| told.event == Event::Connected));
}

#[tokio::test]
async fn where_none_works_that_is_said_and_trying_again_finds_one_that_came_back() {
    let practice = Practice::start().unwrap();
    practice.proxies().iter().for_each(|proxy| proxy.block(Block::Refuse));
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo", "Riga"]), CONNECTED).await;
    stage.phase(|phase| matches!(phase, Phase::Blocked { .. })).await;
    practice.proxies()[1].unblock();
    stage.pilot.ask(async |it| it.try_again().await).await.unwrap();
    stage.phase(|phase| *phase == Phase::Connected).await;
    assert_eq!(stage.pilot.brief().borrow().pick.as_deref(), Some("Riga"));
}

/// What stands between this computer and a proxy: a network that wants a person to sign in, until that was done.
async fn portal(proxy: SocketAddr, is_signed_in: &Arc<AtomicBool>) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (port, is_signed_in) = (listener.local_addr().unwrap().port(), Arc::clone(is_signed_in));
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let is_open = is_signed_in.load(Ordering::Relaxed);
            tokio::spawn(async move {
                if is_open {
                    let mut proxy = TcpStream::connect(proxy).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut proxy).await;
                } else {
                    let _ = client.read(&mut [0; 64]).await;
                    let page = "HTTP/1.1 302 Found\r\nLocation: http://portal.example/\r\nContent-Length: 0\r\n\r\n";
                    let _ = client.write_all(page.as_bytes()).await;
                }
            });
        }
    });
    port
}

#[tokio::test]
async fn a_network_that_wants_a_sign_in_first_is_called_so_until_that_was_done() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let is_signed_in = Arc::default();
    let oslo = portal(practice.proxies()[0].address(), &is_signed_in).await;
    let riga = portal(practice.proxies()[1].address(), &is_signed_in).await;
    let links = format!("socks5://127.0.0.1:{oslo}#Oslo\nsocks5://localhost:{riga}#Riga");
    stage.add(&links, CONNECTED).await;
    stage.phase(|phase| *phase == Phase::SignIn).await;

    let port: SocketAddr = stage.pilot.brief().borrow().listen.clone().unwrap().parse().unwrap();
    let page = practice.page_url();
    let page: SocketAddr = page.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
    is_signed_in.store(true, Ordering::Relaxed);
    assert!(fetch(port, page).await.contains("Practice"));
    stage.phase(|phase| *phase == Phase::Connected).await;

    is_signed_in.store(false, Ordering::Relaxed);
    let mut refused = TcpStream::connect(port).await.unwrap();
    refused.write_all(format!("CONNECT {page} HTTP/1.1\r\nHost: {page}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    refused.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 502") && answer.contains("sign in"), "{answer}");
    stage.phase(|phase| *phase == Phase::SignIn).await;
    let told = stage.pilot.ask(async |it| it.events(None).await).await.unwrap();
    let told: Vec<_> = told.into_iter().map(|told| told.event).collect();
    let pages =
        told.iter().filter(|event| matches!(event, Event::SignInNeeded | Event::SignInOver | Event::AllBlocked));
    assert!(pages.eq(&[Event::SignInNeeded, Event::SignInOver, Event::SignInNeeded]), "{told:?}");
}

#[tokio::test]
async fn a_taken_port_is_named_with_one_that_is_free() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo"]), KEPT).await;
    let port = profile(stage.dir.path()).listen()[0].port();
    let taken = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let error = stage.pilot.ask(async |it| it.connect().await).await.unwrap_err();
    assert_eq!((error.code, error.args["port"].clone()), (Code::PortTaken, port.to_string()));
    assert!(matches!(stage.phase(|_| true).await, Phase::Failed { .. }));
    let free = error.args["free"].parse().unwrap();
    stage.pilot.ask(async move |it| it.use_port_and_connect(free).await).await.unwrap();
    stage.phase(|phase| *phase == Phase::Connected).await;
    assert_eq!(profile(stage.dir.path()).preferences().0.port, free);
    drop(taken);
}

#[tokio::test]
async fn a_preview_that_is_cancelled_leaves_nothing() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let origin = Origin::Link { link: "tg://socks?server=proxy.example&port=1080&user=ann&pass=hunter2".to_owned() };
    let Read::Preview { preview } = stage.pilot.ask(async |it| it.read(origin).await).await.unwrap() else { panic!() };
    assert_eq!((preview.candidates.len(), preview.candidates[0].has_secret), (1, true));
    assert!(!serde_json::to_string(&preview).unwrap().contains("hunter2"));
    let token = preview.token.clone();
    stage.pilot.ask(async |it| it.cancel_read(token).await).await.unwrap();
    let late = stage.pilot.ask(async move |it| it.add(preview.token, vec![0], KEPT).await).await.unwrap_err();
    assert_eq!(late.code, Code::Gone);
    assert!(!stage.dir.path().join("proxies.json").exists());

    let origin = Origin::Address { url: "http://list.example/sub".to_owned() };
    let read = stage.pilot.ask(async |it| it.read(origin).await).await.unwrap();
    assert!(matches!(read, Read::NeedsFetch { insecure: true, .. }), "{read:?}");
}

#[tokio::test]
async fn rows_move_and_what_was_removed_comes_back_with_its_password() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    stage.add("socks5://h:1#Oslo\nsocks5://ann:hunter2@h:2#Riga\nsocks5://h:3#Turku", KEPT).await;
    let ids: Vec<_> = stage.rows().await.into_iter().map(|row| row.id).collect();
    let (last, first) = (ids[2].clone(), ids[0].clone());
    stage.pilot.ask(async |it| it.reorder(vec![last], Some(first)).await).await.unwrap();
    assert_eq!(stage.names().await, ["Turku", "Oslo", "Riga"]);

    let riga = ids[1].clone();
    let refused = stage.pilot.ask(async move |it| it.share(riga, false).await).await.unwrap_err();
    assert_eq!(refused.code, Code::NeedsConsent);
    let riga = ids[1].clone();
    let removed = stage.pilot.ask(async |it| it.remove(vec![riga]).await).await.unwrap();
    assert_eq!(stage.names().await, ["Turku", "Oslo"]);
    stage.pilot.ask(async move |it| it.undo_remove(removed.token).await).await.unwrap();
    assert_eq!(stage.names().await, ["Turku", "Oslo", "Riga"]);
    let riga = ids[1].clone();
    let shared = stage.pilot.ask(async move |it| it.share(riga, true).await).await.unwrap();
    assert!(shared.secret && shared.link.contains("hunter2"));
    assert_eq!(shared.qr.dark.len(), (shared.qr.size * shared.qr.size) as usize);
}

#[tokio::test]
async fn what_a_form_says_is_kept_and_takes_effect() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    stage.add("socks5://h:1#Oslo", KEPT).await;
    let id = stage.rows().await[0].id.clone();
    let draft = stage.pilot.ask(async move |it| it.draft(id).await).await.unwrap();
    let draft = Draft { name: "Bergen".into(), port: "1081".into(), ..draft };
    let checked = draft.clone();
    assert_eq!(stage.pilot.ask(async |it| it.check_draft(checked).await).await.unwrap(), None);
    stage.pilot.ask(async |it| it.save(draft).await).await.unwrap();
    let row = stage.rows().await[0].clone();
    assert_eq!((row.name.as_str(), row.address.as_str()), ("Bergen", "h:1081"));
}

#[tokio::test]
async fn a_watcher_gets_everything_once_and_then_only_what_changed() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo", "Riga"]), KEPT).await;
    let (send, mut states) = mpsc::unbounded_channel();
    let sink: Sink = Box::new(move |state| send.send(state).is_ok());
    stage.pilot.ask(async |it| it.watch(sink).await).await.unwrap();
    let first = states.recv().await.unwrap();
    assert_eq!((first.phase, first.health.len()), (Phase::Off, 2));
    stage.pilot.ask(async |it| it.test(None).await).await.unwrap();
    let mut tested = std::collections::HashSet::new();
    while tested.len() < 2 {
        let news = tokio::time::timeout(Duration::from_secs(20), states.recv()).await.unwrap().unwrap();
        tested.extend(news.health.into_iter().filter(|one| one.health.spark.len() == 1).map(|one| one.id));
    }
    stage.pilot.ask(async |it| it.unwatch().await).await.unwrap();
    let end = async { while states.recv().await.is_some() {} };
    tokio::time::timeout(Duration::from_secs(5), end).await.expect("nobody sends any more");
}

#[tokio::test]
async fn settings_are_kept_and_a_port_that_hands_settled_stays() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let settings = stage.pilot.ask(async |it| it.settings().await).await.unwrap();
    let bypass = vec![" *.lan ".into(), String::new()];
    let changed = Settings { theme: Theme::Dark, tray_icon: TrayIcon::ForLight, bypass, ..settings };
    let kept = stage.pilot.ask(async |it| it.save_settings(changed).await).await.unwrap();
    assert_eq!((kept.theme, kept.tray_icon), (Theme::Dark, TrayIcon::ForLight));
    assert_eq!(kept.bypass, ["*.lan"]);
    let shown = stage.pilot.brief().borrow().preferences.clone();
    assert_eq!(shown.tray_icon, TrayIcon::ForLight, "the tray is told at once");
    std::fs::write(stage.dir.path().join("settings.toml"), "listen = \"127.0.0.1:9\"\n").unwrap();
    let settings = stage.pilot.ask(async |it| it.settings().await).await.unwrap();
    assert_eq!(settings.port, 9);
    let refused = Settings { port: 10, ..settings };
    let refused = stage.pilot.ask(async |it| it.save_settings(refused).await).await.unwrap_err();
    assert_eq!(refused.code, Code::SettledByHand);
    let before = profile(stage.dir.path()).preferences().0;
    let refused = stage.pilot.ask(async |it| it.use_port_and_connect(10).await).await.unwrap_err();
    assert_eq!(refused.code, Code::SettledByHand, "one that is offered in its place would not be opened either");
    assert_eq!(profile(stage.dir.path()).preferences().0, before);
}

#[tokio::test]
async fn a_passphrase_that_is_given_while_it_runs_takes_up_what_was_left_out_for_want_of_it() {
    let practice = Practice::start().unwrap();
    let stage = Stage::with_keys(&practice, KeyOptions::new()).await;
    let passphrase = "correct horse";
    let sealing = KeyOptions::new().passphrase(Some(Secret::new(passphrase.to_owned())));
    let (mut sealed, _) = Profile::open(stage.dir.path(), OpenMode::Command, sealing).unwrap();
    crate::add(&mut sealed, &["socks5://ann:hunter2@127.0.0.1:9#Sealed".parse().unwrap()]).unwrap();
    stage.add(&links(&practice, &["Oslo"]), CONNECTED).await;
    stage.phase(|phase| *phase == Phase::Connected).await;
    stage.told(|event| matches!(event, Event::Trouble { what } if what.code == Code::Unreadable)).await;

    let given = Passphrase(passphrase.to_owned());
    stage.pilot.ask(async |it| it.unlock(given).await).await.unwrap();
    stage.told(|event| matches!(event, Event::Reloaded { proxies: 2, .. })).await;
}

#[tokio::test]
async fn who_may_use_the_port_is_asked_for_at_once() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    stage.add(&links(&practice, &["Oslo"]), CONNECTED).await;
    stage.phase(|phase| *phase == Phase::Connected).await;
    let settings = stage.pilot.ask(async |it| it.settings().await).await.unwrap();
    let login = Some(LocalLogin { username: "ann".into(), password: "hunter2".into() });
    stage.pilot.ask(async move |it| it.save_settings(Settings { login, ..settings }).await).await.unwrap();
    stage.phase(|phase| *phase == Phase::Connected).await;
    let port: SocketAddr = stage.pilot.brief().borrow().listen.clone().unwrap().parse().unwrap();
    let mut stream = TcpStream::connect(port).await.unwrap();
    stream.write_all(b"CONNECT h:1 HTTP/1.1\r\nHost: h:1\r\n\r\n").await.unwrap();
    let mut answer = [0; 16];
    stream.read_exact(&mut answer).await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 407"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn the_window_says_of_each_proxy_what_the_command_line_says() {
    let practice = Practice::start().unwrap();
    let stage = Stage::new(&practice).await;
    let links = [
        "ss://rc4-md5:p@h.example:1",
        "trojan://p@h.example?type=grpc",
        "vless://id@h.example:1?security=reality&pbk=k",
        "vless://id@h.example:1?security=tls",
        "hysteria2://p@h.example",
    ];
    stage.add(&links.join("\n"), KEPT).await;
    let seen: Vec<_> = stage.rows().await.into_iter().map(|row| row.support).collect();
    let listed = crate::listing(&profile(stage.dir.path())).rows;
    assert_eq!(seen, listed.iter().map(|row| convert::support(&row.support)).collect::<Vec<_>>());
    let grpc = paperwing_link::Missing::Transport { protocol: "Trojan", transport: "gRPC".to_owned() };
    assert_eq!((&seen[1], &seen[3]), (&Support::NotYet { what: grpc }, &Support::Carried));
}
