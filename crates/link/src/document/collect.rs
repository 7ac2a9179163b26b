//! What a document yields: proxies without duplicates, and what was skipped.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};

use super::{About, Document, DocumentError, Format, Skipped};
use crate::error::LinkError;
use crate::{Link, Proxy, Secret, SubscriptionLink};

/// How many skipped lines are described one by one.
const MAX_SKIPPED: usize = 1000;

#[derive(Default)]
pub(super) struct Collector {
    proxies: Vec<Proxy>,
    subscriptions: Vec<SubscriptionLink>,
    skipped: Vec<Skipped>,
    skipped_count: usize,
    duplicate_count: usize,
    /// Digest of a proxy without its name, to its place. The hasher is seeded at random: no list can be written to
    /// make this slow.
    seen: HashMap<u64, usize>,
    hasher: RandomState,
    seen_lists: HashSet<Secret>,
}

impl Collector {
    pub(super) fn add(&mut self, link: Link) {
        match link {
            Link::Proxy(proxy) => self.add_proxy(proxy),
            Link::Subscription(list) if self.seen_lists.insert(list.url.clone()) => self.subscriptions.push(list),
            Link::Subscription(_) => self.duplicate_count += 1,
        }
    }

    fn add_proxy(&mut self, proxy: Proxy) {
        let mut key = self.hasher.hash_one((&proxy.host, proxy.port, &proxy.protocol));
        while let Some(&at) = self.seen.get(&key) {
            let known = &mut self.proxies[at];
            if known.host == proxy.host && known.port == proxy.port && known.protocol == proxy.protocol {
                known.name = known.name.take().or(proxy.name);
                self.duplicate_count += 1;
                return;
            }
            key = key.wrapping_add(1);
        }
        self.seen.insert(key, self.proxies.len());
        self.proxies.push(proxy);
    }

    /// Notes what was not understood; `text` is asked for only where it will be shown, and must hold no credential.
    pub(super) fn skip(&mut self, line: usize, reason: LinkError, text: impl FnOnce() -> String) {
        self.skipped_count += 1;
        if self.skipped.len() < MAX_SKIPPED {
            self.skipped.push(Skipped { line, text: text(), reason });
        }
    }

    /// Whether there is neither a proxy nor a further list.
    pub(super) fn is_empty(&self) -> bool {
        self.proxies.is_empty() && self.subscriptions.is_empty()
    }

    pub(super) fn finish(self, format: Format, about: About) -> Result<Document, DocumentError> {
        if self.is_empty() {
            return Err(DocumentError::NothingUsable(self.skipped));
        }
        Ok(Document {
            format,
            about,
            proxies: self.proxies,
            subscriptions: self.subscriptions,
            skipped: self.skipped,
            skipped_count: self.skipped_count,
            duplicate_count: self.duplicate_count,
        })
    }
}
