//! Real proxies of every kind before Paperwing, and what is said of those that do not let it in.
#![cfg(target_os = "linux")]

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::client::{fetch, status};
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::server::Server;
use paperwing_tests::tls::Authority;
use paperwing_tests::upstream::{Dante, Microsocks, Odd, TinyLogin, Tinyproxy, USER};

/// Fetches the page by SOCKS and by HTTP.
#[track_caller]
fn assert_carries(paperwing: &Paperwing, origin: &Origin) {
    for scheme in ["socks5h", "socks4a", "http"] {
        let fetched = fetch(&paperwing.proxy(scheme), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{scheme}: {fetched}\n{}", paperwing.story());
    }
}

#[test]
fn microsocks_carries_with_and_without_a_password() {
    needs!("curl", "microsocks");
    let origin = Origin::start();
    for upstream in [Microsocks::open(), Microsocks::locked()] {
        for link in [upstream.link(), upstream.telegram_link()] {
            let paperwing = Paperwing::up([link]);
            assert_carries(&paperwing, &origin);
            assert_eq!(paperwing.kinds(), ["listening"]);
            paperwing.stop();
        }
    }
}

#[test]
fn dante_carries_by_each_of_its_protocols() {
    needs!("curl", "danted");
    let (origin, dante) = (Origin::start(), Dante::start());
    for scheme in ["socks5", "socks4", "socks4a"] {
        let paperwing = Paperwing::up([dante.link(scheme)]);
        let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{scheme}: {fetched}\n{}\n{}", dante.log(), paperwing.story());
        paperwing.stop();
    }
}

#[test]
fn tinyproxy_carries_with_and_without_a_password() {
    needs!("curl", "tinyproxy");
    let origin = Origin::start();
    for login in [TinyLogin::Open, TinyLogin::Locked] {
        let tiny = Tinyproxy::start(login);
        let paperwing = Paperwing::up([tiny.link()]);
        assert_carries(&paperwing, &origin);
        assert_eq!(paperwing.kinds(), ["listening"], "{}", paperwing.story());
        paperwing.stop();
    }
}

#[test]
fn a_wrong_or_missing_password_is_rejected_once_and_another_proxy_carries() {
    needs!("curl", "microsocks", "tinyproxy");
    let origin = Origin::start();
    let (socks, http, good) = (Microsocks::locked(), Tinyproxy::start(TinyLogin::Locked), Microsocks::open());
    let wrong = "CANARY-the-wrong-one";
    for (bad, stage, reason) in [
        (socks.link_with(USER, wrong), "auth", "credentials_rejected"),
        (format!("socks5://127.0.0.1:{}", socks.port()), "greet", "credentials_needed"),
        (http.link_with(USER, wrong), "auth", "credentials_rejected"),
        (format!("http://127.0.0.1:{}", http.port()), "auth", "credentials_needed"),
    ] {
        let mut paperwing = Paperwing::up([bad + "#bad", good.link() + "#good"]);
        assert_carries(&paperwing, &origin);
        let rejected = paperwing.next("rejected");
        assert_eq!(rejected["proxy"], "bad", "{rejected}");
        assert_eq!((&rejected["stage"], &rejected["reason"]), (&stage.into(), &reason.into()), "{rejected}");
        for _ in 0..3 {
            fetch(&paperwing.proxy("socks5h"), &origin.url("/")).succeeded();
        }
        let times = paperwing.kinds().iter().filter(|kind| *kind == "rejected").count();
        assert_eq!(times, 1, "a rejected password is never tried again");
        paperwing.stop();
    }
}

#[test]
fn an_https_proxy_is_believed_when_the_system_trusts_its_authority() {
    needs!("curl", "tinyproxy", "haproxy", "openssl");
    let (origin, tiny, authority) = (Origin::start(), Tinyproxy::start(TinyLogin::Locked), Authority::new());
    let front = authority.front(([127, 0, 0, 1], tiny.port()).into());
    for host in ["localhost", "127.0.0.1"] {
        let link = format!("https://{USER}:{PASSWORD}@{host}:{}", front.address().port());
        let trusting = Setup::on([link]).env("SSL_CERT_FILE", authority.certificate().display().to_string());
        let paperwing = trusting.up();
        assert_carries(&paperwing, &origin);
        paperwing.stop();
    }
}

#[test]
fn an_https_proxy_that_nobody_vouches_for_is_refused_and_no_password_is_sent() {
    needs!("curl", "haproxy", "openssl");
    let (origin, authority) = (Origin::start(), Authority::new());
    let behind = Server::mute();
    let front = authority.front(behind.address());
    let link = format!("https://{USER}:{PASSWORD}@localhost:{}#stranger", front.address().port());
    let mut paperwing = Paperwing::up([link]);
    assert_eq!(status(&paperwing.proxy("http"), &origin.url("/")), "502");
    let mut blocked = paperwing.events();
    for _ in 0..2 {
        status(&paperwing.proxy("http"), &origin.url("/"));
        blocked = paperwing.events();
    }
    let told = paperwing.next("blocked");
    assert_eq!((&told["proxy"], &told["stage"]), (&"stranger".into(), &"tls".into()), "{blocked:?}");
    assert!(told.to_string().contains("certificate"), "{told}");
    assert_eq!((behind.connections(), origin.connections()), (0, 0));
    paperwing.stop();
}

#[test]
fn a_pinned_certificate_is_believed_and_any_other_is_not() {
    needs!("curl", "tinyproxy", "haproxy", "openssl");
    let (origin, tiny) = (Origin::start(), Tinyproxy::start(TinyLogin::Open));
    let (authority, other) = (Authority::new(), Authority::new());
    let front = authority.front(([127, 0, 0, 1], tiny.port()).into());
    let pinned = |pin: &str| format!("https://localhost:{}?pcs={pin}#pinned", front.address().port());
    let paperwing = Paperwing::up([pinned(&authority.pin())]);
    assert_carries(&paperwing, &origin);
    paperwing.stop();

    let before = origin.connections();
    // Even where the system trusts the authority.
    let setup = Setup::on([pinned(&other.pin())]);
    let paperwing = setup.env("SSL_CERT_FILE", authority.certificate().display().to_string()).up();
    assert_eq!(status(&paperwing.proxy("http"), &origin.url("/")), "502");
    assert_eq!(origin.connections(), before);
    paperwing.stop();
}

#[test]
fn a_web_server_given_as_a_proxy_is_told_apart_and_skipped() {
    needs!("curl", "microsocks");
    let (origin, web, good) = (Origin::start(), Odd::web_page(), Microsocks::open());
    for link in [web.link(), web.http_link()] {
        let mut paperwing = Paperwing::up([link + "#web", good.link() + "#good"]);
        assert_carries(&paperwing, &origin);
        let blocked = paperwing.next("blocked");
        assert_eq!(blocked["proxy"], "web", "{blocked}");
        let switched = paperwing.events().into_iter().find(|event| event["event"] == "switched");
        let switched = switched.expect("it says that it switched");
        assert_eq!((&switched["from"], &switched["to"]), (&"web".into(), &"good".into()), "{switched}");
        paperwing.stop();
    }
}
