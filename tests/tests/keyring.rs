//! The key to the passwords in a real keyring: open, locked, and not there.
#![cfg(target_os = "linux")]

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::client::fetch;
use paperwing_tests::disk::Home;
use paperwing_tests::keyring::{Keyring, Session};
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::Setup;
use paperwing_tests::upstream::Microsocks;

const LINK: &str = "socks5://ann:CANARY-a3f9c71e-sings@proxy.example:1080#Oslo";

/// The home of somebody who is logged in to that session.
fn logged_in(home: &Home, session: &Session) -> Home {
    home.clone().with_env("DBUS_SESSION_BUS_ADDRESS", session.address())
}

#[test]
fn with_an_open_keyring_nothing_is_asked_and_no_key_is_on_disk() {
    needs!("dbus-run-session", "gnome-keyring-daemon", "curl", "microsocks");
    let (home, origin, upstream) = (Home::new(), Origin::start(), Microsocks::locked());
    let session = Session::start(home.path(), Keyring::Unlocked);
    let me = logged_in(&home, &session);
    me.run(&["import", LINK, "--yes"]).succeeded();
    assert!(me.run_openly(&["share", "Oslo"]).succeeded().contains(PASSWORD));
    assert!(!home.picture().keys().any(|path| path.display().to_string().contains("key-")), "{:?}", home.picture());

    me.run(&["remove", "Oslo"]).succeeded();
    me.run(&["import", &(upstream.link() + "#real"), "--yes"]).succeeded();
    let paperwing = Setup::in_home(&me).up();
    assert_eq!(fetch(&paperwing.proxy("socks5h"), &origin.url("/")).succeeded(), PAGE);
    paperwing.stop();
}

#[test]
fn the_key_outlives_the_session() {
    needs!("dbus-run-session", "gnome-keyring-daemon");
    let home = Home::new();
    {
        let session = Session::start(home.path(), Keyring::Unlocked);
        logged_in(&home, &session).run(&["import", LINK, "--yes"]).succeeded();
    }
    let session = Session::start(home.path(), Keyring::Unlocked);
    let shared = logged_in(&home, &session).run_openly(&["share", "Oslo"]).succeeded();
    assert!(shared.contains(PASSWORD), "{shared}");
}

#[test]
fn a_locked_keyring_is_named_and_nothing_is_lost() {
    needs!("dbus-run-session", "gnome-keyring-daemon");
    let home = Home::new();
    {
        let session = Session::start(home.path(), Keyring::Unlocked);
        logged_in(&home, &session).run(&["import", LINK, "--yes"]).succeeded();
    }
    let before = home.picture();
    {
        let session = Session::start(home.path(), Keyring::Locked);
        let me = logged_in(&home, &session);
        for words in
            [&["share", "Oslo"][..], &["import", &LINK.replace("Oslo", "Riga").replace("proxy", "other"), "--yes"]]
        {
            let refused = me.run(words);
            assert!(refused.failed_with(1).contains("keyring"), "{refused}");
            assert_eq!(refused.stderr.trim_end().lines().count(), 1, "{refused}");
        }
        assert_eq!(me.names(), ["Oslo"], "the list needs no key");
    }
    assert_eq!(home.picture(), before);
    let session = Session::start(home.path(), Keyring::Unlocked);
    assert!(logged_in(&home, &session).run_openly(&["share", "Oslo"]).succeeded().contains(PASSWORD));
}

#[test]
fn without_a_keyring_it_says_what_to_do_and_adds_nothing() {
    needs!("dbus-run-session");
    let home = Home::new();
    let session = Session::start(home.path(), Keyring::Absent);
    // A bus without a keyring, and no bus.
    for me in [logged_in(&home, &session), home.clone()] {
        let refused = me.run(&["import", LINK, "--yes"]);
        let said = refused.failed_with(1);
        assert!(said.contains("keyring") && said.contains("PAPERWING_PASSPHRASE"), "{refused}");
        assert_eq!(said.trim_end().lines().count(), 1, "{refused}");
        assert_eq!(me.names(), Vec::<String>::new());
        // A proxy without a password needs no key.
        me.run(&["import", "socks5://open.example:1080#Open", "--yes"]).succeeded();
        assert_eq!(me.names(), ["Open"]);
        me.run(&["remove", "Open"]).succeeded();
    }
}

#[test]
fn nobody_asks_the_keyring_when_told_not_to() {
    needs!("dbus-run-session", "gnome-keyring-daemon");
    let home = Home::new();
    let session = Session::start(home.path(), Keyring::Locked);
    let refused = logged_in(&home, &session).run(&["import", LINK, "--yes", "--keyring", "none"]);
    assert!(refused.failed_with(1).contains("--keyring none"), "{refused}");
    logged_in(&home, &session).run(&["import", LINK, "--yes", "--keyring", "file"]).succeeded();
}
