//! What the list says of proxies that cannot be used on this computer as it is.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::Home;

const SHOES: &str = "needs the shoes engine: `cargo install shoes`";
const BROKEN: &str =
    "this Shadowsocks cipher is broken (anybody between can change what it carries); ask for another link";
const QUIC: &str = "not supported yet: Hysteria2, which runs over QUIC";

/// Links as friends send them, by their addresses, and why each cannot be used; nothing where it can.
const LINKS: [(&str, &str, Option<&str>); 11] = [
    ("192.0.2.1:443", "vless://canary@192.0.2.1:443?security=reality&pbk=k&sid=00&flow=xtls-rprx-vision", Some(SHOES)),
    ("192.0.2.2:443", "vless://canary@192.0.2.2:443?security=tls&flow=xtls-rprx-vision", Some(SHOES)),
    ("192.0.2.3:443", "vless://canary@192.0.2.3:443?type=xhttp", Some("not supported yet: VLESS over xhttp")),
    ("192.0.2.4:443", "vless://canary@192.0.2.4:443?security=tls", None),
    ("192.0.2.5:8388", "ss://rc4-md5:canary@192.0.2.5:8388", Some(BROKEN)),
    (
        "192.0.2.6:8388",
        "ss://aes-256-gcm:canary@192.0.2.6:8388?plugin=shadow-tls",
        Some("not supported yet: Shadowsocks with the plugin shadow-tls"),
    ),
    ("192.0.2.7:8388", "ss://aes-256-gcm:canary@192.0.2.7:8388", None),
    ("192.0.2.8:443", "trojan://canary@192.0.2.8:443?type=grpc", Some("not supported yet: Trojan over gRPC")),
    ("192.0.2.9:443", "trojan://canary@192.0.2.9:443", None),
    ("192.0.2.10:443", "hysteria2://canary@192.0.2.10:443", Some(QUIC)),
    ("192.0.2.11:443", "https://t.me/proxy?server=192.0.2.11&port=443&secret=0123456789abcdef0123456789abcdef", None),
];

/// The list with all of them, its key in a file.
fn home() -> Home {
    let home = Home::new();
    let links: Vec<_> = LINKS.iter().map(|(_, link, _)| *link).collect();
    home.run_with(&["--keyring", "file", "import", "--yes", "-"], &links.join("\n")).ok();
    home
}

/// Why each cannot be used, by its address.
fn unsupported(listed: &str) -> Vec<(String, Option<String>)> {
    let rows: Vec<Value> = serde_json::from_str(listed).unwrap();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    rows.iter().map(|row| (text(&row["address"]).unwrap(), text(&row["unsupported"]))).collect()
}

fn wanted(keep: impl Fn(&str) -> bool) -> Vec<(String, Option<String>)> {
    let why = |why: Option<&str>| why.filter(|why| keep(why)).map(str::to_owned);
    LINKS.iter().map(|(address, _, reason)| ((*address).to_owned(), why(*reason))).collect()
}

/// The line of a table that has an address in its column of addresses.
fn line_of<'a>(table: &'a str, address: &str) -> &'a str {
    let column = format!(" {address} ");
    table.lines().find(|line| line.contains(&column)).unwrap_or_else(|| panic!("{address} in\n{table}"))
}

#[cfg(unix)]
fn program_that_ends_at_once(folder: &std::path::Path, name: &str) {
    use std::os::unix::fs::PermissionsExt;

    std::fs::create_dir(folder).unwrap();
    std::fs::write(folder.join(name), "#!/bin/sh\n").unwrap();
    std::fs::set_permissions(folder.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn every_proxy_that_cannot_be_used_says_why_not_by_its_whole_link() {
    let home = home();
    let json = home.run(&["list", "--json"]).ok();
    assert_eq!(unsupported(&json.out), wanted(|_| true));

    let table = home.run(&["list"]).ok();
    for (address, link, why) in LINKS {
        let line = line_of(&table.out, address);
        let health = match why {
            Some(why) => format!("– cannot be used  {why}"),
            None if link.contains("t.me") => "– Telegram only".to_owned(),
            None => "· untested".to_owned(),
        };
        assert!(line.ends_with(&health), "{line}");
    }
    for said in [json, table] {
        assert!(!said.out.contains("canary") && said.err.is_empty(), "{}{}", said.out, said.err);
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_not_tried_and_nothing_is_remembered_against_it() {
    let home = home();
    let tested = home.run(&["test", "192.0.2.1:443"]);
    assert!(tested.code == Some(1) && tested.out.contains(&format!("not tried: {SHOES}")), "{}", tested.out);
    let listed: Value = serde_json::from_str(&home.run(&["list", "--json"]).ok().out).unwrap();
    assert_eq!((&listed[0]["health"], &listed[0]["unsupported"]), (&"untested".into(), &SHOES.into()));
}

#[test]
#[cfg(unix)]
fn what_takes_another_program_hangs_on_that_program_and_not_on_what_was_seen_before() {
    let home = home();
    let programs = home.path("programs");
    program_that_ends_at_once(&programs, "shoes");
    let with_it = |args: &[&str]| {
        let ended = home.command(args).env("PATH", &programs).output().unwrap();
        String::from_utf8(ended.stdout).unwrap()
    };
    assert_eq!(unsupported(&with_it(&["list", "--json"])), wanted(|why| why != SHOES));

    with_it(&["test", "192.0.2.1:443"]);
    assert!(line_of(&with_it(&["list"]), "192.0.2.1:443").contains("✗ blocked"));
    let without_it = home.run(&["list"]).ok().out;
    assert!(line_of(&without_it, "192.0.2.1:443").ends_with(&format!("– cannot be used  {SHOES}")), "{without_it}");
}

#[test]
fn without_the_key_the_list_comes_all_the_same_and_says_that_nobody_looked_into_the_links() {
    let home = home();
    let listed = home.run(&["--keyring", "none", "list", "--json"]).ok();
    assert_eq!(unsupported(&listed.out), wanted(|why| why == QUIC));
    assert!(listed.err.contains("was not looked at") && listed.err.lines().count() == 1, "{}", listed.err);
    assert!(home.run(&["--keyring", "none", "--quiet", "list"]).ok().err.is_empty());

    // Where the protocol settles it, no key is missed.
    let settled = Home::new();
    let links = "socks5://ann:canary@192.0.2.1:1080\nhysteria2://canary@192.0.2.2:443\n";
    settled.run_with(&["--keyring", "file", "import", "--yes", "-"], links).ok();
    assert!(settled.run(&["--keyring", "none", "list"]).ok().err.is_empty());
}

#[test]
fn a_passphrase_is_used_where_it_is_known_and_not_asked_for() {
    let home = Home::new();
    let with_it = |args: &[&str]| home.command(args).env("PAPERWING_PASSPHRASE", "open sesame").output().unwrap();
    assert!(with_it(&["import", "--yes", "trojan://canary@192.0.2.1:443?type=grpc"]).status.success());
    let listed = String::from_utf8(with_it(&["list"]).stdout).unwrap();
    assert!(line_of(&listed, "192.0.2.1:443").ends_with("not supported yet: Trojan over gRPC"), "{listed}");

    let listed = home.run(&["list"]).ok();
    assert!(line_of(&listed.out, "192.0.2.1:443").ends_with("· untested"), "{}", listed.out);
    assert!(listed.err.contains("`paperwing test` asks for"), "{}", listed.err);
}
