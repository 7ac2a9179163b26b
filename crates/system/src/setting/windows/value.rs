//! Values of the registry as texts and back, to the byte. Pure.

use crate::setting::digits::{from_digits, to_digits};

pub(super) const TEXT: u32 = 1;
pub(super) const BINARY: u32 = 3;
pub(super) const NUMBER: u32 = 4;

/// A value as it lies in the registry: its type (`REG_SZ` is 1) and its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: u32,
    pub(super) bytes: Vec<u8>,
}

impl Value {
    pub(super) fn text(text: &str) -> Self {
        let units = text.encode_utf16().chain([0]);
        Self { kind: TEXT, bytes: units.flat_map(u16::to_le_bytes).collect() }
    }

    pub(super) fn number(number: u32) -> Self {
        Self { kind: NUMBER, bytes: number.to_le_bytes().into() }
    }

    /// `text …`, `number …`, or its type and its bytes in digits where it is neither or not written as everybody does.
    pub(super) fn written(&self) -> String {
        if let (NUMBER, Ok(bytes)) = (self.kind, self.bytes[..].try_into()) {
            return format!("number {}", u32::from_le_bytes(bytes));
        }
        let as_text = self.as_text().filter(|text| Self::text(text) == *self);
        as_text.map_or_else(|| format!("{} {}", self.kind, to_digits(&self.bytes)), |text| format!("text {text}"))
    }

    pub(super) fn read(written: &str) -> Option<Self> {
        match written.split_once(' ')? {
            ("text", text) => Some(Self::text(text)),
            ("number", number) => number.parse().ok().map(Self::number),
            (kind, digits) => Some(Self { kind: kind.parse().ok()?, bytes: from_digits(digits)? }),
        }
    }

    fn as_text(&self) -> Option<String> {
        let units: Vec<_> = self.bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(units.strip_suffix(&[0])?).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_comes_back_to_the_byte() {
        let unterminated = Value { kind: TEXT, bytes: vec![b'a', 0] };
        let expandable = Value { kind: 2, bytes: Value::text("%x%").bytes };
        let odd = Value { kind: NUMBER, bytes: vec![1, 0] };
        for (value, wanted) in [
            (Value::text("10.0.0.1:80"), "text 10.0.0.1:80"),
            (Value::text(""), "text "),
            (Value::number(1), "number 1"),
            (unterminated, "1 6100"),
            (expandable, "2 2500780025000000"),
            (odd, "4 0100"),
        ] {
            assert_eq!(value.written(), wanted);
            assert_eq!(Value::read(&value.written()), Some(value));
        }
    }

    #[test]
    fn what_is_none_of_ours_is_not_guessed_at() {
        for written in ["", "text", "number x", "x 00", "3 0g"] {
            assert_eq!(Value::read(written), None);
        }
    }
}
