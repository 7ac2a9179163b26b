//! Paperwing in a window and a tray. No logic of its own: what is done is done by the pilot of `paperwing-app`.

#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

mod args;
mod bindings;
mod clipboard;
mod commands;
mod crash;
mod events;
mod follow;
mod handover;
mod log;
mod notify;
mod opener;
mod quit;
mod shell;
mod tray;
mod window;
mod words;

use std::process::ExitCode;

use args::Args;
use clap::Parser;
use shell::Shell;
use tauri::RunEvent;

fn main() -> ExitCode {
    // Before anything of a window: the guard of the system's proxy setting is this program too, and must stay small.
    if let Some(done) = paperwing_app::system_proxy::errand() {
        return done;
    }
    let args = Args::parse();
    let _log = log::start();
    crash::watch();
    match run(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            eprintln!("paperwing-desktop: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> anyhow::Result<()> {
    // One thread is enough for what happens here: the pilot has its own, and the window has the main one.
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    tauri::async_runtime::set(runtime.handle().clone());
    let dir = std::path::absolute(paperwing_app::dir(args.profile.as_deref())?)?;
    let bindings = bindings::builder();
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(|app, argv, cwd| handover::second_start(app, argv, &cwd)))
        .plugin(window::remembered_in(&dir))
        .invoke_handler(bindings.invoke_handler())
        .setup(move |app| {
            bindings.mount_events(app);
            Shell::begin(app.handle(), &args, dir)?;
            Ok(())
        })
        .build(tauri::generate_context!())?;
    app.run(|app, event| match event {
        // The last window may be gone while the tray is there; only quitting ends the program.
        RunEvent::ExitRequested { api, code: None, .. } => api.prevent_exit(),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            handover::take(app, urls.into_iter().map(|url| handover::Handed::of(url.as_str(), None)).collect());
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app),
        _ => {
            let _ = app;
        }
    });
    Ok(())
}
