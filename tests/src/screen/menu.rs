//! A menu as `com.canonical.dbusmenu` tells it.

use std::collections::HashMap;

use zbus::zvariant::{OwnedValue, Structure, Value};

/// An entry of a menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub id: i32,
    /// What it says, without marks of access keys.
    pub label: String,
    /// Whether it can be clicked.
    pub is_enabled: bool,
    /// Whether it is checked; `None` where it cannot be.
    pub is_checked: Option<bool>,
    /// Whether it is a line between others.
    pub is_separator: bool,
    /// What is below it.
    pub entries: Vec<Self>,
}

// === impl Entry ===

impl Entry {
    /// From `(ia{sv}av)`.
    pub(super) fn read(id: i32, properties: &HashMap<String, OwnedValue>, children: &[OwnedValue]) -> Self {
        let text = |key: &str| properties.get(key).and_then(|value| value.downcast_ref::<String>().ok());
        let number = |key: &str| properties.get(key).and_then(|value| value.downcast_ref::<i32>().ok());
        let truth = |key: &str| properties.get(key).and_then(|value| value.downcast_ref::<bool>().ok());
        Self {
            id,
            label: text("label").unwrap_or_default().replace("__", "\0").replace('_', "").replace('\0', "_"),
            is_enabled: truth("enabled").unwrap_or(true),
            is_checked: text("toggle-type").filter(|kind| !kind.is_empty()).map(|_| number("toggle-state") == Some(1)),
            is_separator: text("type").as_deref() == Some("separator"),
            entries: children.iter().filter_map(Self::of_value).collect(),
        }
    }

    fn of_value(value: &OwnedValue) -> Option<Self> {
        let structure: Structure<'_> = value.downcast_ref().ok()?;
        let [id, properties, children] = structure.fields() else { return None };
        let properties: HashMap<String, OwnedValue> = properties.try_clone().ok()?.try_into().ok()?;
        let Value::Array(children) = children else { return None };
        let children: Vec<OwnedValue> = children
            .iter()
            .filter_map(|child| match child {
                Value::Value(inner) => inner.try_to_owned().ok(),
                other => other.try_to_owned().ok(),
            })
            .collect();
        Some(Self::read(id.downcast_ref().ok()?, &properties, &children))
    }

    /// The entry of that label, here or below.
    pub fn find(&self, label: &str) -> Option<&Self> {
        if self.label == label {
            return Some(self);
        }
        self.entries.iter().find_map(|entry| entry.find(label))
    }

    /// The labels of what is right below, `-` for a separator.
    pub fn labels(&self) -> Vec<&str> {
        self.entries.iter().map(|entry| if entry.is_separator { "-" } else { entry.label.as_str() }).collect()
    }
}
