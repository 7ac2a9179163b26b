//! The addresses of proxies' own names: looked up, kept for a while, and remembered when they worked.

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

/// How long a looked-up address is used without asking again.
const FRESH: Duration = Duration::from_mins(1);

/// A lookup that takes longer is not waited for where an earlier answer is known,
const PATIENCE: Duration = Duration::from_secs(1);

/// and one that takes longer than this by nobody. It runs on, so that its answer serves those who come later.
const MOST_PATIENCE: Duration = Duration::from_secs(3);

/// So many lookups run at once. Each holds a thread for as long as the system's resolver hangs, which can be half a minute.
const AT_ONCE: usize = 32;

/// Somebody who knows the addresses of names. No addresses where it does not know, or could not be asked.
type Resolver = Arc<dyn Fn(String) -> Pin<Box<dyn Future<Output = Vec<IpAddr>> + Send>> + Send + Sync>;

/// What is known of proxies' names.
pub(super) struct Names {
    state: Arc<Mutex<State>>,
    system: Resolver,
    room: Arc<Semaphore>,
}

#[derive(Debug, Default)]
struct State {
    known: HashMap<String, Known>,
    /// Those that are being looked up, each once, however many wait.
    lookups: HashMap<String, Lookup>,
}

#[derive(Clone, Debug)]
struct Known {
    addresses: Vec<IpAddr>,
    looked_up: Instant,
    /// The address that a connection was last opened to. A lookup that is answered by a liar does not make it forgotten.
    good: Option<IpAddr>,
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
        Self { state: Arc::default(), system, room: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// The addresses to try, in the order to try them. Empty where the name has none and never had, or nobody says so in time.
    pub(super) async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        if let Some((mut end, deadline)) = self.lookup(name) {
            // Nothing is ever sent: this ends with the lookup.
            let _ = timeout_at(deadline, end.changed()).await;
        }
        let state = lock(&self.state);
        state.known.get(name).map(|known| order(&known.addresses, known.good)).unwrap_or_default()
    }

    /// The lookup of a name that has to be waited for, and until when; it is begun unless it runs already.
    fn lookup(&self, name: &str) -> Option<(watch::Receiver<()>, Instant)> {
        let mut state = lock(&self.state);
        let known = state.known.get(name);
        if known.is_some_and(|known| known.looked_up.elapsed() < FRESH) {
            return None;
        }
        let patience = if known.is_some() { PATIENCE } else { MOST_PATIENCE };
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

    /// A connection was opened to one of a name's addresses.
    pub(super) fn worked(&self, name: &str, address: IpAddr) {
        if let Some(known) = lock(&self.state).known.get_mut(name) {
            known.good = Some(address);
        }
    }
}

// === impl State ===

impl State {
    /// A lookup ended. One that found nothing leaves what was known before, for a while: a resolver that is silent must not
    /// delay every connection.
    fn learn(&mut self, name: &str, found: Vec<IpAddr>) {
        let now = Instant::now();
        match self.known.get_mut(name) {
            Some(known) => {
                known.looked_up = now;
                if !found.is_empty() {
                    known.addresses = found;
                }
            }
            None if found.is_empty() => {}
            None => {
                self.known.insert(name.to_owned(), Known { addresses: found, looked_up: now, good: None });
            }
        }
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn ask_system(name: String) -> Vec<IpAddr> {
    lookup_host((name, 0)).await.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default()
}

/// The families by turns, beginning with the resolver's favourite (RFC 8305, 4); an address that worked before and was not
/// named this time comes second, for when the answer was a lie.
fn order(addresses: &[IpAddr], good: Option<IpAddr>) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut same, mut other): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().partition(|address| address.is_ipv6() == first_is_v6);
    same.reverse();
    other.reverse();
    let mut ordered = Vec::with_capacity(addresses.len() + 1);
    while !same.is_empty() || !other.is_empty() {
        ordered.extend(same.pop());
        ordered.extend(other.pop());
    }
    if let Some(good) = good.filter(|good| !ordered.contains(good)) {
        ordered.insert(ordered.len().min(1), good);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::time::sleep;

    use super::*;

    const NAME: &str = "p.example";

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    /// Names of which the system says this after so long, and how often it was asked.
    fn names(addresses: &[&str], after: Duration) -> (Names, Arc<AtomicUsize>) {
        let (addresses, asked) = (ips(addresses), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&asked);
        let resolver: Resolver = Arc::new(move |_| {
            counted.fetch_add(1, Ordering::Relaxed);
            let addresses = addresses.clone();
            Box::pin(async move {
                sleep(after).await;
                addresses
            })
        });
        (Names::asking(resolver), asked)
    }

    #[test]
    fn families_take_turns() {
        let found = ips(&["2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        let expected = ips(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"]);
        assert_eq!(order(&found, None), expected);
    }

    #[tokio::test]
    async fn a_lying_answer_does_not_make_the_good_address_forgotten() {
        let names = Names::default();
        lock(&names.state).learn(NAME, ips(&["192.0.2.1"]));
        names.worked(NAME, ips(&["192.0.2.1"])[0]);
        lock(&names.state).learn(NAME, ips(&["203.0.113.9", "203.0.113.10"]));
        assert_eq!(names.addresses(NAME).await.get(1), ips(&["192.0.2.1"]).first());
        lock(&names.state).learn(NAME, Vec::new());
        assert_eq!(names.addresses(NAME).await.len(), 3, "no answer at all neither");
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_want_a_name_share_one_lookup() {
        let (names, asked) = names(&["192.0.2.1"], Duration::from_millis(500));
        let (one, other) = tokio::join!(names.addresses(NAME), names.addresses(NAME));
        assert_eq!((one, other), (ips(&["192.0.2.1"]), ips(&["192.0.2.1"])));
        names.addresses(NAME).await;
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn a_resolver_that_hangs_is_waited_for_once_and_its_late_answer_serves() {
        let (names, asked) = names(&["192.0.2.1"], Duration::from_secs(10));
        let began = Instant::now();
        assert_eq!(names.addresses(NAME).await, ips(&[]));
        assert_eq!(began.elapsed(), MOST_PATIENCE);
        assert_eq!(names.addresses(NAME).await, ips(&[]));
        assert_eq!(began.elapsed(), MOST_PATIENCE, "the second does not wait where the first has waited");
        sleep(Duration::from_secs(10)).await;
        assert_eq!(names.addresses(NAME).await, ips(&["192.0.2.1"]));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_known_serves_while_the_resolver_hangs() {
        let names = Names::asking(Arc::new(|_| Box::pin(pending())));
        lock(&names.state).learn(NAME, ips(&["192.0.2.1"]));
        sleep(FRESH).await;
        for waited in [PATIENCE, Duration::ZERO] {
            let began = Instant::now();
            assert_eq!(names.addresses(NAME).await, ips(&["192.0.2.1"]));
            assert_eq!(began.elapsed(), waited);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_caller_that_goes_away_leaves_the_lookup_to_the_others() {
        let (names, asked) = names(&["192.0.2.1"], Duration::from_secs(2));
        let hurried = tokio::time::timeout(Duration::from_millis(10), names.addresses(NAME)).await;
        assert!(hurried.is_err());
        assert_eq!(names.addresses(NAME).await, ips(&["192.0.2.1"]));
        assert_eq!(asked.load(Ordering::Relaxed), 1);
    }
}
