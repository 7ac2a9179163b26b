//! What to put back: only what still is as we set it. Pure.

use super::desktop::{Changes, Role, Values};
use super::journal::{Group, Journal, Key};

/// What restoring does, and what it leaves alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Undo {
    pub(super) changes: Changes,
    /// Keys that somebody else set while ours were in place.
    pub(super) kept: Vec<String>,
}

/// How a group of keys is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    /// As we set it, or on the way there or back.
    Ours,
    /// As somebody else set it.
    Theirs,
}

// === impl Undo ===

impl Undo {
    pub(super) fn new(journal: &Journal, now: &Values) -> Self {
        let is_elsewhere = |group: &Group| group.role == Role::Address && found(group, now) == Found::Theirs;
        let elsewhere: Vec<_> = journal.groups.iter().filter(|group| is_elsewhere(group)).map(|it| &it.part).collect();
        let mut undo = Self::default();
        for group in &journal.groups {
            let is_needed = group.role == Role::Switch && elsewhere.contains(&&group.part);
            if found(group, now) == Found::Theirs || is_needed {
                undo.kept.extend(group.keys.iter().map(|key| key.name.clone()));
            } else {
                let differs = |key: &&Key| now.get(&key.name) != key.before.as_ref();
                let back = |key: &Key| (key.name.clone(), key.before.clone());
                undo.changes.extend(group.keys.iter().filter(differs).map(back));
            }
        }
        // The switch was set last, so that nobody was sent to half an address: it goes back first.
        undo.changes.reverse();
        undo
    }
}

/// Whether all is as we set it.
pub(super) fn is_intact(journal: &Journal, now: &Values) -> bool {
    journal.keys().all(|key| now.get(&key.name) == key.ours.as_ref())
}

/// Whether ours is simply gone: all is exactly as it was before. Where each network service or connection has a setting of its
/// own, some may have kept ours.
pub(super) fn is_lost(journal: &Journal, now: &Values) -> bool {
    let is_whole = |group: &Group| {
        let of_part: Vec<_> =
            journal.groups.iter().filter(|it| it.part == group.part).flat_map(|it| &it.keys).collect();
        let is_ours = of_part.iter().all(|key| now.get(&key.name) == key.ours.as_ref());
        is_ours || of_part.iter().all(|key| now.get(&key.name) == key.before.as_ref())
    };
    !is_intact(journal, now) && journal.groups.iter().all(is_whole)
}

/// Whether nobody chose anything new: each key is as we set it or as it was before.
pub(super) fn is_mixed(journal: &Journal, now: &Values) -> bool {
    journal.groups.iter().all(|group| found(group, now) == Found::Ours)
}

fn found(group: &Group, now: &Values) -> Found {
    let is_known = |key: &Key| {
        let now = now.get(&key.name);
        let was_ours = key.earlier.iter().any(|earlier| now == earlier.as_ref());
        now == key.ours.as_ref() || now == key.before.as_ref() || was_ours
    };
    if group.keys.iter().all(is_known) { Found::Ours } else { Found::Theirs }
}

#[cfg(test)]
mod tests {
    use super::super::desktop;
    use super::*;
    use crate::setting::Point;

    fn values(pairs: &[(&str, &str)]) -> Values {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    fn group(role: Role, pairs: &[(&str, &str)]) -> desktop::Group {
        let changes = pairs.iter().map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned())));
        desktop::Group { role, part: None, changes: changes.collect() }
    }

    fn journal(before: &Values) -> Journal {
        let plan = vec![
            group(Role::Address, &[("host", "us"), ("port", "1080")]),
            group(Role::Detail, &[("bypass", "localhost")]),
            group(Role::Switch, &[("mode", "manual")]),
        ];
        let point = Point::new(([127, 0, 0, 1], 1080).into(), []);
        Journal::new("test", &point, before, plan, None)
    }

    fn apply(now: &Values, changes: &Changes) -> Values {
        let mut then = now.clone();
        for (key, value) in changes {
            match value {
                Some(value) => drop(then.insert(key.clone(), value.clone())),
                None => drop(then.remove(key)),
            }
        }
        then
    }

    #[test]
    fn from_every_step_on_the_way_there_and_back_it_leads_to_what_was_before() {
        for before in [values(&[]), values(&[("host", "them"), ("mode", "auto"), ("other", "x")])] {
            let journal = journal(&before);
            let ours = journal.ours();
            for step in 0..=ours.len() {
                let now = apply(&before, &ours[..step].to_vec());
                let undo = Undo::new(&journal, &now);
                assert_eq!(apply(&now, &undo.changes), before);
                assert!(undo.kept.is_empty());
                for back in 0..=undo.changes.len() {
                    let halfway = apply(&now, &undo.changes[..back].to_vec());
                    assert_eq!(apply(&halfway, &Undo::new(&journal, &halfway).changes), before);
                }
            }
        }
    }

    #[test]
    fn from_every_step_of_moving_to_another_address_it_leads_to_what_was_before() {
        for before in [values(&[]), values(&[("host", "them"), ("mode", "auto"), ("other", "x")])] {
            let first = journal(&before);
            let there = apply(&before, &first.ours());
            assert_eq!(first.without_us(&there), before);
            let plan = vec![
                group(Role::Address, &[("host", "us"), ("port", "1090")]),
                group(Role::Detail, &[("bypass", "localhost,lan")]),
                group(Role::Switch, &[("mode", "manual")]),
            ];
            let moved = first.moved_to(&Point::new(([127, 0, 0, 1], 1090).into(), []), &there, plan);
            assert_eq!(moved.token, first.token);
            for step in 0..=moved.ours().len() {
                let now = apply(&there, &moved.ours()[..step].to_vec());
                let undo = Undo::new(&moved, &now);
                assert_eq!(apply(&now, &undo.changes), before);
                assert!(undo.kept.is_empty());
            }
            assert!(is_intact(&moved, &apply(&there, &moved.ours())));
        }
    }

    #[test]
    fn what_is_not_planned_any_more_is_put_back_all_the_same() {
        let before = values(&[("ftp", "them")]);
        let mut plan = vec![group(Role::Switch, &[("mode", "manual")])];
        let unset = ("ftp".to_owned(), None);
        plan.push(desktop::Group { changes: vec![unset], ..group(Role::Detail, &[]) });
        let point = Point::new(([127, 0, 0, 1], 1080).into(), []);
        let first = Journal::new("test", &point, &before, plan, None);
        let there = apply(&before, &first.ours());
        let moved = first.moved_to(&point, &there, vec![group(Role::Switch, &[("mode", "manual")])]);
        assert_eq!(apply(&there, &Undo::new(&moved, &there).changes), before);
    }

    #[test]
    fn the_switch_goes_back_before_the_address() {
        let before = values(&[]);
        let journal = journal(&before);
        let undo = Undo::new(&journal, &apply(&before, &journal.ours()));
        assert_eq!(undo.changes.first(), Some(&("mode".to_owned(), None)));
    }

    #[test]
    fn what_somebody_set_meanwhile_stays_with_all_that_belongs_to_it() {
        let before = values(&[("host", "them"), ("port", "1"), ("mode", "auto")]);
        let journal = journal(&before);
        let ours = apply(&before, &journal.ours());
        for (change, kept) in [
            (("mode", "none"), vec!["mode"]),
            (("bypass", "*.home"), vec!["bypass"]),
            (("host", "new"), vec!["host", "port", "mode"]),
            (("port", "2"), vec!["host", "port", "mode"]),
        ] {
            let now = apply(&ours, &vec![(change.0.to_owned(), Some(change.1.to_owned()))]);
            let undo = Undo::new(&journal, &now);
            assert_eq!(undo.kept, kept);
            let then = apply(&now, &undo.changes);
            assert!(kept.iter().all(|key| then.get(*key) == now.get(*key)));
            assert!(!is_lost(&journal, &now) && !is_mixed(&journal, &now) && !is_intact(&journal, &now));
        }
    }

    #[test]
    fn another_address_for_one_part_keeps_the_switch_of_no_other() {
        let mut plan = Vec::new();
        for part in ["a", "b"] {
            for (role, key) in [(Role::Address, "host"), (Role::Switch, "mode")] {
                let group = group(role, &[(&format!("{key}-{part}"), "ours")]);
                plan.push(desktop::Group { part: Some(part.to_owned()), ..group });
            }
        }
        let point = Point::new(([127, 0, 0, 1], 1080).into(), []);
        let journal = Journal::new("test", &point, &values(&[]), plan, None);
        let mut now = apply(&values(&[]), &journal.ours());
        now.insert("host-a".to_owned(), "theirs".to_owned());
        let undo = Undo::new(&journal, &now);
        assert_eq!(undo.kept, ["host-a", "mode-a"]);
        assert_eq!(apply(&now, &undo.changes), values(&[("host-a", "theirs"), ("mode-a", "ours")]));
    }

    #[test]
    fn what_was_put_back_by_something_is_lost_and_not_chosen() {
        let before = values(&[("mode", "auto")]);
        let journal = journal(&before);
        assert!(is_lost(&journal, &before));
        assert!(!is_lost(&journal, &apply(&before, &journal.ours())));
        assert!(!is_lost(&journal, &values(&[("mode", "none")])));
    }

    #[test]
    fn what_is_only_in_part_as_it_was_before_is_not_lost() {
        let before = values(&[("mode", "auto")]);
        let journal = journal(&before);
        let ours = apply(&before, &journal.ours());
        // As somebody does who switches the proxy off where desktops let people do that: the address stays.
        let mixed = apply(&ours, &vec![("mode".to_owned(), Some("auto".to_owned()))]);
        assert!(is_mixed(&journal, &mixed) && !is_lost(&journal, &mixed) && !is_intact(&journal, &mixed));
    }

    #[test]
    fn one_part_may_be_lost_while_another_keeps_ours() {
        let part = |part: &str| {
            let group = |role, key: &str| group(role, &[(&format!("{key}-{part}"), "ours")]);
            let of_part = |group| desktop::Group { part: Some(part.to_owned()), ..group };
            [of_part(group(Role::Address, "host")), of_part(group(Role::Switch, "mode"))]
        };
        let point = Point::new(([127, 0, 0, 1], 1080).into(), []);
        let before = values(&[("mode-a", "theirs")]);
        let journal = Journal::new("test", &point, &before, [part("a"), part("b")].concat(), None);
        let mut now = apply(&before, &journal.ours());
        now.remove("host-a");
        assert!(!is_lost(&journal, &now));
        now.insert("mode-a".to_owned(), "theirs".to_owned());
        assert!(is_lost(&journal, &now));
    }

    #[test]
    fn a_setting_that_is_ours_already_is_not_taken_for_the_persons() {
        let ours = apply(&values(&[]), &journal(&values(&[])).ours());
        let journal = journal(&ours);
        assert_eq!(apply(&ours, &Undo::new(&journal, &ours).changes), values(&[]));
    }
}
