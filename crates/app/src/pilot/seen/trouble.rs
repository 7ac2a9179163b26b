//! What did not work.

use std::collections::BTreeMap;

use serde::Serialize;

/// Why something was not done. Holds no secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
#[error("{text}")]
pub struct AppError {
    /// Names a message of the face.
    pub code: String,
    /// The English sentence.
    pub text: String,
    /// What fills the message.
    pub args: BTreeMap<String, String>,
}
