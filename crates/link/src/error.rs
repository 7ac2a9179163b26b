//! Why a text is no link, in one line that never repeats a secret.

mod expected;

use std::fmt;

use serde::Serialize;

pub use self::expected::Expected;
use crate::AddressError;

/// Why a text is no link: the part at fault and what was expected there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub struct LinkError {
    /// The part at fault.
    pub part: Part,
    /// What was expected of it, or why it is refused. Never holds anything of the text itself.
    pub expected: Expected,
}

/// A part of a link, or of a document's entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(tag = "kind", content = "name", rename_all = "camelCase")]
pub enum Part {
    /// The text as a whole.
    Link,
    /// What stands before `://`, or an entry's type.
    Scheme,
    /// User name and password together.
    Userinfo,
    /// The user's name or id.
    User,
    /// The password.
    Password,
    /// The host.
    Host,
    /// The port.
    Port,
    /// What follows the address and a slash.
    Path,
    /// The `MTProto` secret.
    Secret,
    /// The cipher.
    Cipher,
    /// What is encoded in base64, JSON or both.
    Payload,
    /// The parameters as a whole.
    Query,
    /// The parameter of this name.
    Parameter(&'static str),
}

// === impl LinkError ===

impl LinkError {
    pub(crate) const fn new(part: Part, expected: Expected) -> Self {
        Self { part, expected }
    }
}

impl fmt::Display for LinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.part, self.expected)
    }
}

impl std::error::Error for LinkError {}

impl From<AddressError> for LinkError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::EmptyHost => Self::new(Part::Host, Expected::Missing),
            AddressError::BadHost => Self::new(Part::Host, Expected::Host),
            AddressError::BadPort => Self::new(Part::Port, Expected::Port),
        }
    }
}

// === impl Part ===

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Link => "link",
            Self::Scheme => "scheme",
            Self::Userinfo => "user and password",
            Self::User => "user",
            Self::Password => "password",
            Self::Host => "host",
            Self::Port => "port",
            Self::Path => "path",
            Self::Secret => "secret",
            Self::Cipher => "cipher",
            Self::Payload => "content",
            Self::Query => "parameters",
            Self::Parameter(name) => return write!(f, "parameter {name}"),
        })
    }
}
