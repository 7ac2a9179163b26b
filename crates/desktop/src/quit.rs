//! The end: the system's proxy is put back, the port is closed, what was learnt is written down.

use std::time::Duration;

use paperwing_app::pilot::Pilot;

use crate::desk::{Happening, Teller};

/// So long the end may take. Should it take longer, the guard of the system's proxy setting has the last word.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ends everything in good order.
pub async fn finish(pilot: &Pilot) {
    if tokio::time::timeout(PATIENCE, pilot.finish()).await.is_err() {
        tracing::warn!("the end takes too long");
    }
}

/// Hears when the system or the session says that it is the end.
pub fn on_signals(tell: &Teller) {
    let tell = tell.clone();
    tokio::spawn(async move {
        match told_to_end().await {
            Ok(()) => drop(tell.send(Happening::Quit)),
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
