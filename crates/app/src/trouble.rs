//! What did not work, and what a person should know though it stopped nothing: a code that a face has a sentence for, what
//! fills that sentence, and the English one for faces that speak English alone.

mod code;
mod explain;

use std::collections::BTreeMap;
use std::fmt::Display;

use paperwing_link::LinkError;
use serde::Serialize;

pub use code::Code;

/// Why something was not done. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
#[error("{text}")]
pub struct AppError {
    /// Names a message of the face.
    pub code: Code,
    /// The English sentence, with the cause in it.
    pub text: String,
    /// What fills the message.
    pub args: BTreeMap<String, String>,
    /// What is wrong with a link.
    pub link: Option<Box<LinkError>>,
    /// What it came from; told after the message.
    pub cause: Option<Box<AppError>>,
}

// === impl AppError ===

impl AppError {
    /// An error without arguments.
    pub fn new(code: Code, text: impl Into<String>) -> Self {
        Self { code, text: text.into(), args: BTreeMap::new(), link: None, cause: None }
    }

    /// With something that fills its message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Display) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// With what it came from.
    #[must_use]
    pub fn because(mut self, cause: impl Into<Self>) -> Self {
        self.cause = Some(Box::new(cause.into()));
        self
    }

    /// The pilot's thread is gone.
    pub(crate) fn stopped() -> Self {
        Self::new(Code::Stopped, "Paperwing is shutting down")
    }

    /// A row, a preview or the like that was there when the face last looked.
    pub(crate) fn gone() -> Self {
        Self::new(Code::Gone, "that is not there any more")
    }
}
