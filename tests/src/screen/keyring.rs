//! The keyring of whoever sits at the screen: gnome-keyring, whose files outlive it.

use zbus::blocking::Proxy;
use zbus::blocking::connection::Builder;
use zbus::zvariant::{ObjectPath, OwnedObjectPath, OwnedValue, Value};

use super::Screen;
use crate::process::{Running, eventually};

const NAME: &str = "org.freedesktop.secrets";
const PATH: &str = "/org/freedesktop/secrets";
const PASSWORD: &str = "pw";

// === impl Screen: the keyring ===

impl Screen {
    /// Starts a keyring that is open. Dropped, it is gone.
    pub fn open_keyring(&self) -> Running {
        self.keyring("--unlock")
    }

    /// Starts a keyring that is locked, and where nobody is asked for its password. Dropped, it is gone.
    pub fn locked_keyring(&self) -> Running {
        self.keyring("")
    }

    /// Opens the keyring that was locked, as the password does where somebody is asked for it.
    pub fn unlock_keyring(&self) {
        let bus = self.bus();
        let bus = Builder::address(bus.as_str()).and_then(Builder::build).expect("there is a bus");
        let ask = |interface| Proxy::new(&bus, NAME, PATH, interface).expect("the names are well-formed");
        let service = ask("org.freedesktop.Secret.Service");
        let (_, session): (OwnedValue, OwnedObjectPath) =
            service.call("OpenSession", &("plain", Value::from(""))).expect("it takes what is not encrypted");
        let login = ObjectPath::try_from("/org/freedesktop/secrets/collection/login").expect("a path");
        let password = (session, Vec::<u8>::new(), PASSWORD.as_bytes().to_vec(), "text/plain");
        // Its own, for programs that ask the person themselves.
        ask("org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface")
            .call::<_, _, ()>("UnlockWithMasterPassword", &(login, password))
            .expect("that is its password");
    }

    fn keyring(&self, how: &str) -> Running {
        // The one before may still be on the way out.
        eventually("there is no other keyring", || (!self.has_keyring()).then_some(()));
        let daemon = format!("printf {PASSWORD} | gnome-keyring-daemon --foreground {how} --components=secrets");
        let daemon = self.program("sh", &["-c", &daemon]);
        eventually("the keyring is on the bus", || self.has_keyring().then_some(()));
        daemon
    }

    fn has_keyring(&self) -> bool {
        let (bus, ask, name) =
            ("--dest=org.freedesktop.DBus", "org.freedesktop.DBus.NameHasOwner", format!("string:{NAME}"));
        let answer = self.desktop().run("dbus-send", &["--session", "--print-reply", bus, "/", ask, &name]);
        answer.text().contains("boolean true")
    }
}
