//! What Telegram's clients, its proxies and this program say to each other: the obfuscated transport with its secrets, and
//! the two messages that show whether a data centre answers.
//!
//! <https://core.telegram.org/mtproto/mtproto-transports>

mod call;
mod frame;
mod hello;
mod init;

pub(crate) use call::{Call, Caller, MOST_FLIGHT};
pub(crate) use frame::{FirstFrame, Frames};
pub(crate) use hello::Question;
pub(crate) use init::{INIT, Key, Keys, accept_init, make_init};

use crate::target::Target;

/// The data centre that is asked where any would do.
pub(crate) const DATA_CENTRE: i16 = 2;

/// How a data centre stands in a list of connections.
pub(crate) fn target(dc: i16) -> Option<Target> {
    let kind = if dc < 0 { "media" } else { "dc" };
    Target::new(format!("{kind}{}.telegram", dc.unsigned_abs()).as_bytes(), 443).ok()
}

/// Numbers of data centres that every proxy reaches. Others (of tests, of content networks) many proxies do not know.
pub(crate) fn is_common(dc: i16) -> bool {
    (1..=5).contains(&dc.unsigned_abs())
}
