//! How the program ends: 0 it worked, 1 it did not, 2 what was typed or read makes no sense.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::ExitCode;

use paperwing_app::{Error, Fault};

use crate::argv;
use crate::render::style::safe;

/// Why the program ends early.
#[derive(Debug)]
pub(crate) enum Exit {
    /// It was understood and did not work.
    World(String),
    /// What was typed or read makes no sense.
    Input(String),
    /// It did not work, and everything has been said.
    Said,
    /// Nobody reads the output any more.
    Unheard,
}

impl Exit {
    /// Says why, in one line, and gives the code.
    pub(crate) fn report(self) -> ExitCode {
        let (code, text) = match self {
            Self::World(text) => (1, text),
            Self::Input(text) => (2, text),
            Self::Said | Self::Unheard => return ExitCode::from(1),
        };
        complain(&text);
        ExitCode::from(code)
    }
}

/// One line on standard error, whatever the text holds.
pub(crate) fn complain(text: &str) {
    eprintln!("paperwing: {}", safe(text));
}

impl From<Error> for Exit {
    fn from(error: Error) -> Self {
        match error.fault() {
            Fault::Input => Self::Input(error.to_string()),
            Fault::World => Self::World(error.to_string()),
        }
    }
}

/// Errors of standard output; everything else has an error of its own.
impl From<io::Error> for Exit {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::Unheard;
        }
        Self::World(format!("standard output: cannot be written: {error}"))
    }
}

/// What clap has to say: help and versions, or what is wrong with the arguments, without links that stand in them.
pub(crate) fn usage(error: &clap::Error, args: &[OsString]) -> ExitCode {
    if !error.use_stderr() {
        // Help that nobody reads is no failure.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    let text = error.render();
    let text = if io::stderr().is_terminal() { text.ansi().to_string() } else { text.to_string() };
    eprint!("{}", argv::without_links(&text, args));
    ExitCode::from(2)
}

/// A panic is a defect of ours: one line, and none of its text, which may hold anything.
pub(crate) fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |it| format!(" ({}:{})", it.file(), it.line()));
        complain(&format!("something that cannot happen happened{place}: please report it"));
    }));
}
