//! The desktop's own proxy setting in a real dconf: pointed at us, and put back whatever happens.
#![cfg(target_os = "linux")]

use std::fs;

use paperwing_tests::desktop::{Desktop, Kind, wait_until_on};
use paperwing_tests::needs;
use paperwing_tests::networks::Networks;
use paperwing_tests::paperwing::Setup;
use paperwing_tests::process::{Running, eventually, tool};
use rustix::process::{Pid, Signal, kill_process};

const SOCKS: &str = "org.gnome.system.proxy.socks";

/// Somebody with a setting of their own, of which some keys are set, some to their default, and some not at all.
fn somebody() -> Desktop {
    let desktop = Desktop::start(Kind::Gnome);
    desktop.gsettings("mode", "auto");
    desktop.gsettings("autoconfig-url", "http://wpad.example/proxy.pac");
    desktop.gsettings("socks.host", "theirs.example");
    desktop.gsettings("http.port", "8080");
    desktop.gsettings("http.use-authentication", "true");
    desktop.gsettings("ftp.host", "ftp.example");
    desktop.run("dconf", &["write", "/org/example/other", "'untouched'"]).succeeded();
    desktop
}

fn up(desktop: &Desktop) -> Running {
    let mut running = Running::start(desktop.up());
    wait_until_on(&mut running);
    running
}

fn port(running: &Running) -> String {
    let told = running.stdout.text();
    let (_, rest) = told.split_once(r#""address":"127.0.0.1:"#).expect("it says where it listens");
    rest.split('"').next().expect("a port").to_owned()
}

/// Nothing of ours is left: no value, no journal, no entry, no process.
fn assert_as_before(desktop: &Desktop, before: &str) {
    eventually("the setting is back", || (desktop.dconf() == before && !desktop.journal().exists()).then_some(()));
    eventually("no guard is left", || desktop.guards().is_empty().then_some(()));
    assert!(!desktop.login_entry().exists());
}

fn kill(pid: u32, signal: Signal) {
    let pid = Pid::from_raw(i32::try_from(pid).expect("a process id")).expect("a process id");
    kill_process(pid, signal).expect("it is there");
}

#[test]
fn programs_find_us_in_the_setting_and_theirs_comes_back_to_the_byte_however_it_ends() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    for signal in [Signal::TERM, Signal::INT, Signal::HUP, Signal::KILL] {
        let mut running = up(&desktop);
        assert_eq!(desktop.gsetting("org.gnome.system.proxy", "mode"), "'manual'");
        for schema in [SOCKS, "org.gnome.system.proxy.http", "org.gnome.system.proxy.https"] {
            assert_eq!(desktop.gsetting(schema, "host"), "'127.0.0.1'");
            assert_eq!(desktop.gsetting(schema, "port"), port(&running));
        }
        let bypass = desktop.gsetting("org.gnome.system.proxy", "ignore-hosts");
        assert_eq!(bypass, "['localhost', '127.0.0.0/8', '::1']");
        assert_eq!(desktop.gsetting("org.gnome.system.proxy.http", "use-authentication"), "false");
        assert_eq!(desktop.gsetting("org.gnome.system.proxy.ftp", "host"), "''");
        assert!(desktop.login_entry().is_file());
        running.signal(signal);
        let status = running.wait();
        assert_eq!(status.success(), signal != Signal::KILL, "{}", running.story());
        if signal != Signal::KILL {
            assert_eq!(desktop.dconf(), before, "it is back before the process ends");
        }
        assert_as_before(&desktop, &before);
    }
}

#[test]
fn what_never_was_set_is_unset_again() {
    needs!("dbus-run-session", "dconf");
    let desktop = Desktop::start(Kind::Gnome);
    assert_eq!(desktop.dconf(), "");
    let mut running = up(&desktop);
    assert!(desktop.dconf().contains("mode='manual'"));
    running.signal(Signal::TERM);
    running.wait();
    assert_eq!(desktop.dconf(), "");
}

#[test]
fn a_later_change_of_the_persons_is_reported_and_stays() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    let mut running = up(&desktop);
    desktop.gsettings("mode", "none");
    eventually("it is said", || running.stdout.text().contains("changed_by_other").then_some(()));
    let status = desktop.home().run(&["system-proxy", "status", "--json"]).succeeded();
    assert!(status.contains("changed_by_other"), "{status}");
    assert_eq!(desktop.gsetting("org.gnome.system.proxy", "mode"), "'none'", "it is not fought over");
    running.signal(Signal::TERM);
    let finished = running.finish();
    assert!(finished.succeeded().contains(r#""state":"off","kept":["mode"]"#), "{finished}");
    assert_eq!(desktop.dconf(), before.replace("mode='auto'", "mode='none'"));
}

/// The same in a network of its own, of which nothing is heard until a test changes it.
fn up_in(networks: &Networks, desktop: &Desktop) -> Running {
    networks.at_home("link set line0 down");
    let mut running = Running::start(networks.home(&desktop.up()));
    wait_until_on(&mut running);
    running
}

fn is_said_to_be_anothers(running: &Running) -> bool {
    running.stdout.text().contains("changed_by_other")
}

#[test]
fn what_is_lost_as_the_network_changes_is_set_again_and_a_second_time_it_is_another_programs() {
    needs!("dbus-run-session", "dconf", "ip");
    let Some(networks) = Networks::make() else { return };
    let desktop = Desktop::start(Kind::Gnome);
    let mut running = up_in(&networks, &desktop);
    let ours = desktop.dconf();
    let reset = || desktop.run("dconf", &["reset", "-f", "/system/proxy/"]).succeeded();
    networks.at_home("link set line0 up");
    reset();
    eventually("it is set again", || (desktop.dconf() == ours).then_some(()));
    assert!(desktop.journal().is_file() && !is_said_to_be_anothers(&running), "{}", running.story());
    reset();
    eventually("it is said", || is_said_to_be_anothers(&running).then_some(()));
    assert_eq!(desktop.dconf(), "", "it is not fought over");
    running.signal(Signal::TERM);
    running.wait();
    assert_as_before(&desktop, "");
}

#[test]
fn what_was_put_back_key_by_key_before_the_network_was_heard_of_is_set_again_too() {
    needs!("dbus-run-session", "dconf", "gsettings", "ip");
    let Some(networks) = Networks::make() else { return };
    let desktop = somebody();
    let before = desktop.dconf();
    let file = desktop.home().file("before", &before);
    let mut running = up_in(&networks, &desktop);
    let ours = desktop.dconf();
    let script = format!(
        "dconf load / <'{}'; for key in socks/port http/host https/host https/port ignore-hosts; do \
         dconf reset /system/proxy/$key; done",
        file.display()
    );
    desktop.run("sh", &["-c", &script]).succeeded();
    assert_eq!(desktop.dconf(), before);
    networks.at_home("link set line0 up");
    eventually("it is set again", || (desktop.dconf() == ours).then_some(()));
    assert!(!is_said_to_be_anothers(&running), "{}", running.story());
    running.signal(Signal::KILL);
    running.wait();
    assert_as_before(&desktop, &before);
}

#[test]
fn what_is_put_back_while_the_network_stays_as_it_is_is_another_programs() {
    needs!("dbus-run-session", "dconf", "ip");
    let Some(networks) = Networks::make() else { return };
    let desktop = Desktop::start(Kind::Gnome);
    let running = up_in(&networks, &desktop);
    desktop.run("dconf", &["reset", "-f", "/system/proxy/"]).succeeded();
    eventually("it is said", || is_said_to_be_anothers(&running).then_some(()));
    networks.at_home("link set line0 up");
    // Longer than it takes to hear of that.
    std::thread::sleep(std::time::Duration::from_secs(1));
    assert_eq!(desktop.dconf(), "", "whoever chose it may keep it");
}

#[test]
fn an_address_that_the_person_typed_in_the_place_of_ours_stays_in_use() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let mut running = up(&desktop);
    desktop.gsettings("socks.host", "new.example");
    let ours = port(&running);
    running.signal(Signal::KILL);
    running.wait();
    eventually("the guard is done", || (!desktop.journal().exists()).then_some(()));
    assert_eq!(desktop.gsetting(SOCKS, "host"), "'new.example'");
    assert_eq!(desktop.gsetting(SOCKS, "port"), ours, "a port belongs to its host");
    assert_eq!(desktop.gsetting("org.gnome.system.proxy", "mode"), "'manual'", "else theirs would not be used");
    assert_eq!(desktop.gsetting("org.gnome.system.proxy.http", "host"), "''");
}

#[test]
fn after_a_power_loss_the_next_login_puts_it_back() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    lose_power(&desktop);
    let status = desktop.home().run(&["system-proxy", "status"]).succeeded();
    assert!(status.contains("Left behind"), "{status}");
    let entry = fs::read_to_string(desktop.login_entry()).expect("it is there");
    let exec = entry.lines().find_map(|line| line.strip_prefix("Exec=")).expect("it starts something");
    desktop.run("sh", &["-c", exec]).succeeded();
    assert_as_before(&desktop, &before);
}

#[test]
fn after_a_power_loss_the_next_start_puts_it_back_and_so_does_restore() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    lose_power(&desktop);
    let mut running = up(&desktop);
    assert_eq!(desktop.gsetting(SOCKS, "port"), port(&running));
    running.signal(Signal::TERM);
    running.wait();
    assert_as_before(&desktop, &before);

    lose_power(&desktop);
    let said = desktop.home().run(&["system-proxy", "restore"]).succeeded();
    assert!(said.contains("as it was before"), "{said}");
    assert_as_before(&desktop, &before);
    let said = desktop.home().run(&["system-proxy", "restore"]).succeeded();
    assert!(said.contains("nothing to put back"), "{said}");
}

#[test]
fn what_the_window_settled_to_be_reached_without_the_proxy_holds_for_up_too() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = Desktop::start(Kind::Gnome);
    let profile = desktop.home().profile();
    fs::create_dir_all(&profile).expect("ours");
    fs::write(profile.join("preferences.json"), r#"{"version":1,"bypass":["*.lan"]}"#).expect("ours");
    let running = up(&desktop);
    let bypass = desktop.gsetting("org.gnome.system.proxy", "ignore-hosts");
    assert_eq!(bypass, "['localhost', '127.0.0.0/8', '::1', '*.lan']");
    drop(running);
}

/// On, and then everything of ours is gone at once.
fn lose_power(desktop: &Desktop) {
    let mut running = up(desktop);
    // It would start another guard.
    running.signal(Signal::STOP);
    desktop.guards().into_iter().for_each(|guard| kill(guard, Signal::KILL));
    running.kill();
    eventually("nobody is left", || desktop.guards().is_empty().then_some(()));
    assert!(desktop.journal().is_file());
    assert_eq!(desktop.gsetting(SOCKS, "host"), "'127.0.0.1'");
}

#[test]
fn a_setting_that_is_ours_already_is_never_taken_for_the_persons() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = Desktop::start(Kind::Gnome);
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("loopback").to_string();
    let words = ["up", "--json", "--keyring", "none", "--listen", &port, "--system-proxy"];
    let start = || {
        let mut running = Running::start(desktop.home().command(&words));
        wait_until_on(&mut running);
        running
    };
    let mut running = start();
    running.signal(Signal::STOP);
    desktop.guards().into_iter().for_each(|guard| kill(guard, Signal::KILL));
    running.kill();
    // Somebody tidied up, and took the journal with it.
    fs::remove_file(desktop.journal()).expect("it is there");
    let mut running = start();
    running.signal(Signal::TERM);
    running.wait();
    assert_as_before(&desktop, "");
}

#[test]
fn the_guard_does_not_care_what_happens_to_our_terminal_and_group() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    let mut running = up(&desktop);
    let [guard] = desktop.guards()[..] else { panic!("{:?}", desktop.guards()) };
    for signal in [Signal::HUP, Signal::INT, Signal::TERM, Signal::QUIT] {
        kill(guard, signal);
    }
    // The whole process group, as a terminal that is closed by force does it.
    running.kill();
    assert_as_before(&desktop, &before);
}

#[test]
fn of_two_only_the_first_has_the_setting_and_the_second_says_who() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    let mut first = up(&desktop);
    let ours = desktop.dconf();
    let words = ["up", "--json", "--keyring", "none", "--proxy", "socks5://127.0.0.1:9", "--listen", "127.0.0.1:0"];
    let second = desktop.home().run(&[&words[..], &["--system-proxy"]].concat());
    assert!(second.failed_with(1).contains(&format!("process {}", first.pid())), "{second}");
    assert!(desktop.home().run(&["system-proxy", "restore"]).failed_with(1).contains("in hand"));
    assert_eq!(desktop.dconf(), ours);
    first.signal(Signal::TERM);
    first.wait();
    assert_as_before(&desktop, &before);
}

#[test]
fn a_running_up_is_switched_by_command() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    let home = desktop.home();
    let refused = home.run(&["system-proxy", "on"]);
    assert!(refused.failed_with(1).contains("paperwing up --system-proxy"), "{refused}");
    assert!(home.run(&["system-proxy", "off"]).succeeded().contains("not ours"));

    let words = ["up", "--json", "--keyring", "none", "--listen", "127.0.0.1:0"];
    let mut running = Running::start(home.command(&words));
    eventually("it listens", || running.stdout.text().contains("listening").then_some(()));
    home.run(&["system-proxy", "on"]).succeeded();
    assert_eq!(desktop.gsetting(SOCKS, "port"), port(&running));
    let status = home.run(&["system-proxy", "status", "--json"]).succeeded();
    assert!(status.contains(r#""state": "on""#) && status.contains(&running.pid().to_string()), "{status}");
    home.run(&["system-proxy", "off"]).succeeded();
    assert_as_before(&desktop, &before);
    home.run(&["system-proxy", "on"]).succeeded();
    running.signal(Signal::TERM);
    running.wait();
    assert_as_before(&desktop, &before);
}

#[test]
fn switched_on_again_it_is_moved_and_programs_are_never_sent_straight_out_in_between() {
    needs!("dbus-run-session", "dconf", "gsettings");
    let desktop = somebody();
    let before = desktop.dconf();
    let running = up(&desktop);
    let mut watch = tool("dconf");
    watch.args(["watch", "/"]);
    desktop.dress(&mut watch);
    let mut watch = Running::start(watch);
    let say = |word: &str| desktop.run("dconf", &["write", "/org/example/said", &format!("'{word}'")]).succeeded();
    let mut said = 0..;
    eventually("dconf's own program watches", || {
        // Another word each time: what is there already is told to nobody.
        say(&format!("begin {}", said.next()?));
        watch.stdout.text().contains("begin").then_some(())
    });
    desktop.home().run(&["system-proxy", "on"]).succeeded();
    say("moved");
    eventually("it hears all of it", || watch.stdout.text().contains("moved").then_some(()));
    watch.signal(Signal::TERM);
    watch.wait();
    let heard = watch.stdout.text();
    assert!(!heard.contains("/system/proxy/mode"), "{heard}");
    desktop.home().run(&["system-proxy", "off"]).succeeded();
    desktop.run("dconf", &["reset", "/org/example/said"]).succeeded();
    assert_as_before(&desktop, &before);
    drop(running);
}

#[test]
fn a_desktop_without_a_setting_gets_two_lines_for_a_shell() {
    needs!("dbus-run-session");
    let desktop = Desktop::start(Kind::Bare);
    let refused =
        desktop.home().run(&["up", "--json", "--keyring", "none", "--listen", "127.0.0.1:0", "--system-proxy"]);
    let said = refused.failed_with(1);
    assert_eq!(said.matches("export ").count(), 2, "{said}");
    let status = desktop.home().run(&["system-proxy", "status"]).succeeded();
    assert!(status.contains("socks5h://127.0.0.1:1080"), "{status}");
}

#[test]
fn the_two_lines_name_the_port_of_whoever_runs_and_else_the_settled_one() {
    needs!("dbus-run-session");
    let desktop = Desktop::start(Kind::Bare);
    let home = desktop.home();
    let named = || {
        let status = home.run(&["system-proxy", "status"]).succeeded();
        let address = status.split_once("ALL_PROXY=socks5h://").and_then(|(_, rest)| rest.split_once(' '));
        address.unwrap_or_else(|| panic!("no line for a shell in\n{status}")).0.to_owned()
    };
    home.run(&["import", "socks5://127.0.0.1:9#Oslo", "--yes"]).succeeded();
    fs::write(home.profile().join("settings.toml"), "listen = [\"[::1]:9\", \"127.0.0.1:9\"]\n").expect("ours");
    assert_eq!(named(), "127.0.0.1:9");
    let paperwing = Setup::in_home(home).up();
    let port = paperwing.proxy("socks5h");
    assert_eq!(format!("socks5h://{}", named()), port);
}
