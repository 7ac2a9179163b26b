//! Programs of others that are written in Python, and a few lines of our own that start them or talk to them.
//! `scripts/setup.sh` installs them beside what cargo builds.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::process::tool;

/// Where the modules are.
fn python() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/python/bin/python3")
}

/// Why there is nothing to run, in words.
pub fn missing() -> Option<String> {
    (!python().is_file()).then(|| "no target/python: `scripts/setup.sh --tests` makes it".to_owned())
}

/// One of our scripts.
pub fn script(name: &str, words: &[&str]) -> Command {
    let mut command = tool(python());
    command.arg("-B").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python").join(name)).args(words);
    command
}
