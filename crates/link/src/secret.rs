//! Text that must not be seen.

use std::fmt;
use std::hash::{Hash, Hasher};

use zeroize::Zeroizing;

/// A password, key or token. It has no `Display`, its `Debug` shows nothing of it, and its memory is wiped on drop;
/// [`Secret::reveal`] is the one way in, so every place that uses the text can be found by name.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. For the wire, the sealed store and a link that a person asked for; never for a log or an error.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Hash for Secret {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_str().hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_neither_the_text_nor_its_length() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), format!("{:?}", Secret::new("")));
    }
}
