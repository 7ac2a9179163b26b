//! The registry itself.

use paperwing_wininet::tell_programs;
use windows_registry::{CURRENT_USER, LOCAL_MACHINE};

use super::{Key, Registry, Value};
use crate::setting::DesktopError;

const POLICIES: &str = r"Software\Policies\Microsoft\Windows\CurrentVersion\Internet Settings";
/// `HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND)`.
const NOT_FOUND: i32 = 0x8007_0002_u32.cast_signed();

/// The setting in the person's part of it.
#[derive(Debug)]
pub(super) struct Hive {
    settings: String,
}

impl Hive {
    /// At the path of its key.
    pub(super) fn at(settings: &str) -> Self {
        Self { settings: settings.to_owned() }
    }

    fn path(&self, key: Key) -> String {
        match key {
            Key::Settings => self.settings.clone(),
            Key::Connections => format!(r"{}\Connections", self.settings),
        }
    }
}

impl Registry for Hive {
    fn values(&self, key: Key) -> Result<Vec<(String, Value)>, DesktopError> {
        let key = match CURRENT_USER.open(self.path(key)) {
            Err(error) if error.code().0 == NOT_FOUND => return Ok(Vec::new()),
            opened => opened.map_err(trouble)?,
        };
        let values = key.values().map_err(trouble)?;
        Ok(values.map(|(name, value)| (name, Value { kind: value.ty().into(), bytes: value.to_vec() })).collect())
    }

    fn set(&self, key: Key, name: &str, value: &Value) -> Result<(), DesktopError> {
        let key = CURRENT_USER.create(self.path(key)).map_err(trouble)?;
        key.set_bytes(name, value.kind.into(), &value.bytes).map_err(trouble)
    }

    fn remove(&self, key: Key, name: &str) -> Result<(), DesktopError> {
        let removed = CURRENT_USER.create(self.path(key)).and_then(|key| key.remove_value(name));
        match removed {
            Err(error) if error.code().0 == NOT_FOUND => Ok(()),
            removed => removed.map_err(trouble),
        }
    }

    fn is_locked(&self) -> bool {
        let policy = LOCAL_MACHINE.open(POLICIES).and_then(|key| key.get_u32("ProxySettingsPerUser"));
        policy.is_ok_and(|per_user| per_user == 0)
    }

    fn tell_programs(&self) {
        if let Err(error) = tell_programs() {
            tracing::warn!(%error, "running programs were not told");
        }
    }
}

fn trouble(error: impl std::fmt::Display) -> DesktopError {
    DesktopError::Program { program: "the registry", why: error.to_string() }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::tests::{put_back, switch_on, used_at};
    use super::super::{Windows, value};
    use super::*;
    use crate::setting::Watch;
    use crate::setting::desktop::{Desktop, Sign};

    /// A key of a test's own, that goes with it.
    struct Own(String);

    impl Own {
        fn new(name: &str) -> Self {
            let path = format!(r"Software\Paperwing test {name} {}", std::process::id());
            CURRENT_USER.create(&path).unwrap();
            Self(path)
        }
    }

    impl Drop for Own {
        fn drop(&mut self) {
            CURRENT_USER.remove_tree(&self.0).unwrap();
        }
    }

    #[test]
    fn what_was_in_the_registry_comes_back() {
        let own = Own::new("back");
        let windows = Windows { registry: Hive::at(&own.0) };
        assert!(windows.read().unwrap().is_empty());
        let journal = switch_on(&windows);
        assert!(put_back(&windows, &journal).is_empty());
        assert!(windows.read().unwrap().is_empty());
        used_at(&windows.registry);
        let before = windows.read().unwrap();
        let journal = switch_on(&windows);
        assert_eq!(windows.read().unwrap()["ProxyServer"], "text 127.0.0.1:1080");
        assert!(put_back(&windows, &journal).is_empty());
        assert_eq!(windows.read().unwrap(), before);
        let kept = windows.registry.values(Key::Connections).unwrap();
        assert!(kept.contains(&("Something else".to_owned(), Value { kind: value::BINARY, bytes: vec![1, 2] })));
    }

    #[test]
    fn a_change_of_the_key_or_of_one_below_it_is_heard() {
        let own = Own::new("heard");
        let hive = Hive::at(&own.0);
        hive.set(Key::Connections, "x", &Value::number(0)).unwrap();
        let mut watch = Watch::new(Sign::Registry(own.0.clone()));
        // The first is that it listens, the second that it was asked for the next.
        futures_lite::future::block_on(watch.changed());
        futures_lite::future::block_on(watch.changed());
        assert!(watch.is_listening());
        for key in [Key::Settings, Key::Connections] {
            hive.set(key, "x", &Value::number(1)).unwrap();
            futures_lite::future::block_on(watch.changed());
        }
    }

    #[test]
    fn programs_can_be_told() {
        tell_programs().unwrap();
    }
}
