//! A subscription's new list against what it brought before.

use std::collections::{HashMap, HashSet};

use paperwing_link::{Proxy, ProxyId};

use crate::document::Document;
use crate::key::Vault;
use crate::names::{Names, is_form_of};
use crate::{Choice, ProfileError, SubscriptionId, SubscriptionNews, link};

/// What a refresh changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Appended, in the order of the new list.
    pub added: Vec<ProxyId>,
    /// Gone from the new list and from ours.
    pub removed: Vec<ProxyId>,
    /// Gone from the new list and kept: in use, chosen, or changed by a person.
    pub kept: Vec<ProxyId>,
    /// Called otherwise by the provider, and now by us.
    pub renamed: Vec<ProxyId>,
}

impl Document {
    /// Identity is everything but the name. An empty list changes nothing.
    pub(crate) fn merge(
        &mut self,
        subscription: SubscriptionId,
        list: &[Proxy],
        news: SubscriptionNews,
        in_use: &[ProxyId],
        vault: &Vault,
    ) -> Result<Merged, ProfileError> {
        let place = self.subscriptions.iter().position(|known| known.id == subscription);
        let place = place.ok_or(ProfileError::NoSuchSubscription(subscription))?;
        if list.is_empty() {
            return Err(ProfileError::EmptyList);
        }
        let mut known = self.known(list, vault)?;
        let before: HashMap<_, _> = self.proxies.iter().enumerate().map(|(place, entry)| (entry.id, place)).collect();
        let mut names = Names::of(&self.proxies);
        let mut merged = Merged::default();
        let mut listed = HashSet::new();
        for proxy in list {
            let nameless = link::nameless(proxy);
            if let Some(id) = known.get(&nameless).copied() {
                let place = before.get(&id).filter(|_| listed.insert(id));
                if place.is_some_and(|place| self.take_name(*place, subscription, proxy, &mut names)) {
                    merged.renamed.push(id);
                }
                continue;
            }
            let id = self.append(proxy, Some(subscription), &mut names, vault)?;
            known.insert(nameless, id);
            listed.insert(id);
            merged.added.push(id);
        }
        let of_it = self.proxies.iter().filter(|entry| entry.subscription == Some(subscription));
        for entry in of_it.filter(|entry| !listed.contains(&entry.id)) {
            let needed = entry.edited_by_hand || in_use.contains(&entry.id) || self.choice == Choice::Proxy(entry.id);
            if needed { merged.kept.push(entry.id) } else { merged.removed.push(entry.id) }
        }
        self.remove(&merged.removed)?;
        self.subscriptions[place].news = news;
        Ok(merged)
    }

    fn take_name(&mut self, place: usize, from: SubscriptionId, proxy: &Proxy, names: &mut Names) -> bool {
        let entry = &mut self.proxies[place];
        let wanted = proxy.label();
        if entry.subscription != Some(from) || entry.edited_by_hand || is_form_of(&entry.name, &wanted) {
            return false;
        }
        names.free(&entry.name);
        entry.name = names.give(&wanted);
        true
    }
}

#[cfg(test)]
mod tests;
