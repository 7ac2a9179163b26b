//! A running connection: the local port is open and traffic goes through the proxies.

mod freshness;
mod hearing;
mod keeper;
mod network;
mod places;
mod running;
mod telegram;
mod upstreams;
mod waker;

use std::collections::VecDeque;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::SystemTime;

use paperwing_engine::failover::Memory;
use paperwing_engine::{Choice, Config, Engine, Snapshot};
use paperwing_link::{Proxy, ProxyId};
use paperwing_profile::{KeyOptions, Subscription};
use tokio::sync::{broadcast, watch};
use tokio::task::JoinHandle;

use self::freshness::{Freshness, Turn};
use self::keeper::Keeper;
use self::network::{Network, News};
use self::running::{Before, named, print_of, with_practice};
use self::telegram::Way;
use self::upstreams::Loaded;
use self::waker::Waker;
use crate::practice::Practice;
use crate::report::book::Book;
use crate::report::server::{Facts, Server};
use crate::subscription::{Refreshed, now};
use crate::system_proxy::{Inbox, Wishes, wishes};
use crate::{AppError, Code, Error, Event, random};

/// Which proxies to run on.
#[derive(Debug)]
pub enum Upstreams {
    /// Those of the profile in this folder; practice proxies while it has none.
    Profile {
        /// The folder; the usual one where `None`.
        dir: Option<PathBuf>,
        /// How the key is had.
        keys: KeyOptions,
    },
    /// Just these, in order of preference. No profile is touched.
    Links(Vec<Proxy>),
}

/// A proxy in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Which, in the engine's snapshots.
    pub id: ProxyId,
    /// What it is called.
    pub name: String,
}

/// The engine, and what keeps it in step with the profile.
pub struct Session {
    engine: Engine,
    events: broadcast::Receiver<paperwing_engine::Event>,
    telegram_events: broadcast::Receiver<paperwing_engine::Event>,
    snapshots: [watch::Receiver<Snapshot>; 2],
    /// How Telegram finds the way in.
    telegram: Way,
    book: Arc<Book>,
    in_use: Vec<Listed>,
    /// Of what the engine runs on, so that a change can be told from what is only read again.
    print: u64,
    /// What was told when the list was last read: it is no news when it is read again.
    troubles: Vec<AppError>,
    is_key_locked: watch::Sender<bool>,
    practice: Option<Practice>,
    /// What is to be told next.
    queue: VecDeque<Event>,
    /// Before the keeper, and so dropped before it: the endpoint is ours while the profile's lock is.
    server: Option<Server>,
    wishes: Inbox,
    keeper: Option<Keeper>,
    freshness: Freshness,
    waker: Waker,
    loading: Option<JoinHandle<Result<Loaded, Error>>>,
    /// Whether the list changed while it was being read.
    load_again: bool,
    /// How the key is to be asked for when the list is read next, where it is to be asked for anew.
    keys: Option<KeyOptions>,
    network: Network,
}

// === impl Session ===

impl Session {
    /// Opens the profile where there is one, and the port. `listen` outweighs the profile's settings; where both are
    /// silent it is port 1080 of `127.0.0.1` and `::1`.
    pub async fn start(upstreams: Upstreams, listen: Vec<SocketAddr>) -> Result<Self, Error> {
        // Before anybody can learn that we run: the wake-up call would end a process that does not expect it.
        let waker = Waker::new().map_err(|source| Error::System { doing: "watch for signals", source })?;
        let (loaded, keeper) = match upstreams {
            Upstreams::Links(proxies) => (upstreams::of_links(proxies)?, None),
            Upstreams::Profile { dir, keys } => {
                let (loaded, keeper) = Keeper::open(dir, keys).await?;
                (loaded, Some(keeper))
            }
        };
        let mut config = Config { login: loaded.login.clone(), begin_with: loaded.begin_with, ..Config::default() };
        match (listen.is_empty(), &loaded.listen) {
            (false, _) => config.listen = listen,
            (true, Some(settled)) => config.listen.clone_from(settled),
            (true, None) => {}
        }
        let (practice, proxies) = with_practice(&loaded, Before::Nothing)?;
        let print = print_of(&proxies, loaded.choice);
        let names = named(&proxies);
        let proxies: Vec<_> = proxies.into_iter().map(|(_, upstream)| upstream).collect();
        let mut network = Network::new();
        let engine = Engine::start(config, proxies.clone(), random::dice())?;
        let events = engine.events();
        network.set_proxies(&proxies, &engine);
        let mut session = Self {
            events,
            telegram_events: engine.telegram_events(),
            snapshots: [engine.snapshot(), engine.telegram_snapshot()],
            telegram: Way::through(engine.addresses(), loaded.login.as_ref()),
            book: Arc::default(),
            in_use: names,
            print,
            troubles: loaded.troubles.clone(),
            is_key_locked: watch::Sender::new(upstreams::is_key_locked(&loaded.troubles)),
            practice,
            queue: VecDeque::new(),
            server: None,
            wishes: Inbox::default(),
            keeper,
            freshness: Freshness::default(),
            waker,
            loading: None,
            load_again: false,
            keys: None,
            network,
            engine,
        };
        session.engine.choose(loaded.choice);
        session.engine.ask_besides(loaded.doh);
        session.learn_names();
        session.addresses().into_iter().for_each(|address| session.say(Event::Listening { address }));
        loaded.troubles.into_iter().for_each(|what| session.say(Event::Trouble { what }));
        session.book.set_telegram(session.telegram.link().clone());
        session.open_telegram(loaded.telegram);
        session.plan(&loaded.subscriptions);
        session.look_at_network(News::AskAgain);
        if let Some(keeper) = &session.keeper {
            keeper.announce(session.addresses()).await;
            session.open_for_questions(keeper.dir()).await;
        }
        Ok(session)
    }

    /// Where clients connect; the IPv4 address first.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        let mut addresses = self.engine.addresses().to_vec();
        addresses.sort_by_key(SocketAddr::is_ipv6);
        addresses
    }

    /// The proxies in use, in order of preference.
    pub fn proxies(&self) -> &[Listed] {
        &self.in_use
    }

    /// What a proxy is, or was, called.
    pub fn name(&self, id: ProxyId) -> String {
        self.book.name(id)
    }

    /// The practice proxies, where nothing else is there to use.
    pub fn practice(&self) -> Option<&Practice> {
        self.practice.as_ref()
    }

    /// The engine's state; changes can be waited for.
    pub fn snapshot(&self) -> watch::Receiver<Snapshot> {
        self.engine.snapshot()
    }

    /// What carries; for the pilot, which asks it for figures.
    pub(crate) fn engine(&self) -> Engine {
        self.engine.clone()
    }

    /// Takes over what changed on disk, as when another process says so with [`crate::after_change`].
    pub fn reload(&mut self) {
        self.load();
    }

    /// Whether proxies are left out because their key is in a locked keyring; changes can be waited for.
    pub fn is_key_locked(&self) -> watch::Receiver<bool> {
        self.is_key_locked.subscribe()
    }

    /// Asks for the key anew, and in this way from now on: what was left out for want of it is taken up.
    pub fn use_keys(&mut self, keys: KeyOptions) {
        self.keys = Some(keys);
        self.load();
    }

    /// What other processes ask of whoever runs this session.
    pub fn wishes(&self) -> Wishes {
        wishes(&self.wishes)
    }

    /// Something that whoever runs this session has to tell: it is kept with the rest and comes out of [`Session::next`].
    pub fn tell(&mut self, event: Event) {
        self.say(event);
    }

    /// The next thing to tell. Also keeps the history and takes changes of the list over, so it must be called again
    /// and again while the session runs; it may be dropped at any moment and called anew.
    pub async fn next(&mut self) -> Event {
        loop {
            if let Some(event) = self.queue.pop_front() {
                return event;
            }
            tokio::select! {
                event = self.events.recv() => self.hear(event),
                event = self.telegram_events.recv() => self.hear_telegram(event),
                () = self.waker.called(), if self.keeper.is_some() => self.load(),
                turn = self.freshness.next() => self.freshen(turn),
                loaded = finished(&mut self.loading) => self.take_over(loaded),
                news = self.network.changed() => self.look_at_network(news),
                () = keep(self.keeper.as_mut(), &mut self.snapshots, &self.engine) => {}
            }
        }
    }

    fn look_at_network(&mut self, news: News) {
        if let Some(network) = self.network.look(news, &self.engine) {
            self.enter_network(network.as_bytes());
        }
    }

    /// This computer is in another network than before, which the system describes so: equal descriptions are one network. What
    /// the last one taught of the proxies is put away, and what this one taught before is taken up again. Without a profile it
    /// is only forgotten.
    fn enter_network(&mut self, description: &[u8]) {
        let memory = match &mut self.keeper {
            Some(keeper) => keeper.enter(description, &self.engine),
            None => Some(Memory::default()),
        };
        if let Some(memory) = memory {
            self.engine.moved(&memory);
        }
    }

    /// Closes the port and all connections, and writes down what is known of the proxies.
    pub async fn stop(mut self) {
        self.server = None;
        self.engine.stop().await;
        if let Some(keeper) = &mut self.keeper {
            keeper.finish(&self.engine).await;
        }
    }

    fn say(&mut self, event: Event) {
        self.book.write(event.clone());
        self.queue.push_back(event);
    }

    fn learn_names(&self) {
        let names = self.in_use.iter().map(|listed| (listed.id, listed.name.clone()));
        self.book.set_names(names, self.practice.is_some());
    }

    /// Traffic does not depend on it, so that it fails stops nothing.
    async fn open_for_questions(&mut self, dir: PathBuf) {
        let (engine, book) = (self.engine.clone(), Arc::clone(&self.book));
        let facts = Facts { engine, book, since: SystemTime::now(), wishes: self.wishes.clone() };
        match Server::open(dir, facts).await {
            Ok(server) => self.server = Some(server),
            Err(error) => {
                let text = format!("`paperwing status` cannot ask this one: {error}");
                self.say(Event::Trouble { what: AppError::new(Code::CannotBeAsked, text) });
            }
        }
    }

    /// Practice proxies lead straight out, which nobody has allowed.
    fn plan(&mut self, subscriptions: &[Subscription]) {
        let subscriptions = if self.practice.is_some() { &[] } else { subscriptions };
        self.freshness.plan(subscriptions, now());
    }

    fn freshen(&mut self, turn: Turn) {
        let refreshed = match (turn, &self.keeper) {
            (Turn::Due(id), Some(keeper)) => return self.freshness.runs(id, keeper.refresh(id, self.engine.clone())),
            (Turn::Due(_), None) => return,
            (Turn::Done { refreshed, failures }, _) => (refreshed, failures),
        };
        let (Refreshed { name, result, .. }, failures) = refreshed;
        match result {
            Ok(Some(merged)) => {
                let counts = [merged.added.len(), merged.removed.len(), merged.kept.len()];
                let [added, removed, kept] = counts;
                if counts != [0; 3] || !merged.renamed.is_empty() {
                    self.say(Event::Refreshed { list: name, added, removed, kept });
                }
                self.load();
            }
            Ok(None) => {}
            // Said once: it is tried again.
            Err(error) if failures == 1 => {
                let text = format!("the list “{name}” stays as it was: {error}");
                let what = AppError::new(Code::SubscriptionStays, text).with("name", name).because(error);
                self.say(Event::Trouble { what });
            }
            Err(error) => tracing::info!(%error, failures, "a subscription was not fetched"),
        }
    }

    fn load(&mut self) {
        match (&self.loading, &self.keeper) {
            (None, Some(keeper)) => self.loading = Some(keeper.load(self.keys.take())),
            // What is being read may be older than the change that we are told of.
            (Some(_), _) => self.load_again = true,
            (None, None) => {}
        }
    }

    fn take_over(&mut self, loaded: Result<Loaded, Error>) {
        if std::mem::take(&mut self.load_again) {
            self.load();
        }
        let applied = loaded.and_then(|loaded| self.apply(loaded));
        if let Err(error) = applied {
            let text = format!("the list stays as it was: {error}");
            self.say(Event::Trouble { what: AppError::new(Code::ListStays, text).because(error) });
        }
    }

    fn apply(&mut self, loaded: Loaded) -> Result<(), Error> {
        let before = self.practice.take().map_or(Before::Proxies, Before::Practice);
        let (practice, proxies) = with_practice(&loaded, before)?;
        self.practice = practice;
        let print = print_of(&proxies, loaded.choice);
        let is_other = std::mem::replace(&mut self.print, print) != print;
        self.in_use = named(&proxies);
        self.learn_names();
        let proxies: Vec<_> = proxies.into_iter().map(|(_, upstream)| upstream).collect();
        self.engine.set_proxies(proxies.clone());
        self.network.set_proxies(&proxies, &self.engine);
        self.engine.choose(loaded.choice);
        self.engine.ask_besides(loaded.doh);
        self.open_telegram(loaded.telegram);
        self.plan(&loaded.subscriptions);
        let chosen = match loaded.choice {
            Choice::Automatic => None,
            Choice::This(id) => Some(self.name(id)),
        };
        let is_locked = upstreams::is_key_locked(&loaded.troubles);
        self.is_key_locked.send_if_modified(|before| std::mem::replace(before, is_locked) != is_locked);
        let told = std::mem::replace(&mut self.troubles, loaded.troubles.clone());
        let news = loaded.troubles.into_iter().filter(|what| !told.contains(what));
        news.for_each(|what| self.say(Event::Trouble { what }));
        if !is_other {
            return Ok(());
        }
        self.say(Event::Reloaded { proxies: self.in_use.len(), chosen });
        if self.in_use.is_empty() {
            let text = "the list is empty, so traffic is stopped: add a proxy with `paperwing import`";
            self.say(Event::Trouble { what: AppError::new(Code::ListEmptied, text) });
        }
        Ok(())
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session").field("in_use", &self.in_use).finish_non_exhaustive()
    }
}

/// Waits for a task and takes it away; for ever where there is none.
async fn finished(loading: &mut Option<JoinHandle<Result<Loaded, Error>>>) -> Result<Loaded, Error> {
    let Some(task) = loading else { return std::future::pending().await };
    let done = task.await;
    *loading = None;
    done.unwrap_or_else(|_| Err(Error::System { doing: "read the list", source: std::io::ErrorKind::Other.into() }))
}

async fn keep(keeper: Option<&mut Keeper>, snapshots: &mut [watch::Receiver<Snapshot>; 2], engine: &Engine) {
    match keeper {
        Some(keeper) => keeper.keep(snapshots, engine).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests;
