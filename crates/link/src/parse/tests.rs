#![allow(clippy::unwrap_used)]

mod layered;

use super::*;
use crate::text::to_base64_url;
use crate::{CertificatePin, Protocol};

/// The proxy of a link, after checking that it comes out of its own print again.
fn proxy(link: &str) -> Proxy {
    let proxy: Proxy = link.parse().unwrap_or_else(|error| panic!("{link}: {error}"));
    let printed = proxy.to_link();
    assert_eq!(printed.reveal().parse::<Proxy>().as_ref(), Ok(&proxy), "{link} was printed as {}", printed.reveal());
    proxy
}

/// `protocol user:password@host:port #name`, to compare at a glance.
fn shown(link: &str) -> String {
    let proxy = proxy(link);
    let login = match &proxy.protocol {
        Protocol::Socks5(login) | Protocol::Http(login) | Protocol::Https { login, .. } => {
            login.as_ref().map(|login| format!("{}:{}@", login.user, login.password.reveal()))
        }
        Protocol::Socks4 { user } | Protocol::Socks4a { user } => user.as_ref().map(|user| format!("{user}@")),
        Protocol::Shadowsocks(it) => Some(format!("{}:{}@", it.cipher, it.password.reveal())),
        Protocol::Ssh(it) => Some(format!("{}:{}@", it.user, it.password.as_ref().map_or("", |p| p.reveal()))),
        _ => None,
    };
    let name = proxy.name.as_ref().map_or(String::new(), |name| format!(" #{name}"));
    format!("{} {}{}{name}", proxy.protocol.name(), login.unwrap_or_default(), proxy.address())
}

fn error(link: &str) -> LinkError {
    match parse_link(link) {
        Err(error) => error,
        Ok(Link::Proxy(proxy)) => panic!("{link} was read as {}", proxy.to_public_link()),
        Ok(Link::Subscription(list)) => panic!("{link} was read as the list {}", list.url.reveal()),
    }
}

fn subscription(link: &str) -> SubscriptionLink {
    match parse_link(link) {
        Ok(Link::Subscription(list)) => list,
        other => panic!("{link} gave {other:?}"),
    }
}

#[test]
fn socks_and_http_links_of_every_dress() {
    for (link, expected) in [
        ("socks5://proxy.example", "socks5 proxy.example:1080"),
        ("SOCKS5H://Proxy.EXAMPLE.:1081/", "socks5 proxy.example:1081"),
        ("socks://u:p@192.0.2.1:1080#Oslo%20%F0%9F%87%B3%F0%9F%87%B4", "socks5 u:p@192.0.2.1:1080 #Oslo 🇳🇴"),
        ("socks5://u:p@[2001:DB8::1]:1080#a+b c", "socks5 u:p@[2001:db8::1]:1080 #a+b c"),
        ("socks5://user:p@ss:w/rd@proxy.example:1080", "socks5 user:p@ss:w/rd@proxy.example:1080"),
        ("socks5://us%3Aer:p%40s%25s%20%2B+@proxy.example", "socks5 us:er:p@s%s ++@proxy.example:1080"),
        ("socks5://token@proxy.example:1", "socks5 token:@proxy.example:1"),
        ("socks5://token:@proxy.example:1", "socks5 token:@proxy.example:1"),
        ("socks5://:@proxy.example:1", "socks5 proxy.example:1"),
        ("socks5://dXNlcjpwYXNz@proxy.example:1", "socks5 user:pass@proxy.example:1"),
        ("socks5://dXNlcjpwYXM%3D@proxy.example:1", "socks5 user:pas@proxy.example:1"),
        ("socks5://dXNlcjpwYXNz:@proxy.example:1", "socks5 dXNlcjpwYXNz:@proxy.example:1"),
        ("socks://dXNlcjpwYUBzc0BwLmV4YW1wbGU6MTA4MA==#n", "socks5 user:pa@ss@p.example:1080 #n"),
        ("socks://dXNlcjpwYUBzc0BwLmV4YW1wbGU6MTA4MA?remarks=n", "socks5 user:pa@ss@p.example:1080 #n"),
        ("socks5://bücher.example:1080", "socks5 xn--bcher-kva.example:1080"),
        ("socks4://u@192.0.2.1", "socks4 u@192.0.2.1:1080"),
        ("socks4a://proxy.example:9#x", "socks4a proxy.example:9 #x"),
        ("http://proxy.example", "http proxy.example:80"),
        ("http://u:p@proxy.example:8080/", "http u:p@proxy.example:8080"),
        ("https://u:p@proxy.example#h", "https u:p@proxy.example:443 #h"),
        ("ssh://root@192.0.2.1", "ssh root:@192.0.2.1:22"),
        ("ssh://root:p%3Aw@host.example:2222#box", "ssh root:p:w@host.example:2222 #box"),
        ("\u{FEFF} <socks5://proxy.example:1>\u{200B}\r\n", "socks5 proxy.example:1"),
    ] {
        assert_eq!(shown(link), expected, "{link}");
    }
}

#[test]
fn addresses_without_a_scheme() {
    for (text, expected) in [
        ("proxy.example:1080", "socks5 proxy.example:1080"),
        ("192.0.2.1:1080:user:pa:ss", "socks5 user:pa:ss@192.0.2.1:1080"),
        ("[2001:db8::1]:1080:user:pass", "socks5 user:pass@[2001:db8::1]:1080"),
        ("user:p%40@ss@proxy.example:1080", "socks5 user:p%40@ss@proxy.example:1080"),
        ("proxy.example:1080@user:pass", "socks5 user:pass@proxy.example:1080"),
        ("user:pass:192.0.2.1:1080", "socks5 user:pass@192.0.2.1:1080"),
        ("192.0.2.1\t1080\tuser\tpass", "socks5 user:pass@192.0.2.1:1080"),
        ("192.0.2.1, 1080", "socks5 192.0.2.1:1080"),
        ("http 192.0.2.1 8080 user pass", "http user:pass@192.0.2.1:8080"),
        ("socks4,192.0.2.1,1080", "socks4 192.0.2.1:1080"),
        ("http 192.0.2.1:8080", "http 192.0.2.1:8080"),
        ("user:p,ss@proxy.example:1080", "socks5 user:p,ss@proxy.example:1080"),
    ] {
        assert_eq!(shown(text), expected, "{text}");
    }
    let http = parse_link_as("proxy.example:8080", PlainProtocol::Http).unwrap();
    assert!(matches!(http, Link::Proxy(Proxy { protocol: Protocol::Http(None), .. })));
    for (text, part) in [
        ("proxy.example", Part::Port),
        ("proxy.example:", Part::Port),
        ("proxy.example:80a", Part::Port),
        ("hello", Part::Link),
        ("", Part::Link),
        ("2001:db8::1", Part::Host),
        ("user:1234:proxy.example:8080", Part::Link),
    ] {
        assert_eq!(error(text).part, part, "{text}");
    }
}

#[test]
fn a_link_that_was_broken_into_lines_is_one_link_but_a_list_is_none() {
    assert_eq!(
        shown("ss://YWVzLTI1Ni1nY206\r\n  cGFzcw@a.exam\nple:1#n"),
        "shadowsocks aes-256-gcm:pass@a.example:1 #n"
    );
    for text in [
        "socks5://a.example:1#n\nsocks5://b.example:1",
        "socks5://a.example:1\nsocks5://b.example:1",
        "192.0.2.1:1\n192.0.2.2:1",
        "socks5://a.example:1#n\nhello",
    ] {
        assert_eq!(error(text).part, Part::Link, "{text}");
    }
}

#[test]
fn telegram_links_in_every_spelling() {
    let expected = "socks5 a b:p&%@192.0.2.1:1080";
    for link in [
        "tg://socks?server=192.0.2.1&port=1080&user=a%20b&pass=p%26%25",
        "tg:socks?server=192.0.2.1&port=1080&user=a%20b&pass=p%26%25",
        "TG://SOCKS/?Server=192.0.2.1&PORT=1080&User=a%20b&Pass=p%26%25",
        "https://t.me/socks?server=192.0.2.1&amp;port=1080&amp;user=a%20b&amp;pass=p%26%25",
        "http://www.Telegram.Me/socks/?server=192.0.2.1&port=1080&user=a%20b&pass=p%26%25",
        "T.me:443/socks?server=192.0.2.1&port=1080&user=a%20b&pass=p%26%25",
        "telegram.dog/socks?server=192.0.2.1&port=1080&user=a%20b&pass=p%26%25",
    ] {
        assert_eq!(shown(link), expected, "{link}");
        assert_eq!(proxy(proxy(link).to_telegram_link().unwrap().reveal()), proxy(link));
    }
    for (link, part) in [
        ("tg://socks?port=1", Part::Parameter("server")),
        ("tg://socks?server=a.example", Part::Parameter("port")),
        ("tg://socks?server=a.example&port=1x", Part::Port),
        ("tg://socks?server=a.example&port=1&user=a&user=b", Part::Parameter("user")),
        ("tg://socks?server=a.example&port=1&user=%ff", Part::Query),
        ("tg://socks?server=a.example&port=1&pass=p", Part::User),
        ("tg://resolve?domain=example", Part::Path),
        ("https://t.me/example", Part::Path),
        ("https://t.me:8443/socks?server=a.example&port=1", Part::Port),
        ("tg://proxy?server=a.example&port=1", Part::Secret),
    ] {
        assert_eq!(error(link).part, part, "{link}");
    }
    assert_eq!(subscription("https://socks.t.me/?server=a.example&port=1").origin(), "https://socks.t.me");
}

#[test]
fn mtproto_secrets() {
    let fake_tls = "ee00112233445566778899aabbccddeeff6578616d706c652e636f6d";
    for (secret, hex) in [
        ("00112233445566778899AABBCCDDEEFF", "00112233445566778899aabbccddeeff"),
        ("dd00112233445566778899aabbccddeeff", "dd00112233445566778899aabbccddeeff"),
        (fake_tls, fake_tls),
        ("7gARIjNEVWZ3iJmqu8zd7v9leGFtcGxlLmNvbQ", fake_tls),
        ("7gARIjNEVWZ3iJmqu8zd7v9leGFtcGxlLmNvbQ==", fake_tls),
        ("ABEiM0RVZneImaq7zN3u/w==", "00112233445566778899aabbccddeeff"),
        ("%2BBEiM0RVZneImaq7zN3u%2Fw%3D%3D", "f811223344556677 8899aabbccddeeff"),
        ("-BEiM0RVZneImaq7zN3u_w", "f811223344556677 8899aabbccddeeff"),
    ] {
        let link = format!("https://t.me/proxy?server=a.example&port=443&secret={secret}");
        let Protocol::Mtproto(found) = proxy(&link).protocol else { panic!("{link}") };
        assert_eq!(found.hex.reveal(), hex.replace(' ', ""), "{secret}");
    }
    for secret in [
        "00",
        "cc00112233445566778899aabbccddeeff",
        "ee00112233445566778899aabbccddeeff",
        "zz",
        "ee00112233445566778899aabbccddeeff2e2e",
    ] {
        assert_eq!(error(&format!("tg://proxy?server=a.example&port=1&secret={secret}")).part, Part::Secret);
    }
}

#[test]
fn a_web_address_is_a_proxy_only_without_a_path_or_a_query() {
    for link in
        ["https://a.example/list", "http://a.example?token=1", "https://a.example/?abc", "https://u:p@a.example/x"]
    {
        assert_eq!(subscription(link).url.reveal(), url::Url::parse(link).unwrap().as_str());
    }
    let list = subscription("https://a.example/list#My%20list");
    assert_eq!((list.url.reveal(), list.name), ("https://a.example/list", Name::new("My list")));

    let pinned = format!("https://a.example:8443?sni=b.example&alpn=h2,http%2F1.1&fp=chrome&pcs={}", "ab".repeat(32));
    let Protocol::Https { tls, .. } = proxy(&pinned).protocol else { panic!() };
    assert_eq!(tls.sni, Some("b.example".parse().unwrap()));
    assert_eq!(tls.alpn, ["h2", "http/1.1"]);
    assert_eq!(tls.pin, Some(CertificatePin([0xab; 32])));
    assert_eq!(tls.fingerprint.as_deref(), Some("chrome"));
}

#[test]
fn deep_links_lead_to_lists_and_proxies() {
    for (link, url, name) in [
        ("clash://install-config?url=https%3A%2F%2Fa.example%2Fs%3Ft%3D1&name=N", "https://a.example/s?t=1", Some("N")),
        ("sing-box://import-remote-profile?url=https%3A%2F%2Fa.example%2Fs#N", "https://a.example/s", Some("N")),
        ("hiddify://import/https://a.example/s?t=1#N", "https://a.example/s?t=1", Some("N")),
        ("hiddify://import/https%3A%2F%2Fa.example%2Fs", "https://a.example/s", None),
        ("v2rayng://install-sub?url=https%3A%2F%2Fa.example%2Fs", "https://a.example/s", None),
        ("ssconf://a.example/key#N", "https://a.example/key", Some("N")),
        ("sub://aHR0cHM6Ly9hLmV4YW1wbGUvcw==#N", "https://a.example/s", Some("N")),
        ("sn://subscription?url=https%3A%2F%2Fa.example%2Fs&name=N", "https://a.example/s", Some("N")),
        ("Paperwing://import?url=https%3A%2F%2Fa.example%2F", "https://a.example/", None),
        ("paperwing://import/?url=http%3A%2F%2Fa.example%2Fx%23N", "http://a.example/x", Some("N")),
    ] {
        let list = subscription(link);
        assert_eq!((list.url.reveal(), list.name), (url, name.and_then(Name::new)), "{link}");
    }
    assert_eq!(shown("paperwing://add?link=socks5%3A%2F%2Fu%3Ap%40a.example%3A1%23N"), "socks5 u:p@a.example:1 #N");
    assert_eq!(
        shown("hiddify://import/ss%3A%2F%2Faes-256-gcm:p@a.example:1#N"),
        "shadowsocks aes-256-gcm:p@a.example:1 #N"
    );
    let mut nested = "socks5://a.example:1".to_owned();
    for _ in 0..8 {
        nested = format!("paperwing://add?link={}", crate::text::encode(&nested).collect::<String>());
    }
    assert_eq!(error(&nested).part, Part::Link);
    for (link, part) in [
        ("paperwing://import", Part::Parameter("url")),
        ("paperwing://import?url=file%3A%2F%2F%2Fetc%2Fpasswd", Part::Parameter("url")),
        ("paperwing://add?link=javascript%3Aalert", Part::Port),
        ("paperwing://explode?url=x", Part::Path),
        ("clash://", Part::Path),
    ] {
        assert_eq!(error(link).part, part, "{link}");
    }
}

#[test]
fn errors_name_the_part_and_keep_secrets() {
    for (link, part) in [
        ("ssr://YWJj", Part::Scheme),
        ("gopher://hunter2", Part::Scheme),
        ("file:///etc/hunter2", Part::Scheme),
        ("socks5://", Part::Host),
        ("socks5://hunter2:hunter2@", Part::Host),
        ("socks5://u:hunter2@a.example:0", Part::Port),
        ("socks5://u:hunter2@a.example:65536", Part::Port),
        ("socks5://u:hunter2@a.example:1080hunter2", Part::Port),
        ("socks5://u:hunter2@a.example:1080/hunter2", Part::Path),
        ("socks5://u:hunter2@[2001:db8::1", Part::Host),
        ("socks5://u:hunter2@[2001:db8::1]1080", Part::Port),
        ("socks5://u:hunter2@2001:db8::1", Part::Host),
        ("socks5://u:hunter2@a_b!.example", Part::Host),
        ("socks5://u:hunter2%ff@a.example", Part::Password),
        ("socks5://:hunter2@a.example", Part::User),
        ("socks4://u:hunter2@a.example", Part::Password),
        ("http://u%3Ax:hunter2@a.example", Part::User),
        ("http://u:hunter2%0d%0a@a.example", Part::Password),
        ("ssh://a.example", Part::User),
        ("vless://hunter2@a.example:1?security=hunter2", Part::Parameter("security")),
    ] {
        let error = error(link);
        assert_eq!(error.part, part, "{link}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("hunter2") && !shown.contains('\n'), "{shown}");
    }
    let long = "x".repeat(256);
    assert_eq!(error(&format!("socks5://{long}:p@a.example")).part, Part::User);
    assert_eq!(error(&format!("socks5://u:{long}@a.example")).part, Part::Password);
    assert_eq!(error(&format!("socks5://{}", "x".repeat(70_000))).part, Part::Link);
}

#[test]
fn public_links_and_debug_hold_no_secret() {
    for link in [
        "socks5://hunter2:hunter2@a.example:1#n".to_owned(),
        "trojan://hunter2@a.example?key=hunter2".to_owned(),
        format!("ss://{}@a.example:1", to_base64_url("aes-256-gcm:hunter2")),
        "hy2://hunter2@a.example?obfs=salamander&obfs-password=hunter2".to_owned(),
        "vless://hunter2@a.example:1?security=tls&seed=hunter2".to_owned(),
    ] {
        let proxy = proxy(&link);
        assert!(!proxy.to_public_link().contains("hunter2"), "{link}");
        let debug = format!("{proxy:?}").replacen("user: \"hunter2\"", "", 1);
        assert!(!debug.contains("hunter2"), "{debug}");
    }
}
