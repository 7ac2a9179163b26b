//! From errors to what a face shows: a code that names its message, the English sentence, and what fills the message.

use std::io;

use paperwing_engine::ListenError;
use paperwing_profile::fetch::FetchError;
use paperwing_profile::{ProfileError, SecretError};

use super::AppError;
use crate::Error;

// === impl AppError ===

impl AppError {
    /// An error without arguments.
    pub fn new(code: &str, text: impl Into<String>) -> Self {
        Self { code: code.to_owned(), text: text.into(), args: std::collections::BTreeMap::new() }
    }

    /// With something that fills its message.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl std::fmt::Display) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }

    /// The pilot's thread is gone.
    pub(super) fn stopped() -> Self {
        Self::new("stopped", "Paperwing is shutting down")
    }

    /// A row, a preview or the like that was there when the face last looked.
    pub(super) fn gone() -> Self {
        Self::new("gone", "that is not there any more")
    }
}

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let plain = |code| Self::new(code, text.clone());
        match &error {
            Error::Link(why) => plain("badLink").with("part", why.part).with("expected", why.expected),
            Error::Document { from, .. } => plain("badDocument").with("from", from),
            Error::WebPage { from } => plain("webPage").with("from", from),
            Error::Neither => plain("neither"),
            Error::File { path, source } => plain("fileUnreadable").with("path", path.display()).with("why", source),
            Error::TooLarge { from } => plain("tooLarge").with("from", from),
            Error::Picture { from, why } => plain("noQr").with("from", from).with("why", why),
            Error::Nothing { from, .. } => plain("nothingFound").with("from", from),
            Error::NoSuchProxy { .. } | Error::NoSuchSubscription(_) => plain("gone"),
            Error::ListAddress => plain("listAddress"),
            Error::NotUp => plain("notUp"),
            Error::LostList { aside } => plain("lostList").with("aside", aside.display()),
            Error::EmptyList => Self::new("emptyList", "the list is empty: add a proxy first"),
            Error::NoneSupported(first) => plain("noneSupported").with("first", first),
            Error::BadPage => plain("badPage"),
            Error::TooLongForQr => plain("tooLongForQr"),
            Error::Practice(_) => plain("practiceFailed"),
            Error::Listen(why) => of_listen(why),
            Error::Profile(why) => of_profile(why),
            Error::Fetch(why) => of_fetch(why),
            _ => plain("failed"),
        }
    }
}

impl From<ProfileError> for AppError {
    fn from(error: ProfileError) -> Self {
        of_profile(&error)
    }
}

impl From<SecretError> for AppError {
    fn from(error: SecretError) -> Self {
        of_secret(&error)
    }
}

fn of_listen(why: &ListenError) -> AppError {
    let code = match why.source.kind() {
        io::ErrorKind::AddrInUse => "portTaken",
        io::ErrorKind::PermissionDenied => "portForbidden",
        _ => "cannotListen",
    };
    let mut error = AppError::new(code, why.to_string()).with("port", why.address.port());
    if let Some(holder) = &why.holder {
        error = error.with("holder", holder);
    }
    if let Some(free) = why.next_free {
        error = error.with("free", free.port());
    }
    error
}

fn of_profile(why: &ProfileError) -> AppError {
    let plain = |code| AppError::new(code, why.to_string());
    match why {
        ProfileError::Running { holder, .. } => {
            plain("alreadyRunning").with("program", &holder.program).with("pid", holder.pid)
        }
        ProfileError::Busy { .. } => plain("busy"),
        ProfileError::Newer { path, .. } => plain("newerFile").with("path", path.display()),
        ProfileError::Damaged { path, .. } => plain("damagedFile").with("path", path.display()),
        ProfileError::Settings(_) => plain("badSettings"),
        ProfileError::Secret(why) => of_secret(why),
        ProfileError::NoSuchProxy(_) | ProfileError::NoSuchSubscription(_) => AppError::gone(),
        ProfileError::NameTaken(name) => plain("nameTaken").with("name", name),
        ProfileError::BadName => plain("badName"),
        ProfileError::BadUrl => plain("badUrl"),
        ProfileError::KnownSubscription(name) => plain("knownSubscription").with("name", name),
        ProfileError::EmptyList => plain("emptySubscription"),
        ProfileError::Io { path, .. } => plain("diskFailed").with("path", path.display()),
        _ => plain("failed"),
    }
}

fn of_secret(why: &SecretError) -> AppError {
    let code = match why {
        SecretError::Off => "keyOff",
        SecretError::KeyringAbsent { .. } => "keyringAbsent",
        SecretError::KeyringLocked { .. } | SecretError::KeyringTimeout { .. } => "keyLocked",
        SecretError::PassphraseMissing | SecretError::PassphraseEmpty | SecretError::PassphraseWrong => "passphrase",
        _ => "keyLost",
    };
    AppError::new(code, why.to_string())
}

fn of_fetch(why: &FetchError) -> AppError {
    let (code, host) = match why {
        FetchError::BadUrl => ("badUrl", None),
        FetchError::Forbidden { host, .. }
        | FetchError::BadRedirect { host }
        | FetchError::TooManyRedirects { host } => ("fetchForbidden", Some(host)),
        FetchError::Unreachable { host } => ("fetchUnreachable", Some(host)),
        FetchError::Untrusted { host } => ("fetchUntrusted", Some(host)),
        FetchError::Timeout { host } => ("fetchTimeout", Some(host)),
        FetchError::Status { host, .. } => ("fetchStatus", Some(host)),
        FetchError::TooLarge { host } | FetchError::Broken { host } | FetchError::Empty { host } => {
            ("fetchBroken", Some(host))
        }
        _ => ("failed", None),
    };
    let mut error = AppError::new(code, why.to_string());
    if let Some(host) = host {
        error = error.with("host", host);
    }
    if let FetchError::Status { status, .. } = why {
        error = error.with("status", status);
    }
    error
}
