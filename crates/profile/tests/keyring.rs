//! The profile's key in a real keyring: gnome-keyring on a session bus of the test's own.
//!
//! Each test starts itself again inside `dbus-run-session`, with a home and a runtime folder of its own, since the bus
//! and the keyring are told to a process by its environment.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use paperwing_link::Proxy;
use paperwing_profile::{KeyKind, KeyOptions, OpenMode, Profile, ProfileError, SecretError, Sought};

/// Which of a test's stages a process inside the session is to play.
const STAGE: &str = "PAPERWING_KEYRING_STAGE";
const HOME: &str = "PAPERWING_KEYRING_HOME";

/// A bus that starts nothing by itself: what is not started by the test is absent.
const BUS: &str = r#"<busconfig>
  <type>session</type>
  <listen>unix:tmpdir=/tmp</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*"/>
    <allow receive_sender="*"/>
    <allow own="*"/>
  </policy>
</busconfig>
"#;

/// Starting and ending the keyring: from the scripts below, and from a test's stage.
const KEYRING: &str = r#"
has_owner() {
  dbus-send --session --print-reply --dest=org.freedesktop.DBus / org.freedesktop.DBus.NameHasOwner \
    string:org.freedesktop.secrets | grep -q 'boolean true'
}
await() {
  tries=0
  until "$@"; do
    tries=$((tries + 1))
    [ $tries -lt 200 ] || { cat "$HOME/keyring.log" >&2; exit 1; }
    sleep 0.05
  done
}
is_gone() { ! has_owner; }
begin_keyring() {
  printf pw | gnome-keyring-daemon --foreground --components=secrets $1 >"$HOME/keyring.log" 2>&1 &
  echo $! >"$HOME/keyring.pid"
  await has_owner
}
end_keyring() {
  kill "$(cat "$HOME/keyring.pid")"
  await is_gone
}
"#;

/// Starts the keyring (`$1`: what else to tell it), plays the stage and ends the keyring.
const WITH_KEYRING: &str = r#"
. "$HOME/keyring.sh"
trap 'kill "$(cat "$HOME/keyring.pid")" 2>/dev/null' EXIT
begin_keyring $1
"$2" --exact "$3" --nocapture
"#;

const WITHOUT_KEYRING: &str = r#""$2" --exact "$3" --nocapture"#;

/// The world of one test, as its outer process sees it.
struct Session {
    home: tempfile::TempDir,
    test: &'static str,
}

impl Session {
    /// `None` where the tools are missing, which is an error for the machines that check every change.
    fn new(test: &'static str) -> Option<Self> {
        for tool in ["dbus-run-session", "dbus-send", "gnome-keyring-daemon"] {
            let is_there = std::env::split_paths(&std::env::var_os("PATH").unwrap()).any(|dir| dir.join(tool).exists());
            if !is_there {
                assert!(std::env::var("CI").as_deref() != Ok("true"), "{tool} is missing");
                eprintln!("skipped: {tool} is missing (packages dbus and gnome-keyring)");
                return None;
            }
        }
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("bus.conf"), BUS).unwrap();
        fs::write(home.path().join("keyring.sh"), KEYRING).unwrap();
        let runtime = home.path().join("run");
        fs::create_dir(&runtime).unwrap();
        fs::set_permissions(&runtime, fs::Permissions::from_mode(0o700)).unwrap();
        Some(Self { home, test })
    }

    /// Runs this test again inside a session, as `stage`.
    fn play(&self, stage: &str, script: &str, keyring_option: &str) {
        let home = self.home.path();
        let mut command = Command::new("dbus-run-session");
        command.arg("--config-file").arg(home.join("bus.conf")).args(["--", "sh", "-c", script, "sh", keyring_option]);
        command.arg(std::env::current_exe().unwrap()).arg(self.test);
        self.run(stage, command);
    }

    fn run(&self, stage: &str, mut command: Command) {
        let home = self.home.path();
        command.env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", home).env("XDG_RUNTIME_DIR", home.join("run")).env(STAGE, stage).env(HOME, home);
        if stage == "hung" {
            let address = format!("unix:path={}", home.join("bus").display());
            command.env("DBUS_SESSION_BUS_ADDRESS", address);
        }
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "stage {stage}:\n{said}");
        assert!(said.contains("1 passed"), "stage {stage} was not played:\n{said}");
    }
}

/// The stage to play; `None` in the outer process.
fn stage() -> Option<String> {
    std::env::var(STAGE).ok()
}

fn profile_dir() -> PathBuf {
    Path::new(&std::env::var_os(HOME).unwrap()).join("profile")
}

fn open() -> Profile {
    Profile::open(&profile_dir(), OpenMode::Command, KeyOptions::new()).unwrap().0
}

fn secret_proxy() -> Proxy {
    "socks5://ann:s3cret@192.0.2.1:1080#Oslo".parse().unwrap()
}

/// Calls a function of [`KEYRING`] from within a session.
fn keyring(call: &str) {
    let status = Command::new("sh").args(["-c", &format!(". \"$HOME/keyring.sh\"; {call}")]).status().unwrap();
    assert!(status.success(), "{call}");
}

fn add_one() {
    let mut profile = open();
    profile.add(&[secret_proxy()], None).unwrap();
    assert_eq!(profile.key_kind(), Some(KeyKind::Os));
    read_it();
}

fn read_it() {
    let profile = open();
    assert_eq!(profile.proxy(&profile.entries()[0]), Ok(secret_proxy()));
}

fn why_it_cannot_be_read() -> SecretError {
    let profile = open();
    assert_eq!(profile.entries()[0].name, "Oslo");
    profile.proxy(&profile.entries()[0]).unwrap_err()
}

fn why_nothing_can_be_added() -> SecretError {
    let mut profile = open();
    let error = profile.add(&[secret_proxy()], None).unwrap_err();
    assert!(open().entries().is_empty());
    match error {
        ProfileError::Secret(error) => error,
        error => panic!("{error:?}"),
    }
}

#[test]
fn an_unlocked_keyring_keeps_the_key_between_sessions() {
    match stage().as_deref() {
        Some("add") => return add_one(),
        Some(_) => return read_it(),
        None => {}
    }
    let Some(session) = Session::new("an_unlocked_keyring_keeps_the_key_between_sessions") else { return };
    session.play("add", WITH_KEYRING, "--unlock");
    session.play("read", WITH_KEYRING, "--unlock");
}

#[test]
fn a_keyring_that_starts_anew_or_later_than_we_did_is_found() {
    let absent = SecretError::KeyringAbsent { sought: Sought::Existing };
    match stage().as_deref() {
        Some("anew") => {
            add_one();
            keyring("end_keyring");
            let profile = open();
            let ask = || profile.proxy(&profile.entries()[0]);
            assert_eq!(ask(), Err(absent));
            keyring("begin_keyring --unlock");
            profile.ask_anew();
            assert_eq!(ask(), Ok(secret_proxy()));
            // And one that came back between two questions.
            keyring("end_keyring; begin_keyring --unlock");
            return read_it();
        }
        Some(_) => {
            assert_eq!(why_it_cannot_be_read(), absent);
            keyring("begin_keyring --unlock");
            read_it();
            return keyring("end_keyring");
        }
        None => {}
    }
    let Some(session) = Session::new("a_keyring_that_starts_anew_or_later_than_we_did_is_found") else { return };
    session.play("anew", WITH_KEYRING, "--unlock");
    session.play("later", WITHOUT_KEYRING, "");
}

#[test]
fn a_locked_keyring_is_said_to_be_locked() {
    match stage().as_deref() {
        Some("add") => return add_one(),
        Some(_) => {
            return assert_eq!(why_it_cannot_be_read(), SecretError::KeyringLocked { sought: Sought::Existing });
        }
        None => {}
    }
    let Some(session) = Session::new("a_locked_keyring_is_said_to_be_locked") else { return };
    session.play("add", WITH_KEYRING, "--unlock");
    session.play("locked", WITH_KEYRING, "");
}

#[test]
fn without_a_keyring_nothing_is_stored_and_the_error_says_so() {
    if stage().is_some() {
        let error = why_nothing_can_be_added();
        assert!(matches!(error, SecretError::KeyringAbsent { .. }), "{error:?}");
        assert!(error.to_string().contains("--keyring file"), "{error}");
        return;
    }
    let Some(session) = Session::new("without_a_keyring_nothing_is_stored_and_the_error_says_so") else { return };
    session.play("absent", WITHOUT_KEYRING, "");
}

#[test]
fn whose_key_is_in_a_keyring_that_is_gone_is_not_told_to_keep_it_elsewhere() {
    match stage().as_deref() {
        Some("add") => return add_one(),
        Some(_) => {
            let error = why_it_cannot_be_read();
            assert_eq!(error, SecretError::KeyringAbsent { sought: Sought::Existing });
            let text = error.to_string();
            assert!(text.contains("inside the desktop session") && !text.contains("--keyring"), "{text}");
            assert!(!text.contains("zbus"), "{text}");
            return;
        }
        None => {}
    }
    let test = "whose_key_is_in_a_keyring_that_is_gone_is_not_told_to_keep_it_elsewhere";
    let Some(session) = Session::new(test) else { return };
    session.play("add", WITH_KEYRING, "--unlock");
    session.play("gone", WITHOUT_KEYRING, "");
}

#[test]
fn a_bus_that_never_answers_is_given_up() {
    if stage().is_some() {
        return assert_eq!(why_nothing_can_be_added(), SecretError::KeyringTimeout { sought: Sought::New });
    }
    let test = "a_bus_that_never_answers_is_given_up";
    let Some(session) = Session::new(test) else { return };
    let _silent = UnixListener::bind(session.home.path().join("bus")).unwrap();
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture"]);
    session.run("hung", command);
}

#[test]
fn another_key_in_the_keyring_is_refused_and_left_there() {
    if stage().is_some() {
        add_one();
        let file: serde_json::Value =
            serde_json::from_slice(&fs::read(profile_dir().join("proxies.json")).unwrap()).unwrap();
        let name = format!("profile-key-{}", file["key"]["id"].as_str().unwrap());
        let entry = keyring::Entry::new("paperwing", &name).unwrap();
        entry.set_secret(&[7; 32]).unwrap();
        let error = why_it_cannot_be_read();
        assert!(matches!(error, SecretError::WrongKey { .. }), "{error:?}");
        assert_eq!(entry.get_secret().unwrap(), [7; 32]);
        entry.delete_credential().unwrap();
        let error = why_it_cannot_be_read();
        assert!(matches!(error, SecretError::KeyMissing { .. }), "{error:?}");
        return;
    }
    let Some(session) = Session::new("another_key_in_the_keyring_is_refused_and_left_there") else { return };
    session.play("other", WITH_KEYRING, "--unlock");
}
