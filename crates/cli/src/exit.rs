//! How the program ends: 0 it worked, 1 it did not, 2 what was typed or read makes no sense.

use std::ffi::OsString;
use std::io;
use std::process::ExitCode;

use clap::CommandFactory;
use clap::error::ErrorKind;
use paperwing_app::system_proxy::SystemProxyError;
use paperwing_app::{Error, Fault};

use crate::args::Paperwing;
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

impl From<SystemProxyError> for Exit {
    fn from(error: SystemProxyError) -> Self {
        Self::World(error.to_string())
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
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        let _ = error.print();
        return ExitCode::from(2);
    }
    // First the links, while they stand there as they were typed.
    let text = argv::without_links(&error.render().to_string(), args);
    Exit::Input(format!("{}; see `{} --help`", mistake(&text), command(args))).report()
}

/// What is wrong, in one line, out of clap's several: the first paragraph, and what else may have been meant.
fn mistake(text: &str) -> String {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut paragraphs = text.split("\n\n");
    let first = words(paragraphs.next().unwrap_or_default());
    let first = first.strip_prefix("error: ").unwrap_or(&first);
    let first = first.strip_suffix(" found").unwrap_or(first);
    let lines = paragraphs.flat_map(str::lines);
    let mut tips = lines.filter_map(|line| line.trim().strip_prefix("tip: ")).filter(|tip| tip.contains("similar"));
    tips.next().map_or_else(|| first.to_owned(), |tip| format!("{first} ({})", words(tip)))
}

/// The command that was meant, as far as there is one.
fn command(args: &[OsString]) -> String {
    let mut command = Paperwing::command();
    let mut path = command.get_name().to_owned();
    for arg in args.iter().skip(1) {
        if let Some(next) = command.find_subcommand(arg).cloned() {
            path = format!("{path} {}", next.get_name());
            command = next;
        }
    }
    path
}

/// A panic is a defect of ours: one line, and none of its text, which may hold anything.
pub(crate) fn silence_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map_or_else(String::new, |it| format!(" ({}:{})", it.file(), it.line()));
        complain(&format!("something that cannot happen happened{place}: please report it"));
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaint(words: &[&str]) -> String {
        let error = match Paperwing::command().try_get_matches_from(words) {
            Err(error) => error.render().to_string(),
            Ok(_) => panic!("{words:?}"),
        };
        let args: Vec<_> = words.iter().map(OsString::from).collect();
        format!("{}; see `{} --help`", mistake(&error), command(&args))
    }

    #[test]
    fn a_mistake_in_what_was_typed_is_told_in_one_line() {
        for (words, wanted) in [
            (
                &["paperwing", "remove", "Oslo", "--yes"][..],
                "unexpected argument '--yes'; see `paperwing remove --help`",
            ),
            (
                &["paperwing", "-q", "subscription", "remove"],
                "the following required arguments were not provided: <NAME>; see `paperwing subscription remove --help`",
            ),
            (
                &["paperwing", "list", "--jso"],
                "unexpected argument '--jso' (a similar argument exists: '--json'); see `paperwing list --help`",
            ),
            (
                &["paperwing", "list", "--color", "x"],
                "invalid value 'x' for '--color <WHEN>' [possible values: auto, always, never]; \
                 see `paperwing list --help`",
            ),
            (&["paperwing", "nonsense"], "unrecognized subcommand 'nonsense'; see `paperwing --help`"),
        ] {
            assert_eq!(complaint(words), wanted);
        }
    }
}
