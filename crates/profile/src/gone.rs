//! What was taken off the list, kept in memory so that it can be put back.

use std::collections::HashSet;

use paperwing_link::{Proxy, ProxyId};

use crate::document::Document;
use crate::key::Vault;
use crate::names::Names;
use crate::{Choice, Entry, Profile, ProfileError};

/// A proxy that was taken off the list.
#[derive(Clone, Debug)]
pub struct Gone {
    entry: Entry,
    place: usize,
    was_chosen: bool,
    /// The whole of it, where it could be read: the key may go with the last secret.
    whole: Option<Proxy>,
}

impl Profile {
    /// Takes proxies off the list, all or none, so that [`Profile::put_back`] can undo it. Opens the key where there are
    /// secrets; where that fails they go all the same, and come back only while the key is kept.
    pub fn take_off(&mut self, ids: &[ProxyId]) -> Result<Vec<Gone>, ProfileError> {
        self.edit(|document, vault| {
            let wanted: HashSet<_> = ids.iter().collect();
            let chosen = document.choice;
            let gone = document.proxies.iter().enumerate().filter(|(_, entry)| wanted.contains(&entry.id));
            let gone = gone.map(|(place, entry)| Gone {
                entry: entry.clone(),
                place,
                was_chosen: chosen == Choice::Proxy(entry.id),
                whole: document.proxy(entry, vault).ok(),
            });
            let gone = gone.collect();
            document.remove(ids)?;
            Ok(gone)
        })
    }

    /// Puts proxies back where they were, as far as the list still has such a place.
    pub fn put_back(&mut self, gone: &[Gone]) -> Result<(), ProfileError> {
        self.edit(|document, vault| gone.iter().try_for_each(|one| document.put_back(one, vault)))
    }

    /// Puts proxies in front of another one, or at the end, in the order in which they are named.
    pub fn move_before(&mut self, ids: &[ProxyId], before: Option<ProxyId>) -> Result<(), ProfileError> {
        self.edit(|document, _| {
            let moved: HashSet<_> = ids.iter().copied().collect();
            let others = document.proxies.iter().map(|entry| entry.id).filter(|id| !moved.contains(id));
            let mut order: Vec<ProxyId> = others.collect();
            let place = before.and_then(|before| order.iter().position(|id| *id == before)).unwrap_or(order.len());
            order.splice(place..place, ids.iter().copied());
            document.reorder(&order)
        })
    }
}

impl Document {
    fn put_back(&mut self, gone: &Gone, vault: &Vault) -> Result<(), ProfileError> {
        let mut entry = gone.entry.clone();
        if self.entry(entry.id).is_some() {
            return Ok(());
        }
        if let Some(whole) = &gone.whole {
            entry.kept = self.keep(entry.id, whole, vault)?;
        }
        entry.name = Names::of(&self.proxies).give(&entry.name);
        let is_there = |id| self.subscriptions.iter().any(|known| known.id == id);
        entry.subscription = entry.subscription.filter(|id| is_there(*id));
        if gone.was_chosen && self.choice == Choice::Auto {
            self.choice = Choice::Proxy(entry.id);
        }
        self.proxies.insert(gone.place.min(self.proxies.len()), entry);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::{KeyKind, KeyOptions, OpenMode};

    fn profile(dir: &std::path::Path) -> Profile {
        Profile::open(dir, OpenMode::Command, KeyOptions::new().kind(Some(KeyKind::File))).unwrap().0
    }

    fn names(profile: &Profile) -> Vec<&str> {
        profile.entries().iter().map(|entry| entry.name.as_str()).collect()
    }

    fn filled(dir: &std::path::Path) -> (Profile, Vec<ProxyId>) {
        let mut profile = profile(dir);
        let links = ["socks5://h:1#Oslo", "socks5://ann:hunter2@h:2#Riga", "socks5://h:3#Turku", "socks5://h:4#Umea"];
        let ids = profile.add(&links.map(|link| link.parse().unwrap()), None).unwrap().new;
        (profile, ids)
    }

    #[test]
    fn what_is_put_back_is_where_and_what_it_was() {
        let dir = tempfile::tempdir().unwrap();
        let (mut profile, ids) = filled(dir.path());
        profile.choose(Choice::Proxy(ids[1])).unwrap();
        let before = profile.entries().to_vec();
        let gone = profile.take_off(&[ids[1], ids[2]]).unwrap();
        assert_eq!((names(&profile), profile.choice()), (vec!["Oslo", "Umea"], Choice::Auto));
        assert_eq!(profile.key_kind(), None, "the key goes with the last secret");
        profile.put_back(&gone).unwrap();
        assert_eq!(names(&profile), ["Oslo", "Riga", "Turku", "Umea"]);
        assert_eq!(profile.choice(), Choice::Proxy(ids[1]));
        assert_eq!(profile.entries().iter().map(|entry| entry.id).collect::<Vec<_>>(), ids);
        assert_eq!(before[2], profile.entries()[2]);
        let riga = profile.proxy(profile.entry(ids[1]).unwrap()).unwrap();
        assert!(riga.to_link().reveal().contains("hunter2"));
        profile.put_back(&gone).unwrap();
        assert_eq!(profile.entries().len(), 4, "twice is once");
    }

    #[test]
    fn rows_move_before_another_one_or_to_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let (mut profile, ids) = filled(dir.path());
        profile.move_before(&[ids[3], ids[1]], Some(ids[0])).unwrap();
        assert_eq!(names(&profile), ["Umea", "Riga", "Oslo", "Turku"]);
        profile.move_before(&[ids[3]], None).unwrap();
        assert_eq!(names(&profile), ["Riga", "Oslo", "Turku", "Umea"]);
    }
}
