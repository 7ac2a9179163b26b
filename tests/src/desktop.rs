//! A desktop's session as far as its proxy setting goes: a session bus with the services that Debian installs, dconf's
//! among them, a home folder and a runtime folder, all of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command};

use crate::disk::Home;
use crate::process::{Finished, Running, eventually, run, tool};

/// Which desktop it says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Keeps its setting in dconf.
    Gnome,
    /// Keeps its setting in a file.
    Kde,
    /// Has none.
    Bare,
    /// Has none, and nothing on its bus either: no keyring, no dconf.
    Empty,
}

/// Somebody is logged in. Dropped, the session ends.
#[derive(Debug)]
pub struct Desktop {
    home: Home,
    address: String,
    bus: Running,
    _stdin: ChildStdin,
}

const UP: [&str; 7] = ["up", "--json", "--keyring", "none", "--listen", "127.0.0.1:0", "--system-proxy"];

// === impl Desktop ===

impl Desktop {
    /// Logs in somebody new.
    pub fn start(kind: Kind) -> Self {
        Self::log_in(&Home::new(), kind)
    }

    /// Logs in whoever has this home.
    pub fn log_in(home: &Home, kind: Kind) -> Self {
        let runtime = home.path().join("runtime");
        std::fs::create_dir_all(&runtime).expect("the folder is ours");
        let name = match kind {
            Kind::Gnome => "GNOME",
            Kind::Kde => "KDE",
            Kind::Bare | Kind::Empty => "sway",
        };
        let mut command = tool("dbus-run-session");
        if kind == Kind::Empty {
            command.arg("--config-file").arg(crate::keyring::bus_without_services(home.path()));
        }
        // Lives until its standard input ends.
        command.args(["--", "sh", "-c", "echo \"bus $DBUS_SESSION_BUS_ADDRESS\"; cat"]);
        // Services that the bus starts have what the bus has.
        command.env("HOME", home.path()).env("XDG_RUNTIME_DIR", &runtime);
        let (bus, mut stdin) = Running::start_with_input(command);
        stdin.flush().expect("it is open");
        let address = eventually("the session says where its bus is", || {
            let told = bus.stdout.text();
            let told = told.strip_suffix('\n')?;
            told.lines().find_map(|line| line.strip_prefix("bus ")).map(str::to_owned)
        });
        let home = home
            .clone()
            .with_env("DBUS_SESSION_BUS_ADDRESS", &address)
            .with_env("XDG_RUNTIME_DIR", runtime.display().to_string())
            .with_env("XDG_CURRENT_DESKTOP", name);
        Self { home, address, bus, _stdin: stdin }
    }

    /// Whoever is logged in.
    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Where its session bus is.
    pub fn bus(&self) -> &str {
        &self.address
    }

    /// Its bus goes, as at a session's end.
    pub fn lose_bus(&mut self) {
        self.bus.kill();
    }

    /// Makes a program one of whoever is logged in.
    pub fn dress(&self, command: &mut Command) {
        self.home.dress_bare(command);
    }

    /// A program of the desktop's, run to its end.
    pub fn run(&self, program: &str, words: &[&str]) -> Finished {
        let mut command = tool(program);
        command.args(words);
        self.home.dress_bare(&mut command);
        run(command)
    }

    /// Everything that is set in dconf, as text. What is not set is not in it.
    pub fn dconf(&self) -> String {
        self.run("dconf", &["dump", "/"]).succeeded()
    }

    /// Sets a key of GNOME's setting, as another program or the person does.
    pub fn gsettings(&self, key: &str, value: &str) {
        let (schema, key) = key.rsplit_once('.').unwrap_or(("", key));
        let dot = if schema.is_empty() { "" } else { "." };
        let schema = format!("org.gnome.system.proxy{dot}{schema}");
        self.run("gsettings", &["set", &schema, key, value]).succeeded();
    }

    /// A value of GNOME's setting as programs see it.
    pub fn gsetting(&self, schema: &str, key: &str) -> String {
        self.run("gsettings", &["get", schema, key]).succeeded().trim().to_owned()
    }

    /// KDE's file.
    pub fn kioslaverc(&self) -> PathBuf {
        self.home.path().join(".config/kioslaverc")
    }

    /// Where Paperwing writes down what it found.
    pub fn journal(&self) -> PathBuf {
        self.home.path().join(".local/state/paperwing/system-proxy.journal")
    }

    /// The entry that restores at the next login.
    pub fn login_entry(&self) -> PathBuf {
        self.home.path().join(".config/autostart/paperwing-restore-system-proxy.desktop")
    }

    /// `paperwing up --system-proxy` on practice proxies.
    pub fn up(&self) -> Command {
        self.home.command(&UP)
    }

    /// The same, killed when it makes a system call for the nth time.
    pub fn up_killed_at(&self, call: &str, nth: u32) -> Command {
        self.home.command_killed_at(call, nth, &UP)
    }

    /// The guards that watch over this person's setting.
    pub fn guards(&self) -> Vec<u32> {
        let folder = self.journal().parent().map(Path::to_owned).unwrap_or_default();
        let is_guard = |pid: &u32| {
            let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            let words: Vec<_> = words.split(|byte| *byte == 0).collect();
            words.get(1) == Some(&b"--guard-system-proxy".as_slice())
                && words.get(2) == Some(&folder.as_os_str().as_encoded_bytes())
        };
        let entries = std::fs::read_dir("/proc").expect("Linux has it").flatten();
        entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(is_guard).collect()
    }
}

/// Waits until somebody's setting is in our hands.
pub fn wait_until_on(running: &mut Running) {
    assert!(is_on_before_it_ends(running), "it ended\n{}", running.story());
}

/// Waits until somebody's setting is in our hands, or whoever was to take it has ended.
pub fn is_on_before_it_ends(running: &mut Running) -> bool {
    eventually("the setting is ours", || {
        // In this order: what it said last may have come before its end.
        let has_ended = running.ended().is_some();
        let is_on = running.stdout.text().contains(r#""event":"system_proxy","state":"on""#);
        (is_on || has_ended).then_some(is_on && !has_ended)
    })
}
