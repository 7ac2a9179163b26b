//! What can go wrong, each in one line: what, where, what to do.

use std::io;
use std::path::PathBuf;

use paperwing_engine::ListenError;
use paperwing_link::{DocumentError, LinkError};
use paperwing_profile::fetch::FetchError;
use paperwing_profile::{ProfileError, SecretError};

use crate::picture::PictureError;
use crate::report::AskError;

/// Why something was not done. Nothing on disk has changed. No message holds a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The text is no link.
    #[error("that is no link: {0}")]
    Link(#[from] LinkError),
    /// The document is no list.
    #[error("{from}: {why}")]
    Document {
        /// Where it came from.
        from: String,
        /// What is wrong with it.
        why: DocumentError,
    },
    /// A web page where a list was expected, in a file or in what was typed.
    #[error("{from}: this is a web page, not a list")]
    WebPage {
        /// Where it came from.
        from: String,
    },
    /// Neither a link nor the name of a file.
    #[error("that is neither a link nor a file that is here: a link looks like socks5://host:port or tg://socks?…")]
    Neither,
    /// A file cannot be read.
    #[error("{}: cannot be read: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// More than any list holds.
    #[error("{from}: larger than 10 MiB: that is no list")]
    TooLarge {
        /// Where it came from.
        from: String,
    },
    /// A picture without a QR code, or one that is no picture.
    #[error("{from}: {why}")]
    Picture {
        /// Where it came from.
        from: String,
        /// What is wrong with it.
        why: PictureError,
    },
    /// Nothing in it is a proxy.
    #[error("{from}: no proxy in it{}", .first.as_ref().map(|first| format!(" ({first})")).unwrap_or_default())]
    Nothing {
        /// Where it came from.
        from: String,
        /// Why the first entry was not understood.
        first: Option<String>,
    },
    /// The list has no proxy of that name.
    #[error("there is no proxy “{name}”: {hint}")]
    NoSuchProxy {
        /// What was asked for.
        name: String,
        /// What to do.
        hint: String,
    },
    /// There is no subscription of that name.
    #[error("there is no subscription “{0}”: `paperwing subscription list` shows them")]
    NoSuchSubscription(String),
    /// The address of a list where a proxy was expected.
    #[error("that is the address of a list, not a proxy: add it with `paperwing subscription add`")]
    ListAddress,
    /// The settings say to fetch through the own port, which is not open.
    #[error("fetch_through = \"proxy\" in settings.toml, and Paperwing is not up: start it with `paperwing up`")]
    NotUp,
    /// Nobody runs on this list.
    #[error("Paperwing is not running on this list: start it with `paperwing up`, then ask again")]
    NotRunning,
    /// The running session was asked to do something and did not.
    #[error("{0}")]
    NotGranted(String),
    /// The running session gives no answer.
    #[error("{running} runs but cannot be asked: {why}")]
    AskedInVain {
        /// Which program, which process.
        running: String,
        /// Why.
        why: AskError,
    },
    /// The list was damaged and put aside, and nothing has taken its place.
    #[error("the list was damaged and is kept as {}: add your proxies again with `paperwing import`", aside.display())]
    LostList {
        /// Where it is now.
        aside: PathBuf,
    },
    /// The list is empty.
    #[error("the list is empty: add a proxy with `paperwing import`")]
    EmptyList,
    /// Proxies are there, and the engine speaks the protocol of none.
    #[error("none of the proxies can be used yet ({0}): add a SOCKS5, SOCKS4 or HTTP proxy")]
    NoneSupported(String),
    /// The operating system names no folder for settings.
    #[error("there is no home folder: say where to keep the list with --profile DIR")]
    NoHome,
    /// The test page is none.
    #[error("the test page must be an address like http://example.com/")]
    BadPage,
    /// The link does not fit into a QR code.
    #[error("the link is too long for a QR code: share it as text")]
    TooLongForQr,
    /// The practice proxies cannot be started.
    #[error("the practice proxies cannot be started on 127.0.0.1: {0}")]
    Practice(io::Error),
    /// The operating system refused something that everything needs.
    #[error("cannot {doing}: {source}")]
    System {
        /// What was tried.
        doing: &'static str,
        /// What the operating system said.
        source: io::Error,
    },
    /// The local port cannot be opened.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// The profile cannot be opened or changed.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A list cannot be fetched.
    #[error(transparent)]
    Fetch(#[from] FetchError),
}

/// Whose fault an error is, for exit codes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// What was typed or read makes no sense.
    Input,
    /// It was understood and did not work.
    World,
}

// === impl Error ===

impl Error {
    /// Whose fault it is.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Link(_)
            | Self::Document { .. }
            | Self::WebPage { .. }
            | Self::Neither
            | Self::File { .. }
            | Self::TooLarge { .. }
            | Self::Picture { .. }
            | Self::Nothing { .. }
            | Self::NoSuchProxy { .. }
            | Self::NoSuchSubscription(_)
            | Self::BadPage
            | Self::ListAddress
            | Self::TooLongForQr
            | Self::Fetch(FetchError::BadUrl)
            | Self::Profile(
                ProfileError::NameTaken(_)
                | ProfileError::BadName
                | ProfileError::BadUrl
                | ProfileError::KnownSubscription(_)
                | ProfileError::Settings(_),
            ) => Fault::Input,
            _ => Fault::World,
        }
    }
}

impl From<SecretError> for Error {
    fn from(error: SecretError) -> Self {
        Self::Profile(error.into())
    }
}
