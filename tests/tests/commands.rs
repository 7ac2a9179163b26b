//! Everything that changes the list, as a person types it, and what is on disk afterwards.
#![cfg(target_os = "linux")]

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::client::fetch;
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::Setup;
use paperwing_tests::upstream::{Microsocks, USER};
use serde_json::Value;

/// The ways to keep the key that need no session bus.
fn homes() -> [(Home, &'static str); 2] {
    [(Home::new(), "file"), (Home::new().with_env("PAPERWING_PASSPHRASE", "CANARY-passphrase"), "passphrase")]
}

fn link(name: &str) -> String {
    format!("socks5://{USER}:{PASSWORD}@proxy.example:1080#{name}")
}

#[test]
fn a_link_is_shown_first_and_added_only_after_a_yes() {
    let home = Home::new();
    let before = home.picture();
    let asked = home.run(&["import", &link("Oslo"), "--keyring", "file"]);
    assert!(asked.failed_with(2).contains("--yes"), "{asked}");
    assert!(asked.text().contains("Oslo") && asked.text().contains("proxy.example:1080"), "{asked}");
    assert_eq!(home.picture(), before);

    home.run(&["import", &link("Oslo"), "--keyring", "file", "--yes"]).succeeded();
    assert_eq!(home.names(), ["Oslo"]);
    let after = home.picture();
    home.run(&["import", &link("Oslo"), "--keyring", "file", "--yes"]).succeeded();
    assert_eq!(home.picture(), after, "the same link twice is one proxy");
}

#[test]
fn of_a_file_that_is_half_good_the_good_half_is_added_and_the_rest_is_explained() {
    let home = Home::new();
    let text = format!(
        "# friends\r\n{}\r\nsocks5://host-without:port-number\r\n\r\nhttp://h.example:3128#Riga\r\nnonsense\r\n",
        link("Oslo")
    );
    let file = home.file("list.txt", text);
    let imported = home.run(&["import", file.to_str().expect("a name"), "--keyring", "file", "--yes"]);
    let said = imported.succeeded() + &imported.stderr;
    assert_eq!(home.names(), ["Oslo", "Riga"]);
    for line in ["line 3", "line 6"] {
        assert!(said.contains(line), "{said}");
    }
}

#[test]
fn a_list_comes_from_standard_input_or_from_an_address_that_was_typed() {
    let home = Home::new();
    home.run_with_input(&["import", "-", "--keyring", "file", "--yes"], link("Oslo") + "\n").succeeded();
    let clash = "proxies:\n  - {name: Riga, type: socks5, server: r.example, port: 1080}\n";
    let origin = Origin::serving(clash);
    let imported = home.run(&["import", &origin.url("/list.yaml"), "--keyring", "file", "--yes"]);
    imported.succeeded();
    assert_eq!(home.names(), ["Oslo", "Riga"], "{imported}");
    assert!(origin.last().line.starts_with("GET /list.yaml "));

    let before = home.picture();
    let page = Origin::start();
    let refused = home.run(&["import", &page.url("/list"), "--keyring", "file", "--yes"]);
    assert!(refused.stderr.contains("web page"), "{refused}");
    assert_eq!((refused.code, refused.stderr.trim_end().lines().count()), (Some(2), 1), "{refused}");
    assert_eq!(home.picture(), before);
}

#[test]
fn bad_input_ends_with_one_line_that_names_the_part_at_fault_and_changes_nothing() {
    let home = Home::new();
    home.run(&["import", &link("Oslo"), "--keyring", "file", "--yes"]).succeeded();
    let before = home.picture();
    let broken = format!("socks5://{USER}:{PASSWORD}@proxy.example:port");
    let no_port = format!("tg://socks?server=proxy.example&user={USER}&pass={PASSWORD}");
    let insecure = format!("trojan://{PASSWORD}@t.example:443?allowInsecure=1");
    let file = home.file("empty.txt", "# nothing\n");
    for (words, part) in [
        (&["import", &broken][..], "port"),
        (&["import", &no_port], "port"),
        (&["import", &insecure], "allowInsecure"),
        (&["import", "gopher://proxy.example:70"], "scheme"),
        (&["import", "no-such-file.txt"], "no-such-file.txt"),
        (&["import", file.to_str().expect("a name")], "empty.txt"),
        (&["link", "parse", &broken], "port"),
        (&["link", "parse", "--json", &broken], "port"),
        (&["up", "--proxy", &broken], "port"),
        (&["use", "Bergen"], "Bergen"),
        (&["remove", "Bergen"], "Bergen"),
        (&["remove", "Oslo", "Bergen"], "Bergen"),
        (&["rename", "Bergen", "Riga"], "Bergen"),
        (&["share", "Bergen"], "Bergen"),
        (&["test", "Bergen"], "Bergen"),
        (&["subscription", "remove", "Bergen"], "Bergen"),
    ] {
        let failed = home.run(words);
        let said = failed.failed_with(2);
        assert_eq!(said.trim_end().lines().count(), 1, "{words:?}: {said}");
        assert!(said.contains(part), "{words:?}: {said}");
        assert_eq!(home.picture(), before, "{words:?}");
    }
    let failed = home.run_with_input(&["import", "-"], "");
    assert_eq!(failed.code, Some(2), "{failed}");
    let failed = home.run_with_input(&["link", "parse", "--document", "-"], vec![0xff; 1000]);
    assert_eq!((failed.code, failed.stderr.trim_end().lines().count()), (Some(2), 1), "{failed}");
    // What clap says takes more lines, and repeats no link.
    for words in [&["up", "--listen", "nowhere"][..], &["import"], &["import", &broken, "--sideways"]] {
        assert_eq!(home.run(words).code, Some(2), "{words:?}");
    }
    assert_eq!(home.picture(), before);
}

#[test]
fn names_are_listed_chosen_changed_and_removed() {
    for (home, kind) in homes() {
        for name in ["Oslo", "Riga", "Bergen"] {
            home.run(&["import", &link(name).replace("proxy.", &format!("{name}.")), "--keyring", kind, "--yes"])
                .succeeded();
        }
        assert_eq!(home.names(), ["Oslo", "Riga", "Bergen"]);
        home.run(&["use", "Riga"]).succeeded();
        home.run(&["rename", "Riga", "Jurmala"]).succeeded();
        let listed: Value = serde_json::from_str(&home.run(&["list", "--json"]).succeeded()).expect("JSON");
        let row = &listed[1];
        assert_eq!(
            (&row["name"], &row["protocol"], &row["chosen"]),
            (&"Jurmala".into(), &"socks5".into(), &true.into())
        );
        assert_eq!(row["address"], "riga.example:1080");
        let shown = home.run(&["list"]).succeeded();
        assert!(shown.contains("Jurmala *") && shown.contains("riga.example:1080"), "{shown}");
        home.run(&["use", "auto"]).succeeded();
        home.run(&["remove", "Oslo", "Bergen"]).succeeded();
        assert_eq!(home.names(), ["Jurmala"]);
    }
}

#[test]
fn a_shared_link_holds_everything_and_imports_as_the_same_proxy() {
    for (home, kind) in homes() {
        home.run(&["import", &link("Oslo"), "--keyring", kind, "--yes"]).succeeded();
        let shared = home.run_openly(&["share", "Oslo"]).succeeded();
        let parsed = home.run_openly(&["link", "parse", "--json", shared.trim()]).succeeded();
        let parsed: Value = serde_json::from_str(&parsed).expect("JSON");
        for (key, value) in [("host", "proxy.example"), ("username", USER), ("password", PASSWORD), ("name", "Oslo")] {
            assert_eq!(parsed[key], value, "{parsed}");
        }
        let before = home.picture();
        home.run(&["import", shared.trim(), "--yes"]).succeeded();
        assert_eq!(home.picture(), before);
        let drawn = home.run_openly(&["share", "Oslo", "--qr"]).succeeded();
        assert!(drawn.lines().count() > 10 && !drawn.contains(PASSWORD), "{drawn}");
    }
}

#[test]
fn a_wrong_passphrase_opens_nothing_and_loses_nothing() {
    let home = Home::new().with_env("PAPERWING_PASSPHRASE", "CANARY-passphrase");
    home.run(&["import", &link("Oslo"), "--keyring", "passphrase", "--yes"]).succeeded();
    let before = home.picture();
    let wrong = home.clone().with_env("PAPERWING_PASSPHRASE", "CANARY-guess");
    let refused = wrong.run(&["share", "Oslo"]);
    assert!(refused.failed_with(1).contains("passphrase is wrong"), "{refused}");
    let none = home.clone().with_env("PAPERWING_PASSPHRASE", "");
    assert!(none.run(&["share", "Oslo"]).failed_with(1).contains("PAPERWING_PASSPHRASE"));
    assert_eq!(none.names(), ["Oslo"], "the list needs no key");
    assert_eq!(home.picture(), before);
    assert!(home.run_openly(&["share", "Oslo"]).succeeded().contains(PASSWORD));
}

#[test]
fn commands_take_effect_in_a_running_up() {
    needs!("curl", "microsocks");
    let (home, origin) = (Home::new(), Origin::start());
    let (first, second) = (Microsocks::locked(), Microsocks::locked());
    for (upstream, name) in [(&first, "Oslo"), (&second, "Riga")] {
        home.run(&["import", &format!("{}#{name}", upstream.link()), "--keyring", "file", "--yes"]).succeeded();
    }
    let mut paperwing = Setup::in_home(&home).up();
    let carries = |upstream: &Microsocks| {
        let before = upstream.log().lines().count();
        let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{fetched}\n{}", paperwing.story());
        upstream.log().lines().count() > before
    };
    assert!(carries(&first));
    home.run(&["use", "Riga"]).succeeded();
    assert_eq!(paperwing.next("reloaded")["chosen"], "Riga");
    let carries = |upstream: &Microsocks| {
        let before = upstream.log().lines().count();
        fetch(&paperwing.proxy("socks5h"), &origin.url("/")).succeeded();
        upstream.log().lines().count() > before
    };
    assert!(carries(&second));
    home.run(&["use", "auto"]).succeeded();
    home.run(&["remove", "Riga"]).succeeded();
    assert_eq!(home.names(), ["Oslo"]);
    paperwing.stop();
    let listed: Value = serde_json::from_str(&home.run(&["list", "--json"]).succeeded()).expect("JSON");
    assert_eq!(listed[0]["health"], "healthy", "what was seen is remembered: {listed}");
}
