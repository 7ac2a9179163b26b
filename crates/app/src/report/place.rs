//! Where the running session of a profile is asked: a name that both sides come to by themselves.

use std::fmt::Write as _;
use std::io;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Bytes of the digest that a name keeps: short, for a socket's path may have 107 bytes only.
const KEPT: usize = 8;

/// Who is at the other end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Peer {
    /// The same person, as far as the system can tell.
    SameUser,
    /// Somebody else.
    #[cfg_attr(windows, allow(dead_code, reason = "the system keeps them out before they get here"))]
    OtherUser,
}

/// A short name for a profile's folder, the same for every way of writing its path.
pub(super) fn name(dir: &Path) -> io::Result<String> {
    let path = dir.canonicalize()?;
    let digest = Sha256::digest(path.as_os_str().as_encoded_bytes());
    Ok(digest.iter().take(KEPT).fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    }))
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
        assert_eq!(name(&one).unwrap(), name(&two.join("../one/.")).unwrap());
        assert_ne!(name(&one).unwrap(), name(&two).unwrap());
        assert_eq!(name(&one).unwrap().len(), 16);
        assert!(name(&dir.path().join("none")).is_err());
    }
}
