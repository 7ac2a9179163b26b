//! The tray: what it shows is made here, once; how it is shown depends on the system.

mod menu;
mod pictures;

#[cfg(target_os = "linux")]
mod sni;
#[cfg(target_os = "linux")]
use sni as here;
#[cfg(not(target_os = "linux"))]
mod native;
#[cfg(not(target_os = "linux"))]
use native as here;

use paperwing_app::pilot::{Brief, Phase, TrayIcon};

use crate::words::Words;

pub use here::{Icon, main_loop};
pub use menu::{Act, Item};

/// What the icon tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
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
    /// What the icon tells.
    pub state: State,
    /// How it is drawn.
    pub look: TrayIcon,
    /// What the icon says when it is pointed at.
    pub status: String,
    /// The menu.
    pub menu: Vec<Item>,
    /// Whether the menu is written from right to left.
    pub is_right_to_left: bool,
}

/// Whether there is a tray.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tray {
    /// Nobody knows yet.
    Unknown,
    /// Its icon is shown.
    Shown,
    /// This desktop shows none.
    Absent,
}

/// What there is to show.
pub fn shown(brief: &Brief) -> Shown {
    let words = Words::of(brief.preferences.language);
    Shown {
        state: state(brief),
        look: brief.preferences.tray_icon,
        status: menu::status(brief, &words),
        menu: menu::menu(brief, &words),
        is_right_to_left: words.is_right_to_left(),
    }
}

fn state(brief: &Brief) -> State {
    match brief.phase {
        None | Some(Phase::Off) => State::Off,
        Some(Phase::Connecting { .. } | Phase::NoInternet) => State::Connecting,
        Some(Phase::Connected | Phase::Switching { .. }) => State::On,
        Some(Phase::Blocked { .. } | Phase::SignIn | Phase::Failed { .. }) => State::Blocked,
    }
}
