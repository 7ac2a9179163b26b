//! gnome-keyring on a session bus of its own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ChildStdin;

use crate::process::{Running, eventually, tool};

/// A session bus, with or without a keyring on it.
#[derive(Debug)]
pub struct Session {
    _running: Running,
    _stdin: ChildStdin,
    address: String,
}

/// What the session has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keyring {
    /// A keyring that is open.
    Unlocked,
    /// A keyring that asks for its password when it is needed, and nobody is there to answer.
    Locked,
    /// A bus and no keyring.
    Absent,
}

impl Session {
    /// A session whose keyring keeps its files in this home folder.
    pub fn start(home: &Path, keyring: Keyring) -> Self {
        let daemon = match keyring {
            Keyring::Unlocked => "printf pw | gnome-keyring-daemon --unlock --components=secrets >/dev/null; ",
            Keyring::Locked => "gnome-keyring-daemon --start --components=secrets >/dev/null; ",
            Keyring::Absent => "",
        };
        let runtime = home.join("runtime");
        std::fs::create_dir_all(&runtime).expect("the folder is ours");
        // No service files: where no keyring was started, asking for one must not start it.
        let bus = bus_without_services(home);
        let mut command = tool("dbus-run-session");
        command.arg("--config-file").arg(&bus).args(["--", "sh", "-c"]);
        // Lives until its standard input ends.
        command.arg(format!("{daemon}echo \"bus $DBUS_SESSION_BUS_ADDRESS\"; cat"));
        command.env("HOME", home).env("XDG_RUNTIME_DIR", &runtime);
        let (running, mut stdin) = Running::start_with_input(command);
        stdin.flush().expect("it is open");
        let address = eventually("the session says where its bus is", || {
            let told = running.stdout.text();
            let told = told.strip_suffix('\n')?;
            told.lines().find_map(|line| line.strip_prefix("bus ")).map(str::to_owned)
        });
        Self { _running: running, _stdin: stdin, address }
    }

    /// For `DBUS_SESSION_BUS_ADDRESS`.
    pub fn address(&self) -> &str {
        &self.address
    }
}

/// The configuration of a bus that starts no service by itself. It listens at a file, which is there for programs in other
/// networks too.
pub(crate) fn bus_without_services(home: &Path) -> PathBuf {
    let bus = home.join("bus.conf");
    std::fs::write(&bus, BUS).expect("the folder is ours");
    bus
}

const BUS: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=/tmp</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;
