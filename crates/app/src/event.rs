//! What happens while a session runs, with names in the place of numbers.

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use paperwing_engine::Failure;
use serde::{Deserialize, Serialize};

use crate::AppError;
use crate::system_proxy::SystemProxyNow;

/// What a proxy did, in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// At which stage of an attempt: `connect`.
    pub stage: String,
    /// The word for it in JSON: `refused`.
    pub cause: String,
    /// The end of a sentence that begins with the proxy's name: `refused the connection`.
    pub text: String,
}

/// Something to tell a person or a program.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The local port takes connections.
    Listening {
        /// Where.
        address: SocketAddr,
    },
    /// New connections use another proxy now.
    Switched {
        /// The proxy until now.
        from: String,
        /// The proxy from now on.
        to: String,
        /// What the old one did; absent where a person chose or speed decided.
        why: Option<Reason>,
        /// From the first sign to the first connection that the new one carried.
        took: Duration,
    },
    /// A proxy carries nothing any more and is left alone for a while.
    Blocked {
        /// Which.
        proxy: String,
        /// The sign that decided.
        why: Reason,
        /// When it may be tried again, from now.
        retry_in: Duration,
    },
    /// A proxy refuses the credentials; it is not tried again until a person edits it.
    Rejected {
        /// Which.
        proxy: String,
        /// What it said.
        why: Reason,
    },
    /// A blocked proxy carries again.
    Recovered {
        /// Which.
        proxy: String,
    },
    /// This computer's own network is down; no proxy is blamed.
    NoNetwork,
    /// This computer's own network is back.
    NetworkBack,
    /// No proxy is left to try; traffic stops.
    AllBlocked,
    /// Somebody else answers in every proxy's place: this network seems to want a person to sign in. Traffic stops.
    SignInNeeded,
    /// That page is gone.
    SignInOver,
    /// No proxy for Telegram is left to try; Telegram's traffic stops.
    TelegramBlocked,
    /// The list or the choice was changed by another command, and holds now.
    Reloaded {
        /// How many proxies are in use now.
        proxies: usize,
        /// The one that the person asked for.
        chosen: Option<String>,
    },
    /// The desktop's proxy setting was switched, or another program changed it.
    SystemProxy {
        /// How it stands now.
        now: SystemProxyNow,
    },
    /// A list that somebody else keeps was fetched again, and brought something new.
    Refreshed {
        /// What it is called.
        list: String,
        /// How many proxies are new.
        added: usize,
        /// How many went with it.
        removed: usize,
        /// How many are gone from it and kept: in use, chosen or changed by hand.
        kept: usize,
    },
    /// Something that a person should know and that stopped nothing.
    Trouble {
        /// What; its text is one line, and all of it that another process hears.
        #[serde(rename = "text", with = "text_alone")]
        what: AppError,
    },
}

/// An error on its way to another process, where a terminal shows its text.
mod text_alone {
    use serde::{Deserialize, Deserializer, Serializer};

    use crate::{AppError, Code};

    pub(super) fn serialize<S: Serializer>(error: &AppError, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&error.text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<AppError, D::Error> {
        Ok(AppError::new(Code::Failed, String::deserialize(from)?))
    }
}

// === impl Reason ===

impl From<Failure> for Reason {
    fn from(failure: Failure) -> Self {
        let Failure { stage, cause } = failure;
        Self { stage: stage.name().to_owned(), cause: cause.name().to_owned(), text: failure.to_string() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
