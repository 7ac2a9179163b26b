//! `paperwing`: a proxy switcher in a terminal.

mod args;
mod argv;
mod ask;
mod commands;
mod exit;
mod keys;
mod log;
mod out;
mod render;

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches};

use self::args::Paperwing;

fn main() -> ExitCode {
    if let Some(done) = paperwing_app::system_proxy::errand() {
        return done;
    }
    exit::silence_panics();
    let args = argv::hidden(std::env::args_os().collect());
    let parsed = Paperwing::command().try_get_matches_from(&args).and_then(|it| Paperwing::from_arg_matches(&it));
    let paperwing = match parsed {
        Ok(paperwing) => paperwing,
        Err(error) => return exit::usage(&error, &args),
    };
    log::start(&paperwing.global);
    match commands::run(paperwing) {
        Ok(()) => ExitCode::SUCCESS,
        Err(exit) => exit.report(),
    }
}
