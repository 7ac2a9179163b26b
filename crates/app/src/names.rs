//! From what a person typed to the proxy that they mean.

use paperwing_profile::{Entry, Profile};

use crate::Error;

/// The entry of that name in any letter case or of that `host:port`; else the only one whose name begins so.
pub(crate) fn find<'a>(profile: &'a Profile, name: &str) -> Result<&'a Entry, Error> {
    if let Some(entry) = profile.find(name) {
        return Ok(entry);
    }
    let wanted = name.to_lowercase();
    let begins = |entry: &&Entry| !wanted.is_empty() && entry.name.to_lowercase().starts_with(&wanted);
    let close: Vec<_> = profile.entries().iter().filter(begins).collect();
    match close.as_slice() {
        [one] => Ok(one),
        [] => Err(unknown(name, "`paperwing list` shows the names".to_owned())),
        [first, second, ..] => Err(unknown(name, format!("did you mean “{first}” or “{second}”?"))),
    }
}

/// All of them, each once, in the order in which they were named.
pub(crate) fn find_all<'a>(profile: &'a Profile, names: &[String]) -> Result<Vec<&'a Entry>, Error> {
    let mut found: Vec<&Entry> = Vec::with_capacity(names.len());
    for name in names {
        let entry = find(profile, name)?;
        if !found.iter().any(|known| known.id == entry.id) {
            found.push(entry);
        }
    }
    Ok(found)
}

fn unknown(name: &str, hint: String) -> Error {
    Error::NoSuchProxy { name: repeatable(name), hint }
}

/// What was typed in the place of a name, as far as a message may repeat it: a link there may hold a password.
pub(crate) fn repeatable(name: &str) -> String {
    let is_bare_link = !name.starts_with('[') && name.matches(':').count() >= 2;
    if is_bare_link || name.contains("://") || name.contains(['@', '?']) {
        return "…".to_owned();
    }
    name.chars().filter(|c| !c.is_control()).take(128).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_in_the_place_of_a_name_is_not_repeated() {
        for link in
            ["socks5://ann:hunter2@h:1", "tg:socks?pass=hunter2", "h.example:1080:ann:hunter2", "ann:hunter2@h:1"]
        {
            assert_eq!(repeatable(link), "…");
        }
        for name in ["Oslo", "h.example:1080", "[::1]:1080"] {
            assert_eq!(repeatable(name), name);
        }
    }
}
