//! Commands of a moment: what they say, what they leave on disk, how they end.
#![allow(clippy::unwrap_used)]

mod support;

use serde_json::Value;
use support::{Home, web_server};

const LINK: &str = "tg://socks?server=proxy.example&port=1080&user=ann&pass=canary-4711";
const FILE: [&str; 2] = ["--keyring", "file"];

fn names(home: &Home) -> Vec<String> {
    let list: Value = serde_json::from_str(&home.run(&["list", "--json"]).ok().out).unwrap();
    list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn help_shows_every_command_and_touches_nothing() {
    let home = Home::new();
    let help = home.run(&["--help"]).ok().out;
    for command in [
        "import",
        "list",
        "test",
        "up",
        "use",
        "remove",
        "rename",
        "share",
        "link",
        "subscription",
        "demo",
        "completions",
        "man",
    ] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
        let own = home.run(&[command, "--help"]).ok().out;
        assert!(own.contains("Usage: paperwing"), "{own}");
    }
    assert!(home.run(&["--version"]).ok().out.starts_with("paperwing "));
    assert!(home.run(&["man"]).ok().out.contains(".TH paperwing 1"));
    assert!(home.run(&["completions", "bash"]).ok().out.contains("_paperwing"));
    assert!(home.is_empty());
}

#[test]
fn a_bad_link_is_named_by_its_part_and_leaves_nothing_behind() {
    let home = Home::new();
    for (link, part) in [
        ("tg://socks?server=h.example&port=99999&pass=canary-4711", "port"),
        ("socks5://canary-4711@:1080", "host"),
        ("trojan://canary-4711@h.example:443?allowInsecure=1", "allowInsecure"),
    ] {
        for command in [vec!["import", "--yes", link], vec!["up", "--proxy", link], vec!["link", "parse", link]] {
            let ended = home.run(&command).failed(2);
            assert!(ended.err.contains(part), "{}", ended.err);
            assert!(!ended.err.contains("canary"), "{}", ended.err);
            assert!(ended.out.is_empty());
        }
    }
    assert!(home.is_empty());
}

#[test]
fn wrong_usage_repeats_no_link() {
    let home = Home::new();
    let spaced = LINK.replace("canary", "canary  two\n\nlines");
    for link in [LINK, &spaced] {
        let ended = home.run(&["import", link, link]).failed(2);
        assert!(!ended.err.contains("canary") && !ended.err.contains("4711"), "{}", ended.err);
        assert!(ended.err.trim_end().ends_with("see `paperwing import --help`"), "{}", ended.err);
    }
}

#[test]
fn nothing_is_added_without_a_yes() {
    let home = Home::new();
    let ended = home.run(&["import", LINK]).failed(2);
    assert!(ended.out.contains("proxy.example:1080") && ended.err.contains("--yes"), "{}{}", ended.out, ended.err);
    assert!(home.is_empty());
}

#[test]
fn a_proxy_goes_in_and_round_and_out_and_its_password_is_seen_by_nobody_but_share() {
    let home = Home::new();
    let run = |args: &[&str]| home.run(&[&FILE, args].concat());
    let mut said = run(&["import", "--yes", LINK]).ok().out;
    said += &run(&["rename", "proxy.example:1080", "Oslo"]).ok().out;
    said += &run(&["use", "oslo"]).ok().out;
    said += &home.run(&["list"]).ok().out;
    said += &home.run(&["list", "--json"]).ok().out;
    let again = run(&["import", "--yes", LINK]).ok().out;
    assert!(again.contains("in the list already: Oslo"), "{again}");

    let shared = run(&["share", "Oslo"]).ok();
    assert_eq!(shared.out.trim(), "socks5://ann:canary-4711@proxy.example:1080#Oslo");
    assert!(run(&["share", "Oslo", "--qr"]).ok().out.contains('█'));

    said += &run(&["remove", "Oslo"]).ok().out;
    assert!(said.contains("Oslo") && !said.contains("canary"), "{said}");
    let disk = home.everything();
    assert!(!disk.windows(6).any(|window| window == b"canary"));
    assert_eq!(names(&home), Vec::<String>::new());
}

#[test]
fn what_was_removed_can_be_put_back_as_the_answer_says() {
    let home = Home::new();
    home.run(&["import", "--yes", "socks5://192.0.2.1:1080#Oslo"]).ok();
    let answer = home.run(&["remove", "Oslo"]).ok().out;
    let link = answer.split('\'').nth(1).unwrap();
    home.run(&["import", "--yes", link]).ok();
    assert_eq!(names(&home), ["Oslo"]);
}

#[test]
fn without_a_keyring_a_password_is_refused_and_a_proxy_without_one_is_not() {
    let home = Home::new();
    let ended = home.run(&["--keyring", "none", "import", "--yes", LINK]);
    assert_eq!(ended.code, Some(1), "{}", ended.err);
    home.run(&["--keyring", "none", "import", "--yes", "socks5://192.0.2.1:1080#Oslo"]).ok();
    assert_eq!(names(&home), ["Oslo"]);
}

#[test]
fn a_passphrase_of_the_environment_opens_what_it_sealed() {
    let home = Home::new();
    let with =
        |passphrase: &str, args: &[&str]| home.command(args).env("PAPERWING_PASSPHRASE", passphrase).output().unwrap();
    assert!(with("open sesame", &["import", "--yes", LINK]).status.success());
    let shared = with("open sesame", &["share", "proxy.example:1080"]);
    assert!(String::from_utf8(shared.stdout).unwrap().contains("canary-4711"));
    let refused = with("open barley", &["share", "proxy.example:1080"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8(refused.stderr).unwrap().contains("passphrase"));
}

#[test]
fn a_half_good_list_is_half_added_and_the_rest_is_explained() {
    let home = Home::new();
    let list = "# friends\nsocks5://192.0.2.1:1080#Oslo\nsocks5://192.0.2.2:0\nhttp://192.0.2.3:8080#Riga\n";
    let ended = home.run_with(&["import", "--yes", "-"], list).ok();
    assert!(ended.out.contains("line 3") && ended.out.contains("port"), "{}", ended.out);
    assert_eq!(names(&home), ["Oslo", "Riga"]);

    let file = home.path("list.txt");
    std::fs::write(&file, "192.0.2.9:3128\n").unwrap();
    home.run(&["import", "--yes", "--as", "http", file.to_str().unwrap()]).ok();
    let list: Value = serde_json::from_str(&home.run(&["list", "--json"]).ok().out).unwrap();
    assert_eq!(list[2]["protocol"], "http");
}

#[test]
fn a_name_that_is_not_there_is_an_error_that_says_what_to_do() {
    let home = Home::new();
    home.run_with(&["import", "--yes", "-"], "socks5://192.0.2.1:1#Riga\nsocks5://192.0.2.2:1#Rio\n").ok();
    for command in
        [vec!["use", "Nowhere"], vec!["remove", "Riga", "Nowhere"], vec!["share", "Nowhere"], vec!["test", "Nowhere"]]
    {
        assert!(home.run(&command).failed(2).err.contains("paperwing list"));
    }
    assert!(home.run(&["use", "Ri"]).failed(2).err.contains("“Riga” or “Rio”"));
    home.run(&["use", "Rig"]).ok();
    assert!(home.run(&["rename", "Rio", "riga"]).failed(2).err.contains("taken"));
    assert_eq!(names(&home), ["Riga", "Rio"]);
}

#[test]
fn links_are_parsed_into_one_json_object() {
    let home = Home::new();
    let parsed: Value = serde_json::from_str(&home.run(&["link", "parse", "--json", LINK]).ok().out).unwrap();
    assert_eq!((&parsed["protocol"], &parsed["port"]), (&"socks5".into(), &1080.into()));
    assert_eq!(parsed["password"], "canary-4711");
    assert!(!home.run(&["link", "parse", LINK]).ok().out.contains("canary"));

    let list = "socks5://192.0.2.1:1\nnonsense://\n";
    let document = home.run_with(&["link", "parse", "--json", "--document", "-"], list).ok().out;
    let document: Value = serde_json::from_str(&document).unwrap();
    assert_eq!((document["proxies"].as_array().unwrap().len(), &document["skipped"][0]["line"]), (1, &2.into()));
    assert!(home.is_empty());
}

#[test]
fn testing_an_empty_list_tests_the_practice_proxies() {
    let home = Home::new();
    let ended = home.run(&["test", "--json"]).ok();
    let tested: Vec<Value> = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tested.len(), 3);
    assert!(tested.iter().all(|one| one["ok"] == true && one["stages"].as_array().unwrap().len() > 2), "{}", ended.out);
}

#[test]
fn a_test_names_the_stage_at_which_a_proxy_fails_and_list_remembers_it() {
    let home = Home::new();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    home.run(&["import", "--yes", &format!("socks5://{closed}#Oslo")]).ok();
    let ended = home.run(&["test", "Oslo", "--page", "http://127.0.0.1:1/"]);
    assert_eq!(ended.code, Some(1));
    assert!(ended.out.contains("failed at connect") && ended.out.contains("refused"), "{}", ended.out);
    let list: Value = serde_json::from_str(&home.run(&["list", "--json"]).ok().out).unwrap();
    assert_eq!((&list[0]["health"], &list[0]["why"]), (&"blocked".into(), &"refused the connection".into()));
}

#[test]
fn a_subscription_is_added_shown_refreshed_and_removed_without_its_address_being_seen() {
    let home = Home::new();
    let server = web_server("socks5://192.0.2.1:1#Oslo\nsocks5://192.0.2.2:1#Riga\n");
    let url = format!("http://{server}/list?token=canary-4711");
    let run = |args: &[&str]| home.run(&[&FILE, args].concat()).ok();
    let mut said = run(&["subscription", "add", "--yes", &url]).out;
    said += &run(&["subscription", "list"]).out;
    said += &run(&["subscription", "list", "--json"]).out;
    said += &run(&["subscription", "refresh"]).out;
    assert_eq!(names(&home), ["Oslo", "Riga"]);
    said += &run(&["subscription", "remove", "friends"]).out;
    assert!(said.contains("Friends") && !said.contains("canary"), "{said}");
    assert!(said.contains("1.0 KiB of 2.0 KiB") && said.contains(" days ago\n"), "{said}");
    assert!(!home.everything().windows(6).any(|window| window == b"canary"));
    assert_eq!(names(&home), Vec::<String>::new());
}

#[test]
fn a_file_is_read_with_document_and_a_page_in_it_is_named_as_such() {
    let home = Home::new();
    let file = home.path("page.html");
    std::fs::write(&file, "<!doctype html><html><body>Hello</body></html>").unwrap();
    let file = file.to_str().unwrap();
    assert!(home.run(&["link", "parse", file]).failed(2).err.contains("--document"));
    let page = home.run(&["link", "parse", "--document", file]).failed(2).err;
    assert!(page.contains("this is a web page") && !page.contains("address"), "{page}");
}

#[test]
fn a_long_list_is_previewed_by_its_beginning() {
    let home = Home::new();
    let list: Vec<_> = (1..=50).map(|number| format!("socks5://192.0.2.{number}:1")).collect();
    let list = list.join("\n");
    let ended = home.run_with(&["import", "--yes", "-"], &list).ok();
    assert!(ended.out.contains("192.0.2.20:1 ") || ended.out.contains("192.0.2.20:1\n"), "{}", ended.out);
    assert!(!ended.out.contains("192.0.2.21:1") && ended.out.contains("… and 30 more"), "{}", ended.out);
    assert_eq!(names(&home).len(), 50);
}

#[test]
fn completion_offers_no_files_for_names() {
    let home = Home::new();
    let zsh = home.run(&["completions", "zsh"]).ok().out;
    let names: Vec<_> = zsh.lines().filter(|line| line.contains("name -- ") || line.contains("names -- ")).collect();
    assert!(!names.is_empty() && names.iter().all(|line| !line.contains("_default")), "{names:?}");
}
