//! From errors to codes.

use std::io;

use paperwing_engine::ListenError;
use paperwing_link::DocumentError;
use paperwing_profile::fetch::FetchError;
use paperwing_profile::{ProfileError, SecretError, Sought, Warning};
use paperwing_system::setting::{DesktopError, SettingError};

use super::{AppError, Code};
use crate::picture::PictureError;
use crate::system_proxy::SystemProxyError;
use crate::{Error, Whence};

// === impl AppError ===

impl From<Error> for AppError {
    fn from(error: Error) -> Self {
        let text = error.to_string();
        let plain = |code| Self::new(code, text.clone());
        match &error {
            Error::Link(why) => Self { link: Some(Box::new(why.clone())), ..plain(Code::BadLink) },
            Error::Document { from, why } => of_document(plain, from, why),
            Error::WebPage { from } => about(plain(Code::WebPage), from),
            Error::Neither => plain(Code::Neither),
            Error::File { path, .. } => plain(Code::FileUnreadable).with("path", path.display()),
            Error::TooLarge { from } => about(plain(Code::TooLarge), from),
            Error::Picture { from, why: PictureError::NoCode } => about(plain(Code::NoQr), from),
            Error::Picture { from, why: PictureError::Unreadable } => about(plain(Code::BadPicture), from),
            Error::Nothing { from, .. } => about(plain(Code::NothingFound), from),
            Error::NoSuchProxy { .. } | Error::NoSuchSubscription(_) => plain(Code::Gone),
            Error::ListAddress => plain(Code::ListAddress),
            Error::NotUp => plain(Code::NotUp),
            Error::LostList { aside } => plain(Code::LostList).with("aside", aside.display()),
            Error::EmptyList => Self::new(Code::EmptyList, "the list is empty: add a proxy first"),
            Error::NoneSupported(_) => plain(Code::NoneSupported),
            Error::BadPage => plain(Code::BadPage),
            Error::TooLongForQr => plain(Code::TooLongForQr),
            Error::Practice(_) => plain(Code::PracticeFailed),
            Error::Listen(why) => of_listen(why),
            Error::Profile(why) => of_profile(why),
            Error::Fetch(why) => of_fetch(why),
            _ => plain(Code::Failed),
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

impl From<&Warning> for AppError {
    fn from(warning: &Warning) -> Self {
        let plain = |code| Self::new(code, warning.to_string());
        match warning {
            Warning::SetAside { path, aside, .. } => {
                plain(Code::FileSetAside).with("path", path.display()).with("aside", aside.display())
            }
            Warning::Rewritten { path, aside, .. } => {
                plain(Code::FileRewritten).with("path", path.display()).with("aside", aside.display())
            }
            Warning::NewerHistory { .. } => plain(Code::NewerHistory),
            Warning::NewerPreferences { .. } => plain(Code::NewerPreferences),
            Warning::UnknownSetting { path, line, key } => {
                plain(Code::UnknownSetting).with("path", path.display()).with("line", line).with("key", key)
            }
            Warning::OpenToOthers { path, .. } => plain(Code::OpenToOthers).with("path", path.display()),
            Warning::KeyOpenToOthers { path, .. } => plain(Code::KeyOpenToOthers).with("path", path.display()),
            _ => plain(Code::Failed),
        }
    }
}

impl From<&SystemProxyError> for AppError {
    fn from(error: &SystemProxyError) -> Self {
        let text = error.to_string();
        match error {
            SystemProxyError::InUse { by } => {
                let plain = Self::new(Code::SystemProxyInUse, text);
                match by {
                    Some(by) => plain.with("by", by),
                    None => plain,
                }
            }
            SystemProxyError::Setting(why) => of_setting(why, text),
            SystemProxyError::Unsupported | SystemProxyError::Interrupted => Self::new(Code::SystemProxyFailed, text),
        }
    }
}

/// An error about what came from a place; its name, or which it is where it has none.
fn about(error: AppError, from: &str) -> AppError {
    match Whence::of(from) {
        Some(Whence::Clipboard) => error.with("whence", "clipboard"),
        Some(Whence::Link) => error.with("whence", "link"),
        Some(Whence::Typed) => error.with("whence", "typed"),
        None => error.with("from", from),
    }
}

fn of_document(plain: impl Fn(Code) -> AppError, from: &str, why: &DocumentError) -> AppError {
    let about = |code| about(plain(code), from);
    match why {
        DocumentError::Empty => about(Code::EmptyDocument),
        DocumentError::TooLarge => about(Code::TooLarge),
        DocumentError::WebPage => about(Code::WebPage),
        DocumentError::Malformed { line } => about(Code::Malformed).with("line", line),
        DocumentError::UnknownFormat => about(Code::UnknownFormat),
        DocumentError::NothingUsable(_) => about(Code::NothingFound),
    }
}

fn of_setting(why: &SettingError, text: String) -> AppError {
    let failed = AppError::new(Code::SystemProxyFailed, text.clone());
    match why {
        SettingError::Desktop(why) => match of_desktop(why) {
            Some(cause) => failed.because(cause),
            None => failed,
        },
        SettingError::NotPutBack(why) => {
            let not_back = AppError::new(Code::SystemProxyNotPutBack, text);
            match of_desktop(why) {
                Some(cause) => not_back.because(cause),
                None => not_back,
            }
        }
        SettingError::NotTaken => AppError::new(Code::SystemProxyNotTaken, text),
        SettingError::Journal { path, .. } => {
            failed.because(AppError::new(Code::DiskFailed, why.to_string()).with("path", path.display()))
        }
        SettingError::NewerJournal { path } => {
            failed.because(AppError::new(Code::NewerFile, why.to_string()).with("path", path.display()))
        }
        SettingError::Guard(_) => failed.because(AppError::new(Code::GuardFailed, why.to_string())),
        _ => failed,
    }
}

/// What the desktop said; nothing where a person can do nothing with it.
fn of_desktop(why: &DesktopError) -> Option<AppError> {
    let plain = |code| AppError::new(code, why.to_string());
    Some(match why {
        DesktopError::File { path, .. } => plain(Code::DiskFailed).with("path", path.display()),
        DesktopError::Damaged { path } => plain(Code::DamagedFile).with("path", path.display()),
        DesktopError::Elsewhere { what } => plain(Code::SettingElsewhere).with("what", what),
        DesktopError::Program { program, .. } => plain(Code::SystemProgram).with("program", program),
        DesktopError::Password { of } => plain(Code::SettingPassword).with("of", of),
        DesktopError::Locked => plain(Code::SettingLocked),
        #[cfg(target_os = "linux")]
        DesktopError::Bus(_) => plain(Code::SessionBus),
        _ => return None,
    })
}

fn of_listen(why: &ListenError) -> AppError {
    let code = match why.source.kind() {
        io::ErrorKind::AddrInUse => Code::PortTaken,
        io::ErrorKind::PermissionDenied => Code::PortForbidden,
        _ => Code::CannotListen,
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
            plain(Code::AlreadyRunning).with("program", &holder.program).with("pid", holder.pid)
        }
        ProfileError::Busy { .. } => plain(Code::Busy),
        ProfileError::Newer { path, .. } => plain(Code::NewerFile).with("path", path.display()),
        ProfileError::Damaged { path, .. } => plain(Code::DamagedFile).with("path", path.display()),
        ProfileError::Settings(_) => plain(Code::BadSettings),
        ProfileError::Secret(why) => of_secret(why),
        ProfileError::NoSuchProxy(_) | ProfileError::NoSuchSubscription(_) => AppError::gone(),
        ProfileError::NameTaken(name) => plain(Code::NameTaken).with("name", name),
        ProfileError::BadName => plain(Code::BadName),
        ProfileError::BadUrl => plain(Code::BadUrl),
        ProfileError::KnownSubscription(name) => plain(Code::KnownSubscription).with("name", name),
        ProfileError::EmptyList => plain(Code::EmptySubscription),
        ProfileError::Io { path, .. } => plain(Code::DiskFailed).with("path", path.display()),
        _ => plain(Code::Failed),
    }
}

fn of_secret(why: &SecretError) -> AppError {
    let code = match why {
        SecretError::Off => Code::KeyOff,
        SecretError::KeyringAbsent { sought: Sought::New } => Code::KeyringAbsent,
        SecretError::KeyringAbsent { sought: Sought::Existing } => Code::KeyringMissing,
        SecretError::KeyringLocked { .. } | SecretError::KeyringTimeout { .. } => Code::KeyLocked,
        SecretError::PassphraseMissing | SecretError::PassphraseEmpty => Code::Passphrase,
        SecretError::PassphraseWrong => Code::PassphraseWrong,
        _ => Code::KeyLost,
    };
    let is_new = matches!(
        why,
        SecretError::KeyringAbsent { sought: Sought::New }
            | SecretError::KeyringLocked { sought: Sought::New }
            | SecretError::KeyringTimeout { sought: Sought::New }
    );
    let error = AppError::new(code, why.to_string());
    // A key that is not made yet can go elsewhere.
    if is_new { error.with("sought", "new") } else { error }
}

fn of_fetch(why: &FetchError) -> AppError {
    let (code, host) = match why {
        FetchError::BadUrl => (Code::BadUrl, None),
        FetchError::Forbidden { host, .. }
        | FetchError::BadRedirect { host }
        | FetchError::TooManyRedirects { host } => (Code::FetchForbidden, Some(host)),
        FetchError::Unreachable { host } => (Code::FetchUnreachable, Some(host)),
        FetchError::Untrusted { host } => (Code::FetchUntrusted, Some(host)),
        FetchError::Timeout { host } => (Code::FetchTimeout, Some(host)),
        FetchError::Status { host, .. } => (Code::FetchStatus, Some(host)),
        FetchError::TooLarge { host } | FetchError::Broken { host } | FetchError::Empty { host } => {
            (Code::FetchBroken, Some(host))
        }
        _ => (Code::Failed, None),
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
