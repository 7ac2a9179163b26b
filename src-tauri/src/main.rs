//! The window of Paperwing: a page, and the way to the program that stays, which starts this one and does what the page wants.
//! It is there while somebody looks at it.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod bindings;
mod commands;
mod events;
mod line;
mod way;
mod window;

use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use tauri::Manager;

use crate::line::Line;
use crate::way::Way;

/// What it is started with.
#[derive(Debug, Parser)]
#[command(name = "paperwing-window", version)]
struct Args {
    /// The profile's folder
    #[arg(long, value_name = "DIR")]
    profile: PathBuf,
}

fn main() -> ExitCode {
    let args = Args::parse();
    if std::io::stdin().is_terminal() {
        eprintln!("paperwing-window: this is the window of paperwing-desktop: start that");
        return ExitCode::from(2);
    }
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("paperwing-window: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(Args { profile }: Args) -> anyhow::Result<()> {
    // Before anything of a window: its libraries may print what they like.
    let Line { input, output } = Line::take()?;
    // One thread is enough for what happens here; the window has the main one.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let bindings = bindings::builder();
    tauri::Builder::default()
        .plugin(window::remembered_in(&profile))
        .invoke_handler(bindings.invoke_handler())
        .setup(move |app| {
            bindings.mount_events(app);
            app.manage(Way::along(output));
            app.manage(window::Pane::default());
            window::make(app.handle(), window::theme_in(&profile))?;
            way::listen(app.handle(), input);
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(|_, _| {});
    Ok(())
}
