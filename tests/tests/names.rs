//! Proxies that are known by name, where the system's resolver is no help.
#![cfg(target_os = "linux")]

use std::collections::HashSet;

use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::networks::{FAR, FAR_TOO, Networks, PAGE};
use paperwing_tests::paperwing::Setup;
use paperwing_tests::process::{Running, eventually, tool_with};
use paperwing_tests::tools::PYTHON;

/// Takes every question, says who asked, and never answers.
const SWALLOWS: &str = "\
import socket, sys
questions = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
questions.bind((sys.argv[1], 53))
print('ready', flush=True)
while True:
    print(questions.recvfrom(4096)[1][1], flush=True)
";
const TOGETHER: usize = 20;

#[test]
fn a_resolver_that_hangs_is_asked_once_and_holds_nobody_up() {
    needs!("ip", "microsocks", "curl", "bash");
    let Some(networks) = Networks::make() else { return };
    // So long that no question is asked twice while this lasts.
    networks.resolve_by(&format!("nameserver {FAR_TOO}\noptions timeout:30 attempts:3\n"));
    let resolver = Running::start(networks.far(&tool_with(PYTHON, &["-c", SWALLOWS, FAR_TOO])));
    eventually("it listens", || resolver.stdout.text().contains("ready").then_some(()));
    let home = Home::new();
    let _world = networks.world(&home);
    let links = ["socks5://one.proxies.example:1080#Named".to_owned(), format!("socks5://{FAR}:1080#Good")];
    let mut paperwing = Setup::on(links).up_by(|command| networks.home(&command));
    let proxy = paperwing.proxy("socks5h");
    let mut fetches: Vec<Running> = (0..TOGETHER).map(|_| Running::start(networks.fetching(&proxy))).collect();
    for fetch in &mut fetches {
        assert!(fetch.wait().success(), "{}\n{}", fetch.story(), paperwing.story());
        assert_eq!(fetch.stdout.text(), PAGE);
    }
    let blocked = paperwing.next("blocked");
    assert_eq!((&blocked["proxy"], &blocked["stage"]), (&"Named".into(), &"resolve".into()), "{blocked}");
    let said = resolver.stdout.text();
    let askers: HashSet<&str> = said.lines().skip(1).collect();
    assert_eq!(askers.len(), 1, "each lookup has a socket of its own: {said}");
}
