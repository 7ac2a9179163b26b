//! Where a program is.

use std::env;
use std::path::{Path, PathBuf};

use paperwing_link::Program;

/// The program beside our own, else on `PATH`.
pub(super) fn find(program: Program) -> Option<PathBuf> {
    let own = env::current_exe().ok().and_then(|path| path.parent().map(Path::to_owned));
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = own.into_iter().chain(env::split_paths(&path)).collect();
    program.files().iter().find_map(|name| among(&folders, name))
}

/// A program by its name, on `PATH` only.
pub(super) fn on_path(name: &str) -> Option<PathBuf> {
    let folders: Vec<PathBuf> = env::split_paths(&env::var_os("PATH")?).collect();
    among(&folders, name)
}

fn among(folders: &[PathBuf], name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    // A relative folder would mean another one wherever we are started.
    folders.iter().filter(|folder| folder.is_absolute()).map(|folder| folder.join(&file)).find(|path| is_program(path))
}

#[cfg(unix)]
fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Path) -> bool {
    path.is_file()
}
