//! A profile: one folder, opened.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use paperwing_link::{Login, Proxy, ProxyId, Secret};
use serde::Serialize;

use crate::disk::{self, Content, Stamp};
use crate::document::Document;
use crate::fetch::{Request, Route};
use crate::key::Vault;
use crate::lock::{Lock, Outcome, Which};
use crate::{
    Added, Choice, Damage, Doh, Entry, KeyKind, KeyOptions, Leaves, Merged, NewSubscription, Preferences, ProfileError,
    SecretError, Settings, Subscription, SubscriptionId, SubscriptionNews, Warning, place,
};

const PROXIES: &str = "proxies.json";

/// How long a change waits for another one. A change takes milliseconds, unless it waits for a person at a keyring.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a profile is opened for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenMode {
    /// A command that looks, or makes a change of a moment. Works while another process runs on the profile.
    Command,
    /// Running on the profile until dropped; one process at a time.
    Run,
}

/// A profile. Each change begins by reading what others changed: after any of them, [`Profile::entries`] is to be looked
/// at anew.
#[derive(Debug)]
pub struct Profile {
    pub(crate) dir: PathBuf,
    settings: Settings,
    pub(crate) document: Document,
    pub(crate) vault: Vault,
    seen: [Stamp; 3],
    warnings: Vec<Warning>,
    running: Option<Lock>,
}

// === impl Profile ===

impl Profile {
    /// Opens the profile of a folder. The folder need not exist and is made by the first change, or at once for
    /// [`OpenMode::Run`].
    pub fn open(dir: &Path, mode: OpenMode, keys: KeyOptions) -> Result<(Self, Vec<Warning>), ProfileError> {
        // Before the reading, so that what changes meanwhile counts as changed.
        let seen = stamps(dir);
        let (settings, mut warnings) = Settings::load(dir)?;
        let running = match mode {
            OpenMode::Command => None,
            OpenMode::Run => Some(take_running(dir)?),
        };
        if let Some(mode) = place::open_to_others(dir) {
            warnings.push(Warning::OpenToOthers { path: dir.to_owned(), mode });
        }
        let preferred = settings.keyring.or_else(|| crate::preferences::as_settled(dir).keyring);
        let vault = Vault::new(dir.to_owned(), keys, preferred);
        let document = Document::default();
        let mut profile = Self { dir: dir.to_owned(), settings, document, vault, seen, warnings, running };
        if let Err(damaged) = profile.read() {
            let ProfileError::Damaged { .. } = damaged else { return Err(damaged) };
            let _lock = take_write(dir)?;
            profile.read_or_set_aside(|path, aside, damage| Warning::SetAside { path, aside, damage })?;
        }
        let key_file = profile.document.key.as_ref().and_then(|record| profile.vault.key_file(record));
        if let Some(path) = key_file
            && let Some(mode) = place::open_to_others(&path)
        {
            profile.warnings.push(Warning::KeyOpenToOthers { path, mode });
        }
        let warnings = profile.take_warnings();
        Ok((profile, warnings))
    }

    /// The profile's folder.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// What a person settled by hand.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Where clients connect: as settled by hand, else at the port settled in the window, else at port 1080; by default
    /// on both loopback addresses.
    pub fn listen(&self) -> Vec<SocketAddr> {
        let by_hand = self.settings.listen.clone();
        by_hand.unwrap_or_else(|| {
            let port = self.preferences().0.port;
            vec![(Ipv4Addr::LOCALHOST, port).into(), (Ipv6Addr::LOCALHOST, port).into()]
        })
    }

    /// Of these the one that programs are told of: an IPv4 address, where there is one.
    pub fn first_listen(&self) -> SocketAddr {
        let listen = self.listen().into_iter().min_by_key(SocketAddr::is_ipv6);
        listen.unwrap_or_else(|| (Ipv4Addr::LOCALHOST, self.preferences().0.port).into())
    }

    /// The address of the server that is asked where a proxy is when the system's word leads nowhere, if that is wanted: as
    /// settled by hand, else as settled in the window.
    pub fn doh(&self) -> Option<String> {
        match &self.settings.doh {
            Some(Doh::Server(address)) => Some(address.clone()),
            Some(Doh::Off) => None,
            None => self.preferences().0.second_opinion.then(|| Preferences::DEFAULT_DOH.to_owned()),
        }
    }

    /// The list, in its order.
    pub fn entries(&self) -> &[Entry] {
        &self.document.proxies
    }

    /// The entry of an id.
    pub fn entry(&self, id: ProxyId) -> Option<&Entry> {
        self.document.entry(id)
    }

    /// The entry of a name in any letter case, or of a `host:port` that only one entry has.
    pub fn find(&self, name: &str) -> Option<&Entry> {
        self.document.find(name)
    }

    /// The subscriptions.
    pub fn subscriptions(&self) -> &[Subscription] {
        &self.document.subscriptions
    }

    /// Which proxy the person asked for.
    pub fn choice(&self) -> Choice {
        self.document.choice
    }

    /// The whole of a proxy. Opens the key where the entry is sealed: may take five seconds or ask the person, so not on
    /// a thread that carries traffic.
    pub fn proxy(&self, entry: &Entry) -> Result<Proxy, SecretError> {
        self.document.proxy(entry, &self.vault)
    }

    /// Where the profile's key is; `None` while nothing was sealed.
    pub fn key_kind(&self) -> Option<KeyKind> {
        self.document.key.as_ref().map(crate::key::KeyRecord::kind)
    }

    /// Where a key would be put if one had to be made now.
    pub fn new_key_kind(&self) -> KeyKind {
        self.vault.new_kind()
    }

    /// Asks for the key in another way from now on, and again if it failed before.
    pub fn use_keys(&self, keys: KeyOptions) {
        self.vault.set_options(keys);
    }

    /// Has the key, where there is one, in another way than before and at once. Where that fails, everything stays as it
    /// was. May take seconds.
    pub fn unlock(&self, keys: KeyOptions) -> Result<(), SecretError> {
        self.vault.unlock(self.document.key.as_ref(), keys)
    }

    /// Forgets that the key could not be had: a person may have unlocked a keyring meanwhile. Within one piece of work it
    /// is remembered, so that a hundred sealed proxies ask once.
    pub fn ask_anew(&self) {
        self.vault.ask_anew();
    }

    /// Keeps the profile's key elsewhere: where `to` asks for. Nothing is sealed anew; the old place is cleared.
    pub fn move_key(&mut self, to: KeyOptions) -> Result<(), ProfileError> {
        self.edit(|document, vault| {
            if let Some(record) = &document.key {
                document.key = Some(vault.moved(record, &to)?);
            }
            Ok(())
        })?;
        self.use_keys(to);
        Ok(())
    }

    /// What clients of the local port must send, if anything.
    pub fn local_login(&self) -> Result<Option<Login>, SecretError> {
        self.document.local_login(&self.vault)
    }

    /// A subscription's whole address.
    pub fn subscription_url(&self, subscription: &Subscription) -> Result<Secret, SecretError> {
        self.document.subscription_url(subscription, &self.vault)
    }

    /// What to fetch to refresh a subscription.
    pub fn refresh_request(&self, subscription: &Subscription, route: Route) -> Result<Request, SecretError> {
        Ok(Request {
            url: self.subscription_url(subscription)?,
            trust: subscription.trust,
            route,
            etag: subscription.news.etag.clone(),
            last_modified: subscription.news.last_modified.clone(),
        })
    }

    /// Adds proxies in their order; those that are in the list already, by everything but the name, are not added
    /// again. Names are made unique.
    pub fn add(&mut self, proxies: &[Proxy], from: Option<SubscriptionId>) -> Result<Added, ProfileError> {
        self.edit(|document, vault| document.add(proxies, from, vault))
    }

    /// Names a proxy.
    pub fn rename(&mut self, id: ProxyId, name: &str) -> Result<(), ProfileError> {
        self.edit(|document, _| document.rename(id, name))
    }

    /// Puts another proxy in an entry's place; the id stays, and the name where the new one brings none.
    pub fn replace(&mut self, id: ProxyId, proxy: &Proxy) -> Result<(), ProfileError> {
        self.edit(|document, vault| document.replace(id, proxy, vault))
    }

    /// Removes proxies: all or, when one is not there, none.
    pub fn remove(&mut self, ids: &[ProxyId]) -> Result<(), ProfileError> {
        self.edit(|document, _| document.remove(ids))
    }

    /// Puts the named proxies first, in their order; the others follow in theirs.
    pub fn reorder(&mut self, first: &[ProxyId]) -> Result<(), ProfileError> {
        self.edit(|document, _| document.reorder(first))
    }

    /// Remembers which proxy the person asks for.
    pub fn choose(&mut self, choice: Choice) -> Result<(), ProfileError> {
        self.edit(|document, _| document.choose(choice))
    }

    /// Settles what clients of the local port must send.
    pub fn set_local_login(&mut self, login: Option<&Login>) -> Result<(), ProfileError> {
        self.edit(|document, vault| Ok(document.set_local_login(login, vault)?))
    }

    /// Adds a subscription, not its proxies: those come with [`Profile::merge`].
    pub fn add_subscription(&mut self, new: &NewSubscription) -> Result<SubscriptionId, ProfileError> {
        self.edit(|document, vault| document.add_subscription(new, vault))
    }

    /// Removes a subscription and its proxies, but for those that a person changed. Returns the removed ones.
    pub fn remove_subscription(&mut self, id: SubscriptionId) -> Result<Vec<ProxyId>, ProfileError> {
        self.forget_subscription(id, Leaves::Nothing)
    }

    /// Removes a subscription, with or without its proxies. Returns the removed ones.
    pub fn forget_subscription(&mut self, id: SubscriptionId, leaves: Leaves) -> Result<Vec<ProxyId>, ProfileError> {
        self.edit(|document, _| document.remove_subscription(id, leaves))
    }

    /// Takes a subscription's new list over. Vanished proxies go, unless they are `in_use`, chosen or changed by hand.
    pub fn merge(
        &mut self,
        subscription: SubscriptionId,
        list: &[Proxy],
        news: SubscriptionNews,
        in_use: &[ProxyId],
    ) -> Result<Merged, ProfileError> {
        self.edit(|document, vault| document.merge(subscription, list, news, in_use, vault))
    }

    /// Notes that a subscription is as it was (a 304), at `when` (seconds since 1970).
    pub fn not_modified(&mut self, subscription: SubscriptionId, when: u64) -> Result<(), ProfileError> {
        self.edit(|document, _| {
            let known = document.subscriptions.iter_mut().find(|known| known.id == subscription);
            known.ok_or(ProfileError::NoSuchSubscription(subscription))?.news.fetched = Some(when);
            Ok(())
        })
    }

    /// Tells others where this process takes connections; see [`crate::running`]. Only for [`OpenMode::Run`].
    pub fn announce(&self, listen: &[SocketAddr]) -> Result<(), ProfileError> {
        let told = self.running.as_ref().map_or(Ok(()), |lock| lock.announce(listen));
        told.map_err(io_at("say who runs", &self.dir))
    }

    /// Whether another process changed the list or a person the settings since they were read. Costs two `stat` calls.
    pub fn changed(&self) -> bool {
        self.seen != stamps(&self.dir)
    }

    /// Reads the list and the settings again. On an error everything stays as it was read before.
    pub fn reload(&mut self) -> Result<Vec<Warning>, ProfileError> {
        let seen = stamps(&self.dir);
        // Before anything can fail, so that one bad state is complained of once.
        self.seen = seen;
        let (settings, warnings) = Settings::load(&self.dir)?;
        self.read()?;
        self.settings = settings;
        self.warnings.extend(warnings);
        Ok(self.take_warnings())
    }

    /// What happened since the last time that a person should know.
    pub fn take_warnings(&mut self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings)
    }

    /// One change: under the write lock, on what is on disk by then, written whole or not at all.
    pub(crate) fn edit<T>(
        &mut self,
        change: impl FnOnce(&mut Document, &Vault) -> Result<T, ProfileError>,
    ) -> Result<T, ProfileError> {
        place::create(&self.dir).map_err(io_at("make the folder", &self.dir))?;
        let _lock = take_write(&self.dir)?;
        self.read_or_set_aside(|path, aside, damage| Warning::Rewritten { path, aside, damage })?;
        let mut next = self.document.clone();
        let changed = change(&mut next, &self.vault).and_then(|value| {
            next.forget_idle_key();
            self.write(&next).map(|()| value)
        });
        if let (Err(_), Some(made)) = (&changed, &next.key)
            && next.key != self.document.key
        {
            self.vault.remove(made);
        }
        let value = changed?;
        let before = std::mem::replace(&mut self.document, next);
        if let Some(old) = &before.key
            && before.key != self.document.key
        {
            self.vault.remove(old);
        }
        Ok(value)
    }

    fn write(&mut self, next: &Document) -> Result<(), ProfileError> {
        let path = self.dir.join(PROXIES);
        if *next == self.document && path.exists() {
            return Ok(());
        }
        write_json(&path, next)?;
        self.seen[0] = Stamp::of(&path);
        Ok(())
    }

    fn read(&mut self) -> Result<(), ProfileError> {
        let path = self.dir.join(PROXIES);
        let seen = Stamp::of(&path);
        self.document = match disk::read(&path).map_err(io_at("read it", &path))? {
            Content::Good(document) => document,
            Content::Absent => Document::default(),
            Content::Damaged(damage) => return Err(ProfileError::Damaged { path, damage }),
            Content::Newer(version) => return Err(ProfileError::Newer { path, version }),
        };
        self.seen[0] = seen;
        Ok(())
    }

    /// With the write lock held, so that it is the damaged file that is renamed and not one that just replaced it.
    fn read_or_set_aside(&mut self, tell: fn(PathBuf, PathBuf, Damage) -> Warning) -> Result<(), ProfileError> {
        match self.read() {
            Err(ProfileError::Damaged { path, damage }) => {
                let aside = disk::set_aside(&path).map_err(io_at("set the damaged file aside", &path))?;
                self.warnings.push(tell(path, aside, damage));
                Ok(())
            }
            read => read,
        }
    }
}

/// The states of the files that [`Profile::changed`] watches: the list, the settings, what the window settled.
fn stamps(dir: &Path) -> [Stamp; 3] {
    [Stamp::of(&dir.join(PROXIES)), Stamp::of(&Settings::path(dir)), Stamp::of(&dir.join(crate::preferences::FILE))]
}

fn take_running(dir: &Path) -> Result<Lock, ProfileError> {
    // Long enough to outlast another command's look at the lock.
    const MOMENT: Duration = Duration::from_millis(100);
    place::create(dir).map_err(io_at("make the folder", dir))?;
    match Lock::take(dir, Which::Running, MOMENT).map_err(io_at("lock it", dir))? {
        Outcome::Taken(lock) => Ok(lock),
        Outcome::Held(holder) => Err(ProfileError::Running { holder, dir: dir.to_owned() }),
    }
}

pub(crate) fn take_write(dir: &Path) -> Result<Lock, ProfileError> {
    match Lock::take(dir, Which::Write, PATIENCE).map_err(io_at("lock it", dir))? {
        Outcome::Taken(lock) => Ok(lock),
        Outcome::Held(holder) => Err(ProfileError::Busy { holder, dir: dir.to_owned() }),
    }
}

pub(crate) fn write_json(path: &Path, value: &impl Serialize) -> Result<(), ProfileError> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(io::Error::other).map_err(io_at("write it", path))?;
    bytes.push(b'\n');
    disk::replace(path, &bytes).map_err(io_at("write it", path))
}

pub(crate) fn io_at(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> ProfileError {
    move |source| ProfileError::Io { doing, path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
