//! Lists that somebody else keeps.

use std::rc::Rc;
use std::sync::Arc;

use paperwing_profile::{Leaves, Merged, Profile};

use super::cockpit::Answer;
use super::convert::{count, id_text, subscription_id};
use super::{Added, AppError, Cockpit, Subscription};
use crate::{Found, add_subscription, refresh};

// === impl Cockpit ===

impl Cockpit {
    /// The lists that somebody else keeps.
    pub async fn subscriptions(self: Rc<Self>) -> Answer<Vec<Subscription>> {
        self.look_into_profile(|profile| Ok(profile.subscriptions().iter().map(|one| shown(one, profile)).collect()))
            .await
    }

    /// Fetches such a list again.
    pub async fn refresh_subscription(self: Rc<Self>, id: String) -> Answer<Added> {
        let id = subscription_id(&id)?;
        let mut profile = self.own_profile().await?;
        let name = profile.subscriptions().iter().find(|one| one.id == id).map(|one| one.name.clone());
        let name = name.ok_or_else(AppError::gone)?;
        let refreshed = refresh(&mut profile, &[name]).await?;
        let merged = refreshed.into_iter().next().ok_or_else(AppError::gone)?.result?;
        self.list_changed().await?;
        Ok(merged.map_or(Added { added: 0, known: 0, first_id: None }, |merged| added(&merged)))
    }

    /// Forgets such a list, with or without its proxies.
    pub async fn remove_subscription(self: Rc<Self>, id: String, keep_proxies: bool) -> Answer<()> {
        let id = subscription_id(&id)?;
        let leaves = if keep_proxies { Leaves::Proxies } else { Leaves::Nothing };
        self.with_profile(move |profile| Ok(profile.forget_subscription(id, leaves)?)).await?;
        self.list_changed().await
    }

    /// Keeps the address of what was fetched, and its proxies.
    pub(super) async fn subscribe(&self, found: Arc<Found>) -> Answer<paperwing_profile::Added> {
        self.with_profile(move |profile| {
            let (_, new) = add_subscription(profile, &found, None)?;
            Ok(paperwing_profile::Added { new: new.iter().map(|entry| entry.id).collect(), known: Vec::new() })
        })
        .await
    }
}

fn added(merged: &Merged) -> Added {
    Added { added: count(merged.added.len()), known: 0, first_id: merged.added.first().map(|id| id_text(*id)) }
}

fn shown(one: &paperwing_profile::Subscription, profile: &Profile) -> Subscription {
    let ms = |seconds: u64| seconds.saturating_mul(1000);
    let usage = one.news.usage.unwrap_or_default();
    let used = match (usage.upload, usage.download) {
        (None, None) => None,
        (up, down) => Some(up.unwrap_or_default().saturating_add(down.unwrap_or_default())),
    };
    Subscription {
        id: one.id.to_string(),
        name: one.name.clone(),
        host: one.host.clone(),
        fetched_at: one.news.fetched.map(ms),
        used_bytes: used,
        total_bytes: usage.total,
        expires_at: usage.expires.map(ms),
        proxies: count(profile.entries().iter().filter(|entry| entry.subscription == Some(one.id)).count()),
    }
}
