//! `settings.toml`, for hands. What is not there has its default; the program never writes the file.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use url::Url;

use crate::{KeyKind, Warning};

/// The file's name.
const FILE: &str = "settings.toml";

/// What a person settled by hand.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// `listen`: where clients connect, `"127.0.0.1:1080"` or a list of such; by default port 1080 of
    /// both loopback addresses; `None` where the file does not say.
    pub listen: Option<Vec<SocketAddr>>,
    /// `keyring`: where a new profile key goes, `"os"`, `"file"`, `"passphrase"` or `"none"`; by default `os`.
    pub keyring: Option<KeyKind>,
    /// `fetch_through`: how subscriptions are fetched, `"proxy"`, `"direct"` or `"proxy-then-direct"` (the default).
    pub fetch_through: FetchThrough,
    /// How they are fetched when nobody asks for it: as `fetch_through` says where it is written down, else through the own
    /// port only.
    pub fetch_alone: FetchThrough,
    /// `doh`: who is asked where a proxy is when the system's word leads nowhere, `"https://1.1.1.1/dns-query"` or `"off"`;
    /// `None` where the file does not say.
    pub doh: Option<Doh>,
}

/// Who is asked where a proxy is when the system's word leads nowhere: DNS over HTTPS, through another proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Doh {
    /// Nobody.
    Off,
    /// The server of this address.
    Server(String),
}

/// How subscriptions are fetched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FetchThrough {
    /// Through the own port only.
    Proxy,
    /// Never through the own port.
    Direct,
    /// Through the own port when it is up, else, or when that fails, directly.
    #[default]
    ProxyThenDirect,
}

/// Why the settings cannot be used. Nothing is guessed in their place.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// The file is no TOML.
    #[error("{}, line {line}: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What the TOML parser expected.
        reason: String,
    },
    /// A key has a value that it cannot have.
    #[error("{}, line {line}: {key} must be {expected}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// The key.
        key: &'static str,
        /// What it can have.
        expected: &'static str,
    },
}

impl Default for Settings {
    fn default() -> Self {
        let through = FetchThrough::default();
        Self { listen: None, keyring: None, fetch_through: through, fetch_alone: FetchThrough::Proxy, doh: None }
    }
}

impl Settings {
    /// Every key that the file may have.
    pub const KEYS: [&str; 4] = ["listen", "keyring", "fetch_through", "doh"];

    pub(crate) fn path(dir: &Path) -> PathBuf {
        dir.join(FILE)
    }

    /// Reads a profile folder's settings; unknown keys are warnings, for a newer Paperwing may know them.
    pub(crate) fn load(dir: &Path) -> Result<(Self, Vec<Warning>), SettingsError> {
        let path = Self::path(dir);
        match std::fs::read_to_string(&path) {
            Ok(text) => parse(&text, &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok((Self::default(), Vec::new())),
            Err(source) => Err(SettingsError::Read { path, source }),
        }
    }
}

fn parse(text: &str, path: &Path) -> Result<(Settings, Vec<Warning>), SettingsError> {
    let line_at = |offset: usize| 1 + text.bytes().take(offset).filter(|byte| *byte == b'\n').count();
    let table = DeTable::parse(text).map_err(|error| SettingsError::Syntax {
        path: path.to_owned(),
        line: line_at(error.span().map_or(0, |span| span.start)),
        reason: error.message().lines().next().unwrap_or_default().to_owned(),
    })?;
    let mut settings = Settings::default();
    let mut warnings = Vec::new();
    for (key, value) in table.get_ref() {
        let line = line_at(key.span().start);
        let wrong = |key, expected| SettingsError::Value { path: path.to_owned(), line, key, expected };
        match key.get_ref().as_ref() {
            "listen" => {
                let expected = "an address with a port like \"127.0.0.1:1080\", or a list of such";
                settings.listen = Some(addresses(value.get_ref()).ok_or_else(|| wrong("listen", expected))?);
            }
            "keyring" => {
                let kind = value.get_ref().as_str().and_then(|word| word.parse().ok());
                let expected = "\"os\", \"file\", \"passphrase\" or \"none\"";
                settings.keyring = Some(kind.ok_or_else(|| wrong("keyring", expected))?);
            }
            "fetch_through" => {
                let through = value.get_ref().as_str().and_then(FetchThrough::from_word);
                let expected = "\"proxy\", \"direct\" or \"proxy-then-direct\"";
                settings.fetch_through = through.ok_or_else(|| wrong("fetch_through", expected))?;
                settings.fetch_alone = settings.fetch_through;
            }
            "doh" => {
                let server = value.get_ref().as_str().and_then(Doh::from_word);
                let expected = "an address like \"https://1.1.1.1/dns-query\", or \"off\"";
                settings.doh = Some(server.ok_or_else(|| wrong("doh", expected))?);
            }
            unknown => {
                warnings.push(Warning::UnknownSetting { path: path.to_owned(), line, key: unknown.to_owned() });
            }
        }
    }
    Ok((settings, warnings))
}

fn addresses(value: &DeValue<'_>) -> Option<Vec<SocketAddr>> {
    let one = |value: &DeValue<'_>| value.as_str()?.parse::<SocketAddr>().ok().filter(|address| address.port() != 0);
    match value {
        DeValue::Array(list) if !list.is_empty() => list.iter().map(Spanned::get_ref).map(one).collect(),
        value => one(value).map(|address| vec![address]),
    }
}

impl FetchThrough {
    fn from_word(word: &str) -> Option<Self> {
        match word {
            "proxy" => Some(Self::Proxy),
            "direct" => Some(Self::Direct),
            "proxy-then-direct" => Some(Self::ProxyThenDirect),
            _ => None,
        }
    }
}

impl Doh {
    fn from_word(word: &str) -> Option<Self> {
        if word == "off" {
            return Some(Self::Off);
        }
        let url = Url::parse(word).ok().filter(|url| url.scheme() == "https" && url.host().is_some())?;
        let is_bare = url.username().is_empty() && url.password().is_none() && url.fragment().is_none();
        is_bare.then(|| Self::Server(url.into()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn read(text: &str) -> Result<(Settings, Vec<Warning>), String> {
        parse(text, Path::new("settings.toml")).map_err(|error| error.to_string())
    }

    #[test]
    fn an_empty_file_means_the_defaults() {
        let (settings, warnings) = read("# nothing\n").unwrap();
        assert_eq!(settings, Settings::default());
        assert_eq!(settings.fetch_alone, FetchThrough::Proxy, "nobody has said that it may go straight out by itself");
        assert_eq!(settings.listen, None);
        assert!(warnings.is_empty());
    }

    #[test]
    fn every_key_is_read() {
        let text = "listen = \"127.0.0.1:9\"\nkeyring = \"file\"\nfetch_through = \"direct\"\n\
                    doh = \"https://dns.example/dns-query\"\n";
        let (settings, warnings) = read(text).unwrap();
        assert_eq!(settings.listen, Some(vec!["127.0.0.1:9".parse().unwrap()]));
        assert_eq!(settings.keyring, Some(KeyKind::File));
        assert_eq!(settings.fetch_through, FetchThrough::Direct);
        assert_eq!(settings.fetch_alone, FetchThrough::Direct);
        assert_eq!(settings.doh, Some(Doh::Server("https://dns.example/dns-query".to_owned())));
        assert_eq!(read("doh = \"off\"").unwrap().0.doh, Some(Doh::Off));
        assert!(warnings.is_empty());
        assert_eq!(text.lines().filter_map(|line| line.split(' ').next()).collect::<Vec<_>>(), Settings::KEYS);
    }

    #[test]
    fn an_unknown_key_is_named_with_its_line() {
        let (_, warnings) = read("\n# a comment\nlisten_on = 1\n").unwrap();
        let shown: Vec<_> = warnings.iter().map(Warning::to_string).collect();
        assert_eq!(
            shown,
            ["settings.toml, line 3: there is no setting “listen_on” (there are: listen, keyring, fetch_through, doh)"]
        );
    }

    #[test]
    fn a_wrong_value_is_an_error_that_names_key_line_and_what_was_expected() {
        for (text, line, key) in [
            ("\nlisten = 1080", 2, "listen"),
            ("listen = []", 1, "listen"),
            ("listen = \"127.0.0.1:0\"", 1, "listen"),
            ("listen = [\"127.0.0.1:1080\", \"home\"]", 1, "listen"),
            ("keyring = true", 1, "keyring"),
            ("keyring = \"OS\"", 1, "keyring"),
            ("\n\nfetch_through = \"tor\"", 3, "fetch_through"),
            ("doh = true", 1, "doh"),
            ("doh = \"http://dns.example/dns-query\"", 1, "doh"),
            ("doh = \"https://me:secret@dns.example/\"", 1, "doh"),
        ] {
            let error = read(text).unwrap_err();
            assert!(error.starts_with(&format!("settings.toml, line {line}: {key} must be ")), "{text}: {error}");
            assert!(!error.contains('\n'));
        }
    }

    #[test]
    fn what_is_no_toml_is_an_error_with_its_line() {
        let error = read("keyring = \"os\"\nlisten = [").unwrap_err();
        assert!(error.starts_with("settings.toml, line 2: "), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
