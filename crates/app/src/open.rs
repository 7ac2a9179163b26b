//! Opening the profile that a person means.

use std::path::{Path, PathBuf};

use paperwing_profile::{KeyOptions, OpenMode, Profile, Warning};

use crate::Error;

/// The named folder, or the usual one.
pub fn dir(named: Option<&Path>) -> Result<PathBuf, Error> {
    match named {
        Some(dir) => Ok(dir.to_owned()),
        None => paperwing_profile::default_dir().ok_or(Error::NoHome),
    }
}

/// Opens the profile of the named folder, or of the usual one. Blocks for as long as the disk does; asks for no key.
pub fn open(named: Option<&Path>, mode: OpenMode, keys: KeyOptions) -> Result<(Profile, Vec<Warning>), Error> {
    Ok(Profile::open(&dir(named)?, mode, keys)?)
}
