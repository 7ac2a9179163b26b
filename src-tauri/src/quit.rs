//! The end: the system's proxy is put back, the port is closed, what was learnt is written down.

use std::time::Duration;

use tauri::{AppHandle, Manager};

use crate::shell::Shell;
use crate::window;

/// So long the end may take. Should it take longer, the guard of the system's proxy setting has the last word.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends the program in good order.
pub fn quit(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        window::on_main(&app, |app| app.webview_windows().values().for_each(|window| drop(window.hide())));
        let pilot = Shell::of(&app).pilot().clone();
        if tokio::time::timeout(PATIENCE, pilot.finish()).await.is_err() {
            tracing::warn!("the end takes too long");
        }
        app.exit(0);
    });
}

/// Ends the program when the system or the session says so.
pub fn on_signals(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        match told_to_end().await {
            Ok(()) => quit(&app),
            Err(error) => tracing::warn!(%error, "signals are not heard"),
        }
    });
}

#[cfg(unix)]
async fn told_to_end() -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut ends = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()].map(signal);
    let [terminate, interrupt, hangup] = &mut ends;
    let heard = async |signal: &mut std::io::Result<tokio::signal::unix::Signal>| match signal {
        Ok(signal) => drop(signal.recv().await),
        Err(_) => std::future::pending().await,
    };
    tokio::select! {
        () = heard(terminate) => {}
        () = heard(interrupt) => {}
        () = heard(hangup) => {}
    }
    Ok(())
}

#[cfg(not(unix))]
async fn told_to_end() -> std::io::Result<()> {
    tokio::signal::ctrl_c().await
}
