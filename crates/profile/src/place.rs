//! Where profiles are.

use std::io;
use std::path::{Path, PathBuf};

/// The folder of the profile that is used when none is named: `paperwing` in the person's configuration folder.
/// `None` where the operating system names no such folder (no `HOME`).
pub fn default_dir() -> Option<PathBuf> {
    dirs::config_dir().map(|dir| dir.join("paperwing"))
}

/// Makes the folder, for its owner only, where it does not exist yet.
pub(crate) fn create(dir: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir)
}

/// The permissions of a folder or file that others can enter, read or change; `None` where all is well.
#[cfg(unix)]
pub(crate) fn open_to_others(path: &Path) -> Option<u32> {
    use std::os::unix::fs::PermissionsExt;
    let mode = std::fs::metadata(path).ok()?.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then_some(mode)
}

/// Windows profiles inherit the access list of the person's own folder.
#[cfg(not(unix))]
pub(crate) fn open_to_others(_path: &Path) -> Option<u32> {
    None
}
