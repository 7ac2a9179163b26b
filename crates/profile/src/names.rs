//! Names of a list: strangers repeat them, and `use NAME` must mean one.

use std::collections::{HashMap, HashSet};

use paperwing_link::Name;

use crate::Entry;

/// `use auto` means something else.
pub(crate) const RESERVED: &str = "auto";

/// The names of a list, to give out new ones.
pub(crate) struct Names {
    taken: HashSet<String>,
    /// Where to go on counting, so that ten thousand proxies of one name do not count from two each.
    next: HashMap<String, usize>,
}

impl Names {
    pub(crate) fn of(entries: &[Entry]) -> Self {
        Self::new(entries.iter().map(|entry| entry.name.as_str()))
    }

    pub(crate) fn new<'a>(names: impl Iterator<Item = &'a str>) -> Self {
        let taken = names.map(str::to_lowercase).chain([RESERVED.to_owned()]).collect();
        Self { taken, next: HashMap::new() }
    }

    /// The name itself, or with ` (2)` and so on where it is taken.
    pub(crate) fn give(&mut self, wanted: &str) -> String {
        if self.taken.insert(wanted.to_lowercase()) {
            return wanted.to_owned();
        }
        let next = self.next.entry(wanted.to_lowercase()).or_insert(2);
        loop {
            let suffix = format!(" ({next})");
            let room = Name::MAX_CHARS - suffix.chars().count();
            let name = wanted.chars().take(room).collect::<String>() + &suffix;
            *next += 1;
            if self.taken.insert(name.to_lowercase()) {
                return name;
            }
        }
    }

    pub(crate) fn free(&mut self, name: &str) {
        self.taken.remove(&name.to_lowercase());
    }
}

/// Whether a name is the wanted one, as it is or made unique by [`Names::give`].
pub(crate) fn is_form_of(name: &str, wanted: &str) -> bool {
    if name == wanted {
        return true;
    }
    let Some((stem, number)) = name.strip_suffix(')').and_then(|rest| rest.rsplit_once(" (")) else { return false };
    let was_cut = name.chars().count() == Name::MAX_CHARS;
    let is_stem = if was_cut { wanted.starts_with(stem) } else { wanted == stem };
    is_stem && number.parse::<u32>().is_ok_and(|number| number >= 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_name_gets_the_next_number_whatever_its_case() {
        let mut names = Names::new(["Oslo", "Rome (2)"].into_iter());
        let given: Vec<_> = ["Bonn", "oslo", "OSLO", "Rome", "Rome", "auto"].map(|name| names.give(name)).into();
        assert_eq!(given, ["Bonn", "oslo (2)", "OSLO (3)", "Rome", "Rome (3)", "auto (2)"]);
    }

    #[test]
    fn a_name_never_grows_beyond_the_limit() {
        let long = "é".repeat(Name::MAX_CHARS);
        let mut names = Names::new(std::iter::once(long.as_str()));
        let given = names.give(&long);
        assert_eq!(given.chars().count(), Name::MAX_CHARS);
        assert!(given.ends_with("é (2)"));
        assert!(is_form_of(&given, &long));
    }

    #[test]
    fn a_numbered_name_is_a_form_of_its_stem_only() {
        assert!(is_form_of("Oslo", "Oslo") && is_form_of("Oslo (2)", "Oslo") && is_form_of("Oslo (2)", "Oslo (2)"));
        assert!(!is_form_of("Oslo (1)", "Oslo") && !is_form_of("Oslo (x)", "Oslo") && !is_form_of("Oslo", "Oslo (2)"));
        assert!(!is_form_of("Os (2)", "Oslo"));
    }
}
