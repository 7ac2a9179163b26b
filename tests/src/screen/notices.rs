//! What a desktop shows notifications with: a server of `org.freedesktop.Notifications` that remembers what it was told.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::interface;
use zbus::zvariant::OwnedValue;

use crate::process::eventually;

/// A running server. Dropped, it is gone.
#[derive(Debug)]
pub struct Notices {
    connection: Connection,
    shown: Arc<Mutex<Vec<String>>>,
}

struct Server {
    shown: Arc<Mutex<Vec<String>>>,
}

#[interface(name = "org.freedesktop.Notifications")]
#[allow(clippy::needless_pass_by_value, clippy::unused_self, clippy::too_many_arguments, reason = "the form of D-Bus")]
impl Server {
    fn notify(
        &self,
        app_name: &str,
        replaces_id: u32,
        app_icon: &str,
        summary: &str,
        body: &str,
        actions: Vec<String>,
        hints: HashMap<String, OwnedValue>,
        expire_timeout: i32,
    ) -> u32 {
        let _ = (app_name, replaces_id, app_icon, body, actions, hints, expire_timeout);
        let mut shown = self.shown.lock().expect("nobody panics with it");
        shown.push(summary.to_owned());
        u32::try_from(shown.len()).expect("few are shown")
    }

    fn close_notification(&self, id: u32) {
        let _ = id;
    }

    fn get_capabilities(&self) -> Vec<String> {
        vec!["body".to_owned()]
    }

    fn get_server_information(&self) -> (String, String, String, String) {
        let text = |text: &str| text.to_owned();
        (text("recorder"), text("paperwing"), text("1"), text("1.2"))
    }
}

// === impl Notices ===

impl Notices {
    pub(super) fn start(bus: &str) -> Self {
        let shown = Arc::default();
        let server = Server { shown: Arc::clone(&shown) };
        let connection = Builder::address(bus)
            .and_then(|builder| builder.serve_at("/org/freedesktop/Notifications", server))
            .and_then(|builder| builder.name("org.freedesktop.Notifications"))
            .and_then(Builder::build)
            .expect("the bus takes a notification server");
        Self { connection, shown }
    }

    /// The titles of what was shown so far.
    pub fn shown(&self) -> Vec<String> {
        self.shown.lock().expect("nobody panics with it").clone()
    }

    /// Waits until these titles were shown, and no others.
    pub fn wait_for(&self, titles: &[&str]) {
        eventually(&format!("{titles:?} are shown"), || (self.shown() == titles).then_some(()));
    }
}

impl Drop for Notices {
    fn drop(&mut self) {
        let _ = self.connection.clone().close();
    }
}
