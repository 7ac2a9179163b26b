//! Telegram through its own kind of proxies.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use paperwing_tests::disk::Home;
use paperwing_tests::hello::Hello;
use paperwing_tests::needs;
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::{Running, eventually, tool};
use paperwing_tests::python;
use paperwing_tests::server::Server;
use paperwing_tests::telegram::{DataCentre, KEY, Mtprotoproxy, Secret, ask, assert_answers, carry};
use paperwing_tests::tools::skip;
use paperwing_tests::trials;

macro_rules! needs_python {
    () => {
        if let Some(why) = python::missing() {
            return skip(&why);
        }
    };
}

/// The link that Telegram is given.
fn link(paperwing: &mut Paperwing) -> String {
    paperwing.next("telegram")["link"].as_str().expect("a link").to_owned()
}

fn stop(paperwing: Paperwing) {
    assert!(!paperwing.written().contains(KEY), "a secret stands in the log");
    paperwing.stop();
}

#[test]
fn every_kind_of_secret_carries_whole_and_stays_out_of_the_log() {
    needs_python!();
    let data_centre = DataCentre::start();
    let proxy = Mtprotoproxy::before(&data_centre);
    for secret in [Secret::Plain, Secret::Padded, Secret::Disguised] {
        let mut paperwing = Paperwing::up([proxy.link(secret, "one")]);
        let link = link(&mut paperwing);
        assert!(link.starts_with("tg://proxy?server=127.0.0.1&port=") && link.contains("&secret=dd"), "{link}");
        assert_answers(&link);
        let bytes = trials::bytes(8 << 20);
        let patience = Duration::from_secs(120 + bytes / 1_000_000);
        let digests = carry(&link, bytes).finish_within(patience).succeeded();
        let (sent, heard) = digests.trim().split_once(' ').expect("two digests");
        assert_eq!(sent, heard, "{secret:?}");
        stop(paperwing);
    }
}

#[test]
fn a_proxy_that_fails_is_left_without_telegrams_hearing_of_it() {
    needs_python!();
    let data_centre = DataCentre::start();
    let proxy = Mtprotoproxy::before(&data_centre);
    let noise = Server::start(|mut stream| {
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(&[0xa7; 5000]);
    });
    let hostile =
        |secret: &str| format!("tg://proxy?server=127.0.0.1&port={}&secret={secret}#bad", noise.address().port());
    let disguised = format!("ee{KEY}6578616d706c652e636f6d");
    for bad in [proxy.link(Secret::Wrong, "bad"), hostile(KEY), hostile(&disguised)] {
        let mut paperwing = Paperwing::up([bad, proxy.link(Secret::Padded, "good")]);
        let link = link(&mut paperwing);
        assert_answers(&link);
        let switched = paperwing.next("switched");
        assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{switched}");
        stop(paperwing);
    }
}

#[test]
fn a_proxy_that_dies_breaks_what_it_carries_and_the_next_one_takes_over() {
    needs_python!();
    let data_centre = DataCentre::start();
    let (mut first, second) = (Mtprotoproxy::before(&data_centre), Mtprotoproxy::before(&data_centre));
    let mut paperwing = Paperwing::up([first.link(Secret::Disguised, "first"), second.link(Secret::Plain, "second")]);
    let link = link(&mut paperwing);
    assert_answers(&link);
    let carried = carry(&link, 1 << 30);
    eventually("something is carried", || carried.stderr.text().contains("carrying").then_some(()));
    first.kill();
    assert_ne!(carried.finish().code, Some(0), "half of it is not taken for the whole");
    assert_answers(&link);
    let switched = paperwing.next("switched");
    assert_eq!((&switched["from"], &switched["to"]), (&"first".into(), &"second".into()), "{switched}");
    stop(paperwing);
}

#[test]
fn strangers_get_no_answer_and_no_proxy_is_contacted_for_them() {
    needs_python!();
    let proxy = Server::mute();
    let port = proxy.address().port();
    let mut paperwing = Paperwing::up([format!("tg://proxy?server=127.0.0.1&port={port}&secret={KEY}")]);
    let link = link(&mut paperwing);
    eventually("the question at the start is given up", || (proxy.connections() > 0).then_some(()));
    let before = proxy.connections();
    let (ours, secret) = link.split_once("&secret=dd").expect("a secret");
    let wrong: String = secret.chars().rev().collect();
    assert_ne!(ask(&format!("{ours}&secret=dd{wrong}")).code, Some(0));
    assert_eq!(proxy.connections(), before);
    stop(paperwing);
}

#[test]
fn what_telegram_was_told_holds_over_restarts_and_tests_ask_a_data_centre() {
    needs_python!();
    let data_centre = DataCentre::start();
    let proxy = Mtprotoproxy::before(&data_centre);
    let home = Home::new();
    let keyring = ["--keyring", "file"];
    let typed = |words: &[&str]| home.run(&[words, &keyring].concat());
    typed(&["import", "--yes", &proxy.link(Secret::Disguised, "good")]).succeeded();
    typed(&["import", "--yes", &proxy.link(Secret::Wrong, "wrong")]).succeeded();
    typed(&["test", "good"]).succeeded();
    // It says nothing to those who do not know its secret.
    let failed = typed(&["test", "wrong"]);
    assert!(failed.text().contains("failed at tls") && failed.text().contains("did not answer"), "{failed}");
    let mut links = Vec::new();
    for _ in 0..2 {
        let paperwing = Setup::in_home(&home).up();
        let link = home.run_openly(&["telegram"]).succeeded();
        assert_answers(link.trim());
        assert!(typed(&["status"]).succeeded().contains("Telegram connects to 127.0.0.1:"));
        links.push(link);
        stop(paperwing);
    }
    assert_eq!(links[0], links[1]);
}

/// Somebody who notes the first hello of every client, and hangs up.
fn eavesdropper() -> (Server, Arc<Mutex<Vec<Hello>>>) {
    let heard = Arc::<Mutex<Vec<Hello>>>::default();
    let kept = Arc::clone(&heard);
    let server = Server::start(move |mut stream| {
        if let Ok(hello) = Hello::read(&mut stream) {
            kept.lock().expect("nobody panics with it").push(hello);
        }
    });
    (server, heard)
}

#[test]
fn the_disguise_is_that_of_the_chromium_on_this_computer() {
    needs!("chromium");
    let (server, heard) = eavesdropper();
    let hellos = |count: usize| {
        eventually("enough hellos", || {
            Some(heard.lock().expect("nobody panics with it").clone()).filter(|all| all.len() >= count)
        })
    };
    let port = server.address().port();
    let dir = tempfile::TempDir::with_prefix("paperwing-chromium-").expect("a temporary folder");
    let mut command = tool("chromium");
    command.env("HOME", dir.path());
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg("--disable-dev-shm-usage").arg(format!("--user-data-dir={}", dir.path().display()));
    command.arg(format!("--host-resolver-rules=MAP example.com 127.0.0.1:{port}"));
    command.args(["--dump-dom", "https://example.com/"]);
    let chromium = Running::start(command);
    let theirs = hellos(1).remove(0);
    chromium.finish();
    heard.lock().expect("nobody panics with it").clear();

    let site = "6578616d706c652e636f6d";
    let paperwing = Paperwing::up([format!("tg://proxy?server=127.0.0.1&port={port}&secret=ee{KEY}{site}")]);
    let ours = hellos(1).remove(0);
    paperwing.stop();
    // The encrypted hello that says nothing has one of four lengths, and roots come and go without a new Chromium.
    let alike = |hello: &Hello| {
        let length = hello.length - hello.encrypted - hello.anchors;
        Hello { encrypted: 0, anchors: 0, length, ..hello.clone() }
    };
    assert_eq!(alike(&ours), alike(&theirs));
    for hello in [ours, theirs] {
        assert!([186, 218, 250, 282].contains(&hello.encrypted), "{}", hello.encrypted);
    }
}
