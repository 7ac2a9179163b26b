//! Paperwing in a tray: what stays when the window is closed. No logic of its own: what is done is done by the pilot of
//! `paperwing-app`. The window is another program, `paperwing-window`, that is there while somebody looks at it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod args;
mod clipboard;
mod crash;
mod desk;
mod follow;
mod front;
mod handover;
mod log;
mod notify;
mod opener;
mod orders;
mod quit;
#[cfg(target_os = "linux")]
mod session;
mod tray;
mod words;

use std::process::ExitCode;

use args::Args;
use clap::Parser;

fn main() -> ExitCode {
    // Before anything else: the guard of the system's proxy setting is this program too.
    if let Some(done) = paperwing_app::system_proxy::errand() {
        return done;
    }
    let args = Args::parse();
    let _log = log::start();
    crash::watch();
    match tray::main_loop(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            eprintln!("paperwing-desktop: {error:#}");
            ExitCode::FAILURE
        }
    }
}
