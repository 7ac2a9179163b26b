//! A panel as desktops have one: the StatusNotifierWatcher that icons register with, and what clicks on them become.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use zbus::blocking::connection::Builder;
use zbus::blocking::{Connection, Proxy};
use zbus::interface;
use zbus::message::Header;
use zbus::zvariant::{OwnedValue, Value};

use super::Entry;
use crate::process::eventually;

/// A running panel. Dropped, it is gone, as when it crashes.
#[derive(Debug)]
pub struct Panel {
    connection: Connection,
    items: Arc<Mutex<Vec<String>>>,
}

/// An icon in the panel.
#[derive(Debug)]
pub struct Item {
    connection: Connection,
    name: String,
}

/// An entry's number, its properties, and what is below it.
type Layout = (i32, HashMap<String, OwnedValue>, Vec<OwnedValue>);

struct Watcher {
    items: Arc<Mutex<Vec<String>>>,
}

#[interface(name = "org.kde.StatusNotifierWatcher")]
#[allow(clippy::needless_pass_by_value, clippy::unused_self, reason = "the form of D-Bus")]
impl Watcher {
    fn register_status_notifier_item(&self, service: &str, #[zbus(header)] header: Header<'_>) {
        // A name, or the path of an object of whoever calls.
        let name = match header.sender() {
            Some(sender) if service.starts_with('/') => sender.to_string(),
            _ => service.to_owned(),
        };
        self.items.lock().expect("nobody panics with it").push(name);
    }

    fn register_status_notifier_host(&self, service: &str) {
        let _ = service;
    }

    #[zbus(property)]
    fn registered_status_notifier_items(&self) -> Vec<String> {
        self.items.lock().expect("nobody panics with it").clone()
    }

    #[zbus(property)]
    fn is_status_notifier_host_registered(&self) -> bool {
        true
    }

    #[zbus(property)]
    fn protocol_version(&self) -> i32 {
        0
    }
}

// === impl Panel ===

impl Panel {
    pub(super) fn start(bus: &str) -> Self {
        let items = Arc::default();
        let watcher = Watcher { items: Arc::clone(&items) };
        let connection = Builder::address(bus)
            .and_then(|builder| builder.serve_at("/StatusNotifierWatcher", watcher))
            .and_then(|builder| builder.name("org.kde.StatusNotifierWatcher"))
            .and_then(Builder::build)
            .expect("the bus takes a panel");
        Self { connection, items }
    }

    /// Our icon, once it is there.
    pub fn item(&self) -> Item {
        let name = eventually("the icon is in the panel", || {
            self.items.lock().expect("nobody panics with it").last().cloned()
        });
        Item { connection: self.connection.clone(), name }
    }

    /// How often an icon came.
    pub fn registered(&self) -> usize {
        self.items.lock().expect("nobody panics with it").len()
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        let _ = self.connection.clone().close();
    }
}

// === impl Item ===

impl Item {
    /// The left click.
    pub fn activate(&self) {
        self.item().call::<_, _, ()>("Activate", &(0i32, 0i32)).expect("the icon takes clicks");
    }

    /// The menu as it is now.
    pub fn menu(&self) -> Entry {
        let menu = self.menu_proxy();
        let _: bool = menu.call("AboutToShow", &0i32).unwrap_or_default();
        let properties: Vec<&str> = Vec::new();
        let (_, (id, properties, children)): (u32, Layout) =
            menu.call("GetLayout", &(0i32, -1i32, properties)).expect("the icon has a menu");
        Entry::read(id, &properties, &children)
    }

    /// Clicks the entry of that label, once it is there and can be clicked.
    pub fn click(&self, label: &str) {
        let entry = self.wait_for(&format!("“{label}” can be clicked"), |menu| {
            menu.find(label).filter(|entry| entry.is_enabled).cloned()
        });
        let event = (entry.id, "clicked", Value::from(0i32), 0u32);
        self.menu_proxy().call::<_, _, ()>("Event", &event).expect("the menu takes clicks");
    }

    /// Waits until the menu is as wanted.
    pub fn wait_for<T>(&self, what: &str, wanted: impl Fn(&Entry) -> Option<T>) -> T {
        eventually(what, || wanted(&self.menu()))
    }

    /// Waits until the entry of that label has a mark.
    pub fn wait_until_checked(&self, label: &str) {
        self.wait_for(&format!("“{label}” is marked"), |menu| {
            (menu.find(label)?.is_checked == Some(true)).then_some(())
        });
    }

    /// Waits until the entry of that label could have a mark and has none.
    pub fn wait_until_unchecked(&self, label: &str) {
        self.wait_for(&format!("“{label}” is not marked"), |menu| {
            (menu.find(label)?.is_checked == Some(false)).then_some(())
        });
    }

    /// Connects, and has the whole system use it: returns when traffic goes through the proxy of that name and the system's
    /// setting is ours.
    pub fn connect_the_system(&self, through: &str) {
        self.click("Connect");
        self.wait_for_status(&format!("Connected through {through}"));
        self.click("Use for the whole system");
        self.wait_until_checked("Use for the whole system");
    }

    /// Waits until the first line of the menu says so.
    pub fn wait_for_status(&self, status: &str) {
        self.wait_for(&format!("the tray says “{status}”"), |menu| {
            (menu.entries.first()?.label == status).then_some(())
        });
    }

    /// The icon in its smallest size: width, height and pixels.
    pub fn icon(&self) -> (i32, i32, Vec<u8>) {
        let icons: Vec<(i32, i32, Vec<u8>)> = self.item().get_property("IconPixmap").expect("the icon is a picture");
        icons.into_iter().min_by_key(|(width, ..)| *width).expect("at least one size")
    }

    fn item(&self) -> Proxy<'_> {
        Proxy::new(&self.connection, self.name.as_str(), "/StatusNotifierItem", "org.kde.StatusNotifierItem")
            .expect("the names are well-formed")
    }

    fn menu_proxy(&self) -> Proxy<'_> {
        let path: zbus::zvariant::OwnedObjectPath = self.item().get_property("Menu").expect("the icon has a menu");
        Proxy::new(&self.connection, self.name.clone(), path, "com.canonical.dbusmenu")
            .expect("the names are well-formed")
    }
}
