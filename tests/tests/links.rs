//! Every form in which a proxy is passed on is either carried or says why not, in words for the person who got it.
#![cfg(target_os = "linux")]

use paperwing_tests::disk::Home;
use serde_json::Value;

const ID: &str = "11111111-1111-4111-8111-111111111111";
const SHOES: &str = "needs the shoes engine: `cargo install shoes`";

/// A link, and what is said of it; nothing where it is carried as it is.
fn forms() -> Vec<(String, &'static str)> {
    let key = "0123456789abcdef0123456789abcdef";
    let site = "6578616d706c652e636f6d";
    let own = |text: &str| text.to_owned();
    vec![
        (own("tg://socks?server=h.example&port=1080&user=u&pass=p"), ""),
        (own("tg:socks?server=h.example&port=1080"), ""),
        (own("https://t.me/socks?server=h.example&port=1080"), ""),
        (own("telegram.dog/socks?server=h.example&port=1080"), ""),
        (format!("tg://proxy?server=h.example&port=443&secret={key}"), "Telegram only"),
        (format!("https://t.me/proxy?server=h.example&port=443&secret=dd{key}"), "Telegram only"),
        (format!("https://telegram.me/proxy?server=h.example&port=443&secret=ee{key}{site}"), "Telegram only"),
        (own("socks://dTpw@h.example:1080"), ""),
        (own("socks5://u:p@h.example"), ""),
        (own("socks5h://h.example"), ""),
        (own("socks4://h.example"), ""),
        (own("socks4a://h.example"), ""),
        (own("http://u:p@h.example:3128"), ""),
        (own("https://u:p@h.example:8443"), ""),
        (own("h.example:1080"), ""),
        (own("h.example:1080:u:p"), ""),
        (own("u:p@h.example:1080"), ""),
        (own("ss://YWVzLTI1Ni1nY206cA@h.example:8388"), ""),
        (own("ss://YWVzLTI1Ni1nY206cEBoLmV4YW1wbGU6ODM4OA==#legacy"), ""),
        (own("ss://2022-blake3-chacha20-poly1305:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D@h.example:8388"), ""),
        (own("ss://rc4-md5:p@h.example:8388"), "this Shadowsocks cipher is broken"),
        (own("ss://xchacha20-ietf-poly1305:p@h.example:8388"), "not supported yet: the Shadowsocks cipher xchacha20"),
        (own("ss://aes-256-gcm:p@h.example:8388?plugin=shadow-tls"), "with the plugin shadow-tls"),
        (own("trojan://p@h.example:443?sni=b.example"), ""),
        (own("trojan://p@h.example:443?type=ws&path=%2Fx&host=b.example"), ""),
        (own("trojan://p@h.example:443?type=grpc"), "not supported yet: Trojan over gRPC"),
        (format!("vless://{ID}@h.example:80?security=none&type=ws&path=%2Fx"), ""),
        (format!("vless://{ID}@h.example:443?security=tls&sni=b.example&fp=chrome"), ""),
        (format!("vless://{ID}@h.example:443?security=tls&type=grpc"), "not supported yet: VLESS over gRPC"),
        (format!("vless://{ID}@h.example:443?security=reality&pbk=k&sid=00&flow=xtls-rprx-vision"), SHOES),
        (format!("vless://{ID}@h.example:443?security=tls&flow=xtls-rprx-direct"), "the flow xtls-rprx-direct"),
        (
            // {"add":"h.example","port":443,"id":"…","aid":0,"net":"ws","tls":"tls"}
            own(
                "vmess://eyJhZGQiOiJoLmV4YW1wbGUiLCJwb3J0Ijo0NDMsImlkIjoieCIsImFpZCI6MCwibmV0Ijoid3MiLCJ0bHMiOiJ0bHMifQ==",
            ),
            SHOES,
        ),
        (own("hysteria2://p@h.example:443"), "not supported yet: Hysteria2, which runs over QUIC"),
        (own("hy2://p@h.example:443?obfs=salamander&obfs-password=x"), "Hysteria2, which runs over QUIC"),
        (format!("tuic://{ID}:p@h.example:443"), "not supported yet: TUIC, which runs over QUIC"),
        (own("anytls://p@h.example:443"), SHOES),
        (own("ssh://u:p@h.example"), ""),
        (own("ssh://u@h.example:2222?key=%2Fnowhere"), ""),
    ]
}

#[test]
fn every_form_of_a_link_is_carried_or_says_why_not() {
    for (link, said) in forms() {
        let home = Home::new();
        let typed = |words: &[&str]| home.run(&[words, &["--keyring", "file"]].concat());
        let added = typed(&["import", "--yes", &link]).succeeded();
        let names = home.names();
        let [name] = &names[..] else { panic!("{link}: it is kept, whatever can be done with it: {names:?}") };
        let shared = home.run_openly(&["share", name, "--keyring", "file"]);
        let shown = shared.succeeded();
        assert!(!shown.trim().is_empty(), "{link}: it can be passed on");
        let listed = typed(&["list"]).succeeded();
        let told: Value = serde_json::from_str(&typed(&["list", "--json"]).succeeded()).expect("a JSON document");
        let told = told[0]["unsupported"].as_str();
        if said.is_empty() {
            let doubts = ["supported", "needs", "only"].iter().any(|word| added.contains(word));
            assert!(!doubts, "{link}: {added}");
            assert!(listed.contains("· untested") && told.is_none(), "{link}: {told:?}\n{listed}");
            continue;
        }
        assert!(added.contains(said) && listed.contains(said), "{link}: {added}{listed}");
        if said == "Telegram only" {
            assert_eq!(told, None, "{link}");
            continue;
        }
        assert!(told.is_some_and(|told| told.contains(said)), "{link}: {told:?}");
        // Whoever tries it is told the same, and nobody is asked for its host.
        let tested = typed(&["test"]);
        assert!(tested.text().contains(said), "{link}: {tested}");
        assert!(!tested.text().contains("resolve"), "{link}: {tested}");
    }
}

#[test]
fn links_that_lead_to_lists_are_offered_as_such() {
    for link in [
        "paperwing://import?url=https%3A%2F%2Flists.example%2Fa",
        "clash://install-config?url=https%3A%2F%2Flists.example%2Fa",
        "sing-box://import-remote-profile?url=https%3A%2F%2Flists.example%2Fa#Name",
        "hiddify://import/https://lists.example/a#Name",
        "ssconf://lists.example/a",
        "v2rayn://install-sub?url=https%3A%2F%2Flists.example%2Fa",
        "sn://subscription?url=https%3A%2F%2Flists.example%2Fa",
        "https://lists.example/a?token=x",
    ] {
        let parsed = Home::new().run(&["link", "parse", "--json", link]);
        assert!(parsed.succeeded().contains("lists.example"), "{link}: {parsed}");
    }
    let added = Home::new().run(&["link", "parse", "--json", "paperwing://add?link=socks5%3A%2F%2Fh.example"]);
    let added: Value = serde_json::from_str(&added.succeeded()).expect("a JSON document");
    assert_eq!(added["protocol"], "socks5");
}

#[test]
fn what_is_no_proxy_of_ours_is_refused_by_its_name() {
    for (link, said) in [
        ("ssr://YQ", "ShadowsocksR is not supported; ask for a Shadowsocks (ss://) link"),
        ("hysteria://h.example:443", "Hysteria 1 is not supported; ask for a Hysteria 2 (hysteria2://) link"),
        ("wireguard://x@h.example:1", "WireGuard is a VPN, not a proxy; ask for a Shadowsocks, Trojan or VLESS link"),
        ("awg://x@h.example:1", "AmneziaWG is a VPN"),
        ("vpn://AAAAeNo", "AmneziaVPN is a VPN"),
        ("openvpn://import-profile/https://h.example/x.ovpn", "OpenVPN is a VPN"),
        ("tailscale://h.example", "Tailscale is a VPN"),
        ("brook://server?server=h.example%3A1", "Brook is not supported; ask for a Shadowsocks or Trojan link"),
        ("sn://vmess?eNpjYGBg", "only SagerNet and NekoBox read this form; ask for a standard link"),
        ("naive+https://u:p@h.example:443", "NaiveProxy is not supported"),
        ("snell://x@h.example:1", "Snell is not supported"),
        ("trojan://p@h.example?allowInsecure=1", "allowInsecure"),
    ] {
        let home = Home::new();
        let refused = home.run(&["import", "--yes", "--keyring", "file", link]);
        assert!(refused.failed_with(2).contains(said), "{link}: {refused}");
        assert_eq!(refused.stderr.trim_end().lines().count(), 1, "{link}: {refused}");
    }
}

#[test]
fn a_clash_document_says_of_every_entry_that_it_skips_what_it_is() {
    let clash = "proxies:\n\
        \x20 - {name: A, type: snell, server: a.example, port: 1, psk: x, version: 4}\n\
        \x20 - {name: B, type: ss, server: b.example, port: 2, cipher: aes-128-gcm, password: x, plugin: shadow-tls}\n\
        \x20 - {name: C, type: naive, server: c.example, port: 3}\n\
        \x20 - {name: D, type: socks5, server: d.example, port: 4}\n\
        \x20 - {name: E, type: wireguard, server: e.example, port: 5}\n\
        \x20 - {name: F, type: hysteria2, server: f.example, port: 6, password: x}\n\
        \x20 - {name: G, type: never-heard-of, server: g.example, port: 7}\n";
    let home = Home::new();
    let file = home.file("clash.yaml", clash);
    let imported = home.run(&["import", "--yes", "--keyring", "file", file.to_str().expect("a name")]);
    let said = imported.succeeded() + &imported.stderr;
    assert_eq!(home.names(), ["B", "D", "F"]);
    for reason in [
        "line 2: snell a.example (scheme: Snell is not supported",
        "line 4: naive c.example (scheme: NaiveProxy is not supported",
        "line 6: wireguard e.example (scheme: WireGuard is a VPN, not a proxy",
        "line 8: never-heard-of g.example (scheme: a type of proxy that is not supported",
        "not supported yet: Shadowsocks with the plugin shadow-tls",
        "not supported yet: Hysteria2, which runs over QUIC",
    ] {
        assert!(said.contains(reason), "{reason}\n{said}");
    }
}
