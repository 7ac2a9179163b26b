//! Lists that somebody else keeps at an address: fetched, previewed, kept, fetched again.

use paperwing_link::{About, Name, PlainProtocol, SubscriptionLink};
use paperwing_profile::fetch::{self, Answer, FetchError, Fetched, Request, Route};
use paperwing_profile::{
    Entry, FetchThrough, Merged, NewSubscription, Profile, Subscription, SubscriptionId, SubscriptionNews, Trust, Usage,
};

use crate::names::repeatable;
use crate::{Error, Found};

/// Where a list was fetched from.
#[derive(Debug)]
pub(crate) struct Origin {
    link: SubscriptionLink,
    trust: Trust,
    news: SubscriptionNews,
}

/// What became of a subscription that was fetched again.
#[derive(Debug)]
pub struct Refreshed {
    /// Which.
    pub name: String,
    /// What changed; `None` where the provider says that nothing did. On an error the last good list stays.
    pub result: Result<Option<Merged>, Error>,
    /// Entries of the new list that were not understood.
    pub skipped_count: usize,
}

/// Fetches a list that is not in the profile (yet).
pub(crate) async fn fetch_new(
    link: SubscriptionLink,
    trust: Trust,
    plain: PlainProtocol,
    profile: &Profile,
) -> Result<Found, Error> {
    let request = Request { url: link.url.clone(), trust, route: Route::Direct, etag: None, last_modified: None };
    let Answer::Fetched(fetched) = fetch_by_settings(request, profile).await? else {
        return Err(FetchError::Broken { host: link.origin() }.into());
    };
    let (mut found, about) = Found::of_fetched(&fetched, link.origin(), plain)?;
    found.fetched = Some(Origin { link, trust, news: news(&fetched, &about) });
    Ok(found)
}

/// Keeps the address of a list that was fetched, and its proxies. Returns the subscription and the new entries.
pub fn add_subscription(
    profile: &mut Profile,
    found: &Found,
    name: Option<&str>,
) -> Result<(Subscription, Vec<Entry>), Error> {
    let origin = found.fetched.as_ref().ok_or(paperwing_profile::ProfileError::BadUrl)?;
    let given = name.map(str::to_owned).or_else(|| origin.link.name.as_ref().map(Name::to_string));
    let name = given.or_else(|| origin.news.title.clone());
    let new = NewSubscription { name, url: origin.link.url.clone(), trust: origin.trust };
    let id = profile.add_subscription(&new)?;
    let merged = match profile.merge(id, &found.proxies, origin.news.clone(), &[]) {
        Ok(merged) => merged,
        Err(error) => {
            // Half a subscription would be refreshed for ever without anybody having seen it.
            let _ = profile.remove_subscription(id);
            return Err(error.into());
        }
    };
    let added = merged.added.iter().filter_map(|id| profile.entry(*id).cloned()).collect();
    Ok((find_by_id(profile, id)?.clone(), added))
}

/// Fetches subscriptions again, one after the other; all of them where none is named.
pub async fn refresh(profile: &mut Profile, names: &[String]) -> Result<Vec<Refreshed>, Error> {
    let chosen: Vec<Subscription> = if names.is_empty() {
        profile.subscriptions().to_vec()
    } else {
        names.iter().map(|name| find(profile, name).cloned()).collect::<Result<_, _>>()?
    };
    let mut refreshed = Vec::with_capacity(chosen.len());
    for subscription in chosen {
        let mut skipped_count = 0;
        let result = refresh_one(profile, &subscription, &mut skipped_count).await;
        refreshed.push(Refreshed { name: subscription.name, result, skipped_count });
    }
    Ok(refreshed)
}

async fn refresh_one(
    profile: &mut Profile,
    subscription: &Subscription,
    skipped_count: &mut usize,
) -> Result<Option<Merged>, Error> {
    let request = profile.refresh_request(subscription, Route::Direct)?;
    match fetch_by_settings(request, profile).await? {
        Answer::NotModified => {
            profile.not_modified(subscription.id, now())?;
            Ok(None)
        }
        Answer::Fetched(fetched) => {
            let (found, about) = Found::of_fetched(&fetched, subscription.name.clone(), PlainProtocol::default())?;
            *skipped_count = found.skipped_count;
            Ok(Some(profile.merge(subscription.id, &found.proxies, news(&fetched, &about), &[])?))
        }
    }
}

/// Forgets a subscription and what it brought, but for proxies that a person changed. Returns it and how many went.
pub fn remove_subscription(profile: &mut Profile, name: &str) -> Result<(Subscription, usize), Error> {
    let subscription = find(profile, name)?.clone();
    let gone = profile.remove_subscription(subscription.id)?;
    Ok((subscription, gone.len()))
}

/// By the way that the settings name: through the own port where it is up, straight out, or first the one and then the
/// other.
async fn fetch_by_settings(request: Request, profile: &Profile) -> Result<Answer, Error> {
    let running = paperwing_profile::running(profile.dir());
    let address = running.and_then(|holder| holder.listen.first().copied());
    match (profile.settings().fetch_through, address) {
        (FetchThrough::Proxy, None) => Err(Error::NotUp),
        (FetchThrough::Direct, _) | (FetchThrough::ProxyThenDirect, None) => Ok(fetch::fetch(&request).await?),
        (through, Some(address)) => {
            let login = profile.local_login()?;
            let inside = Request { route: Route::Through { address, login }, ..request.clone() };
            match fetch::fetch(&inside).await {
                Err(error) if through == FetchThrough::ProxyThenDirect && may_be_the_way(&error) => {
                    tracing::info!(%error, "not through the own port: straight out");
                    Ok(fetch::fetch(&request).await?)
                }
                answer => Ok(answer?),
            }
        }
    }
}

/// Whether an error may come from the way and not from the list's server.
fn may_be_the_way(error: &FetchError) -> bool {
    matches!(
        error,
        FetchError::Unreachable { .. }
            | FetchError::Timeout { .. }
            | FetchError::Broken { .. }
            | FetchError::Untrusted { .. }
    )
}

fn news(fetched: &Fetched, about: &About) -> SubscriptionNews {
    // Providers tell upload and download apart, nobody who reads it does.
    let usage = about.usage.map(|usage| Usage {
        upload: None,
        download: Some(usage.used),
        total: usage.total,
        expires: usage.expires,
    });
    SubscriptionNews {
        fetched: Some(now()),
        etag: fetched.etag.clone(),
        last_modified: fetched.last_modified.clone(),
        interval_hours: about.update_interval.and_then(|it| u32::try_from(it.as_secs().div_ceil(3600)).ok()),
        title: about.title.as_ref().map(Name::to_string),
        support_url: about.support_url.clone(),
        usage,
    }
}

fn find<'a>(profile: &'a Profile, name: &str) -> Result<&'a Subscription, Error> {
    let wanted = name.to_lowercase();
    let found = profile.subscriptions().iter().find(|known| known.name.to_lowercase() == wanted);
    found.ok_or_else(|| Error::NoSuchSubscription(repeatable(name)))
}

fn find_by_id(profile: &Profile, id: SubscriptionId) -> Result<&Subscription, Error> {
    let found = profile.subscriptions().iter().find(|known| known.id == id);
    Ok(found.ok_or(paperwing_profile::ProfileError::NoSuchSubscription(id))?)
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
