//! Lists that somebody else keeps at an address: fetched, previewed, kept, fetched again.

use std::net::SocketAddr;

use paperwing_link::{About, Login, Name, PlainProtocol, ProxyId, SubscriptionLink};
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

impl Origin {
    /// What the list calls itself, or what the link to it does.
    pub(crate) fn title(&self) -> Option<String> {
        self.link.name.as_ref().map(Name::to_string).or_else(|| self.news.title.clone())
    }
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
    let errand = Errand::of(profile, subscription, profile.settings().fetch_through)?;
    let answer = errand.fetch().await?;
    take_in(profile, subscription, &answer, &[], skipped_count)
}

/// A subscription to be fetched again, away from its profile.
#[derive(Debug)]
pub(crate) struct Errand {
    request: Request,
    through: FetchThrough,
    /// Where our own port is, and what it asks for.
    port: Option<(SocketAddr, Option<Login>)>,
}

impl Errand {
    /// Opens the key, which may block for seconds.
    pub(crate) fn of(profile: &Profile, subscription: &Subscription, through: FetchThrough) -> Result<Self, Error> {
        let request = profile.refresh_request(subscription, Route::Direct)?;
        Self::new(profile, request, through)
    }

    fn new(profile: &Profile, request: Request, through: FetchThrough) -> Result<Self, Error> {
        let running = paperwing_profile::running(profile.dir()).filter(|_| through != FetchThrough::Direct);
        let port = match running.and_then(|holder| holder.listen.first().copied()) {
            Some(address) => Some((address, profile.local_login()?)),
            None => None,
        };
        Ok(Self { request, through, port })
    }

    /// Through the own port where it is up, straight out, or first the one and then the other.
    pub(crate) async fn fetch(self) -> Result<Answer, Error> {
        let Self { request, through, port } = self;
        let Some((address, login)) = port else {
            return if through == FetchThrough::Proxy { Err(Error::NotUp) } else { Ok(fetch::fetch(&request).await?) };
        };
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

/// What changed with an answer; `None` where the provider says that nothing did. Proxies that vanished go, unless they are in
/// use, chosen or changed by hand.
pub(crate) fn take_in(
    profile: &mut Profile,
    subscription: &Subscription,
    answer: &Answer,
    in_use: &[ProxyId],
    skipped_count: &mut usize,
) -> Result<Option<Merged>, Error> {
    let fetched = match answer {
        Answer::NotModified => {
            profile.not_modified(subscription.id, now())?;
            return Ok(None);
        }
        Answer::Fetched(fetched) => fetched,
    };
    let (found, about) = Found::of_fetched(fetched, subscription.name.clone(), PlainProtocol::default())?;
    *skipped_count = found.skipped_count;
    Ok(Some(profile.merge(subscription.id, &found.proxies, news(fetched, &about), in_use)?))
}

/// Forgets a subscription and what it brought, but for proxies that a person changed. Returns it and how many went.
pub fn remove_subscription(profile: &mut Profile, name: &str) -> Result<(Subscription, usize), Error> {
    let subscription = find(profile, name)?.clone();
    let gone = profile.remove_subscription(subscription.id)?;
    Ok((subscription, gone.len()))
}

async fn fetch_by_settings(request: Request, profile: &Profile) -> Result<Answer, Error> {
    Errand::new(profile, request, profile.settings().fetch_through)?.fetch().await
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
