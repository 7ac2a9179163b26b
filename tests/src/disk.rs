//! A person's home folder with a profile in it, and `paperwing` as that person types it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use tempfile::TempDir;

use crate::canary;
use crate::process::{Finished, run, run_with_input, tool};

/// Everything that Paperwing may write to. Clones are the same folder; it goes with the last one.
#[derive(Clone, Debug)]
pub struct Home {
    dir: Arc<TempDir>,
    env: Vec<(&'static str, String)>,
}

/// The files of a profile and what is in them.
pub type Picture = BTreeMap<PathBuf, Vec<u8>>;

// === impl Home ===

impl Home {
    /// With an empty profile.
    pub fn new() -> Self {
        let dir = TempDir::with_prefix("paperwing-home-").expect("a temporary folder");
        Self { dir: Arc::new(dir), env: Vec::new() }
    }

    /// The same folder, with a variable set for every command.
    #[must_use]
    pub fn with_env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.env.push((name, value.into()));
        self
    }

    /// A variable that is set for every command.
    pub fn env(&self, name: &str) -> Option<String> {
        self.env.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }

    /// The folder of the profile.
    pub fn profile(&self) -> PathBuf {
        self.path().join("profile")
    }

    /// A file of the person's own, beside the profile.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path().join(name);
        fs::write(&path, content).expect("the folder is ours");
        path
    }

    /// `paperwing` with these words and this profile.
    pub fn command(&self, words: &[&str]) -> Command {
        self.dress(tool(binary()), words)
    }

    /// The same with at most so many open files, which it cannot raise.
    pub fn command_with_files(&self, most: u32, words: &[&str]) -> Command {
        let mut command = tool("prlimit");
        command.arg(format!("--nofile={most}:{most}")).arg("--").arg(binary());
        self.dress(command, words)
    }

    /// The same, killed by the kernel the moment one of its threads makes this system call for the nth time. Programs that it
    /// starts are left alone.
    pub fn command_killed_at(&self, call: &str, nth: u32, words: &[&str]) -> Command {
        let mut command = tool("strace");
        command.args(["--follow-forks", "--detach-on=execve", "--quiet=all", "--output=/dev/null"]);
        command
            .arg(format!("--trace=execve,{call}"))
            .arg(format!("--inject={call}:signal=KILL:when={nth}"))
            .arg(binary());
        // A long path might be a link with a password, so it would start itself again to hide it, and be lost sight of.
        command.args(words).args(["--profile", "profile"]);
        self.dress_bare(&mut command);
        command
    }

    /// The same at a terminal, where somebody can be asked. What the terminal shows is its standard output.
    pub fn command_at_terminal(&self, words: &[&str]) -> Command {
        let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
        let line = format!("'{}' {} --profile '{}'", binary().display(), quoted.join(" "), self.profile().display());
        let mut command = tool("script");
        command.args(["--quiet", "--return", "--echo", "never", "--command", &line, "/dev/null"]);
        self.dress_bare(&mut command);
        command
    }

    fn dress(&self, mut command: Command, words: &[&str]) -> Command {
        command.args(words).arg("--profile").arg(self.profile());
        self.dress_bare(&mut command);
        command
    }

    pub(crate) fn dress_bare(&self, command: &mut Command) {
        // Unset would mean the bus of whoever runs the tests, with their own keyring on it.
        command.env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus");
        command.env("HOME", self.path()).envs(self.env.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.path());
    }

    /// Runs a command to its end, and looks for secrets in what it said.
    pub fn run(&self, words: &[&str]) -> Finished {
        self.checked(run(self.command(words)))
    }

    /// The same with something on its standard input.
    pub fn run_with_input(&self, words: &[&str], input: impl Into<Vec<u8>>) -> Finished {
        self.checked(run_with_input(self.command(words), std::io::Cursor::new(input.into())))
    }

    /// Runs a command that prints passwords because that is what it is for.
    pub fn run_openly(&self, words: &[&str]) -> Finished {
        let finished = run(self.command(words));
        canary::assert_silent("standard error", finished.stderr.as_bytes());
        finished
    }

    fn checked(&self, finished: Finished) -> Finished {
        canary::assert_silent("standard output", &finished.stdout);
        canary::assert_silent("standard error", finished.stderr.as_bytes());
        canary::assert_silent_on_disk(&self.profile());
        finished
    }

    /// The profile as it is on disk. Who holds or held a lock is no part of it.
    pub fn picture(&self) -> Picture {
        let mut picture = Picture::new();
        for entry in fs::read_dir(self.profile()).into_iter().flatten().flatten() {
            let path = entry.path();
            if !path.extension().is_some_and(|extension| extension == "lock" || extension == "holder") {
                picture.insert(path.clone(), fs::read(&path).unwrap_or_default());
            }
        }
        picture
    }

    /// The names on the list, in order.
    pub fn names(&self) -> Vec<String> {
        let listed = self.run(&["list", "--json"]).succeeded();
        let listed: serde_json::Value = serde_json::from_str(&listed).expect("a JSON document");
        let rows = listed.as_array().expect("a list of proxies");
        rows.iter().map(|row| row["name"].as_str().expect("a name").to_owned()).collect()
    }
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

/// The program under test: `PAPERWING_BIN`, or what `cargo build` made in the workspace.
pub fn binary() -> PathBuf {
    let named = std::env::var_os("PAPERWING_BIN").map(PathBuf::from);
    let binary = named.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/debug/paperwing"));
    assert!(binary.is_file(), "{}: not there; build it with `cargo build -p paperwing-cli`", binary.display());
    binary
}
