//! A name that both sides come to by themselves, for each profile and purpose.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes of the digest that a name keeps: short, for a socket's path may have 107 bytes only.
const KEPT: usize = 8;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The same person, as far as the system can tell.
    SameUser,
    /// Somebody else.
    #[cfg_attr(windows, allow(dead_code, reason = "the system keeps them out before they get here"))]
    OtherUser,
}

/// What somebody is reached for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A session is asked how it does.
    Report,
    /// The desktop program is started once more.
    Desktop,
}

// === impl Purpose ===

impl Purpose {
    /// The name of a socket that lies in the profile's folder.
    #[cfg(unix)]
    pub(super) fn in_profile(self) -> &'static str {
        match self {
            Self::Report => "report.sock",
            Self::Desktop => "desktop.sock",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Report => "",
            Self::Desktop => "-desktop",
        }
    }
}

/// A short name for a profile's folder, the same for every way of writing its path.
pub(super) fn name(dir: &Path, purpose: Purpose) -> io::Result<String> {
    let path = dir.canonicalize()?;
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    let name = digest.iter().take(KEPT).fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    Ok(name + purpose.suffix())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_folder_has_one_name_however_it_is_written_and_no_other_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let (one, two) = (dir.path().join("one"), dir.path().join("two"));
        std::fs::create_dir(&one).unwrap();
        std::fs::create_dir(&two).unwrap();
        assert_eq!(name(&one, Purpose::Report).unwrap(), name(&two.join("../one/."), Purpose::Report).unwrap());
        assert_ne!(name(&one, Purpose::Report).unwrap(), name(&two, Purpose::Report).unwrap());
        assert_eq!(name(&one, Purpose::Report).unwrap().len(), 16);
        assert_ne!(name(&one, Purpose::Report).unwrap(), name(&one, Purpose::Desktop).unwrap());
        assert!(name(&dir.path().join("none"), Purpose::Report).is_err());
    }
}
