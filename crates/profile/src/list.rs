//! Changes of the list: pure but for the key that new secrets are sealed with.

use std::collections::{HashMap, HashSet};

use paperwing_link::{Host, Name, Port, Proxy, ProxyId};
use url::Url;

use crate::document::Document;
use crate::entry::KeptLink;
use crate::json::Id;
use crate::key::{Bound, Vault, random};
use crate::names::{Names, RESERVED};
use crate::{
    Choice, Entry, Leaves, NewSubscription, ProfileError, SecretError, Subscription, SubscriptionId, SubscriptionNews,
    link, time,
};

/// What became of proxies that were to be added, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Added {
    /// Now in the list.
    pub new: Vec<ProxyId>,
    /// In the list already, whatever they are called there.
    pub known: Vec<ProxyId>,
}

impl Document {
    pub(crate) fn find(&self, name: &str) -> Option<&Entry> {
        let wanted = name.to_lowercase();
        self.proxies.iter().find(|entry| entry.name.to_lowercase() == wanted).or_else(|| {
            let mut at_address = self.proxies.iter().filter(|entry| entry.address() == wanted);
            at_address.next().filter(|_| at_address.next().is_none())
        })
    }

    pub(crate) fn entry(&self, id: ProxyId) -> Option<&Entry> {
        self.proxies.iter().find(|entry| entry.id == id)
    }

    pub(crate) fn add(
        &mut self,
        newcomers: &[Proxy],
        from: Option<SubscriptionId>,
        vault: &Vault,
    ) -> Result<Added, ProfileError> {
        let mut known = self.known(newcomers, vault)?;
        let mut names = Names::of(&self.proxies);
        let mut added = Added::default();
        for proxy in newcomers {
            let nameless = link::nameless(proxy);
            if let Some(id) = known.get(&nameless) {
                added.known.push(*id);
                continue;
            }
            let id = self.append(proxy, from, &mut names, vault)?;
            known.insert(nameless, id);
            added.new.push(id);
        }
        Ok(added)
    }

    pub(crate) fn append(
        &mut self,
        proxy: &Proxy,
        from: Option<SubscriptionId>,
        names: &mut Names,
        vault: &Vault,
    ) -> Result<ProxyId, SecretError> {
        let id = fresh_id()?;
        let entry = Entry {
            id,
            name: String::new(),
            protocol: proxy.protocol.name().to_owned(),
            host: proxy.host.clone(),
            port: proxy.port,
            added: time::now(),
            subscription: from,
            edited_by_hand: false,
            kept: self.keep(id, proxy, vault)?,
        };
        // The name last: one that was given out stays taken.
        self.proxies.push(Entry { name: names.give(&proxy.label()), ..entry });
        Ok(id)
    }

    pub(crate) fn keep(&mut self, id: ProxyId, proxy: &Proxy, vault: &Vault) -> Result<KeptLink, SecretError> {
        let text = link::print(proxy);
        if !link::holds_secret(&proxy.protocol) {
            return Ok(KeptLink::Link(text.reveal().to_owned()));
        }
        let key = vault.key_or_new(&mut self.key)?;
        key.seal(text.reveal().as_bytes(), Bound::Proxy(id)).map(KeptLink::Sealed)
    }

    /// Which of the newcomers are in the list. Only entries that could be one of them are opened, so adding proxies
    /// without secrets never asks for the key.
    pub(crate) fn known(&self, newcomers: &[Proxy], vault: &Vault) -> Result<HashMap<Proxy, ProxyId>, SecretError> {
        let mut with_secret: HashMap<(&str, &Host, Port), bool> = HashMap::new();
        for proxy in newcomers {
            let secret = with_secret.entry((proxy.protocol.name(), &proxy.host, proxy.port)).or_default();
            *secret |= link::holds_secret(&proxy.protocol);
        }
        let mut known = HashMap::new();
        for entry in &self.proxies {
            let there = with_secret.get(&(entry.protocol.as_str(), &entry.host, entry.port));
            if there.is_none_or(|with_secret| entry.is_sealed() && !with_secret) {
                continue;
            }
            match self.nameless(entry, vault) {
                Ok(proxy) => {
                    known.entry(proxy).or_insert(entry.id);
                }
                Err(SecretError::Damaged { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(known)
    }

    pub(crate) fn rename(&mut self, id: ProxyId, name: &str) -> Result<(), ProfileError> {
        let name = Name::new(name).ok_or(ProfileError::BadName)?;
        let wanted = name.as_str().to_lowercase();
        let taken = |entry: &Entry| entry.id != id && entry.name.to_lowercase() == wanted;
        if wanted == RESERVED || self.proxies.iter().any(taken) {
            return Err(ProfileError::NameTaken(name.as_str().to_owned()));
        }
        let entry = self.entry_mut(id)?;
        name.as_str().clone_into(&mut entry.name);
        entry.edited_by_hand = true;
        Ok(())
    }

    pub(crate) fn replace(&mut self, id: ProxyId, proxy: &Proxy, vault: &Vault) -> Result<(), ProfileError> {
        let kept = self.keep(id, proxy, vault)?;
        let entry = self.entry_mut(id)?;
        proxy.protocol.name().clone_into(&mut entry.protocol);
        entry.host = proxy.host.clone();
        entry.port = proxy.port;
        entry.kept = kept;
        entry.edited_by_hand = true;
        match &proxy.name {
            Some(name) if name.as_str() != entry.name => self.rename(id, name.as_str()),
            _ => Ok(()),
        }
    }

    pub(crate) fn remove(&mut self, ids: &[ProxyId]) -> Result<(), ProfileError> {
        let gone: HashSet<_> = ids.iter().copied().collect();
        self.all_there(ids)?;
        self.proxies.retain(|entry| !gone.contains(&entry.id));
        if matches!(self.choice, Choice::Proxy(id) if gone.contains(&id)) {
            self.choice = Choice::Auto;
        }
        Ok(())
    }

    /// Puts the named ones first, in their order; the others follow in theirs.
    pub(crate) fn reorder(&mut self, first: &[ProxyId]) -> Result<(), ProfileError> {
        self.all_there(first)?;
        let mut place = HashMap::new();
        for id in first {
            let next = place.len();
            place.entry(*id).or_insert(next);
        }
        self.proxies.sort_by_key(|entry| place.get(&entry.id).copied().unwrap_or(usize::MAX));
        Ok(())
    }

    pub(crate) fn choose(&mut self, choice: Choice) -> Result<(), ProfileError> {
        if let Choice::Proxy(id) = choice {
            self.entry_mut(id)?;
        }
        self.choice = choice;
        Ok(())
    }

    pub(crate) fn add_subscription(
        &mut self,
        new: &NewSubscription,
        vault: &Vault,
    ) -> Result<SubscriptionId, ProfileError> {
        let url = Url::parse(new.url.reveal()).ok().filter(|url| matches!(url.scheme(), "https" | "http"));
        let host = url.as_ref().and_then(Url::host_str).ok_or(ProfileError::BadUrl)?.to_owned();
        for known in &self.subscriptions {
            if known.host == host && self.subscription_url(known, vault)? == new.url {
                return Err(ProfileError::KnownSubscription(known.name.clone()));
            }
        }
        let id = fresh_id()?;
        let key = vault.key_or_new(&mut self.key)?;
        let sealed_url = key.seal(new.url.reveal().as_bytes(), Bound::Subscription(id))?;
        let wanted = new.name.as_deref().and_then(Name::new);
        let mut names = Names::new(self.subscriptions.iter().map(|known| known.name.as_str()));
        let name = names.give(wanted.as_ref().map_or(host.as_str(), Name::as_str));
        let news = SubscriptionNews::default();
        self.subscriptions.push(Subscription { id, name, host, trust: new.trust, news, sealed_url });
        Ok(id)
    }

    /// Forgets a subscription and what it brought, but for proxies that a person changed.
    pub(crate) fn remove_subscription(
        &mut self,
        id: SubscriptionId,
        leaves: Leaves,
    ) -> Result<Vec<ProxyId>, ProfileError> {
        let place = self.subscriptions.iter().position(|known| known.id == id);
        self.subscriptions.remove(place.ok_or(ProfileError::NoSuchSubscription(id))?);
        let brought: Vec<_> = self.proxies.iter().filter(|entry| entry.subscription == Some(id)).collect();
        let goes = |entry: &&&Entry| leaves == Leaves::Nothing && !entry.edited_by_hand;
        let gone: Vec<_> = brought.iter().filter(goes).map(|entry| entry.id).collect();
        self.remove(&gone)?;
        for entry in self.proxies.iter_mut().filter(|entry| entry.subscription == Some(id)) {
            entry.subscription = None;
        }
        Ok(gone)
    }

    fn all_there(&self, ids: &[ProxyId]) -> Result<(), ProfileError> {
        let there: HashSet<_> = self.proxies.iter().map(|entry| entry.id).collect();
        ids.iter().find(|id| !there.contains(id)).map_or(Ok(()), |id| Err(ProfileError::NoSuchProxy(*id)))
    }

    fn entry_mut(&mut self, id: ProxyId) -> Result<&mut Entry, ProfileError> {
        self.proxies.iter_mut().find(|entry| entry.id == id).ok_or(ProfileError::NoSuchProxy(id))
    }
}

/// 64 random bits: two of a million entries meet once in thirty million lists.
fn fresh_id<T: Id>() -> Result<T, SecretError> {
    random().map(|bytes| T::from_number(u64::from_le_bytes(bytes)))
}
