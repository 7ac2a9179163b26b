//! Windows: `Internet Settings` in the person's registry, which `WinINet`, `WinHTTP`'s users and the browsers read.
//!
//! It is there twice. `ProxyEnable` and its like are what programs of old read. What counts is in `Connections`: one value for
//! the network (`DefaultConnectionSettings`), one to compare the old ones with (`SavedLegacySettings`), and one for each
//! dial-up or VPN connection that has settings of its own. Where they disagreed, Windows would take one of them for a change.

mod blob;
mod bypass;
#[cfg(windows)]
mod registry;
mod value;

use std::collections::BTreeMap;

use self::blob::Connection;
use self::value::{BINARY, Value};
use super::desktop::{Changes, Desktop, Group, Plan, Role, Sign, Values, WINDOWS};
use super::{DesktopError, Point};

const SETTINGS: &str = r"Software\Microsoft\Windows\CurrentVersion\Internet Settings";
const OURS: [&str; 4] = ["ProxyServer", "ProxyOverride", "ProxyEnable", "AutoConfigURL"];
/// Those that belong to the network, and not to one dial-up connection.
const NETWORK: [&str; 2] = ["DefaultConnectionSettings", "SavedLegacySettings"];

/// `PROXY_TYPE_DIRECT` and `PROXY_TYPE_PROXY` of wininet.h. A script (4) and looking for one (8) would come before a proxy.
const DIRECT: u32 = 1;
const PROXY: u32 = 2;

/// What we need of a registry.
trait Registry: Send + Sync {
    /// All values of a key; none where there is no such key.
    fn values(&self, key: Key) -> Result<Vec<(String, Value)>, DesktopError>;
    fn set(&self, key: Key, name: &str, value: &Value) -> Result<(), DesktopError>;
    /// Does nothing where there is no such value.
    fn remove(&self, key: Key, name: &str) -> Result<(), DesktopError>;
    /// Whether an administrator has one setting for everybody instead.
    fn is_locked(&self) -> bool;
    /// Makes running programs read it again.
    fn tell_programs(&self);
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Settings,
    Connections,
}

/// The setting. Keys are the names of values, and `flags`, `proxy`, `bypass` before the name of a connection.
#[derive(Debug)]
struct Windows<R> {
    registry: R,
}

/// The one of this computer.
#[cfg(windows)]
pub(super) fn here() -> impl Desktop {
    Windows { registry: registry::Hive::at(SETTINGS) }
}

impl<R: Registry> Desktop for Windows<R> {
    fn name(&self) -> &'static str {
        WINDOWS
    }

    fn read(&self) -> Result<Values, DesktopError> {
        let settings = self.registry.values(Key::Settings)?.into_iter();
        let settings = settings.filter(|(name, _)| OURS.contains(&name.as_str()));
        let mut values: Values = settings.map(|(name, value)| (name, value.written())).collect();
        for (name, value) in self.registry.values(Key::Connections)? {
            let Some(connection) = connection(&value) else { continue };
            values.insert(key("flags", &name), connection.flags.to_string());
            for (field, text) in [("proxy", &connection.proxy), ("bypass", &connection.bypass)] {
                if !text.is_empty() {
                    values.insert(key(field, &name), text.iter().copied().map(char::from).collect());
                }
            }
        }
        Ok(values)
    }

    fn write(&self, changes: &Changes) -> Result<(), DesktopError> {
        if self.registry.is_locked() {
            return Err(DesktopError::Locked);
        }
        self.write_connections(changes)?;
        for (name, value) in changes.iter().filter(|(name, _)| !name.contains('\\')) {
            match value {
                Some(written) => {
                    let value = Value::read(written).ok_or(DesktopError::NotOurs)?;
                    self.registry.set(Key::Settings, name, &value)?;
                }
                None => self.registry.remove(Key::Settings, name)?,
            }
        }
        self.registry.tell_programs();
        Ok(())
    }

    fn plan(&self, point: &Point, now: &Values) -> Plan {
        let here = point.address().to_string();
        let bypass = bypass::list(point.bypass());
        let mut names = vec![NETWORK[0]];
        let known = now.keys().filter_map(|key| key.strip_prefix("flags\\"));
        names.extend(known.filter(|name| *name != NETWORK[0]));
        let of_connections = |role, field, value: &str| {
            let group = |name: &&str| Group { part: part(name), ..group(role, key(field, name), Some(value)) };
            names.iter().map(group).collect::<Vec<_>>()
        };
        let text = |text: &str| Value::text(text).written();
        let mut plan = vec![
            group(Role::Address, "ProxyServer", Some(&text(&here))),
            group(Role::Detail, "ProxyOverride", Some(&text(&bypass))),
        ];
        plan.extend(of_connections(Role::Address, "proxy", &here));
        plan.extend(of_connections(Role::Detail, "bypass", &bypass));
        // Programs would go on asking a script.
        if now.contains_key("AutoConfigURL") {
            plan.push(group(Role::Switch, "AutoConfigURL", None));
        }
        plan.extend(of_connections(Role::Switch, "flags", &(DIRECT | PROXY).to_string()));
        plan.push(group(Role::Switch, "ProxyEnable", Some(&Value::number(1).written())));
        plan
    }

    fn sign(&self) -> Sign {
        Sign::Registry(SETTINGS.to_owned())
    }
}

impl<R: Registry> Windows<R> {
    /// Each connection at once: its value is one. Without flags there is none.
    fn write_connections(&self, changes: &Changes) -> Result<(), DesktopError> {
        let now = self.registry.values(Key::Connections)?.into_iter();
        let now: BTreeMap<_, _> = now.filter_map(|(name, value)| Some((name, connection(&value)?))).collect();
        let mut then: BTreeMap<&str, Option<Connection>> = BTreeMap::new();
        let split = changes.iter().filter_map(|(key, value)| Some((key.split_once('\\')?, value.as_deref())));
        for ((field, name), value) in split {
            let connection = then.entry(name).or_insert_with(|| Some(now.get(name).cloned().unwrap_or_default()));
            match (field, value, &mut *connection) {
                ("flags", None, connection) => *connection = None,
                ("flags", Some(flags), Some(it)) => it.flags = flags.parse().map_err(|_| DesktopError::NotOurs)?,
                ("proxy", value, Some(it)) => it.proxy = bytes(value)?,
                ("bypass", value, Some(it)) => it.bypass = bytes(value)?,
                (_, _, None) => {}
                _ => return Err(DesktopError::NotOurs),
            }
        }
        for (name, connection) in then {
            match connection {
                Some(it) => {
                    let value = Value { kind: BINARY, bytes: it.encode_changed() };
                    self.registry.set(Key::Connections, name, &value)?;
                }
                None => self.registry.remove(Key::Connections, name)?,
            }
        }
        Ok(())
    }
}

fn connection(value: &Value) -> Option<Connection> {
    (value.kind == BINARY).then(|| Connection::decode(&value.bytes)).flatten()
}

fn key(field: &str, connection: &str) -> String {
    format!("{field}\\{connection}")
}

/// A text's characters stand for its bytes, whatever the code page.
fn bytes(text: Option<&str>) -> Result<Vec<u8>, DesktopError> {
    let bytes = text.unwrap_or_default().chars().map(|character| u8::try_from(character).ok());
    bytes.collect::<Option<_>>().ok_or(DesktopError::NotOurs)
}

fn part(connection: &str) -> Option<String> {
    (!NETWORK.contains(&connection)).then(|| connection.to_owned())
}

fn group(role: Role, key: impl Into<String>, value: Option<&str>) -> Group {
    Group { role, part: None, changes: vec![(key.into(), value.map(str::to_owned))] }
}

#[cfg(test)]
mod tests;
