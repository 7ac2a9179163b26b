//! The application, without WebDriver.

use std::path::PathBuf;
use std::process::Command;

use rustix::process::Signal;

use super::{Screen, Usage, binary};
use crate::process::{Finished, Running, eventually, run, tool};

/// The running application. Dropped, it is killed.
#[derive(Debug)]
pub struct App {
    running: Running,
}

// === impl App ===

impl App {
    pub(super) fn start_by(screen: &Screen, words: &[&str], start: impl FnOnce(Command) -> Command) -> Self {
        Self { running: Running::start(start(command(screen, words))) }
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Tells it to end, as a session's end does, and waits until it has.
    pub fn terminate(mut self) -> Option<i32> {
        self.running.signal(Signal::TERM);
        self.wait()
    }

    /// Kills it without a word, and waits until it is gone.
    pub fn kill(mut self) {
        self.running.signal(Signal::KILL);
        self.wait();
    }

    /// Waits until it has ended by itself.
    pub fn wait(&mut self) -> Option<i32> {
        eventually("the application ends", || self.running.ended()).code()
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.running.ended().is_some()
    }

    /// What it and all its processes use at the moment.
    pub fn usage(&self) -> Usage {
        Usage::of(self.pid())
    }

    /// What it wrote on its standard error.
    pub fn stderr(&self) -> String {
        self.running.stderr.text()
    }
}

impl Screen {
    /// Starts the application once more, and waits until that start has handed over what it has and ended.
    pub fn second_start(&self, words: &[&str]) -> Finished {
        run(command(self, words))
    }
}

pub(super) fn command(screen: &Screen, words: &[&str]) -> Command {
    let mut command = tool(program());
    command.arg("--profile").arg(screen.profile()).args(words);
    screen.dress(&mut command);
    command
}

pub(super) fn program() -> PathBuf {
    binary().expect("needs_screen! has looked")
}
