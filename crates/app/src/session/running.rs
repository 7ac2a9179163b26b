//! Which proxies a session runs on.

use std::hash::{DefaultHasher, Hash, Hasher};

use paperwing_engine::Choice;

use super::Listed;
use super::upstreams::{self, Loaded};
use crate::Error;
use crate::practice::Practice;

/// A proxy as the engine takes it, with what it is called.
pub(super) type Named = (String, paperwing_engine::Upstream);

/// What a session ran on until now.
pub(super) enum Before {
    Nothing,
    Practice(Practice),
    Proxies,
}

/// The loaded proxies; practice proxies where there are none. Never those in the place of real ones: their exit is this
/// computer, so whoever trusted the port would go unprotected.
pub(super) fn with_practice(loaded: &Loaded, before: Before) -> Result<(Option<Practice>, Vec<Named>), Error> {
    if !loaded.is_empty_list {
        return Ok((None, loaded.proxies.clone()));
    }
    let practice = match before {
        Before::Practice(practice) => practice,
        Before::Nothing => Practice::start().map_err(Error::Practice)?,
        Before::Proxies => return Ok((None, Vec::new())),
    };
    let proxies = upstreams::of_practice(&practice);
    Ok((Some(practice), proxies))
}

/// Equal for equal proxies under equal names, in one order, with one choice.
pub(super) fn print_of(proxies: &[Named], choice: Choice) -> u64 {
    let mut print = DefaultHasher::new();
    for (name, upstream) in proxies {
        (name, upstream.id, upstream.proxy.to_link().reveal()).hash(&mut print);
    }
    match choice {
        Choice::Automatic => None,
        Choice::This(id) => Some(id),
    }
    .hash(&mut print);
    print.finish()
}

/// What they are called.
pub(super) fn named(proxies: &[Named]) -> Vec<Listed> {
    proxies.iter().map(|(name, upstream)| Listed { id: upstream.id, name: name.clone() }).collect()
}
