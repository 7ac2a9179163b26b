//! What the parts of the program share.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paperwing_app::KeyOptions;
use paperwing_app::pilot::{Pilot, Place, Read, State};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager};
use tokio::sync::watch;

use crate::args::Args;
use crate::{follow, handover, quit, tray, window};

/// So long the desktop may take to say whether it has a tray.
const PATIENCE: Duration = Duration::from_secs(2);

/// Managed by Tauri, so that every part can find it.
pub struct Shell {
    pilot: Pilot,
    tray: watch::Sender<Tray>,
    page: Mutex<Page>,
}

/// Whether there is a tray to wait in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tray {
    /// Nobody knows yet.
    Unknown,
    /// Its icon is shown.
    Shown,
    /// This desktop shows none.
    Absent,
}

/// The page in the window, as far as it must be remembered.
#[derive(Default)]
pub struct Page {
    /// Where the state goes; kept while the window is hidden.
    pub channel: Option<Channel<State>>,
    /// Whether it listens for events.
    pub is_ready: bool,
    /// What was handed over before it listened.
    pub waiting: Vec<Read>,
    /// A view to show once it listens.
    pub view: Option<crate::events::View>,
    /// Where the person was.
    pub kept: Option<String>,
    /// Whether the window is to be in sight.
    pub is_wanted: bool,
    /// Grows whenever the window is shown or hidden.
    pub turn: u64,
}

// === impl Shell ===

impl Shell {
    /// Starts everything that runs beside the window.
    pub fn begin(app: &AppHandle, args: &Args, dir: PathBuf) -> anyhow::Result<()> {
        let pilot = Pilot::start(Place { dir, keys: KeyOptions::from_environment() })?;
        let shell = Self { pilot: pilot.clone(), tray: watch::Sender::new(Tray::Unknown), page: Mutex::default() };
        app.manage(shell);
        app.manage(pilot);
        quit::on_signals(app);
        tray::begin(app);
        follow::begin(app);
        let handed = handover::of_args(&args.handed, None);
        if !args.hidden || !handed.is_empty() {
            window::show(app);
        } else {
            window::show_without_tray(app);
        }
        handover::take(app, handed);
        Ok(())
    }

    pub fn of(app: &AppHandle) -> tauri::State<'_, Self> {
        app.state()
    }

    pub fn pilot(&self) -> &Pilot {
        &self.pilot
    }

    pub fn tray(&self) -> Tray {
        *self.tray.borrow()
    }

    pub fn tray_is(&self, tray: Tray) {
        self.tray.send_replace(tray);
    }

    /// Waits until it is known whether there is a tray.
    pub async fn tray_known(&self) -> Tray {
        let mut tray = self.tray.subscribe();
        let known = tokio::time::timeout(PATIENCE, tray.wait_for(|tray| *tray != Tray::Unknown)).await;
        // A bus that does not answer must not keep the window from its work.
        match known {
            Ok(Ok(tray)) => *tray,
            Ok(Err(_)) | Err(_) => Tray::Absent,
        }
    }

    /// Waits for a tray; whether there is one by then.
    pub async fn has_tray_within(&self, patience: Duration) -> bool {
        let mut tray = self.tray.subscribe();
        let shown = tray.wait_for(|tray| *tray == Tray::Shown);
        matches!(tokio::time::timeout(patience, shown).await, Ok(Ok(_)))
    }

    pub fn page(&self) -> MutexGuard<'_, Page> {
        self.page.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
