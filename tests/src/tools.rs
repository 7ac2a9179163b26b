//! Which of the programs that we did not write are on this machine.

use std::path::{Path, PathBuf};

/// Where programs are looked for. Daemons live where only root looks.
pub const PATH: &str = "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin";
/// Debian's own: another Python does not see the modules that Debian packages.
pub const PYTHON: &str = "/usr/bin/python3";

/// Which of the programs is missing, in words.
pub fn missing(programs: &[&str]) -> Option<String> {
    let absent: Vec<&str> = programs.iter().filter(|program| find(program).is_none()).copied().collect();
    (!absent.is_empty()).then(|| format!("not on this machine: {}", absent.join(", ")))
}

/// Where a program is.
pub fn find(program: &str) -> Option<PathBuf> {
    let installed = PATH.split(':').map(PathBuf::from).chain(cargo_bin());
    installed.map(|dir| dir.join(program)).find(|path| path.is_file())
}

/// Where cargo installs programs.
fn cargo_bin() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")))?;
    Some(home.join("bin"))
}

/// Says that a test cannot run here. Where every tool is expected to be there, that is a failure.
pub fn skip(why: &str) {
    println!("SKIPPED: {why}");
    assert!(std::env::var("CI").as_deref() != Ok("true"), "no test may be skipped under CI=true: {why}");
}
