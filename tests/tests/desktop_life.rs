//! The application's life: second starts, links, signals, the end.

#![cfg(target_os = "linux")]

use std::os::unix::fs::PermissionsExt;

use paperwing_tests::desktop::{Desktop, Kind};
use paperwing_tests::disk::Home;
use paperwing_tests::needs_screen;
use paperwing_tests::process::eventually;
use paperwing_tests::screen::{App, Screen};
use rustix::process::{Pid, Signal, kill_process, test_kill_process};

const LINK: &str = "paperwing://add?link=socks5%3A%2F%2Fann%3Ahunter2%40proxy.example%3A1080%23Bergen";

#[test]
fn a_second_start_raises_the_window_and_hands_over_its_link_which_is_only_shown() {
    needs_screen!();
    let screen = Screen::start();
    let _panel = screen.panel();
    let page = screen.page(&[]);
    let second = screen.second_start(&[LINK]);
    assert_eq!(second.code, Some(0), "{}", second.stderr);
    page.wait_for_text("Bergen");
    assert!(!page.text().contains("hunter2"));
    assert!(!screen.profile().join("proxies.json").exists(), "nothing is kept before the person says so");
    // And a file, named from where the second start was. It waits until the person is done with what is there.
    let list = screen.desktop().home().file("friends.txt", "socks5://turku.example:1080#Turku\n");
    assert_eq!(screen.second_start(&[list.to_str().unwrap()]).code, Some(0));
    assert!(page.text().contains("Bergen"));
    page.press("Cancel");
    page.wait_for_text("Turku");
}

#[test]
fn a_first_start_with_a_link_shows_its_preview() {
    needs_screen!();
    let screen = Screen::start();
    let page = screen.page(&[LINK]);
    page.wait_for_text("Bergen");
    page.wait_for_text("Whoever runs this proxy");
}

#[test]
fn a_second_start_brings_back_a_window_that_was_closed_to_the_tray() {
    needs_screen!();
    let screen = Screen::start();
    let panel = screen.panel();
    let app = screen.app(&["--hidden"]);
    panel.item().wait_for_status("Paperwing is off");
    assert_eq!(screen.second_start(&["--hidden"]).code, Some(0));
    assert_eq!(screen.windows(), 0, "a start at login shows nothing");
    assert_eq!(screen.second_start(&[]).code, Some(0));
    screen.wait_for_windows(1);
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn being_terminated_or_killed_the_system_proxy_is_put_back() {
    needs_screen!();
    for kill in [false, true] {
        let screen = Screen::start();
        let _proxies = screen.give_proxies(&["Oslo"]);
        let desktop = screen.desktop();
        desktop.gsettings("mode", "'auto'");
        let before = desktop.dconf();
        let panel = screen.panel();
        let app = screen.app(&["--hidden"]);
        panel.item().connect_the_system("Oslo");
        if kill {
            app.kill();
            eventually("the guard puts it back", || (desktop.dconf() == before).then_some(()));
        } else {
            assert_eq!(app.terminate(), Some(0));
            assert_eq!(desktop.dconf(), before);
        }
    }
}

#[test]
fn a_session_that_ends_without_a_signal_takes_it_along_and_its_screen_gone_the_setting_is_put_back() {
    needs_screen!();
    for bus in [false, true] {
        let mut screen = Screen::start();
        let _proxies = screen.give_proxies(&["Oslo"]);
        screen.desktop().gsettings("mode", "'auto'");
        let before = screen.desktop().dconf();
        let panel = screen.panel();
        let mut app = screen.app(&["--hidden"]);
        panel.item().connect_the_system("Oslo");
        if bus {
            screen.lose_bus();
        } else {
            screen.lose_screen();
        }
        assert_eq!(app.wait(), Some(0));
        let desktop = screen.desktop();
        if bus {
            // Nobody is left to be told: the next login does it.
            assert!(desktop.journal().exists() && desktop.login_entry().exists());
        } else {
            assert_eq!(desktop.dconf(), before);
        }
    }
}

#[test]
fn a_desktop_that_does_not_say_who_opens_links_keeps_nobody_from_the_window() {
    needs_screen!();
    let home = Home::new();
    let mute = home.file("xdg-mime", "#!/bin/sh\nexec sleep 1000\n");
    std::fs::set_permissions(&mute, std::fs::Permissions::from_mode(0o755)).expect("ours");
    let path = format!("{}:{}", home.path().display(), std::env::var("PATH").unwrap_or_default());
    let screen = Screen::of(Desktop::log_in(&home.with_env("PATH", path), Kind::Gnome));
    let page = screen.page(&[]);
    page.wait_for_text("Add your first proxy");
    page.view(3);
    page.wait_for_text("Language and look");
}

#[test]
fn a_login_opens_the_profile_that_it_was_settled_in() {
    needs_screen!();
    let screen = Screen::start();
    let _panel = screen.panel();
    let profile = screen.profile();
    let entry = screen.desktop().home().path().join(".config/autostart/org.paperwing.Paperwing.desktop");
    let page = screen.page(&[]);
    let mut settings = page.core("settings", serde_json::json!({})).expect("the settings");
    for (hidden, words) in [(true, "--hidden --profile"), (false, "--profile")] {
        settings["startAtLogin"] = true.into();
        settings["startHidden"] = hidden.into();
        page.core("save_settings", serde_json::json!({ "settings": settings })).expect("they are kept");
        let text = std::fs::read_to_string(&entry).expect("there is an entry");
        let expected = format!("paperwing-desktop {words} {}", profile.display());
        assert!(text.contains(&expected), "{expected} in\n{text}");
    }
    settings["startAtLogin"] = false.into();
    page.core("save_settings", serde_json::json!({ "settings": settings })).expect("they are kept");
    assert!(!entry.exists());
}

#[test]
fn what_it_cannot_understand_it_says_on_the_terminal() {
    needs_screen!();
    let screen = Screen::start();
    let wrong = screen.second_start(&["--no-such-word"]);
    assert_eq!(wrong.code, Some(2));
    assert!(wrong.stderr.contains("--no-such-word"), "{}", wrong.stderr);
}

#[test]
fn the_window_has_a_process_of_its_own_and_what_stays_knows_no_window() {
    needs_screen!();
    let screen = Screen::start();
    let panel = screen.panel();
    let app = screen.app(&[]);
    screen.wait_for_windows(1);
    let maps = std::fs::read_to_string(format!("/proc/{}/maps", app.pid())).unwrap();
    for library in ["libwebkit", "libgtk", "libjavascriptcore"] {
        assert!(!maps.contains(library), "{library} is in the memory of what stays");
    }
    assert!(window_of(&app).is_some());
    drop(panel);
    assert_eq!(app.terminate(), Some(0));
    screen.wait_for_windows(0);
}

#[test]
fn a_window_that_was_killed_harms_nobody_and_the_next_click_opens_another() {
    needs_screen!();
    let screen = Screen::start();
    let _proxies = screen.give_proxies(&["Oslo"]);
    let panel = screen.panel();
    let app = screen.app(&[]);
    let item = panel.item();
    screen.wait_for_windows(1);
    item.click("Connect");
    item.wait_for_status("Connected through Oslo");
    kill_process(window_of(&app).expect("a window"), Signal::KILL).unwrap();
    screen.wait_for_windows(0);
    eventually("nothing of it is left", || window_of(&app).is_none().then_some(()));
    item.wait_for_status("Connected through Oslo");
    item.activate();
    screen.wait_for_windows(1);
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn when_what_stays_is_killed_its_window_goes_too() {
    needs_screen!();
    let screen = Screen::start();
    let _panel = screen.panel();
    let app = screen.app(&[]);
    screen.wait_for_windows(1);
    let window = window_of(&app).expect("a window");
    app.kill();
    screen.wait_for_windows(0);
    eventually("its process ends", || test_kill_process(window).is_err().then_some(()));
}

#[test]
fn at_the_end_a_window_in_sight_ends_in_good_order_and_remembers_where_it_was() {
    needs_screen!();
    let screen = Screen::start();
    let app = screen.app(&[]);
    screen.wait_for_windows(1);
    let window = window_of(&app).expect("a window");
    assert_eq!(app.terminate(), Some(0));
    // Killed, it would not have written this.
    assert!(screen.profile().join("window.json").exists());
    assert!(test_kill_process(window).is_err(), "nothing of it is left");
}

#[test]
fn without_a_tray_a_window_that_broke_comes_back_once_and_says_so() {
    needs_screen!();
    let screen = Screen::start();
    let app = screen.app(&[]);
    screen.wait_for_windows(1);
    let first = window_of(&app).expect("a window");
    kill_process(first, Signal::KILL).unwrap();
    let second = eventually("another one is there", || window_of(&app).filter(|now| *now != first));
    screen.wait_for_windows(1);
    // Not in a loop: whoever wants a third one asks for it.
    kill_process(second, Signal::KILL).unwrap();
    screen.wait_for_windows(0);
    eventually("nothing of it is left", || window_of(&app).is_none().then_some(()));
    assert_eq!(screen.second_start(&[]).code, Some(0));
    screen.wait_for_windows(1);
    assert_eq!(app.terminate(), Some(0));
}

/// The process of the application's window.
fn window_of(app: &App) -> Option<Pid> {
    let processes = app.usage().processes;
    let window = processes.iter().find(|(name, _)| name == "paperwing-windo")?;
    Pid::from_raw(window.1.try_into().ok()?)
}
