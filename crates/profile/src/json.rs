//! How values of other crates stand in JSON: as the text that people know them by.

/// `#[serde(with = "json::text")]`: through `Display` and `FromStr`.
pub(crate) mod text {
    use std::fmt::Display;
    use std::str::FromStr;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, T, D>(from: D) -> Result<T, D::Error>
    where
        T: FromStr<Err: Display>,
        D: Deserializer<'de>,
    {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

/// `#[serde(with = "json::port")]`: a number.
pub(crate) mod port {
    use paperwing_link::Port;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    // The signature is serde's.
    #[allow(clippy::trivially_copy_pass_by_ref)]
    pub(crate) fn serialize<S: Serializer>(port: &Port, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u16(port.get())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Port, D::Error> {
        u16::deserialize(from)?.try_into().map_err(D::Error::custom)
    }
}

/// `#[serde(with = "json::hex_id")]`: a 64-bit id as sixteen hex digits, since JSON numbers lose bits beyond 2^53 in many
/// readers.
pub(crate) mod hex_id {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::json::Id;

    pub(crate) fn serialize<T: Id, S: Serializer>(id: &T, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&format_args!("{:016x}", id.number()))
    }

    pub(crate) fn deserialize<'de, T: Id, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
        let text = String::deserialize(from)?;
        super::id_from_hex(&text).ok_or_else(|| D::Error::custom("an id must be 16 hex digits"))
    }
}

/// `#[serde(with = "json::optional_hex_id")]`.
pub(crate) mod optional_hex_id {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::json::Id;

    // The signature is serde's.
    #[allow(clippy::ref_option)]
    pub(crate) fn serialize<T: Id, S: Serializer>(id: &Option<T>, to: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => super::hex_id::serialize(id, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: Id, D: Deserializer<'de>>(from: D) -> Result<Option<T>, D::Error> {
        let Some(text) = Option::<String>::deserialize(from)? else { return Ok(None) };
        super::id_from_hex(&text).map(Some).ok_or_else(|| D::Error::custom("an id must be 16 hex digits"))
    }
}

/// A random 64-bit name of something.
pub(crate) trait Id: Copy {
    fn number(&self) -> u64;
    fn from_number(number: u64) -> Self;
}

impl Id for paperwing_link::ProxyId {
    fn number(&self) -> u64 {
        self.0
    }

    fn from_number(number: u64) -> Self {
        Self(number)
    }
}

pub(crate) fn id_from_hex<T: Id>(text: &str) -> Option<T> {
    let is_hex = text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    is_hex.then(|| u64::from_str_radix(text, 16).ok().map(T::from_number)).flatten()
}
