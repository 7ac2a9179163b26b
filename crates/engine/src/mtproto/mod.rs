//! What Telegram's clients, its proxies and this program say to each other: the obfuscated transport with its secrets, and
//! the two messages that show whether a data centre answers.
//!
//! <https://core.telegram.org/mtproto/mtproto-transports>

mod call;
mod frame;
mod hello;
mod init;

pub(crate) use call::{Call, Caller, MOST_FLIGHT};
pub(crate) use frame::{FirstFrame, Frames, Messages};
pub(crate) use hello::Question;
pub(crate) use init::{INIT, Key, Keys, accept_init, make_init};

use crate::target::{Target, TargetHost};

/// The data centre that is asked where any would do.
pub(crate) const DATA_CENTRE: i16 = 2;

/// How a data centre stands in a list of connections.
pub(crate) fn target(dc: i16) -> Option<Target> {
    let kind = if dc < 0 { "media" } else { "dc" };
    Target::new(format!("{kind}{}.telegram", dc.unsigned_abs()).as_bytes(), 443).ok()
}

/// The number of the data centre that stands so in a list of connections.
pub(crate) fn data_centre(target: &Target) -> Option<i16> {
    let TargetHost::Domain(name) = &target.host else { return None };
    let name = name.strip_suffix(".telegram")?;
    match name.strip_prefix("media") {
        Some(number) => number.parse::<i16>().ok().map(i16::wrapping_neg),
        None => name.strip_prefix("dc")?.parse().ok(),
    }
}

/// Numbers of data centres that every proxy reaches. Others (of tests, of content networks) many proxies do not know.
pub(crate) fn is_common(dc: i16) -> bool {
    (1..=5).contains(&dc.unsigned_abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_data_centre_is_found_again_by_what_stands_in_the_list() {
        for dc in [1, 5, -4, 203, 10_002] {
            assert_eq!(target(dc).as_ref().and_then(data_centre), Some(dc));
        }
        assert_eq!(data_centre(&Target::parse_authority("a.example:443").unwrap()), None);
    }
}
