//! The addresses of proxies' own names: looked up, kept for a while, and remembered when they worked.

mod known;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, timeout_at};

pub(super) use self::known::Addresses;
use self::known::Known;

/// A lookup that takes longer is not waited for where an earlier answer is known,
const PATIENCE: Duration = Duration::from_secs(1);

/// and one that takes longer than this by nobody. It runs on, so that its answer serves those who come later.
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// So many lookups run at once. Each holds a thread for as long as the system's resolver hangs, which can be half a minute.
const AT_ONCE: usize = 32;

/// A second opinion that was asked for in vain is not asked for again within this time.
const IN_VAIN: Duration = Duration::from_mins(1);

/// Something that is found out meanwhile.
pub(super) type Asking<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Somebody who knows the addresses of names. No addresses where it does not know, or could not be asked.
type Resolver = Arc<dyn Fn(String) -> Asking<Vec<IpAddr>> + Send + Sync>;

/// Somebody else to ask where the system's word led nowhere. `None` where nobody could be asked, or gave no good answer.
pub(crate) type SecondOpinion = Arc<dyn Fn(String) -> Asking<Option<Opinion>> + Send + Sync>;

/// What somebody else says of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Opinion {
    /// Its addresses.
    pub(crate) addresses: Vec<IpAddr>,
    /// For how long that may be believed.
    pub(crate) holds: Duration,
}

/// What is known of proxies' names.
pub(super) struct Names {
    state: Arc<Mutex<State>>,
    system: Resolver,
    room: Arc<Semaphore>,
    second: Mutex<Option<SecondOpinion>>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<String, Known>,
    /// Those that are being looked up, each once, however many wait.
    lookups: HashMap<String, Lookup>,
}

#[derive(Clone, Debug)]
struct Lookup {
    began: Instant,
    /// Closed when the lookup ends.
    end: watch::Receiver<()>,
}

// === impl Names ===

impl Default for Names {
    fn default() -> Self {
        Self::asking(Arc::new(|name| Box::pin(ask_system(name))))
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names").field("state", &self.state).finish_non_exhaustive()
    }
}

impl Names {
    fn asking(system: Resolver) -> Self {
        Self { state: Arc::default(), system, room: Arc::new(Semaphore::new(AT_ONCE)), second: Mutex::default() }
    }

    /// Who else is to be asked where the system's word leads nowhere; nobody unless that is said.
    pub(super) fn ask_besides(&self, second: Option<SecondOpinion>) {
        *self.second.lock().unwrap_or_else(PoisonError::into_inner) = second;
    }

    /// The addresses to try. None where the name has none and never had, or nobody says so in time.
    pub(super) async fn addresses(&self, name: &str) -> Addresses {
        if let Some((mut end, deadline)) = self.lookup(name) {
            // Nothing is ever sent: this ends with the lookup.
            let _ = timeout_at(deadline, end.changed()).await;
        }
        lock(&self.state).known.get(name).map(Known::in_order).unwrap_or_default()
    }

    /// The lookup of a name that has to be waited for, and until when; it is begun unless it runs already.
    fn lookup(&self, name: &str) -> Option<(watch::Receiver<()>, Instant)> {
        let mut state = lock(&self.state);
        let known = state.known.get(name);
        if known.is_some_and(Known::is_fresh) {
            return None;
        }
        let patience = if known.is_some_and(Known::has_any) { PATIENCE } else { MOST_PATIENCE };
        let running = state.lookups.entry(name.to_owned()).or_insert_with(|| self.begin(name));
        Some((running.end.clone(), running.began + patience))
    }

    fn begin(&self, name: &str) -> Lookup {
        let (ends, end) = watch::channel(());
        let (state, room) = (Arc::clone(&self.state), Arc::clone(&self.room));
        let (name, asking) = (name.to_owned(), (self.system)(name.to_owned()));
        tokio::spawn(async move {
            // Nobody closes it.
            let _place = room.acquire().await;
            let found = asking.await;
            let mut state = lock(&state);
            state.learn(&name, found);
            state.lookups.remove(&name);
            drop(ends);
        });
        Lookup { began: Instant::now(), end }
    }

    /// The proxy was met at one of a name's addresses.
    pub(super) fn worked(&self, name: &str, address: IpAddr) {
        if let Some(known) = lock(&self.state).known.get_mut(name) {
            known.is_doubted &= !known.addresses.contains(&address);
            known.good = Some(address);
        }
    }

    /// A name led nowhere. What finds out whether somebody else knows of other addresses, and says so; nothing where there is
    /// nobody else, or that one has just been asked.
    pub(super) fn doubt(&self, name: &str) -> Option<Asking<bool>> {
        let mut state = lock(&self.state);
        let known = state.known.entry(name.to_owned()).or_default();
        known.is_doubted = true;
        let second = self.second.lock().unwrap_or_else(PoisonError::into_inner).clone()?;
        let now = Instant::now();
        if known.second_until.is_some_and(|until| now < until) {
            return None;
        }
        // Whoever fails meanwhile waits for the same answer.
        known.second_until = Some(now + IN_VAIN);
        let (state, name) = (Arc::clone(&self.state), name.to_owned());
        Some(Box::pin(async move {
            let opinion = second(name.clone()).await;
            lock(&state).learn_second(&name, opinion)
        }))
    }
}

// === impl State ===

impl State {
    /// A lookup ended. One that found nothing leaves what was known before, for a while: a resolver that is silent must not
    /// delay every connection.
    fn learn(&mut self, name: &str, found: Vec<IpAddr>) {
        let is_known = self.known.get(name).is_some_and(Known::has_any);
        if found.is_empty() && !is_known {
            return;
        }
        let known = self.known.entry(name.to_owned()).or_default();
        known.looked_up = Some(Instant::now());
        if !found.is_empty() {
            known.addresses = found;
        }
    }

    /// Somebody else answered, or did not. Whether there is an address now that nobody had named before.
    fn learn_second(&mut self, name: &str, opinion: Option<Opinion>) -> bool {
        let Some(Opinion { addresses, holds }) = opinion.filter(|opinion| !opinion.addresses.is_empty()) else {
            return false;
        };
        let known = self.known.entry(name.to_owned()).or_default();
        let is_news = |address: &IpAddr| !known.addresses.contains(address) && !known.second.contains(address);
        let has_news = addresses.iter().any(is_news);
        known.second = addresses;
        known.second_until = Some(Instant::now() + holds);
        has_news
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn ask_system(name: String) -> Vec<IpAddr> {
    lookup_host((name, 0)).await.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests;
