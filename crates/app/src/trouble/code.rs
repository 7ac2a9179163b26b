//! The codes. A face has a sentence for each of them.

use serde::Serialize;

/// Names a message of a face.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Code {
    // What the program itself cannot do.
    /// The program ends.
    Stopped,
    /// What was asked for is not there any more.
    Gone,
    /// It is off, and what was asked for needs it on.
    Off,
    /// Anything else; the English text says what.
    Failed,

    // What was typed, pasted or read.
    /// A link with a mistake in it, which the error holds.
    BadLink,
    /// `from` is empty.
    EmptyDocument,
    /// `from` breaks off or is nested wrongly in line `line`.
    Malformed,
    /// `from` is JSON or YAML in a format that nobody knows.
    UnknownFormat,
    /// `from` is a web page.
    WebPage,
    /// Neither a link nor a file.
    Neither,
    /// The file `path` cannot be read.
    FileUnreadable,
    /// `from` is larger than a list.
    TooLarge,
    /// `from` is a picture that cannot be read.
    BadPicture,
    /// No QR code in the picture `from`.
    NoQr,
    /// No proxy in `from`.
    NothingFound,
    /// Nothing on the clipboard that can be read.
    NoPicture,
    /// The clipboard cannot be used.
    Clipboard,
    /// No program opens `tg:` links or pages.
    CannotOpen,
    /// No program but ours opens Telegram's links; `link` is the one to be opened by hand.
    NoTelegram,
    /// The address of a list where a proxy was expected.
    ListAddress,
    /// A port that is none.
    BadPort,
    /// A host that is none.
    BadHost,
    /// Something is missing.
    Missing,
    /// A test page that is none.
    BadPage,
    /// A protocol, `protocol`, that the form cannot take.
    UnsupportedProtocol,
    /// A name with nothing to see.
    BadName,
    /// The name `name` is another proxy's.
    NameTaken,
    /// An address that is none.
    BadUrl,
    /// The subscription is there already, as `name`.
    KnownSubscription,
    /// The link does not fit into a QR code.
    TooLongForQr,
    /// The link holds a password, and nobody said that it may be shown.
    NeedsConsent,
    /// Set by hand in `file`.
    SettledByHand,

    // The list and what is kept.
    /// The list was damaged, is kept as `aside`, and nothing has taken its place.
    LostList,
    /// The list is empty.
    EmptyList,
    /// Proxies are there, and none can be used.
    NoneSupported,
    /// There are proxies, and what was asked for is for an empty list.
    ListNotEmpty,
    /// Another program, `program`, runs on the list.
    AlreadyRunning,
    /// Another program is changing the list.
    Busy,
    /// The file `path` was written by a newer version.
    NewerFile,
    /// The file `path` is damaged.
    DamagedFile,
    /// The settings make no sense.
    BadSettings,
    /// A subscription came back empty.
    EmptySubscription,
    /// The file `path` cannot be written or read.
    DiskFailed,

    // The key to the passwords.
    /// Passwords are not kept.
    KeyOff,
    /// There is no keyring.
    KeyringAbsent,
    /// The key is in the system's keyring, and none is running.
    KeyringMissing,
    /// The keyring is locked.
    KeyLocked,
    /// The passphrase is missing.
    Passphrase,
    /// The passphrase opens nothing.
    PassphraseWrong,
    /// The key is gone or is another one.
    KeyLost,

    // The local port.
    /// The port `port` is taken, by `holder` where that is known; `free` is the next that is not.
    PortTaken,
    /// The system does not allow the port `port`.
    PortForbidden,
    /// The port `port` cannot be opened.
    CannotListen,
    /// The practice proxies cannot be started.
    PracticeFailed,

    // Lists that are fetched.
    /// Lists are to be fetched through the own port, which is not open.
    NotUp,
    /// `host` leads where a list must not lead.
    FetchForbidden,
    /// `host` cannot be reached.
    FetchUnreachable,
    /// The certificate of `host` is not trusted.
    FetchUntrusted,
    /// `host` took too long.
    FetchTimeout,
    /// `host` answered with the HTTP status `status`.
    FetchStatus,
    /// `host` answered with something that is no list.
    FetchBroken,

    // The system's proxy setting.
    /// Another Paperwing has it in hand: `by`, where that is known.
    SystemProxyInUse,
    /// It could not be changed.
    SystemProxyFailed,
    /// It could not be put back yet.
    SystemProxyNotPutBack,
    /// It did not take the change.
    SystemProxyNotTaken,
    /// Settings are kept in `what`, which cannot be changed.
    SettingElsewhere,
    /// The proxy of `of` has a password, which could not be put back.
    SettingPassword,
    /// An administrator has locked the setting.
    SettingLocked,
    /// A program of the system's, `program`, did not do as asked.
    SystemProgram,
    /// The desktop's session bus did not do as asked.
    SessionBus,
    /// What would put the setting back after a crash cannot be started.
    GuardFailed,

    // Things to know that stopped nothing.
    /// The file `path` was damaged and is kept as `aside`.
    FileSetAside,
    /// The file `path` was damaged by something else, is kept as `aside`, and was written anew.
    FileRewritten,
    /// The health history was written by a newer version.
    NewerHistory,
    /// The window's settings were written by a newer version.
    NewerPreferences,
    /// `key`, in line `line` of `path`, is no setting.
    UnknownSetting,
    /// Others can look into the folder `path`.
    OpenToOthers,
    /// Others can read the key `path`.
    KeyOpenToOthers,
    /// `name` cannot be used, and `more` others, where there are any.
    Unreadable,
    /// `name`, which was asked for, cannot be used.
    ChoiceUnusable,
    /// `name` was left out, and `more` others, where there are any.
    LeftOut,
    /// The list has proxies for Telegram only.
    TelegramOnly,
    /// What Telegram is told holds for this time only.
    TelegramThisTime,
    /// There is no port for Telegram.
    TelegramNoPort,
    /// The port `port`, which Telegram knows, is taken.
    TelegramPortTaken,
    /// Other programs cannot ask how things stand.
    CannotBeAsked,
    /// The SSH server `server` showed its key, `fingerprint`, for the first time.
    NewHostKey,
    /// The list `name` stays as it was.
    SubscriptionStays,
    /// The list stays as it was.
    ListStays,
    /// The list was emptied, so traffic is stopped.
    ListEmptied,
}
