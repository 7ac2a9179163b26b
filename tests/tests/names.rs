//! Proxies that are known by name, where the system's resolver is no help.
#![cfg(target_os = "linux")]

use std::collections::HashSet;
use std::fs;
use std::process::Command;

use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::networks::{FAR, FAR_TOO, Networks, PAGE};
use paperwing_tests::paperwing::Setup;
use paperwing_tests::process::{Running, eventually, run, tool_with};
use paperwing_tests::tls::Authority;
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

/// Takes every connection and says so.
const CANARY: &str = "\
import socket
canary = socket.create_server(('127.0.0.1', 8443))
print('ready', flush=True)
while True:
    canary.accept()
    print('somebody came', flush=True)
";
const NAME: &str = "one.proxies.example";

fn ready(command: Command) -> Running {
    let running = Running::start(command);
    eventually("it listens", || running.stdout.text().contains("ready").then_some(()));
    running
}

#[test]
fn where_the_system_knows_no_address_one_is_asked_for_through_the_other_proxy() {
    needs!("ip", "microsocks", "curl", "bash", "openssl");
    let Some(networks) = Networks::make() else { return };
    // Nobody answers there, which is said at once.
    networks.resolve_by(&format!("nameserver {FAR_TOO}\n"));
    let (authority, home) = (Authority::new(), Home::new());
    let [mut good, _page] = networks.world(&home);
    let _named = Running::start(networks.far(&tool_with("microsocks", &["-i", FAR_TOO, "-p", "1080"])));
    networks.wait_for(FAR_TOO, 1080);
    // At the far end's own address of loopback, where only the proxy there can go; at home a canary stands at the same one.
    let files = [authority.server_certificate(), authority.server_key()].map(|path| path.display().to_string());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/python/doh.py");
    let doh = ready(networks.far(&tool_with(PYTHON, &[script, "8443", &files[0], &files[1], FAR_TOO])));
    let canary = ready(networks.home(&tool_with(PYTHON, &["-c", CANARY])));
    let links = format!("socks5://{NAME}:1080#Named\nsocks5://{FAR}:1080#Good\n");
    home.run_with_input(&["import", "-", "--keyring", "file", "--yes"], links).succeeded();
    fs::write(home.profile().join("settings.toml"), "doh = \"https://127.0.0.1:8443/dns-query\"\n").expect("ours");
    let trusting = Setup::in_home(&home).env("SSL_CERT_FILE", authority.certificate().display().to_string());
    let paperwing = trusting.up_by(|command| networks.home(&command));
    let proxy = paperwing.proxy("socks5h");
    assert_eq!(networks.fetch(&proxy), PAGE, "{}", paperwing.story());
    // It has to be here before the proxy that it comes through dies.
    eventually("the second opinion", || paperwing.written().contains("asked for a second opinion").then_some(()));
    good.kill();
    eventually("the page through the named proxy", || {
        let fetched = run(networks.fetching(&proxy));
        (fetched.code == Some(0)).then(|| assert_eq!(String::from_utf8_lossy(&fetched.stdout), PAGE))
    });
    assert_eq!(canary.stdout.text(), "ready\n", "nobody is asked but through a proxy");
    let asked = doh.stdout.text().lines().filter(|line| line.ends_with(NAME)).count();
    assert_eq!(asked, 2, "for both kinds of addresses, once: {}", doh.stdout.text());
}
