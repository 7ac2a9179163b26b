//! `kill -9` at every step of switching the desktop's proxy setting on and off: the kernel kills us as we make a system
//! call, for each call that changes or waits for something, and for each time that we make it.
#![cfg(target_os = "linux")]

use std::fs;
use std::thread;

use paperwing_tests::desktop::{Desktop, Kind, is_on_before_it_ends};
use paperwing_tests::needs;
use paperwing_tests::process::{Running, eventually};
use rustix::process::{Pid, Signal, kill_process};

/// Files: written, synced, renamed, removed. The bus and the guard: written to, read from, started, waited for.
const CALLS: [&str; 12] = [
    "flock", "write", "fsync", "rename", "unlink", "sendmsg", "recvmsg", "recvfrom", "read", "close", "clone3", "wait4",
];
/// More than any of these calls is made.
const MOST: u32 = 400;

#[test]
fn killed_at_any_step_the_setting_in_dconf_comes_back_to_the_byte() {
    needs!("strace", "dbus-run-session", "dconf", "gsettings");
    at_every_step(|| {
        let desktop = Desktop::start(Kind::Gnome);
        desktop.gsettings("mode", "auto");
        desktop.gsettings("socks.host", "theirs.example");
        desktop.gsettings("http.port", "8080");
        (desktop, |desktop: &Desktop| desktop.dconf().into_bytes())
    });
}

#[test]
fn killed_at_any_step_kdes_file_comes_back_to_the_byte() {
    needs!("strace", "dbus-run-session");
    at_every_step(|| {
        let desktop = Desktop::start(Kind::Kde);
        fs::create_dir_all(desktop.kioslaverc().parent().expect("a folder")).expect("ours");
        fs::write(desktop.kioslaverc(), "# mine\n[Proxy Settings]\nProxyType=0\n\n[Other]\nx=y").expect("ours");
        (desktop, |desktop: &Desktop| fs::read(desktop.kioslaverc()).unwrap_or_default())
    });
}

fn at_every_step<Look: Fn(&Desktop) -> Vec<u8>>(somebody: impl Fn() -> (Desktop, Look) + Sync) {
    thread::scope(|scope| {
        let somebody = &somebody;
        for calls in CALLS.chunks(CALLS.len().div_ceil(4)) {
            scope.spawn(move || {
                let (desktop, look) = somebody();
                for call in calls {
                    each_time(&desktop, call, &look);
                }
            });
        }
    });
}

fn each_time(desktop: &Desktop, call: &str, look: &impl Fn(&Desktop) -> Vec<u8>) {
    let before = look(desktop);
    for nth in 1..MOST {
        let mut running = Running::start(desktop.up_killed_at(call, nth));
        if is_on_before_it_ends(&mut running) {
            ask_to_end(&running);
        }
        let lived = running.wait().success();
        eventually(&format!("the setting is back after {call} number {nth}\n{}", running.story()), || {
            (look(desktop) == before && !desktop.journal().exists()).then_some(())
        });
        eventually("no guard is left", || desktop.guards().is_empty().then_some(()));
        assert!(!desktop.login_entry().exists(), "{call} number {nth}");
        if lived {
            println!("{call}: killed {} times", nth - 1);
            return;
        }
    }
    panic!("{call} is made more than {MOST} times");
}

/// What was started is strace; what it follows is its only child. That may be killed at this very moment.
fn ask_to_end(running: &Running) {
    let pid = running.pid();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    if let Some(child) = children.split_whitespace().next().and_then(|pid| pid.parse().ok()).and_then(Pid::from_raw) {
        let _ = kill_process(child, Signal::TERM);
    }
}
