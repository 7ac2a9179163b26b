//! Which desktop this is.

use super::desktop::{Desktop, GNOME, KDE};
use super::{SettingError, gnome, kde};

/// Those that read `org.gnome.system.proxy`. Of Xfce's programs only some do.
const LIKE_GNOME: [&str; 11] =
    ["gnome", "unity", "x-cinnamon", "cinnamon", "mate", "budgie", "pantheon", "ukui", "deepin", "dde", "xfce"];

/// Whether the desktop that we run on has a setting that we know.
pub fn is_supported() -> bool {
    this_kind().is_some()
}

/// The setting of the desktop that we run on.
pub(super) fn this_desktop() -> Result<Box<dyn Desktop>, SettingError> {
    this_kind().ok_or(SettingError::Unsupported).and_then(named)
}

fn this_kind() -> Option<&'static str> {
    let names = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP", "DESKTOP_SESSION"];
    let names = names.iter().filter_map(|variable| std::env::var(variable).ok());
    names.flat_map(|names| names.split(':').map(str::to_lowercase).collect::<Vec<_>>()).find_map(|name| kind(&name))
}

/// The desktop that a journal speaks of.
pub(super) fn named(name: &str) -> Result<Box<dyn Desktop>, SettingError> {
    match name {
        GNOME => Ok(Box::new(gnome::Gnome::new()?)),
        KDE => Ok(Box::new(kde::Kde::new()?)),
        _ => Err(SettingError::Unsupported),
    }
}

fn kind(name: &str) -> Option<&'static str> {
    let is_like_gnome = LIKE_GNOME.contains(&name) || name.starts_with("gnome") || name.starts_with("ubuntu");
    match name {
        "kde" | "plasma" => Some(KDE),
        _ if is_like_gnome => Some(GNOME),
        _ => None,
    }
}
