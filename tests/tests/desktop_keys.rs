//! Where the key to the passwords is kept, as a person meets it in the real window.

#![cfg(target_os = "linux")]

use std::fs;

use paperwing_tests::canary::{PASSWORD, assert_silent_on_disk};
use paperwing_tests::client::fetch;
use paperwing_tests::desktop::{Desktop, Kind};
use paperwing_tests::needs_screen;
use paperwing_tests::origin::WORDS;
use paperwing_tests::screen::Screen;
use paperwing_tests::upstream::{Microsocks, USER};

#[test]
fn without_a_keyring_nothing_is_lost_and_a_file_can_hold_the_key() {
    needs_screen!();
    let screen = Screen::of(Desktop::start(Kind::Empty));
    {
        let page = screen.page(&[]);
        page.paste(&format!("socks5://{USER}:{PASSWORD}@127.0.0.1:9#Sealed"));
        page.wait_for_text("with a password");
        page.press("Add");
        page.wait_for_text("This system has no keyring.");
        assert_eq!(page.axe(), Vec::<String>::new());
        assert!(!screen.profile().join("proxies.json").exists(), "no password was written anywhere");
        // What was read is still there.
        page.press("Keep the key in a file only you can read");
        page.wait_until_gone("This system has no keyring.");
        page.press("Add");
        page.eventually("it is in the list", || (page.rows() == ["Sealed"]).then_some(()));
        assert_silent_on_disk(&screen.profile());
    }
    let page = screen.page(&[]);
    page.eventually("it is there again", || (page.rows() == ["Sealed"]).then_some(()));
    page.press("More about Sealed");
    page.press("Share…");
    page.press("Show link and QR code");
    page.wait_for_text(PASSWORD);
}

#[test]
fn a_passphrase_is_asked_for_when_something_needs_it() {
    needs_screen!();
    let screen = Screen::start();
    let proxies = screen.give_proxies(&[]);
    let locked = Microsocks::locked();
    let home = screen.desktop().home();
    let mut sealing =
        home.command(&["import", &format!("{}#Locked", locked.link()), "--keyring", "passphrase", "--yes"]);
    sealing.env("PAPERWING_PASSPHRASE", "correct horse");
    paperwing_tests::process::run(sealing).succeeded();
    let _panel = screen.panel();
    let page = screen.page(&[]);
    page.eventually("the row is there", || (page.rows() == ["Locked"]).then_some(()));
    page.click("#big");
    page.wait_for_text("Enter the passphrase");
    assert_eq!(page.axe(), Vec::<String>::new());
    page.fill("#passphrase", "battery staple");
    page.press("Unlock");
    page.wait_for_text("That is not the passphrase.");
    page.fill("#passphrase", "correct horse");
    page.press("Unlock");
    page.wait_for_text("Connected through Locked");
    let got = fetch(&format!("socks5h://{}", proxies.port), &proxies.page.url("/"));
    assert!(got.succeeded().contains(WORDS));
    // Asked once, it serves for everything.
    page.press("More about Locked");
    page.press("Share…");
    page.press("Show link and QR code");
    page.wait_for_text(PASSWORD);
    let log = screen.desktop().home().path().join(".local/state/paperwing");
    for folder in [screen.profile(), log] {
        assert_silent_on_disk(&folder);
        let told = fs::read_dir(&folder).expect("it is there").flatten();
        let told = told.into_iter().filter_map(|file| fs::read(file.path()).ok());
        assert!(told.into_iter().all(|bytes| !String::from_utf8_lossy(&bytes).contains("correct horse")));
    }
}

#[test]
fn where_a_password_is_kept_is_said_and_a_locked_keyring_holds_up_nothing() {
    needs_screen!();
    let link = format!("socks5://{USER}:{PASSWORD}@127.0.0.1:9#Sealed");
    for is_open in [true, false] {
        let screen = Screen::start();
        let _panel = screen.panel();
        let _keyring = if is_open { screen.open_keyring() } else { screen.locked_keyring() };
        let page = screen.page(&[]);
        page.paste(&link);
        page.wait_for_text("with a password");
        page.press("Add");
        if is_open {
            page.eventually("it is in the list", || (page.rows() == ["Sealed"]).then_some(()));
            page.view(3);
            page.eventually("the settings say where", || {
                let kept = page.run("return document.getElementById('keyring')?.selectedOptions[0].innerText;", &[]);
                (kept == "In the system's keyring").then_some(())
            });
        } else {
            page.wait_for_text("The keyring is locked. Unlock it and try again.");
            // The window goes on: what was shown is there to be cancelled, and what has no password can be added.
            page.close_with("Cancel");
            page.paste("socks5://127.0.0.1:9#Open");
            page.wait_for_text("Whoever runs this proxy");
            page.press("Add");
            page.eventually("it is in the list", || (page.rows() == ["Open"]).then_some(()));
        }
        assert_silent_on_disk(&screen.profile());
    }
}

#[test]
fn what_a_locked_keyring_leaves_out_is_said_and_taken_up_once_it_is_opened() {
    needs_screen!();
    let left_out = "The keyring is locked. Proxies with a password cannot be used until it is open.";
    let screen = Screen::start();
    let _panel = screen.panel();
    let _proxies = screen.give_proxies(&["Oslo"]);
    let locked = Microsocks::locked();
    let keyring = screen.open_keyring();
    screen.desktop().home().run(&["import", &format!("{}#Sealed", locked.link()), "--yes"]).succeeded();
    drop(keyring);
    let _keyring = screen.locked_keyring();
    let page = screen.page(&[]);
    page.click("#big");
    page.wait_for_text("Connected through Oslo");
    page.wait_for_text(left_out);
    assert_eq!(page.axe(), Vec::<String>::new());
    screen.unlock_keyring();
    page.wait_until_gone(left_out);
    page.view(2);
    page.wait_for_text("The list was changed: 2 proxies in use.");
}
