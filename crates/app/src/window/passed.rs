//! Values on their way through the window's process, which does not look into them.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

/// A value as JSON. A list of many thousand rows would take long to be read and written once more.
pub struct Passed<T> {
    json: Box<RawValue>,
    of: PhantomData<fn() -> T>,
}

// === impl Passed ===

impl<T: Serialize> Passed<T> {
    /// Writes a value down.
    pub fn of(value: &T) -> serde_json::Result<Self> {
        Ok(Self::from(serde_json::value::to_raw_value(value)?))
    }
}

impl<T> From<Box<RawValue>> for Passed<T> {
    fn from(json: Box<RawValue>) -> Self {
        Self { json, of: PhantomData }
    }
}

impl<T> Clone for Passed<T> {
    fn clone(&self) -> Self {
        Self::from(self.json.clone())
    }
}

/// It may hold a password that the person asked to see.
impl<T> fmt::Debug for Passed<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Passed").finish_non_exhaustive()
    }
}

impl<T> Serialize for Passed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Passed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self::from)
    }
}

/// To the page it is the value itself.
#[cfg(feature = "specta")]
impl<T: specta::Type> specta::Type for Passed<T> {
    fn definition(types: &mut specta::Types) -> specta::datatype::DataType {
        T::definition(types)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::pilot::{AppError, Code};
    use crate::window::ToWindow;

    #[test]
    fn what_is_passed_on_arrives_as_it_was_written() {
        let error = AppError::new(Code::Off, "Paperwing is off\nconnect first").with("why", "\u{2028}ß");
        let line = ToWindow::Answer { number: 7, answer: Err(Passed::of(&error).unwrap()) };
        let text = serde_json::to_string(&line).unwrap();
        assert!(!text.contains('\n'), "a line is a line");
        let ToWindow::Answer { number: 7, answer: Err(passed) } = serde_json::from_str(&text).unwrap() else {
            panic!()
        };
        assert_eq!(serde_json::to_string(&passed).unwrap(), serde_json::to_string(&error).unwrap());
    }
}
