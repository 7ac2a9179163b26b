//! Which desktop this is.

use super::SettingError;
use super::desktop::Desktop;

/// Whether the desktop that we run on has a setting that we know.
pub fn is_supported() -> bool {
    this_kind().is_some()
}

/// The setting of the desktop that we run on.
pub(super) fn this_desktop() -> Result<Box<dyn Desktop>, SettingError> {
    this_kind().ok_or(SettingError::Unsupported).and_then(named)
}

/// The desktop that a journal speaks of.
pub(super) fn named(name: &str) -> Result<Box<dyn Desktop>, SettingError> {
    match name {
        #[cfg(target_os = "linux")]
        super::desktop::GNOME => Ok(Box::new(super::gnome::Gnome::new()?)),
        #[cfg(target_os = "linux")]
        super::desktop::KDE => Ok(Box::new(super::kde::Kde::new()?)),
        #[cfg(windows)]
        super::desktop::WINDOWS => Ok(Box::new(super::windows::here())),
        #[cfg(target_os = "macos")]
        super::desktop::MACOS => Ok(Box::new(super::macos::here())),
        _ => Err(SettingError::Unsupported),
    }
}

#[cfg(target_os = "linux")]
fn this_kind() -> Option<&'static str> {
    let names = ["XDG_CURRENT_DESKTOP", "XDG_SESSION_DESKTOP", "DESKTOP_SESSION"];
    let names = names.iter().filter_map(|variable| std::env::var(variable).ok());
    names.flat_map(|names| names.split(':').map(str::to_lowercase).collect::<Vec<_>>()).find_map(|name| kind(&name))
}

#[cfg(windows)]
#[expect(clippy::unnecessary_wraps, reason = "other systems may have no such setting")]
fn this_kind() -> Option<&'static str> {
    Some(super::desktop::WINDOWS)
}

#[cfg(target_os = "macos")]
#[expect(clippy::unnecessary_wraps, reason = "other systems may have no such setting")]
fn this_kind() -> Option<&'static str> {
    Some(super::desktop::MACOS)
}

#[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
fn this_kind() -> Option<&'static str> {
    None
}

#[cfg(target_os = "linux")]
fn kind(name: &str) -> Option<&'static str> {
    use super::desktop::{GNOME, KDE};
    /// Those that read `org.gnome.system.proxy`. Of Xfce's programs only some do.
    const LIKE_GNOME: [&str; 11] =
        ["gnome", "unity", "x-cinnamon", "cinnamon", "mate", "budgie", "pantheon", "ukui", "deepin", "dde", "xfce"];
    let is_like_gnome = LIKE_GNOME.contains(&name) || name.starts_with("gnome") || name.starts_with("ubuntu");
    match name {
        "kde" | "plasma" => Some(KDE),
        _ if is_like_gnome => Some(GNOME),
        _ => None,
    }
}
