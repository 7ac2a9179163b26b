//! The stage itself, without Paperwing: the real programs work with each other, so a failure elsewhere is Paperwing's.
#![cfg(target_os = "linux")]

use paperwing_tests::client::{curl, fetch, status};
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::pattern::{Pattern, digest};
use paperwing_tests::process::{run, run_with_input};
use paperwing_tests::tls::Authority;
use paperwing_tests::upstream::{Dante, Microsocks, Odd, TinyLogin, Tinyproxy, USER};

#[test]
fn curl_goes_through_microsocks() {
    needs!("curl", "microsocks");
    let (origin, mut open, locked) = (Origin::start(), Microsocks::open(), Microsocks::locked());
    assert_eq!(fetch(&open.link(), &origin.url("/")).succeeded(), PAGE);
    assert_eq!(fetch(&locked.link(), &origin.url("/")).succeeded(), PAGE);
    assert_ne!(fetch(&locked.link_with(USER, "wrong"), &origin.url("/")).code, Some(0));
    assert!(open.log().contains(&origin.address().port().to_string()), "{}", open.log());
    open.kill();
    assert_ne!(fetch(&open.link(), &origin.url("/")).code, Some(0));
    open.restart();
    assert_eq!(fetch(&open.link(), &origin.url("/")).succeeded(), PAGE);
}

#[test]
fn curl_goes_through_dante() {
    needs!("curl", "danted");
    let (origin, dante) = (Origin::start(), Dante::start());
    for scheme in ["socks5", "socks4"] {
        assert_eq!(fetch(&dante.link(scheme), &origin.url("/")).succeeded(), PAGE, "{scheme}\n{}", dante.log());
    }
}

#[test]
fn curl_goes_through_tinyproxy() {
    needs!("curl", "tinyproxy");
    let origin = Origin::start();
    for login in [TinyLogin::Open, TinyLogin::Locked] {
        let tiny = Tinyproxy::start(login);
        let tunnelled = run(curl(&["--fail", "-p", "-x", &tiny.link(), &origin.url("/")]));
        assert_eq!(tunnelled.succeeded(), PAGE, "{}", tiny.log());
    }
    let locked = Tinyproxy::start(TinyLogin::Locked);
    assert_ne!(status(&locked.link_with(USER, "wrong"), &origin.url("/")), "200");
}

#[test]
fn haproxy_puts_tls_before_a_server_and_only_the_authority_is_trusted() {
    needs!("curl", "haproxy", "openssl");
    let (origin, authority) = (Origin::start(), Authority::new());
    let front = authority.front(origin.address());
    let url = format!("https://localhost:{}/", front.address().port());
    let ca = authority.certificate();
    let trusted = run(curl(&["--cacert", ca.to_str().unwrap_or_default(), &url]));
    assert_eq!(trusted.succeeded(), PAGE);
    assert_eq!(run(curl(&[&url])).code, Some(60));
    assert_eq!(authority.pin().len(), 64);
}

#[test]
fn the_origin_counts_what_it_is_sent_and_sends_what_it_is_asked_for() {
    needs!("curl");
    let origin = Origin::start();
    let (sum, len) = digest(Pattern::new(300_000));
    for chunked in ["X-Not: chunked", "Transfer-Encoding: chunked"] {
        let sent = run_with_input(curl(&["-T", "-", "-H", chunked, &origin.url("/sink")]), Pattern::new(len));
        assert_eq!(sent.succeeded(), format!("PUT {sum} {len}\n"));
    }
    let got = run(curl(&[&origin.url("/bytes/300000")]));
    assert_eq!(digest(got.stdout.as_slice()), (sum, len));
    assert_eq!(run(curl(&["-I", &origin.url("/")])).text().lines().next(), Some("HTTP/1.1 200 OK"));
}

#[test]
fn odd_proxies_are_odd() {
    needs!("curl");
    let origin = Origin::start();
    let general = Odd::replies(1);
    let failed = fetch(&general.link(), &origin.url("/"));
    assert!(failed.stderr.contains("(1)"), "{failed}");
    assert_eq!(status(&Odd::web_page().http_link(), &origin.url("/")), "400");
    assert_eq!(origin.connections(), 0);
}
