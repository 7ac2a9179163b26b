//! The icon's pictures, which `scripts/icons.sh` draws.

use paperwing_app::pilot::TrayIcon;

use super::State;

/// A picture: so many pixels along an edge, as a PNG.
pub type Picture = (u32, &'static [u8]);

/// A state in every size that panels ask for.
pub fn pictures(state: State, look: TrayIcon) -> [Picture; 5] {
    macro_rules! drawn {
        ($state:literal) => {
            match look {
                TrayIcon::Colour => drawn!($state, "colour"),
                TrayIcon::ForDark => drawn!($state, "dark"),
                TrayIcon::ForLight => drawn!($state, "light"),
            }
        };
        ($state:literal, $ground:literal) => {
            [
                (16, drawn!($state, $ground, "16")),
                (22, drawn!($state, $ground, "22")),
                (24, drawn!($state, $ground, "24")),
                (32, drawn!($state, $ground, "32")),
                (48, drawn!($state, $ground, "48")),
            ]
        };
        ($state:literal, $ground:literal, $size:literal) => {
            &include_bytes!(concat!("../../../../icons/tray/", $state, "-", $ground, "-", $size, ".png"))[..]
        };
    }
    match state {
        State::Off => drawn!("off"),
        State::Connecting => drawn!("connecting"),
        State::On => drawn!("on"),
        State::Blocked => drawn!("blocked"),
    }
}
