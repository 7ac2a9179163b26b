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
        let points_elsewhere = journal.groups.iter().any(is_elsewhere);
        let mut undo = Self::default();
        for group in &journal.groups {
            let is_needed = group.role == Role::Switch && points_elsewhere;
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

/// Whether ours is simply gone: all is as we set it or as it was before, so nobody chose anything new.
pub(super) fn is_lost(journal: &Journal, now: &Values) -> bool {
    !is_intact(journal, now) && journal.groups.iter().all(|group| found(group, now) == Found::Ours)
}

fn found(group: &Group, now: &Values) -> Found {
    let is_known = |key: &Key| {
        let now = now.get(&key.name);
        now == key.ours.as_ref() || now == key.before.as_ref()
    };
    if group.keys.iter().all(is_known) { Found::Ours } else { Found::Theirs }
}
