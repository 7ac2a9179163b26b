//! What a person settles in the window.

use paperwing_profile::{Language, Theme, TrayIcon};
use serde::{Deserialize, Serialize};

/// All settings of the window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch in the window")]
pub struct Settings {
    /// The local port.
    pub port: u16,
    /// Whether it starts when the person logs in.
    pub start_at_login: bool,
    /// Whether it then starts without its window.
    pub start_hidden: bool,
    /// Whether closing the window leaves it in the tray.
    pub close_to_tray: bool,
    /// The language.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// How the tray's icon is drawn.
    pub tray_icon: TrayIcon,
    /// Whether another proxy takes over where one fails.
    pub automatic: bool,
    /// Whether somebody else is asked where a proxy is when the system's word leads nowhere.
    pub second_opinion: bool,
    /// Hosts and networks that the system's proxy setting leaves out.
    pub bypass: Vec<String>,
    /// Who may use the port; any program of this computer where `null`.
    pub login: Option<LocalLogin>,
    /// Whether there is such a login whose key cannot be had now; `login` is `null` then and is left as it is kept.
    pub login_is_locked: bool,
    /// The page that tests ask for.
    pub test_page: String,
    /// Where the key to the passwords is kept.
    pub keyring: Keyring,
    /// Kinds of links that this program could open, and whether it does.
    pub open_links: Vec<LinkScheme>,
}

/// What clients of the local port must send.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct LocalLogin {
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: String,
}

impl std::fmt::Debug for LocalLogin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LocalLogin").finish_non_exhaustive()
    }
}

/// The passphrase that opens the key to the passwords.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(transparent)]
pub struct Passphrase(pub String);

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// Where the key to the passwords is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Keyring {
    /// In the operating system's keyring.
    Os,
    /// In a file beside the list.
    File,
    /// Nowhere: a passphrase opens it.
    Passphrase,
    /// Nowhere: passwords are not kept sealed.
    None,
}

/// A kind of links.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct LinkScheme {
    /// What they begin with, without the colon.
    pub scheme: String,
    /// Whether the operating system opens them with this program.
    pub is_default: bool,
}

/// What this program is and where it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub struct About {
    /// Its version.
    pub version: String,
    /// The operating system and the processor that it was made for: `linux x86_64`.
    pub system: String,
    /// Whether there is a tray.
    pub tray: bool,
    /// Whether this desktop has a proxy setting that it can change.
    pub system_proxy_supported: bool,
    /// The operating system's language, as a BCP 47 tag.
    pub locale: String,
    /// The profile's folder; below the home folder without that one's name.
    pub profile_dir: String,
}
