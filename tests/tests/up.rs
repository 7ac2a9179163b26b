//! The other ways into `up`, and every way out of it.
#![cfg(target_os = "linux")]

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;

use paperwing_tests::canary::{assert_silent, assert_silent_in_process_list};
use paperwing_tests::client::fetch;
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::{Running, eventually, run_into};
use paperwing_tests::upstream::Microsocks;
use rustix::process::Signal;

const WORDS: [&str; 6] = ["up", "--json", "--keyring", "none", "--listen", "127.0.0.1:0"];

/// Where it listens, once it says so.
fn address_of(running: &mut Running) -> SocketAddr {
    eventually("it listens", || {
        assert!(running.ended().is_none(), "{}", running.story());
        let text = running.stdout.text();
        let (first, _) = text.split_once('\n')?;
        let event: serde_json::Value = serde_json::from_str(first).expect("an event");
        event["address"].as_str()?.parse().ok()
    })
}

#[test]
fn links_come_from_a_file_or_from_standard_input_and_so_are_never_on_a_command_line() {
    needs!("curl", "microsocks");
    let (home, origin, upstream) = (Home::new(), Origin::start(), Microsocks::locked());
    let file = home.file("links.txt", format!("# mine\n{}\n", upstream.link()));
    let from_file = format!("@{}", file.display());
    for source in [from_file.as_str(), "-"] {
        let words = [&WORDS[..], &["--proxy", source]].concat();
        let (mut running, mut stdin) = Running::start_with_input(home.command(&words));
        // It may be reading the file and not this.
        let _ = writeln!(stdin, "{}", upstream.link());
        drop(stdin);
        let address = address_of(&mut running);
        assert_silent_in_process_list(running.pid());
        assert_eq!(fetch(&format!("socks5h://{address}"), &origin.url("/")).succeeded(), PAGE);
        running.signal(Signal::INT);
        let finished = running.finish();
        assert_eq!(finished.code, Some(0), "{finished}");
        assert_silent("standard error", finished.stderr.as_bytes());
    }
    assert!(home.picture().is_empty(), "the profile is left alone: {:?}", home.picture().keys());
}

#[test]
fn every_way_of_ending_it_is_an_orderly_end() {
    needs!("microsocks");
    let upstream = Microsocks::open();
    let link = upstream.link();
    let words = [&WORDS[..], &["--proxy", &link]].concat();
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let mut running = Running::start(Home::new().command(&words));
        address_of(&mut running);
        running.signal(signal);
        let finished = running.finish();
        assert_eq!(finished.code, Some(0), "{signal:?}: {finished}");
    }
}

#[test]
fn when_nobody_reads_its_events_any_more_it_ends_without_a_panic() {
    needs!("microsocks", "curl");
    let (origin, mut gone) = (Origin::start(), Microsocks::open());
    gone.kill();
    let link = gone.link();
    let words = [&WORDS[..], &["--proxy", &link]].concat();
    let ((), finished) = run_into(Home::new().command(&words), |output| {
        let mut lines = BufReader::new(output).lines();
        let first = lines.next().expect("an event").expect("text");
        let event: serde_json::Value = serde_json::from_str(&first).expect("an event");
        let address = event["address"].as_str().expect("an address").to_owned();
        drop(lines);
        // Makes it say something.
        for _ in 0..5 {
            fetch(&format!("socks5h://{address}"), &origin.url("/"));
        }
    });
    assert_eq!(finished.code, Some(1), "{finished}");
    assert!(!finished.stderr.contains("panicked") && !finished.stderr.contains("cannot happen"), "{finished}");
}

#[test]
fn people_are_told_where_to_connect_and_what_happens() {
    needs!("microsocks", "curl");
    let (origin, mut first, second) = (Origin::start(), Microsocks::locked(), Microsocks::locked());
    let (one, two) = (first.link() + "#Oslo", second.link() + "#Riga");
    let words = ["up", "--keyring", "none", "--listen", "127.0.0.1:0", "--proxy", &one, "--proxy", &two];
    let mut running = Running::start(Home::new().command(&words));
    let address = eventually("it says where it listens", || {
        let text = running.stdout.text();
        let (_, rest) = text.split_once("listens on ")?;
        let (address, _) = rest.split_once('\n')?;
        Some(address.trim_end_matches('.').to_owned())
    });
    let proxy = format!("socks5h://{address}");
    assert_eq!(fetch(&proxy, &origin.url("/")).succeeded(), PAGE);
    first.kill();
    assert_eq!(fetch(&proxy, &origin.url("/")).succeeded(), PAGE);
    eventually("it says that it switched", || {
        let text = running.stdout.text();
        text.lines().any(|line| line.contains("Oslo") && line.contains("Riga")).then_some(())
    });
    running.signal(Signal::INT);
    let finished = running.finish();
    assert_silent("the screen", &finished.stdout);
    assert!(finished.succeeded().contains("Stopped after"), "{finished}");
}

#[test]
fn connections_end_with_it() {
    needs!("microsocks");
    let (echo, upstream) = (paperwing_tests::server::Server::echo(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let mut stream = paperwing_tests::client::socks5(paperwing.address(), echo.address()).expect("it is carried");
    paperwing_tests::client::assert_echoes(&mut stream, b"hello");
    paperwing.stop();
    let ended = std::io::Read::read(&mut stream, &mut [0; 8]);
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
}

#[test]
fn the_settings_say_where_to_listen_and_the_command_line_outweighs_them() {
    let home = Home::new();
    home.run(&["import", "socks5://o.example:1080#Oslo", "--yes"]).succeeded();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let wanted = taken.local_addr().expect("it is bound");
    std::fs::write(home.profile().join("settings.toml"), format!("listen = \"{wanted}\"\n")).expect("ours");
    let refused = home.run(&["up", "--json"]);
    assert!(refused.failed_with(1).contains(&wanted.to_string()), "{refused}");
    Setup::in_home(&home).listen("127.0.0.1:0").up().stop();
}
