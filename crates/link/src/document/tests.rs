#![allow(clippy::unwrap_used)]

use super::*;
use crate::text::to_base64;
use crate::{Expected, LinkError, Part, Protocol};

fn read_document(text: &str) -> Document {
    let document = parse_document(text.as_bytes(), DocumentHint::default()).unwrap_or_else(|error| panic!("{error}"));
    for proxy in &document.proxies {
        let printed = proxy.to_link();
        assert_eq!(printed.reveal().parse::<Proxy>().as_ref(), Ok(proxy), "printed as {}", printed.reveal());
    }
    document
}

fn public(document: &Document) -> Vec<String> {
    document.proxies.iter().map(Proxy::to_public_link).collect()
}

/// Line and part of everything that was skipped.
fn skipped(document: &Document) -> Vec<(usize, Part)> {
    document.skipped.iter().map(|it| (it.line, it.reason.part)).collect()
}

const LINES: &str = "#profile-title: base64:T3Nsbw==\r\n\
    ; a comment\r\n// another\r\n\r\n\
    socks5://u:p@a.example:1080#One\r\n\
    not a proxy hunter2\r\n\
    socks5://u:hunter2@b.example:99999\r\n\
    192.0.2.1:1080:u:p\r\n\
    - https://t.me/socks?server=192.0.2.2&port=1080\r\n\
    socks5://u:p@a.example:1080#Again\r\n\
    https://lists.example/more\r\n";

#[test]
fn lines_with_comments_windows_ends_and_rubbish() {
    for text in [LINES.to_owned(), format!("\u{FEFF}{LINES}"), LINES.replace('\r', "")] {
        let document = read_document(&text);
        assert_eq!(document.format, Format::Lines);
        assert_eq!(document.about.title, crate::Name::new("Oslo"));
        assert_eq!(
            public(&document),
            ["socks5://a.example:1080#One", "socks5://192.0.2.1:1080", "socks5://192.0.2.2:1080"]
        );
        assert_eq!(skipped(&document), [(6, Part::Link), (7, Part::Port)]);
        assert_eq!(document.duplicate_count, 1);
        assert_eq!(document.subscriptions[0].url.reveal(), "https://lists.example/more");
        assert!(!format!("{:?}", document.skipped).contains("hunter2"));
    }
}

#[test]
fn the_hint_decides_what_a_bare_address_is() {
    let hint = DocumentHint { as_protocol: PlainProtocol::Http };
    let document = parse_document(b"192.0.2.1:8080\n192.0.2.2:8080:u:p", hint).unwrap();
    assert_eq!(public(&document), ["http://192.0.2.1:8080", "http://192.0.2.2:8080"]);
}

#[test]
fn base64_in_every_dress() {
    let encoded = to_base64(LINES);
    let lines: Vec<_> = encoded.as_bytes().chunks(76).map(String::from_utf8_lossy).collect();
    let wrapped = lines.join("\r\n");
    for text in [
        encoded.clone(),
        encoded.trim_end_matches('=').to_owned(),
        encoded.replace('+', "-").replace('/', "_"),
        wrapped,
        format!("  \n{encoded}\n\n"),
        format!("#support-url: https://s.example/\n{encoded}"),
    ] {
        let document = read_document(&text);
        assert_eq!((document.format, document.proxies.len()), (Format::Base64Lines, 3), "{text}");
        assert_eq!(document.about.title, crate::Name::new("Oslo"));
    }
    let utf16: Vec<u8> = [0xFEFF].into_iter().chain(LINES.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    assert_eq!(parse_document(&utf16, DocumentHint::default()).unwrap().proxies.len(), 3);
}

#[test]
fn links_are_found_in_a_message() {
    let document = read_document(
        "Hi! Try this: https://t.me/socks?server=192.0.2.1&port=1080 or tg://socks?server=192.0.2.2&port=1080 ok?\n\
         ss://aes-256-gcm:p@a.example:1#My Server ss://aes-256-gcm:p@b.example:1#Other one\n",
    );
    assert_eq!(
        public(&document),
        [
            "socks5://192.0.2.1:1080",
            "socks5://192.0.2.2:1080",
            "ss://a.example:1#My%20Server",
            "ss://b.example:1#Other%20one",
        ]
    );
}

#[test]
fn what_is_no_list_is_refused_with_a_reason() {
    let refuse = |bytes: &[u8]| parse_document(bytes, DocumentHint::default()).unwrap_err();
    assert_eq!(refuse(b""), DocumentError::Empty);
    assert_eq!(refuse(b"\xEF\xBB\xBF \r\n"), DocumentError::Empty);
    assert_eq!(refuse(b"<!DOCTYPE html><html>"), DocumentError::WebPage);
    assert_eq!(refuse(b"\n <html>\n<body>socks5://a.example:1"), DocumentError::WebPage);
    assert_eq!(refuse(b"{\"a\":1}"), DocumentError::UnknownFormat);
    assert!(matches!(refuse(b"{\n\"a\":\n]"), DocumentError::Malformed { .. }));
    assert!(matches!(refuse(b"{\"proxies\":[]}"), DocumentError::NothingUsable(list) if list.is_empty()));
    assert!(matches!(refuse(&[0x80; 100]), DocumentError::NothingUsable(_)));
    assert_eq!(refuse(&vec![b'a'; MAX_DOCUMENT + 1]), DocumentError::TooLarge);
    let shown = refuse(b"socks5://u:hunter2@a.example:0").to_string();
    assert_eq!(shown, "no proxy in it (line 1: port: expected a number from 1 to 65535)");
}

#[test]
fn clash_yaml() {
    let document = read_document(include_str!("../../tests/documents/clash.yaml"));
    assert_eq!(document.format, Format::Clash);
    assert_eq!(
        public(&document),
        [
            "socks5://a.example:1080#Oslo%20%F0%9F%87%B3%F0%9F%87%B4",
            "https://b.example:8443#secure",
            "ss://c.example:8388#ss",
            "ss://c.example:8389#ss-obfs",
            "vmess://d.example:443#vmess-ws",
            "vless://e.example:443#reality",
            "trojan://f.example:443#trojan-grpc",
            "hysteria2://g.example:443#hy2",
            "tuic://h.example:443#tuic",
            "anytls://i.example:443#anytls",
            "ssh://j.example:22#ssh",
            "socks5://k.example:1080#merged",
        ]
    );
    let Protocol::Socks5(Some(login)) = &document.proxies[0].protocol else { panic!() };
    assert_eq!((login.user.as_str(), login.password.reveal()), ("007", "1e5"), "scalars stay as they are written");
    let Protocol::Vless(it) = &document.proxies[5].protocol else { panic!() };
    let crate::Security::Reality(reality) = &it.security else { panic!() };
    assert_eq!(reality.short_id, "00e1", "a short id is no number");
    let Protocol::Vmess(it) = &document.proxies[4].protocol else { panic!() };
    let path = "/ws?ed=2048".to_owned();
    assert_eq!(it.transport, crate::Transport::WebSocket { path, host: Some("cdn.example".to_owned()) });
    let reasons: Vec<_> = document.skipped.iter().map(|it| (it.line, it.text.as_str(), it.reason.part)).collect();
    assert_eq!(
        reasons,
        [
            (91, "trojan x.example", Part::Parameter("allowInsecure")),
            (92, "wireguard y.example", Part::Scheme),
            (93, "socks5 z.example", Part::Port),
            (94, "ssh w.example", Part::Parameter("private-key")),
        ]
    );
    assert_eq!(document.subscriptions[0].url.reveal(), "https://lists.example/provider?token=1");
}

#[test]
fn one_damaged_entry_spoils_no_list() {
    let document =
        read_document("proxies:\n- {server: x.example}\n- {type: socks5, server: a.example, port: 1}\n- 7\n- []\n");
    assert_eq!(public(&document), ["socks5://a.example:1"]);
    assert_eq!(skipped(&document), [(2, Part::Scheme), (4, Part::Link), (5, Part::Scheme)]);
}

#[test]
fn sip008_json() {
    let document = read_document(include_str!("../../tests/documents/sip008.json"));
    assert_eq!(document.format, Format::Sip008);
    assert_eq!(public(&document), ["ss://a.example:8388#One%20%F0%9F%98%80", "ss://b.example:8389"]);
    assert_eq!(document.about.usage, Some(Usage { used: 10, total: Some(110), expires: None }));
    assert_eq!(skipped(&document), [(22, Part::Port)]);
    let outline =
        r#"{"server":"a.example","server_port":443,"password":"p","method":"chacha20-ietf-poly1305","prefix":"ab"}"#;
    assert_eq!(public(&read_document(outline)), ["ss://a.example:443"]);
}

#[test]
fn sing_box_json() {
    let document = read_document(include_str!("../../tests/documents/sing-box.json"));
    assert_eq!(document.format, Format::SingBox);
    assert_eq!(
        public(&document),
        [
            "socks5://a.example:1080#socks",
            "socks4a://a.example:1081#old",
            "https://b.example:443#https",
            "vless://c.example:443#reality",
            "vmess://d.example:443#ws",
            "hysteria2://e.example:20000#hop",
            "trojan://f.example:443#trojan",
        ]
    );
    assert_eq!(skipped(&document), [(78, Part::Parameter("allowInsecure")), (86, Part::Scheme)]);
}

#[test]
fn v2ray_json() {
    let one = include_str!("../../tests/documents/v2ray.json");
    let document = read_document(one);
    assert_eq!(document.format, Format::V2ray);
    let expected =
        ["vless://a.example:443#proxy", "vmess://b.example:443", "socks5://c.example:1080", "ss://d.example:8388"];
    assert_eq!(public(&document), expected);
    let many = format!("[{}]", one.replacen('{', "{\"remarks\":\"Named\",", 1));
    let named: Vec<String> = public(&read_document(&many));
    assert_eq!(named[0], "vless://a.example:443#Named");
}

#[test]
fn exports_of_browser_extensions() {
    let document = read_document(include_str!("../../tests/documents/foxyproxy.json"));
    assert_eq!(document.format, Format::FoxyProxy);
    assert_eq!(public(&document), ["socks5://a.example:1080#Work", "https://b.example:8443#Home"]);
    assert_eq!(skipped(&document), [(35, Part::Port)]);
    let older =
        r#"{"proxySettings":[{"title":"T","type":3,"address":"a.example","port":1080,"username":"u","password":"p"}]}"#;
    assert_eq!(public(&read_document(older)), ["socks5://a.example:1080#T"]);
    let oldest = r#"{"mode":"x","k1":{"title":"T","type":1,"address":"a.example","port":8080},"logging":{"size":1}}"#;
    assert_eq!(public(&read_document(oldest)), ["http://a.example:8080#T"]);

    let document = read_document(include_str!("../../tests/documents/switchyomega.json"));
    assert_eq!(document.format, Format::SwitchyOmega);
    assert_eq!(public(&document), ["socks5://a.example:1080#proxy", "http://b.example:8080#proxy"]);
    let Protocol::Socks5(Some(login)) = &document.proxies[0].protocol else { panic!() };
    assert_eq!((login.user.as_str(), login.password.reveal()), ("u", "p"));
}

#[test]
fn json_may_be_minified_indented_with_tabs_or_commented() {
    let json = include_str!("../../tests/documents/sing-box.json");
    let expected = public(&read_document(json));
    let minified: String = json.lines().map(str::trim).collect();
    let tabs = json.replace("  ", "\t");
    let commented =
        json.replacen('{', "{ // \"a\": {\n/* two\nlines */", 1).replace("\"direct\"},", "\"direct\"}, // no");
    for text in [minified, tabs, commented.clone(), json.replace('\n', "\r\n")] {
        assert_eq!(public(&read_document(&text)), expected, "{text}");
    }
    assert_eq!(read_document(&commented).skipped[0].line, 80, "the two lines that the comments add count");
}

#[test]
fn lines_under_a_heading_that_looks_like_yaml_are_lines() {
    let document = read_document("proxies:\nsocks5://a.example:1080\nsocks5://u:p@b.example:1080#x\n");
    assert_eq!((document.format, document.proxies.len()), (Format::Lines, 2));
}

#[test]
fn hostile_trees_end_in_an_error_at_once() {
    let deep = format!("proxies: {}", "[".repeat(100_000));
    let deep_json = format!("[{}", "[{\"a\":".repeat(100_000));
    let mut bomb = "a0: &a0 [x]\n".to_owned();
    for level in 1..30 {
        let items = vec![format!("*a{}", level - 1); 9].join(",");
        bomb.extend([format!("a{level}: &a{level} [{items}]\n")]);
    }
    bomb.push_str("proxies: [*a29, *a29]\nproxy-providers: {<<: [*a29, *a29]}\n");
    let cycle = "proxies: &a [*a]\n".to_owned();
    let json_alias = "{\"outbounds\":[&a {\"protocol\":\"socks\"}, *a]}".to_owned();
    let keys: String = (0..20_000).map(|n| format!("k{n}: 0, ")).collect::<Vec<_>>().concat();
    let aliases = vec!["*a"; 20_000].join(", ");
    let huge = format!("x: &a {{type: socks5, y: {{{keys}}}}}\nproxies: [{aliases}]\n");
    let huge_entry = format!("x: &a {{type: socks5, {keys}}}\nproxies: [{}]\n", vec!["*a"; 9_000].join(", "));
    for text in [deep, deep_json, bomb, cycle, json_alias, huge, huge_entry] {
        assert!(parse_document(text.as_bytes(), DocumentHint::default()).is_err());
    }
}

#[test]
fn skipped_lines_are_counted_and_the_first_thousand_described() {
    let text = format!("socks5://a.example:1\n{}", "rubbish\n".repeat(3000));
    let document = read_document(&text);
    assert_eq!((document.skipped.len(), document.skipped_count), (1000, 3000));
    let reason = LinkError { part: Part::Link, expected: Expected::LinkOrAddress };
    assert_eq!(document.skipped[0], Skipped { line: 2, text: "… (7 characters)".into(), reason });
}

#[test]
fn json_output_has_the_keys_that_apply() {
    let proxy: Proxy = "socks5://u:p@[2001:db8::1]:1080#n".parse().unwrap();
    let expected = r#"{"protocol":"socks5","host":"2001:db8::1","port":1080,"username":"u","password":"p","name":"n"}"#;
    assert_eq!(crate::proxy_to_json(&proxy).to_string(), expected);
    let proxy: Proxy = "tg://proxy?server=a.example&port=443&secret=00112233445566778899AABBCCDDEEFF".parse().unwrap();
    let json = crate::proxy_to_json(&proxy);
    assert_eq!(
        (json["protocol"].as_str(), json["secret"].as_str()),
        (Some("mtproto"), Some("00112233445566778899aabbccddeeff"))
    );
    let document = read_document("#profile-title: T\nsocks5://a.example:1\nnonsense\n");
    let expected = "{\"format\":\"lines\",\"title\":\"T\",\
        \"proxies\":[{\"protocol\":\"socks5\",\"host\":\"a.example\",\"port\":1}],\
        \"skipped\":[{\"line\":3,\"text\":\"… (8 characters)\",\"reason\":\"link: expected a link with a scheme, or host:port\"}]}";
    assert_eq!(crate::document_to_json(&document).to_string(), expected);
}
