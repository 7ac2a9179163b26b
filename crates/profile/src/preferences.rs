//! `preferences.json`: what a person settles in the window. `settings.toml`, which hands write, outranks it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::disk::{self, Content};
use crate::profile::{Profile, io_at, take_write, write_json};
use crate::{KeyKind, ProfileError, Warning, place};

/// What a person settles in the window. A key that is not there has its default.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "snake_case")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch in the window")]
pub struct Preferences {
    /// The local port; `listen` of `settings.toml` outranks it.
    pub port: u16,
    /// Whether a start at login shows no window.
    pub start_hidden: bool,
    /// Whether closing the window leaves the program in the tray.
    pub close_to_tray: bool,
    /// The language.
    pub language: Language,
    /// Light or dark.
    pub theme: Theme,
    /// How the tray's icon is drawn.
    pub tray_icon: TrayIcon,
    /// Whether another proxy takes over where one fails.
    pub automatic: bool,
    /// Whether somebody else is asked where a proxy is when the system's word leads nowhere; `doh` of `settings.toml`
    /// outranks it.
    pub second_opinion: bool,
    /// Hosts and networks that the system's proxy setting leaves out.
    pub bypass: Vec<String>,
    /// The page that tests ask for, where it is not the usual one.
    pub test_page: Option<String>,
    /// Where a new key to the passwords goes; `keyring` of `settings.toml` outranks it.
    pub keyring: Option<KeyKind>,
}

/// A language of the window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Language {
    /// The operating system's.
    #[default]
    System,
    /// English.
    En,
    /// Russian.
    Ru,
    /// Persian.
    Fa,
    /// Simplified Chinese.
    Zh,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Theme {
    /// As the operating system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// How the tray's icon is drawn. A panel does not say whether it is light or dark, so the person does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum TrayIcon {
    /// In colours that stand out from every panel.
    #[default]
    Colour,
    /// In one light colour, for a dark panel.
    ForDark,
    /// In one dark colour, for a light panel.
    ForLight,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    version: u32,
    #[serde(flatten)]
    preferences: Preferences,
}

impl disk::Versioned for Stored {
    const VERSION: u32 = 1;
}

/// The file's name.
pub(crate) const FILE: &str = "preferences.json";

// === impl Preferences ===

impl Preferences {
    /// The port where nobody settled on another one.
    pub const DEFAULT_PORT: u16 = 1080;

    /// Who gives the second opinion where nobody settled on another server: Cloudflare. An address, so that no name has to be
    /// found before a name can be asked for.
    pub const DEFAULT_DOH: &str = "https://1.1.1.1/dns-query";
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            port: Self::DEFAULT_PORT,
            start_hidden: true,
            close_to_tray: true,
            language: Language::default(),
            theme: Theme::default(),
            tray_icon: TrayIcon::default(),
            automatic: true,
            second_opinion: false,
            bypass: Vec::new(),
            test_page: None,
            keyring: None,
        }
    }
}

// === impl Theme ===

impl Theme {
    /// What was settled in a profile's folder; the system's where nothing readable is there. For a window that is about to
    /// open: nothing is mended.
    pub fn in_dir(dir: &Path) -> Self {
        as_settled(dir).theme
    }
}

/// What was settled in a profile's folder; the defaults where nothing readable is there. Nothing is mended.
pub(crate) fn as_settled(dir: &Path) -> Preferences {
    match disk::read::<Stored>(&dir.join(FILE)) {
        Ok(Content::Good(stored)) => stored.preferences,
        _ => Preferences::default(),
    }
}

impl Profile {
    /// What was settled in the window. Where the file cannot be used, the defaults hold and the warning says so.
    pub fn preferences(&self) -> (Preferences, Option<Warning>) {
        let path = self.dir.join(FILE);
        match disk::read::<Stored>(&path) {
            Ok(Content::Good(stored)) => (stored.preferences, None),
            Ok(Content::Damaged(damage)) => {
                let _lock = take_write(&self.dir).ok();
                let aside = disk::set_aside(&path).ok();
                (Preferences::default(), aside.map(|aside| Warning::SetAside { path, aside, damage }))
            }
            Ok(Content::Newer(_)) => (Preferences::default(), Some(Warning::NewerPreferences { path })),
            Ok(Content::Absent) | Err(_) => (Preferences::default(), None),
        }
    }

    /// Keeps what was settled in the window.
    pub fn save_preferences(&self, preferences: &Preferences) -> Result<(), ProfileError> {
        let path = self.dir.join(FILE);
        place::create(&self.dir).map_err(io_at("make the folder", &self.dir))?;
        let _lock = take_write(&self.dir)?;
        if let Ok(Content::Newer(version)) = disk::read::<Stored>(&path) {
            return Err(ProfileError::Newer { path, version });
        }
        write_json(&path, &Stored { version: <Stored as disk::Versioned>::VERSION, preferences: preferences.clone() })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{KeyOptions, OpenMode};

    fn profile(dir: &std::path::Path) -> Profile {
        Profile::open(dir, OpenMode::Command, KeyOptions::new()).unwrap().0
    }

    #[test]
    fn what_is_settled_is_found_again_and_what_is_missing_has_its_default() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(profile(dir.path()).preferences(), (Preferences::default(), None));
        let settled = Preferences {
            port: 1090,
            theme: Theme::Dark,
            tray_icon: TrayIcon::ForDark,
            bypass: vec!["*.lan".into()],
            ..Preferences::default()
        };
        profile(dir.path()).save_preferences(&settled).unwrap();
        assert_eq!(profile(dir.path()).preferences(), (settled, None));
        std::fs::write(dir.path().join(FILE), r#"{"version":1,"language":"fa"}"#).unwrap();
        let expected = Preferences { language: Language::Fa, ..Preferences::default() };
        assert_eq!(profile(dir.path()).preferences(), (expected, None));
    }

    #[test]
    fn a_damaged_file_is_put_aside_and_a_newer_one_is_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "{ torn").unwrap();
        let (preferences, warning) = profile(dir.path()).preferences();
        assert_eq!(preferences, Preferences::default());
        assert!(matches!(warning, Some(Warning::SetAside { aside, .. }) if aside.exists()));

        let newer = r#"{"version":99,"port":[]}"#;
        std::fs::write(dir.path().join(FILE), newer).unwrap();
        assert!(matches!(profile(dir.path()).preferences().1, Some(Warning::NewerPreferences { .. })));
        assert!(profile(dir.path()).save_preferences(&Preferences::default()).is_err());
        assert_eq!(std::fs::read_to_string(dir.path().join(FILE)).unwrap(), newer);
    }

    #[test]
    fn a_second_opinion_is_off_until_somebody_wants_it_and_hands_outrank_the_window() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(profile(dir.path()).doh(), None);
        profile(dir.path()).save_preferences(&Preferences { second_opinion: true, ..Preferences::default() }).unwrap();
        assert_eq!(profile(dir.path()).doh().as_deref(), Some(Preferences::DEFAULT_DOH));
        for (word, expected) in [("https://dns.example/q", Some("https://dns.example/q")), ("off", None)] {
            std::fs::write(dir.path().join("settings.toml"), format!("doh = \"{word}\"")).unwrap();
            assert_eq!(profile(dir.path()).doh().as_deref(), expected);
        }
    }

    #[test]
    fn where_a_new_key_goes_is_settled_in_the_window_unless_hands_wrote_it() {
        let dir = tempfile::tempdir().unwrap();
        assert_eq!(profile(dir.path()).new_key_kind(), KeyKind::Os);
        let settled = Preferences { keyring: Some(KeyKind::File), ..Preferences::default() };
        profile(dir.path()).save_preferences(&settled).unwrap();
        assert_eq!(profile(dir.path()).new_key_kind(), KeyKind::File);
        std::fs::write(dir.path().join("settings.toml"), "keyring = \"none\"").unwrap();
        assert_eq!(profile(dir.path()).new_key_kind(), KeyKind::None);
    }

    #[test]
    fn the_port_of_the_window_holds_unless_hands_wrote_another() {
        let dir = tempfile::tempdir().unwrap();
        profile(dir.path()).save_preferences(&Preferences { port: 1090, ..Preferences::default() }).unwrap();
        assert_eq!(profile(dir.path()).listen()[0].port(), 1090);
        std::fs::write(dir.path().join("settings.toml"), "listen = \"127.0.0.1:9\"").unwrap();
        assert_eq!(profile(dir.path()).listen(), ["127.0.0.1:9".parse().unwrap()]);
    }
}
