//! The desktop's own proxy setting where an administrator has a say in it: a dconf profile with a database behind the person's,
//! with and without locks.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;

use paperwing_tests::desktop::{Desktop, Kind, wait_until_on};
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::process::{Running, eventually, run, tool};
use rustix::process::Signal;

const WHY: &str = "set by this computer's administrator";
const LOCK: &str = "/system/proxy/mode\n";

/// A computer's administrator. Dropped, their database is gone.
struct Administrator {
    home: Home,
    database: PathBuf,
}

impl Administrator {
    /// One with a database in a place of its own, and one with a database in the system's, where a test may write there.
    fn all() -> Vec<Self> {
        let private = Home::new();
        let database = private.path().join("site");
        let mut all = vec![Self { home: private, database }];
        if rustix::process::geteuid().is_root() {
            let folder = PathBuf::from("/etc/dconf/db");
            fs::create_dir_all(&folder).expect("root may");
            let database = folder.join(format!("paperwing-test-{}", std::process::id()));
            all.push(Self { home: Home::new(), database });
        }
        all
    }

    /// Settles the mode for everybody.
    fn settle(&self, mode: &str, locks: &str) {
        let folder = self.home.path().join("site.d");
        fs::create_dir_all(folder.join("locks")).expect("ours");
        fs::write(folder.join("proxy"), format!("[system/proxy]\nmode='{mode}'\n")).expect("ours");
        fs::write(folder.join("locks/proxy"), locks).expect("ours");
        let mut compile = tool("dconf");
        compile.arg("compile").arg(&self.database).arg(folder);
        run(compile).succeeded();
    }

    /// Logs in somebody with a setting of their own.
    fn person(&self) -> Desktop {
        let site = match self.database.strip_prefix("/etc/dconf/db") {
            Ok(name) => format!("system-db:{}", name.display()),
            Err(_) => format!("file-db:{}", self.database.display()),
        };
        let profile = self.home.file("profile.dconf", format!("user-db:user\n{site}\n"));
        let home = self.home.clone().with_env("DCONF_PROFILE", profile.display().to_string());
        let desktop = Desktop::log_in(&home, Kind::Gnome);
        desktop.gsettings("socks.host", "theirs.example");
        desktop
    }
}

impl Drop for Administrator {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.database);
    }
}

fn mode(desktop: &Desktop) -> String {
    desktop.gsetting("org.gnome.system.proxy", "mode")
}

fn assert_as_before(desktop: &Desktop, before: &str) {
    assert_eq!(desktop.dconf(), before);
    assert!(!desktop.journal().exists() && !desktop.login_entry().exists());
    eventually("no guard is left", || desktop.guards().is_empty().then_some(()));
}

#[test]
fn what_an_administrator_locked_is_left_alone_and_said() {
    needs!("dbus-run-session", "dconf", "gsettings");
    for administrator in Administrator::all() {
        administrator.settle("none", LOCK);
        let desktop = administrator.person();
        let before = desktop.dconf();
        let refused = run(desktop.up());
        assert!(refused.failed_with(1).contains(WHY), "{refused}");
        assert_eq!(mode(&desktop), "'none'");
        assert_as_before(&desktop, &before);
    }
}

#[test]
fn what_an_administrator_only_suggests_or_locked_at_what_we_need_stands_in_nobodys_way() {
    needs!("dbus-run-session", "dconf", "gsettings");
    for administrator in Administrator::all() {
        for (suggested, locks) in [("none", ""), ("manual", LOCK)] {
            administrator.settle(suggested, locks);
            let desktop = administrator.person();
            let before = desktop.dconf();
            let mut running = Running::start(desktop.up());
            wait_until_on(&mut running);
            assert_eq!(mode(&desktop), "'manual'");
            assert_eq!(desktop.gsetting("org.gnome.system.proxy.socks", "host"), "'127.0.0.1'");
            running.signal(Signal::TERM);
            running.wait();
            assert_eq!(mode(&desktop), format!("'{suggested}'"));
            assert_as_before(&desktop, &before);
        }
    }
}

#[test]
fn what_is_locked_while_ours_is_there_is_not_said_to_be_on_and_comes_back() {
    needs!("dbus-run-session", "dconf", "gsettings");
    for administrator in Administrator::all() {
        administrator.settle("none", "");
        let desktop = administrator.person();
        let before = desktop.dconf();
        let mut running = Running::start(desktop.up());
        wait_until_on(&mut running);
        administrator.settle("none", LOCK);
        assert_eq!(mode(&desktop), "'none'");
        let status = desktop.home().run(&["system-proxy", "status"]).succeeded();
        assert!(!status.contains("On:"), "{status}");
        let refused = desktop.home().run(&["system-proxy", "on"]);
        assert!(refused.failed_with(1).contains(WHY), "{refused}");
        assert_as_before(&desktop, &before);
        running.signal(Signal::TERM);
        running.wait();
    }
}
