//! `up`, `test` and `demo` with a profile: what a person meets first, and what goes wrong with files.
#![cfg(target_os = "linux")]

use std::fs;

use paperwing_tests::client::fetch;
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::origin::Origin;
use paperwing_tests::paperwing::Setup;
use paperwing_tests::process::run;
use paperwing_tests::upstream::{Microsocks, Odd, USER};
use serde_json::Value;

#[test]
fn with_nothing_on_the_list_there_is_something_to_try() {
    needs!("curl");
    let mut paperwing = Setup::in_home(&Home::new()).up();
    let practice = paperwing.next("practice");
    let page = practice["page"].as_str().expect("a page to ask for").to_owned();
    for scheme in ["socks5h", "http"] {
        let fetched = fetch(&paperwing.proxy(scheme), &page).succeeded();
        assert!(fetched.to_lowercase().contains("practice"), "{fetched}");
    }
    paperwing.stop();
}

#[test]
fn the_demo_ends_well() {
    let shown = run(Home::new().command(&["demo"])).succeeded();
    assert!(shown.contains("0 failed") || shown.to_lowercase().contains("failed: 0"), "{shown}");
}

#[test]
fn a_test_says_what_exactly_fails() {
    needs!("microsocks");
    let (home, origin, mute) = (Home::new(), Origin::start(), Odd::mute());
    let (good, locked, mut gone) = (Microsocks::locked(), Microsocks::locked(), Microsocks::open());
    gone.kill();
    for (link, name) in [
        (good.link(), "good"),
        (locked.link_with(USER, "CANARY-wrong"), "wrong"),
        (gone.link(), "gone"),
        (mute.link(), "mute"),
    ] {
        home.run(&["import", &format!("{link}#{name}"), "--keyring", "file", "--yes"]).succeeded();
    }
    let page = origin.url("/");
    let tested = home.run(&["test", "--json", "--page", &page]);
    assert_eq!(tested.code, Some(1), "{tested}");
    let results: Vec<Value> =
        tested.text().lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect();
    let find = |name: &str| results.iter().find(|it| it["name"] == name).unwrap_or_else(|| panic!("{name}: {tested}"));
    assert_eq!(find("good")["ok"], true);
    for (name, stage, reason) in
        [("wrong", "auth", "credentials_rejected"), ("gone", "connect", "refused"), ("mute", "greet", "silent")]
    {
        let result = find(name);
        assert_eq!(result["ok"], false, "{result}");
        assert_eq!((&result["stage"], &result["reason"]), (&stage.into(), &reason.into()), "{result}");
    }
    home.run(&["test", "good", "--page", &page]).succeeded();
    assert_eq!(origin.connections(), 2);
}

#[test]
fn a_second_up_on_the_same_profile_is_told_who_holds_it() {
    let home = Home::new();
    let paperwing = Setup::in_home(&home).up();
    let second = home.run(&["up", "--json", "--listen", "127.0.0.1:0"]);
    let said = second.failed_with(1);
    assert!(said.contains(&paperwing.pid().to_string()), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    paperwing.stop();
}

#[test]
fn a_damaged_list_is_set_aside_and_a_newer_one_is_left_alone() {
    let home = Home::new();
    home.run(&["import", "socks5://o.example:1080#Oslo", "--yes"]).succeeded();
    let list = home.profile().join("proxies.json");
    let good = fs::read_to_string(&list).expect("the list");

    fs::write(&list, &good[..good.len() / 2]).expect("the folder is ours");
    let listed = home.run(&["list", "--json"]);
    listed.succeeded();
    assert!(listed.stderr.contains("damaged"), "{listed}");
    let kept = home.picture();
    let aside = kept.iter().find(|(path, _)| path.display().to_string().contains(".damaged"));
    assert_eq!(aside.expect("it is kept").1, &good.as_bytes()[..good.len() / 2]);

    let mut newer: Value = serde_json::from_str(&good).expect("JSON");
    newer["version"] = 1_000.into();
    fs::write(&list, newer.to_string()).expect("the folder is ours");
    let before = home.picture();
    let refused = home.run(&["import", "socks5://r.example:1080#Riga", "--yes"]);
    assert!(refused.failed_with(1).contains("newer"), "{refused}");
    assert_eq!(home.picture(), before);
}

#[test]
fn a_mistake_in_the_settings_is_named_with_its_line() {
    let home = Home::new();
    home.run(&["import", "socks5://o.example:1080#Oslo", "--yes"]).succeeded();
    let settings = home.profile().join("settings.toml");
    fs::write(&settings, "\nlisten = \"nowhere\"\n").expect("the folder is ours");
    let refused = home.run(&["up", "--json"]);
    let said = refused.failed_with(2);
    assert!(said.contains("settings.toml, line 2") && said.contains("listen"), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");

    // Nothing hangs on a setting that does not exist.
    fs::write(&settings, "\ncolour = \"blue\"\n").expect("the folder is ours");
    let paperwing = Setup::in_home(&home).up();
    assert!(paperwing.story().contains("settings.toml, line 2") && paperwing.story().contains("colour"));
    paperwing.stop();
}
