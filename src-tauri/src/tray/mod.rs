//! The tray: what it shows is made here, once; how it is shown depends on the system.

mod menu;

#[cfg(target_os = "linux")]
mod sni;
#[cfg(target_os = "linux")]
use sni as here;
#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(not(target_os = "linux"))]
use native as here;

use paperwing_app::pilot::{Brief, Phase};
use tauri::AppHandle;

use crate::events::View;
use crate::shell::Shell;
use crate::words::Words;
use crate::{handover, quit, window};

pub use menu::{Act, Item};

/// What the icon tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// Nothing is open.
    Off,
    /// A proxy that works is looked for, or this computer has no network.
    Connecting,
    /// Traffic goes through.
    On,
    /// Traffic is stopped.
    Blocked,
}

/// Everything that the tray shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The icon.
    pub icon: Icon,
    /// What the icon says when it is pointed at.
    pub status: String,
    /// The menu.
    pub menu: Vec<Item>,
    /// Whether the menu is written from right to left.
    pub is_right_to_left: bool,
}

/// Puts the icon into the tray, now or when there is one.
pub fn begin(app: &AppHandle) {
    here::begin(app);
}

/// Shows what is the case now.
pub async fn renew(app: &AppHandle) {
    here::renew(app).await;
}

/// What there is to show.
fn shown(app: &AppHandle) -> Shown {
    let brief = Shell::of(app).pilot().brief().borrow().clone();
    let words = Words::of(brief.preferences.language);
    Shown {
        icon: icon(&brief),
        status: menu::status(&brief, &words),
        menu: menu::menu(&brief, &words),
        is_right_to_left: words.is_right_to_left(),
    }
}

fn icon(brief: &Brief) -> Icon {
    match brief.phase {
        None | Some(Phase::Off) => Icon::Off,
        Some(Phase::Connecting { .. } | Phase::NoInternet) => Icon::Connecting,
        Some(Phase::Connected | Phase::Switching { .. }) => Icon::On,
        Some(Phase::Blocked { .. } | Phase::Failed { .. }) => Icon::Blocked,
    }
}

/// Does what was clicked.
fn perform(app: &AppHandle, act: Act) {
    tracing::debug!(?act, "clicked");
    match act {
        Act::Toggle => window::on_main(app, window::toggle),
        Act::Open => window::on_main(app, window::show),
        Act::OpenList => window::on_main(app, |app| window::show_view(app, View::Main)),
        Act::AddFromClipboard => handover::take_clipboard(app),
        Act::Quit => quit::quit(app),
        Act::Connect | Act::Disconnect | Act::SystemProxy(_) | Act::Choose(_) => order(app, act),
    }
}

/// What the pilot does. Where it cannot, the window says why.
fn order(app: &AppHandle, act: Act) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let pilot = Shell::of(&app).pilot().clone();
        let done = pilot.ask(async |cockpit| match act {
            Act::Connect => cockpit.connect().await,
            Act::Disconnect => cockpit.disconnect().await,
            Act::SystemProxy(on) => cockpit.set_system_proxy(on).await,
            Act::Choose(id) => cockpit.choose(id).await,
            Act::Toggle | Act::Open | Act::OpenList | Act::AddFromClipboard | Act::Quit => Ok(()),
        });
        if let Err(error) = done.await {
            tracing::info!(code = error.code, "the tray's order failed");
            // An empty list is no mistake: the window shows three ways to fill it.
            if error.code != "emptyList" {
                let _ = pilot.ask(async |cockpit| cockpit.complain(error.text).await).await;
            }
            window::on_main(&app, window::show);
        }
        // A check mark that the desktop drew by itself is made true again.
        renew(&app).await;
    });
}
