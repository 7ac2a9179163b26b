//! `paperwing up`: a port that carries, and a process that gives nothing away.
#![cfg(unix)]
#![allow(clippy::unwrap_used)]

mod support;

use support::Home;

#[test]
fn an_empty_list_runs_on_practice_proxies_that_carry() {
    let home = Home::new();
    let mut up = home.up(&[]);
    let practice = up.event_of("practice");
    let page = practice["page"].as_str().unwrap().to_owned();
    assert_eq!(practice["proxies"].as_array().unwrap().len(), 3);
    let answer = up.fetch(&page);
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("through a practice proxy"), "{answer}");
    let ended = up.interrupt().ok();
    assert_eq!((ended.out.as_str(), ended.err.as_str()), ("", ""));
}

#[test]
fn links_on_the_command_line_leave_the_profile_alone_and_are_not_in_the_process_list() {
    let home = Home::new();
    let up =
        home.up(&["--proxy", "socks5://ann:canary-4711@127.0.0.1:1", "--proxy=socks5://bob:canary-4712@127.0.0.1:2"]);
    #[cfg(target_os = "linux")]
    {
        let shown = std::fs::read(format!("/proc/{}/cmdline", up.pid())).unwrap();
        let shown = String::from_utf8_lossy(&shown).replace('\0', " ");
        assert!(shown.contains("--listen 127.0.0.1:0") && shown.contains("--proxy"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
        let environment = std::fs::read(format!("/proc/{}/environ", up.pid())).unwrap();
        assert!(!String::from_utf8_lossy(&environment).contains("canary"));
    }
    assert!(home.is_empty());
    up.interrupt().ok();
    assert!(home.is_empty());
}

#[test]
fn links_can_come_from_a_file() {
    let home = Home::new();
    let practice = Home::new();
    let mut carrier = practice.up(&[]);
    let page = carrier.event_of("practice")["page"].as_str().unwrap().to_owned();

    let file = home.path("links.txt");
    std::fs::write(&file, format!("socks5://{}#Carrier\n", carrier.address)).unwrap();
    let up = home.up(&["--proxy", &format!("@{}", file.display())]);
    assert!(up.fetch(&page).contains("It works."));
}

#[test]
fn a_dead_proxy_is_passed_over_and_the_switch_is_told() {
    let home = Home::new();
    let practice = Home::new();
    let mut carrier = practice.up(&[]);
    let page = carrier.event_of("practice")["page"].as_str().unwrap().to_owned();

    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut up = home.up(&[
        "--proxy",
        &format!("socks5://{closed}#Oslo"),
        "--proxy",
        &format!("socks5://{}#Riga", carrier.address),
    ]);
    assert!(up.fetch(&page).contains("It works."));
    let switched = up.event_of("switched");
    assert_eq!((&switched["from"], &switched["to"]), (&"Oslo".into(), &"Riga".into()));
    assert_eq!((&switched["stage"], &switched["reason"]), (&"connect".into(), &"refused".into()));
    assert!(switched["ms"].is_u64());
}

#[test]
fn a_running_one_takes_over_what_other_commands_change() {
    let home = Home::new();
    let mut up = home.up(&[]);
    up.event_of("practice");
    home.run(&["import", "--yes", "socks5://127.0.0.1:1#Oslo"]).ok();
    assert_eq!(up.event_of("reloaded")["proxies"], 1);
    home.run(&["use", "Oslo"]).ok();
    assert_eq!(up.event_of("reloaded")["chosen"], "Oslo");
    assert!(home.run(&["list"]).ok().out.contains("Oslo"));
    home.run(&["remove", "Oslo"]).ok();
    assert_eq!(up.event_of("reloaded")["proxies"], 0, "no practice proxy ever follows a real one");
    up.interrupt().ok();
}

#[test]
fn a_taken_port_is_told_with_what_to_type_instead() {
    let home = Home::new();
    let other = Home::new();
    let up = home.up(&[]);
    let taken = up.address.to_string();
    let ended = other.run(&["up", "--listen", &taken]).failed(1);
    let free = ended.err.trim().rsplit(' ').next().unwrap();
    assert!(ended.err.contains("type: paperwing up --listen 127.0.0.1:"), "{}", ended.err);
    assert_ne!(free, taken);
}

#[test]
fn a_second_one_on_the_same_profile_is_told_who_runs() {
    let home = Home::new();
    let up = home.up(&[]);
    let ended = home.run(&["up", "--listen", "127.0.0.1:0"]).failed(1);
    assert!(ended.err.contains(&format!("process {}", up.pid())), "{}", ended.err);
}
