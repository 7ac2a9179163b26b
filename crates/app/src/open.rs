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

/// Where a damaged list was put aside, while no other one has taken its place. Somebody who had proxies must not be taken
/// for somebody who never had any.
pub(crate) fn lost_list(dir: &Path) -> Option<PathBuf> {
    const LIST: &str = "proxies.json";

    if dir.join(LIST).exists() {
        return None;
    }
    let names = std::fs::read_dir(dir).ok()?.flatten();
    let is_list = |path: &PathBuf| {
        let name = path.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_prefix(LIST));
        name.is_some_and(|rest| rest.starts_with(".damaged-"))
    };
    names.map(|entry| entry.path()).filter(is_list).max()
}
