//! What a web page, another program or a curious header can do to the port: nothing.
#![cfg(target_os = "linux")]

use std::net::TcpListener;

use paperwing_tests::client::curl;
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::net::{exchange, listening_of};
use paperwing_tests::origin::Origin;
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::run;
use paperwing_tests::upstream::{Microsocks, RecordingProxy};

#[test]
fn a_web_page_that_asks_the_port_as_if_it_were_a_site_is_refused_and_can_read_nothing() {
    needs!("microsocks");
    let upstream = Microsocks::open();
    let paperwing = Paperwing::up([upstream.link()]);
    let port = paperwing.address().port();
    for request in [
        format!("GET /echo-me?x=echo-me HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nX-Echo: echo-me\r\n\r\n"),
        format!("POST /echo-me HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 7\r\n\r\necho-me"),
        format!("OPTIONS /echo-me HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nOrigin: http://echo-me.example\r\n\r\n"),
        "GET /echo-me HTTP/1.1\r\nHost: echo-me.example\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nHost: echo-me.example\r\n\r\n".to_owned(),
    ] {
        let answer = String::from_utf8(exchange(paperwing.address(), request.as_bytes())).expect("text");
        assert!(answer.starts_with("HTTP/1.1 403 "), "{request}{answer}");
        let lower = answer.to_ascii_lowercase();
        assert!(!lower.contains("access-control") && !lower.contains("echo-me"), "{request}{answer}");
    }
    paperwing.stop();
}

#[test]
fn the_port_does_not_connect_to_itself_under_any_name() {
    needs!("curl", "microsocks");
    let upstream = Microsocks::open();
    let paperwing = Setup::on([upstream.link()]).listen("127.0.0.1:0").listen("[::1]:0").up();
    let port = paperwing.address().port();
    for host in ["127.0.0.1", "localhost", "[::1]", "0.0.0.0", "[::ffff:127.0.0.1]", "LOCALHOST."] {
        let url = format!("http://{host}:{port}/");
        for words in [&["-x", "http"][..], &["-p", "-x", "http"], &["-x", "socks5h"]] {
            let (scheme, options) = words.split_last().expect("a scheme");
            let proxy = paperwing.proxy(scheme);
            let mut words = vec!["--fail"];
            words.extend(options);
            words.extend([proxy.as_str(), url.as_str()]);
            let refused = run(curl(&words));
            assert!(matches!(refused.code, Some(22 | 56 | 97)), "{host} {scheme}: {refused}");
        }
    }
    assert_eq!(upstream.log(), "", "nothing was asked of a proxy");
    paperwing.stop();
}

#[test]
fn credentials_for_the_port_go_no_further() {
    needs!("curl", "microsocks");
    let origin = Origin::start();
    let upstream = RecordingProxy::start(origin.address());
    let paperwing = Paperwing::up([upstream.link()]);
    let proxy = format!("http://eve:eves-secret@{}", paperwing.address());
    for words in [&["-x", &proxy][..], &["-p", "-x", &proxy]] {
        let url = origin.url("/");
        run(curl(&[words, &["--fail", &url]].concat())).succeeded();
    }
    assert_eq!(origin.asked().len(), 2);
    let heard = upstream.heard().to_ascii_lowercase();
    assert!(heard.contains("connect ") && heard.contains("get / http/1.1"), "{heard}");
    assert!(!heard.contains("proxy-authorization") && !heard.contains("eves-secret"), "{heard}");
    // "eve:eves-secret" as HTTP sends it.
    assert!(!heard.contains("zxzlomv2zxmtc2vjcmv0"), "{heard}");
    paperwing.stop();
}

#[test]
fn headers_of_one_hop_end_here_in_both_directions() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let proxy = paperwing.proxy("http");
    let url = origin.url("/hop");
    let mut words = vec!["-i", "-x", &proxy, &url];
    for header in [
        "Connection: keep-alive, X-Secret-Hop",
        "X-Secret-Hop: 1",
        "Proxy-Connection: keep-alive",
        "Keep-Alive: timeout=5",
        "TE: trailers",
        "Upgrade: h2c",
        "X-End-To-End: yes",
        "Host: forged.example",
    ] {
        words.extend(["-H", header]);
    }
    let answer = run(curl(&words)).succeeded().to_ascii_lowercase();
    let asked = origin.last();
    for gone in
        ["x-secret-hop", "proxy-connection", "keep-alive", "te", "upgrade", "via", "forwarded", "x-forwarded-for"]
    {
        assert_eq!(asked.header(gone), None, "{asked:?}");
    }
    assert_eq!(asked.header("x-end-to-end"), Some("yes"));
    assert_eq!(asked.header("host"), Some(origin.address().to_string().as_str()), "the address decides");
    assert!(answer.contains("x-end-to-end: 1"), "{answer}");
    for gone in ["x-of-this-hop", "keep-alive:", "proxy-authenticate"] {
        assert!(!answer.contains(gone), "{gone}: {answer}");
    }
    paperwing.stop();
}

#[test]
fn nobody_outside_this_computer_can_connect() {
    needs!("microsocks");
    let upstream = Microsocks::open();
    let paperwing = Setup::on([upstream.link()]).listen("127.0.0.1:0").listen("[::1]:0").up();
    let mut listening = listening_of(paperwing.pid());
    listening.sort();
    assert_eq!(listening.len(), 2, "{listening:?}");
    assert!(listening.iter().all(|address| address.ip().is_loopback()), "{listening:?}");
    paperwing.stop();
}

#[test]
fn whoever_listens_to_the_world_is_warned() {
    needs!("microsocks");
    let upstream = Microsocks::open();
    let paperwing = Setup::on([upstream.link()]).listen("0.0.0.0:0").up();
    let listening = listening_of(paperwing.pid());
    assert!(listening.iter().any(|address| address.ip().is_unspecified()), "{listening:?}");
    let said = paperwing.story().to_lowercase();
    assert!(said.contains("anybody") || said.contains("anyone") || said.contains("other computers"), "{said}");
    paperwing.stop();
}

#[test]
fn a_taken_port_names_its_holder_and_the_next_free_one() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    let address = taken.local_addr().expect("it is bound");
    let words = ["up", "--keyring", "none", "--proxy", "socks5://127.0.0.1:1", "--listen", &address.to_string()];
    let failed = Home::new().run(&words);
    let said = failed.failed_with(1);
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert!(said.contains(&address.to_string()), "{said}");
    assert!(said.contains(&format!("process {}", std::process::id())), "{said}");
    let offered = said.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse::<u16>().ok());
    let next = (address.port() + 1)..=address.port().saturating_add(50);
    assert!(offered.into_iter().any(|port| next.contains(&port)), "{said}");
}
