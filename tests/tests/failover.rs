//! A proxy stops working while traffic runs. Whoever uses Paperwing does not hear of it.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use paperwing_tests::client::{fetch, socks5, status};
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::eventually;
use paperwing_tests::server::Server;
use paperwing_tests::upstream::{Microsocks, Odd};
use serde_json::Value;

/// Fetches the page so many times and fails if one of them does not come.
#[track_caller]
fn assert_all_arrive(paperwing: &Paperwing, origin: &Origin, times: usize) {
    for time in 0..times {
        let scheme = if time % 2 == 0 { "socks5h" } else { "http" };
        let fetched = fetch(&paperwing.proxy(scheme), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "request {time}: {fetched}\n{}", paperwing.story());
    }
}

/// The switch from `bad` to `good`, with the stage and the reason of `bad`.
#[track_caller]
fn assert_switch(switched: &Value, stage: &str, reason: &str) {
    assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{switched}");
    assert_eq!((&switched["stage"], &switched["reason"]), (&stage.into(), &reason.into()), "{switched}");
    assert!(switched["ms"].is_u64(), "{switched}");
}

#[test]
fn no_request_fails_when_the_proxy_is_killed_in_the_middle_of_a_loop() {
    needs!("curl", "microsocks");
    let (origin, mut first, second) = (Origin::start(), Microsocks::open(), Microsocks::open());
    let mut paperwing = Paperwing::up([first.link() + "#bad", second.link() + "#good"]);
    assert_all_arrive(&paperwing, &origin, 10);
    assert_eq!(second.log(), "", "a standby is left in peace while the pick works");
    first.kill();
    assert_all_arrive(&paperwing, &origin, 30);
    assert_switch(&paperwing.next("switched"), "connect", "refused");
    assert!(paperwing.kinds().contains(&"blocked".to_owned()), "{:?}", paperwing.kinds());
    paperwing.stop();
}

#[test]
fn of_many_clients_at_once_none_that_begins_after_the_kill_notices_it() {
    needs!("curl", "microsocks");
    let (origin, mut first, second) = (Origin::start(), Microsocks::open(), Microsocks::open());
    let mut paperwing = Paperwing::up([first.link() + "#bad", second.link() + "#good"]);
    assert_all_arrive(&paperwing, &origin, 2);
    let (proxy, url) = (paperwing.proxy("socks5h"), origin.url("/"));
    let (killed, begun, after) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    let client = || {
        while after.load(Ordering::SeqCst) < 40 {
            let is_later = killed.load(Ordering::SeqCst);
            begun.fetch_add(1, Ordering::SeqCst);
            let fetched = fetch(&proxy, &url);
            if is_later {
                assert_eq!(fetched.text(), PAGE, "{fetched}");
                after.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(client);
        }
        eventually("they are at work", || (begun.load(Ordering::SeqCst) > 16).then_some(()));
        first.kill();
        killed.store(true, Ordering::SeqCst);
    });
    // Whoever was in the middle of a handshake may have been the first to see it.
    let switched = paperwing.next("switched");
    assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{switched}");
    paperwing.stop();
}

#[test]
fn a_connection_that_had_carried_bytes_breaks_with_its_proxy_and_is_never_continued_through_another() {
    needs!("curl", "microsocks");
    let (origin, echo) = (Origin::start(), Server::echo());
    let (mut first, second) = (Microsocks::open(), Microsocks::open());
    let paperwing = Paperwing::up([first.link() + "#bad", second.link() + "#good"]);
    let mut stream = socks5(paperwing.address(), echo.address()).expect("it is carried");
    let mut heard = [0; 5];
    stream.write_all(b"hello").expect("it is open");
    stream.read_exact(&mut heard).expect("the echo");
    first.kill();
    let ended = stream.read(&mut heard);
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    assert_all_arrive(&paperwing, &origin, 2);
    assert_eq!(echo.connections(), 1);
    paperwing.stop();
}

#[test]
fn a_refused_proxy_is_skipped_and_the_client_never_hears_of_it() {
    needs!("curl", "microsocks");
    let (origin, mut gone, good) = (Origin::start(), Microsocks::open(), Microsocks::open());
    gone.kill();
    let mut paperwing = Paperwing::up([gone.link() + "#bad", good.link() + "#good"]);
    assert_all_arrive(&paperwing, &origin, 5);
    assert_switch(&paperwing.next("switched"), "connect", "refused");
    paperwing.stop();
}

#[test]
fn a_mute_proxy_is_overtaken() {
    needs!("curl", "microsocks");
    for (odd, stage) in [(Odd::mute(), "greet"), (Odd::mute_at_the_request(), "request")] {
        let (origin, good) = (Origin::start(), Microsocks::open());
        let mut paperwing = Paperwing::up([odd.link() + "#bad", good.link() + "#good"]);
        assert_all_arrive(&paperwing, &origin, 5);
        assert_switch(&paperwing.next("switched"), stage, "silent");
        paperwing.stop();
    }
}

#[test]
fn a_web_page_in_the_place_of_a_proxy_is_skipped() {
    needs!("curl", "microsocks");
    let (origin, odd, good) = (Origin::start(), Odd::web_page(), Microsocks::open());
    let mut paperwing = Paperwing::up([odd.link() + "#bad", good.link() + "#good"]);
    assert_all_arrive(&paperwing, &origin, 5);
    assert_switch(&paperwing.next("switched"), "greet", "garbage");
    paperwing.stop();
}

#[test]
fn a_proxy_that_reaches_nothing_is_skipped_once_two_sites_show_that_it_is_not_the_site() {
    needs!("curl", "microsocks");
    for code in [1, 3, 4, 5] {
        let (site, other, odd, good) = (Origin::start(), Origin::start(), Odd::replies(code), Microsocks::open());
        let mut paperwing = Paperwing::up([odd.link() + "#bad", good.link() + "#good"]);
        assert_all_arrive(&paperwing, &site, 3);
        assert_eq!(paperwing.kinds(), ["listening"], "REP {code} for one site may be the site's fault");
        assert_all_arrive(&paperwing, &other, 3);
        assert_switch(&paperwing.next("switched"), "request", "target");
        let asked = odd.connections();
        assert_all_arrive(&paperwing, &site, 3);
        assert_eq!(odd.connections(), asked, "a blocked proxy is left alone");
        paperwing.stop();
    }
}

#[test]
fn a_password_that_is_taken_back_is_told_and_the_next_proxy_carries() {
    needs!("curl", "microsocks");
    let (origin, mut first, second) = (Origin::start(), Microsocks::locked(), Microsocks::open());
    let mut paperwing = Paperwing::up([first.link() + "#bad", second.link() + "#good"]);
    assert_all_arrive(&paperwing, &origin, 3);
    first.change_password("CANARY-a-new-one");
    assert_all_arrive(&paperwing, &origin, 5);
    let rejected = paperwing.next("rejected");
    assert_eq!((&rejected["proxy"], &rejected["stage"]), (&"bad".into(), &"auth".into()), "{rejected}");
    assert_eq!(rejected["reason"], "credentials_rejected", "{rejected}");
    paperwing.stop();
}

#[test]
fn a_dead_site_is_no_reason_to_switch() {
    needs!("curl", "microsocks");
    let (origin, first, second) = (Origin::start(), Microsocks::open(), Microsocks::open());
    let mut dead = Microsocks::open();
    dead.kill();
    let paperwing = Paperwing::up([first.link() + "#one", second.link() + "#two"]);
    assert_all_arrive(&paperwing, &origin, 2);
    for _ in 0..5 {
        let refused = fetch(&paperwing.proxy("socks5h"), &format!("http://127.0.0.1:{}/", dead.port()));
        assert_eq!(refused.code, Some(97), "{refused}");
    }
    assert_all_arrive(&paperwing, &origin, 2);
    assert_eq!(paperwing.kinds(), ["listening"]);
    paperwing.stop();
}

#[test]
fn when_no_proxy_works_everything_stops_and_nothing_goes_around_them() {
    needs!("curl", "microsocks");
    let (origin, mut first, mut second) = (Origin::start(), Microsocks::open(), Microsocks::open());
    let mut paperwing = Paperwing::up([first.link() + "#one", second.link() + "#two"]);
    assert_all_arrive(&paperwing, &origin, 2);
    let before = origin.connections();
    first.kill();
    second.kill();
    for _ in 0..6 {
        assert_eq!(status(&paperwing.proxy("http"), &origin.url("/")), "502", "{}", paperwing.story());
        assert_eq!(socks5(paperwing.address(), origin.address()).map(drop), Err(1));
        let by_socks4 = fetch(&paperwing.proxy("socks4"), &origin.url("/"));
        assert_eq!(by_socks4.code, Some(97), "{by_socks4}");
    }
    paperwing.next("all_blocked");
    assert_eq!(origin.connections(), before, "nothing reached the origin while no proxy worked");

    second.restart();
    eventually("it recovers", || (status(&paperwing.proxy("http"), &origin.url("/")) == "200").then_some(()));
    let recovered = paperwing.next("recovered");
    assert_eq!(recovered["proxy"], "two", "{recovered}");
    assert_all_arrive(&paperwing, &origin, 3);
    paperwing.stop();
}

#[test]
fn the_last_proxy_is_not_said_to_work_while_it_hangs_up_on_every_request() {
    needs!("curl", "microsocks");
    let (mut gone, odd) = (Microsocks::open(), Odd::hangs_up_at_the_request());
    gone.kill();
    let home = Home::new();
    for link in [gone.link() + "#gone", odd.link() + "#odd"] {
        home.run(&["import", "--yes", &link]).succeeded();
    }
    let mut paperwing = Setup::in_home(&home).up();
    let sites = [Origin::start(), Origin::start(), Origin::start()];
    for site in &sites {
        assert_eq!(socks5(paperwing.address(), site.address()).map(drop), Err(1), "{}", paperwing.story());
        // Several in a moment say nothing yet: so begins a browser.
        std::thread::sleep(std::time::Duration::from_secs(2));
    }
    paperwing.next("all_blocked");
    let status = home.run(&["status", "--json"]).succeeded();
    let status: Value = serde_json::from_str(&status).expect("JSON");
    assert_eq!(status["all_blocked"], true, "{status}");
    let odd = status["proxies"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "odd"));
    assert_eq!(odd.map(|odd| &odd["health"]), Some(&"blocked".into()), "{status}");
    assert!(home.run(&["status"]).succeeded().contains("All proxies are blocked"));
    paperwing.stop();
}

#[test]
fn the_page_that_says_why_nothing_comes_is_readable_and_names_no_secret() {
    needs!("curl", "microsocks");
    let (origin, mut gone) = (Origin::start(), Microsocks::locked());
    gone.kill();
    let paperwing = Paperwing::up([gone.link()]);
    let page = paperwing_tests::process::run(paperwing_tests::client::curl(&[
        "-i",
        "-x",
        &paperwing.proxy("http"),
        &origin.url("/"),
    ]));
    let page = page.succeeded();
    assert!(page.starts_with("HTTP/1.1 502 ") && page.contains("<h1"), "{page}");
    paperwing_tests::canary::assert_silent("the page", page.as_bytes());
    paperwing.stop();
}
