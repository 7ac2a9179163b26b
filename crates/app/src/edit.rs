//! Small changes of the list.

use paperwing_link::Secret;
use paperwing_profile::{Choice, Entry, Profile};

use crate::{Error, names};

/// A proxy that is no longer in the list.
#[derive(Clone, Debug)]
pub struct Removed {
    /// What the list had of it.
    pub entry: Entry,
    /// The link that brings it back; `None` where it held a secret, which went with it: a face that offers undo reads
    /// the whole proxy before it removes it.
    pub link: Option<Secret>,
}

/// Which proxy to prefer: one by its name, or `auto` for whichever works. Returns what holds now.
pub fn choose(profile: &mut Profile, name: &str) -> Result<Option<Entry>, Error> {
    if name.eq_ignore_ascii_case("auto") {
        profile.choose(Choice::Auto)?;
        return Ok(None);
    }
    let entry = names::find(profile, name)?.clone();
    profile.choose(Choice::Proxy(entry.id))?;
    Ok(Some(entry))
}

/// Takes proxies off the list: all of them or, where one is not there, none.
pub fn remove(profile: &mut Profile, names: &[String]) -> Result<Vec<Removed>, Error> {
    let found: Vec<Entry> = names::find_all(profile, names)?.into_iter().cloned().collect();
    let removed = found
        .into_iter()
        .map(|entry| {
            let is_open = !entry.is_sealed();
            let link = is_open.then(|| profile.proxy(&entry).ok().map(|proxy| proxy.to_link())).flatten();
            Removed { entry, link }
        })
        .collect::<Vec<_>>();
    let ids: Vec<_> = removed.iter().map(|gone| gone.entry.id).collect();
    profile.remove(&ids)?;
    Ok(removed)
}

/// Gives a proxy another name. Returns the old entry and the name that it has now.
pub fn rename(profile: &mut Profile, name: &str, to: &str) -> Result<(Entry, String), Error> {
    let entry = names::find(profile, name)?.clone();
    profile.rename(entry.id, to)?;
    let now = profile.entry(entry.id).map_or_else(|| to.to_owned(), |entry| entry.name.clone());
    Ok((entry, now))
}
