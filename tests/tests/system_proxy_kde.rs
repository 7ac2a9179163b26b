//! KDE's proxy setting, which is a file: comments, order, other groups and the end of the file stay as they are.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;

use paperwing_tests::desktop::{Desktop, Kind, wait_until_on};
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::networks::Networks;
use paperwing_tests::process::{Running, eventually, run};
use rustix::process::Signal;

const MINE: &str = "# mine, by hand\n[$Version]\nupdate_info=kioslave.upd:x\n\n[Proxy Settings]\r\nProxyType=2\n\
                    Proxy Config Script=http://wpad.example/proxy.pac\nhttpProxy=http://theirs.example 3128\n\n[Other]\nProxyType=9";

fn up(desktop: &Desktop) -> Running {
    let mut running = Running::start(desktop.up());
    wait_until_on(&mut running);
    running
}

fn write(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().expect("a folder")).expect("ours");
    fs::write(path, text).expect("ours");
}

#[test]
fn the_file_comes_back_to_the_byte_however_it_ends() {
    needs!("dbus-run-session");
    for before in [Some(MINE), Some(""), None] {
        let desktop = Desktop::start(Kind::Kde);
        let file = desktop.kioslaverc();
        if let Some(before) = before {
            write(&file, before);
        }
        for signal in [Signal::TERM, Signal::KILL] {
            let mut running = up(&desktop);
            let ours = fs::read_to_string(&file).expect("it is there");
            assert!(ours.contains("\nProxyType=1\n") && ours.contains("\nsocksProxy=socks://127.0.0.1 "), "{ours}");
            running.signal(signal);
            running.wait();
            eventually("it is back", || {
                (fs::read_to_string(&file).ok().as_deref() == before && !desktop.journal().exists()).then_some(())
            });
        }
        let names = fs::read_dir(file.parent().expect("a folder")).into_iter().flatten().flatten();
        let left: Vec<_> =
            names.map(|entry| entry.file_name()).filter(|name| name.to_string_lossy().contains("new")).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[test]
fn running_programs_are_told_to_read_it_again() {
    needs!("dbus-run-session", "dbus-monitor");
    let desktop = Desktop::start(Kind::Kde);
    let mut monitor = paperwing_tests::process::tool("dbus-monitor");
    monitor.args(["--session", "interface='org.kde.KIO.Scheduler'"]);
    monitor.env("DBUS_SESSION_BUS_ADDRESS", desktop.bus());
    let monitor = Running::start(monitor);
    eventually("it listens", || monitor.stdout.text().contains("NameAcquired").then_some(()));
    let told = || monitor.stdout.text().matches("reparseSlaveConfiguration").count();
    let mut running = up(&desktop);
    eventually("they are told of ours", || (told() == 1).then_some(()));
    running.signal(Signal::TERM);
    running.wait();
    eventually("and that it is back", || (told() == 2).then_some(()));
}

#[test]
fn a_later_change_of_the_persons_is_reported_and_stays() {
    needs!("dbus-run-session");
    let desktop = Desktop::start(Kind::Kde);
    let file = desktop.kioslaverc();
    write(&file, MINE);
    let mut running = up(&desktop);
    let ours = fs::read_to_string(&file).expect("it is there");
    write(&file, &ours.replace("ProxyType=1", "ProxyType=0").replace("[Other]", "# new\n[Other]"));
    eventually("it is said", || running.stdout.text().contains("changed_by_other").then_some(()));
    running.signal(Signal::TERM);
    let finished = running.finish();
    assert!(finished.succeeded().contains(r#""kept":["ProxyType"]"#), "{finished}");
    let wanted = MINE.replace("ProxyType=2", "ProxyType=0").replace("[Other]", "# new\n[Other]");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), wanted);
}

#[test]
fn what_is_lost_as_the_network_changes_is_set_again() {
    needs!("dbus-run-session", "ip");
    let Some(networks) = Networks::make() else { return };
    let desktop = Desktop::start(Kind::Kde);
    let file = desktop.kioslaverc();
    write(&file, MINE);
    networks.at_home("link set line0 down");
    let mut running = Running::start(networks.home(&desktop.up()));
    wait_until_on(&mut running);
    let ours = fs::read_to_string(&file).expect("it is there");
    networks.at_home("link set line0 up");
    write(&file, MINE);
    eventually("it is set again", || (fs::read_to_string(&file).ok().as_deref() == Some(&ours)).then_some(()));
    assert!(!running.stdout.text().contains("changed_by_other"), "{}", running.story());
    running.signal(Signal::TERM);
    running.wait();
    assert_eq!(fs::read_to_string(&file).expect("it is there"), MINE);
}

#[test]
fn what_an_administrator_locked_for_everybody_is_left_alone_and_said() {
    needs!("dbus-run-session");
    for (shared, is_locked) in [
        ("[Proxy Settings]\nProxyType[$i]=0\n", true),
        ("[Proxy Settings][$i]\nProxyType=2\n", true),
        ("[$i]\n[Proxy Settings]\nProxyType=0\n", true),
        ("[Proxy Settings]\nProxyType=0\n", false),
        ("[Proxy Settings]\nProxyType[$i]=1\n", false),
        ("[Other][$i]\nProxyType=0\n", false),
    ] {
        let home = Home::new();
        let folder = home.path().join("xdg");
        write(&folder.join("kioslaverc"), shared);
        let home = home.with_env("XDG_CONFIG_DIRS", folder.display().to_string());
        let desktop = Desktop::log_in(&home, Kind::Kde);
        let file = desktop.kioslaverc();
        write(&file, MINE);
        if is_locked {
            let refused = run(desktop.up());
            let said = refused.failed_with(1);
            assert!(said.contains("set by this computer's administrator"), "{shared}: {refused}");
            assert!(!desktop.journal().exists() && !desktop.login_entry().exists());
        } else {
            let mut running = up(&desktop);
            assert!(fs::read_to_string(&file).expect("it is there").contains("\nProxyType=1\n"), "{shared}");
            running.signal(Signal::TERM);
            running.wait();
        }
        assert_eq!(fs::read_to_string(&file).expect("it is there"), MINE, "{shared}");
    }
}

#[test]
fn what_an_administrator_locked_is_left_alone_and_said() {
    needs!("dbus-run-session");
    let desktop = Desktop::start(Kind::Kde);
    let file = desktop.kioslaverc();
    let locked = "[Proxy Settings][$i]\nProxyType=2\n";
    write(&file, locked);
    let refused = run(desktop.up());
    assert!(refused.failed_with(1).contains("set by this computer's administrator"), "{refused}");
    assert_eq!(fs::read_to_string(&file).expect("it is there"), locked);
    assert!(!desktop.journal().exists() && !desktop.login_entry().exists());
}
