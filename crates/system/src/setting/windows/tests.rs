#![allow(clippy::unwrap_used)]

use std::sync::Mutex;

use super::super::journal::Journal;
use super::super::undo::{Undo, is_intact, is_lost};
use super::blob::tests::LAID_OUT;
use super::*;

/// A registry in memory. The real one is a table as well.
#[derive(Debug, Default)]
struct Table {
    values: Mutex<BTreeMap<(Key, String), Value>>,
    is_locked: bool,
}

impl Registry for Table {
    fn values(&self, key: Key) -> Result<Vec<(String, Value)>, DesktopError> {
        let values = self.values.lock().unwrap();
        let of_key = values.iter().filter(|((it, _), _)| *it == key);
        Ok(of_key.map(|((_, name), value)| (name.clone(), value.clone())).collect())
    }

    fn set(&self, key: Key, name: &str, value: &Value) -> Result<(), DesktopError> {
        self.values.lock().unwrap().insert((key, name.to_owned()), value.clone());
        Ok(())
    }

    fn remove(&self, key: Key, name: &str) -> Result<(), DesktopError> {
        self.values.lock().unwrap().remove(&(key, name.to_owned()));
        Ok(())
    }

    fn is_locked(&self) -> bool {
        self.is_locked
    }

    fn tell_programs(&self) {}
}

fn binary(bytes: &[u8]) -> Value {
    Value { kind: BINARY, bytes: bytes.into() }
}

/// One that has a proxy, a script, a dial-up connection, and things of others'.
fn used() -> Windows<Table> {
    let windows = Windows { registry: Table::default() };
    used_at(&windows.registry);
    windows
}

pub(super) fn used_at(registry: &impl Registry) {
    for (key, name, value) in [
        (Key::Settings, "ProxyEnable", Value::number(1)),
        (Key::Settings, "ProxyServer", Value::text("10.0.0.138:8080")),
        (Key::Settings, "ProxyOverride", Value::text("<local>")),
        (Key::Settings, "AutoConfigURL", Value::text("http://w/p.pac")),
        (Key::Settings, "User Agent", Value::text("x")),
        (Key::Connections, NETWORK[0], binary(LAID_OUT)),
        (Key::Connections, NETWORK[1], binary(LAID_OUT)),
        (Key::Connections, r"Work \ VPN", binary(&Connection::default().encode_changed())),
        (Key::Connections, "Something else", binary(b"\x01\x02")),
    ] {
        registry.set(key, name, &value).unwrap();
    }
}

/// Without the counters, which only grow.
fn all(windows: &Windows<Table>) -> Vec<(Key, String, Vec<u8>)> {
    let values = windows.registry.values.lock().unwrap();
    let value = |((key, name), value): (&(Key, String), &Value)| {
        let mut bytes = value.bytes.clone();
        if connection(value).is_some() {
            bytes[4..8].fill(0);
        }
        (*key, name.clone(), bytes)
    };
    values.iter().map(value).collect()
}

pub(super) fn switch_on(windows: &Windows<impl Registry>) -> Journal {
    let point = Point::new("127.0.0.1:1080".parse().unwrap(), ["*.lan".to_owned()]);
    let now = windows.read().unwrap();
    let plan = windows.plan(&point, &now);
    let journal = Journal::new(WINDOWS, &point, &now, plan, None);
    windows.write(&journal.ours()).unwrap();
    assert!(is_intact(&journal, &windows.read().unwrap()));
    journal
}

pub(super) fn put_back(windows: &Windows<impl Registry>, journal: &Journal) -> Vec<String> {
    let undo = Undo::new(journal, &windows.read().unwrap());
    windows.write(&undo.changes).unwrap();
    undo.kept
}

#[test]
fn every_connection_and_the_old_values_point_at_us() {
    let windows = used();
    switch_on(&windows);
    let values = windows.registry.values.lock().unwrap();
    let is = |name: &str, value: Option<Value>| {
        assert_eq!(values.get(&(Key::Settings, name.to_owned())), value.as_ref(), "{name}");
    };
    is("ProxyEnable", Some(Value::number(1)));
    is("ProxyServer", Some(Value::text("127.0.0.1:1080")));
    is("ProxyOverride", Some(Value::text("localhost;127.*;[::1];*.lan")));
    is("AutoConfigURL", None);
    for name in [NETWORK[0], NETWORK[1], r"Work \ VPN"] {
        let it = connection(&values[&(Key::Connections, name.to_owned())]).unwrap();
        assert_eq!((it.flags, &it.proxy[..]), (3, &b"127.0.0.1:1080"[..]), "{name}");
        assert_eq!(it.bypass, b"localhost;127.*;[::1];*.lan", "{name}");
    }
}

#[test]
fn what_was_there_comes_back_to_the_byte_but_for_the_counters() {
    for windows in [used(), Windows { registry: Table::default() }] {
        let before = all(&windows);
        let journal = switch_on(&windows);
        assert_ne!(all(&windows), before);
        assert!(put_back(&windows, &journal).is_empty());
        assert_eq!(all(&windows), before);
        assert!(is_lost(&journal, &windows.read().unwrap()));
    }
}

#[test]
fn counters_grow_with_every_change() {
    let windows = used();
    let journal = switch_on(&windows);
    put_back(&windows, &journal);
    let values = windows.registry.values.lock().unwrap();
    assert_eq!(values[&(Key::Connections, NETWORK[0].to_owned())].bytes[4..8], [7, 0, 0, 0]);
}

#[test]
fn a_proxy_that_was_entered_meanwhile_stays_in_use_and_the_dial_up_connection_goes_back() {
    let windows = used();
    let before = all(&windows);
    let journal = switch_on(&windows);
    let theirs = "proxy.example:3128";
    let mut changes = vec![("ProxyServer".to_owned(), Some(Value::text(theirs).written()))];
    changes.extend(NETWORK.map(|name| (key("proxy", name), Some(theirs.to_owned()))));
    windows.write(&changes).unwrap();
    let kept = put_back(&windows, &journal);
    for name in ["ProxyServer", "ProxyEnable", "AutoConfigURL", r"proxy\DefaultConnectionSettings"] {
        assert!(kept.iter().any(|it| it == name), "{name}: {kept:?}");
    }
    let now = windows.read().unwrap();
    assert_eq!(now["ProxyServer"], format!("text {theirs}"));
    assert_eq!(now[r"flags\SavedLegacySettings"], "3");
    let dial_up = |all: &[(Key, String, Vec<u8>)]| all.iter().find(|it| it.1 == r"Work \ VPN").cloned();
    assert_eq!(dial_up(&all(&windows)), dial_up(&before));
}

#[test]
fn a_connection_that_was_removed_meanwhile_is_not_made_anew() {
    let windows = used();
    let journal = switch_on(&windows);
    windows.registry.remove(Key::Connections, r"Work \ VPN").unwrap();
    put_back(&windows, &journal);
    assert!(!windows.registry.values.lock().unwrap().contains_key(&(Key::Connections, r"Work \ VPN".to_owned())));
}

#[test]
fn what_an_administrator_set_for_everybody_is_not_touched() {
    let windows = Windows { registry: Table { is_locked: true, ..Table::default() } };
    let point = Point::new("127.0.0.1:1080".parse().unwrap(), []);
    let changes = windows.plan(&point, &Values::new()).into_iter().flat_map(|group| group.changes).collect();
    assert!(matches!(windows.write(&changes), Err(DesktopError::Locked)));
    assert!(all(&windows).is_empty());
}
