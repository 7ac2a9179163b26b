//! curl in every way that it knows to use a proxy, through Paperwing and microsocks.
#![cfg(target_os = "linux")]

use std::net::Ipv6Addr;

use paperwing_tests::client::{curl, fetch};
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::pattern::{Pattern, digest};
use paperwing_tests::process::{run, run_into, run_with_input};
use paperwing_tests::tls::Authority;
use paperwing_tests::upstream::Microsocks;

const GIB: u64 = 1 << 30;

#[test]
fn every_protocol_that_curl_knows_reaches_the_page_through_the_upstream_proxy() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    for scheme in ["socks5h", "socks5", "socks4a", "socks4", "http"] {
        assert_eq!(fetch(&paperwing.proxy(scheme), &origin.url("/")).succeeded(), PAGE, "{scheme}");
    }
    let carried = upstream.log().matches(&format!("127.0.0.1:{}", origin.address().port())).count();
    assert_eq!(carried, 5, "{}", upstream.log());
    paperwing.stop();
}

#[test]
fn names_are_looked_up_at_the_proxy_and_never_here() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let url = format!("http://localhost:{}/", origin.address().port());
    for scheme in ["socks5h", "socks4a", "http"] {
        assert_eq!(fetch(&paperwing.proxy(scheme), &url).succeeded(), PAGE, "{scheme}");
    }
    let by_name = upstream.log().matches(&format!("localhost:{}", origin.address().port())).count();
    assert_eq!(by_name, 3, "{}", upstream.log());
    // Nobody but the proxy can know this name, and it does not: the answer is the proxy's.
    let unknown = fetch(&paperwing.proxy("socks5h"), "http://no-such-name.invalid/");
    assert_eq!(unknown.code, Some(97), "{unknown}");
    assert!(upstream.log().lines().count() >= 3);
    paperwing.stop();
}

#[test]
fn tls_passes_untouched_through_a_tunnel() {
    needs!("curl", "microsocks", "haproxy", "openssl");
    let (origin, upstream, authority) = (Origin::start(), Microsocks::open(), Authority::new());
    let front = authority.front(origin.address());
    let paperwing = Paperwing::up([upstream.link()]);
    let ca = authority.certificate().display().to_string();
    let url = format!("https://localhost:{}/", front.address().port());
    for scheme in ["http", "socks5h"] {
        let fetched = run(curl(&["--fail", "--cacert", &ca, "-x", &paperwing.proxy(scheme), &url]));
        assert_eq!(fetched.succeeded(), PAGE, "{scheme}");
    }
    paperwing.stop();
}

#[test]
fn plain_http_carries_methods_bodies_and_heads() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let proxy = paperwing.proxy("http");
    let (sum, len) = digest(Pattern::new(3_000_000));
    let posted = run_with_input(curl(&["-x", &proxy, "--data-binary", "@-", &origin.url("/post")]), Pattern::new(len));
    assert_eq!(posted.succeeded(), format!("POST {sum} {len}\n"));
    let put = run_with_input(curl(&["-x", &proxy, "-T", "-", "-H", "Expect:", &origin.url("/put")]), Pattern::new(len));
    assert_eq!(put.succeeded(), format!("PUT {sum} {len}\n"));
    assert!(origin.last().header("transfer-encoding").is_some(), "a body without a length stays one");
    let head = run(curl(&["-x", &proxy, "-I", &origin.url("/")])).succeeded();
    assert!(head.starts_with("HTTP/1.1 200 OK") && head.contains(&format!("ength: {}", PAGE.len())), "{head}");
    let removed = run(curl(&["-x", &proxy, "-X", "DELETE", &origin.url("/thing?a=b%20c")]));
    assert!(removed.succeeded().starts_with("DELETE "));
    assert_eq!(origin.last().line, "DELETE /thing?a=b%20c HTTP/1.1");
    paperwing.stop();
}

#[test]
fn one_kept_connection_serves_several_pages_of_several_sites() {
    needs!("curl", "microsocks");
    let (first, second, upstream) = (Origin::start(), Origin::start(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let urls = [first.url("/1"), first.url("/2"), second.url("/3"), first.url("/4"), first.url("/bytes/10")];
    let mut words = vec!["--fail", "-v", "-x"];
    let proxy = paperwing.proxy("http");
    words.push(&proxy);
    words.extend(urls.iter().map(String::as_str));
    let fetched = run(curl(&words));
    assert_eq!(fetched.stdout.len(), PAGE.len() * 4 + 10, "{fetched}");
    assert!(fetched.text().starts_with(&PAGE.repeat(4)), "{fetched}");
    assert_eq!(fetched.stderr.matches("Re-using existing connection").count(), 4, "{fetched}");
    let lines: Vec<String> = first.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(lines, ["GET /1 HTTP/1.1", "GET /2 HTTP/1.1", "GET /4 HTTP/1.1", "GET /bytes/10 HTTP/1.1"]);
    assert_eq!(second.asked().len(), 1);
    paperwing.stop();
}

#[test]
fn ipv6_works_on_both_sides() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start_on(Ipv6Addr::LOCALHOST.into()), Microsocks::open());
    let paperwing = Setup::on([upstream.link()]).listen("[::1]:0").listen("127.0.0.1:0").up();
    let ports: Vec<u16> = paperwing.addresses().iter().map(std::net::SocketAddr::port).collect();
    assert!(ports.len() == 2 && ports[0] == ports[1], "{ports:?}");
    for scheme in ["socks5h", "socks5", "http"] {
        for address in paperwing.addresses() {
            let fetched = fetch(&format!("{scheme}://{address}"), &origin.url("/"));
            assert_eq!(fetched.succeeded(), PAGE, "{scheme} {address}");
        }
    }
    let tunnelled = run(curl(&["--fail", "-p", "-x", &paperwing.proxy("http"), &origin.url("/")]));
    assert_eq!(tunnelled.succeeded(), PAGE);
    paperwing.stop();
}

#[test]
fn a_gibibyte_arrives_whole() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start(), Microsocks::locked());
    let paperwing = Paperwing::up([upstream.link()]);
    let url = origin.url(&format!("/bytes/{GIB}"));
    let (arrived, finished) = run_into(curl(&["-x", &paperwing.proxy("socks5h"), &url]), digest);
    finished.succeeded();
    assert_eq!(arrived, digest(Pattern::new(GIB)));
    paperwing.stop();
}

#[test]
fn a_quarter_of_a_gibibyte_is_sent_whole() {
    needs!("curl", "microsocks");
    let (origin, upstream) = (Origin::start(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let (sum, len) = digest(Pattern::new(GIB / 4));
    for scheme in ["socks5h", "http"] {
        let sent = run_with_input(
            curl(&["-x", &paperwing.proxy(scheme), "-T", "-", "-H", "Expect:", &origin.url("/put")]),
            Pattern::new(GIB / 4),
        );
        assert_eq!(sent.succeeded(), format!("PUT {sum} {len}\n"), "{scheme}");
    }
    paperwing.stop();
}
