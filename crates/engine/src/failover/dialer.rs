//! Makes the attempts that the board asks for until one of them carries the connection.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::hash::{BuildHasher, RandomState};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use paperwing_link::{Proxy, ProxyId};
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::board::{Board, Dial, Dice, Entrant, Footing};
use super::rules::Rules;
use crate::event::Event;
use crate::outcome::{Cause, Failure, Stage, TargetFailure};
use crate::relay::Meter;
use crate::snapshot::{ProxyState, Snapshot};
use crate::target::Target;
use crate::upstream::{self, Connected, Progress, Stream, Surroundings};

/// A connection that a proxy carries.
#[derive(Debug)]
pub struct Carried {
    /// From here on, bytes to and from the target.
    pub stream: Stream,
    /// What the target already sent.
    pub early: Bytes,
    /// The proxy that carries.
    pub proxy: ProxyId,
    /// Counts the proxy's bytes.
    pub meter: Arc<Meter>,
}

/// Why no proxy carries a connection. The connection is never made directly instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The list is empty.
    NoProxies,
    /// Every proxy is blocked or rejected and has to rest.
    AllBlocked {
        /// When the first of them may be tried again.
        retry_in: Option<Duration>,
    },
    /// This computer's own network is down.
    NoNetwork,
    /// The proxies work and do not reach the target.
    Target(TargetFailure),
    /// The proxies that were tried failed; this is what the first of them did.
    Proxies(Failure),
}

/// See the module. Shared by all connections.
pub struct Dialer {
    state: Mutex<State>,
    rules: Rules,
    surroundings: Arc<Surroundings>,
    keys: RandomState,
    events: broadcast::Sender<Event>,
    snapshot: watch::Sender<Snapshot>,
    total: Arc<Meter>,
}

struct State {
    board: Board,
    proxies: HashMap<ProxyId, Arc<Known>>,
    order: Vec<ProxyId>,
}

/// A proxy and its meter, shared by the connections through it.
#[derive(Debug)]
struct Known {
    id: ProxyId,
    proxy: Proxy,
    meter: Arc<Meter>,
}

/// So many events are kept for a watcher that is slow to read them.
const EVENTS_KEPT: usize = 256;

// === impl Dialer ===

impl Dialer {
    /// A dialer without proxies.
    pub fn new(rules: Rules, dice: Dice, surroundings: Arc<Surroundings>) -> Arc<Self> {
        let board = Board::new(rules.clone(), dice);
        Arc::new(Self {
            state: Mutex::new(State { board, proxies: HashMap::new(), order: Vec::new() }),
            rules,
            surroundings,
            keys: RandomState::new(),
            events: broadcast::channel(EVENTS_KEPT).0,
            snapshot: watch::channel(Snapshot::default()).0,
            total: Arc::default(),
        })
    }

    /// The list as it is now, in order of preference. What is known of proxies that stay as they were is kept.
    pub fn set_proxies(&self, proxies: impl IntoIterator<Item = (ProxyId, Proxy, Option<Duration>)>) {
        let mut state = self.state();
        let mut before = std::mem::take(&mut state.proxies);
        let (mut entrants, mut changed, mut order) = (Vec::new(), Vec::new(), Vec::new());
        for (id, proxy, remembered) in proxies {
            entrants.push(Entrant { id, host: proxy.host.clone(), remembered });
            order.push(id);
            let known = match before.remove(&id) {
                Some(known) if known.proxy == proxy => known,
                Some(known) => {
                    // A new name changes nothing that was learnt.
                    if (&known.proxy.host, known.proxy.port, &known.proxy.protocol)
                        != (&proxy.host, proxy.port, &proxy.protocol)
                    {
                        changed.push(id);
                    }
                    Arc::new(Known { id, proxy, meter: Arc::clone(&known.meter) })
                }
                None => Arc::new(Known { id, proxy, meter: Arc::default() }),
            };
            state.proxies.insert(id, known);
        }
        state.order = order;
        state.board.set_proxies(&entrants, &changed);
        self.publish(&mut state);
    }

    /// Changes the board, and tells watchers what came of it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state.board);
        self.publish(&mut state);
        result
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// The state, renewed whenever the health of a proxy or the pick changes.
    pub fn snapshot(&self) -> watch::Receiver<Snapshot> {
        self.snapshot.subscribe()
    }

    /// The state at this moment, usual times included.
    pub fn state_now(&self) -> Snapshot {
        self.compose(&self.state())
    }

    /// Counts the bytes of all proxies.
    pub fn total(&self) -> Arc<Meter> {
        Arc::clone(&self.total)
    }

    /// Whether a target is our own port.
    pub fn surroundings(&self) -> &Arc<Surroundings> {
        &self.surroundings
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn publish(&self, state: &mut State) {
        let snapshot = self.compose(state);
        self.snapshot.send_replace(snapshot);
        for event in state.board.take_events() {
            tracing::info!(?event);
            // Nobody watching is no error.
            let _ = self.events.send(event);
        }
    }

    fn compose(&self, state: &State) -> Snapshot {
        let proxies = state.order.iter().filter_map(|id| {
            let known = state.proxies.get(id)?;
            let (health, usual, trouble) = state.board.health(*id)?;
            Some(ProxyState { id: *id, health, usual, trouble, meter: Arc::clone(&known.meter) })
        });
        Snapshot {
            listening: self.surroundings.own_addresses(),
            pick: state.board.pick(),
            choice: state.board.choice(),
            no_network: state.board.network_down(),
            proxies: proxies.collect(),
            total: Arc::clone(&self.total),
        }
    }

    /// Tells the board of one proxy, and watchers only if that changed its health or the pick: most connections change
    /// neither.
    fn report<T>(&self, proxy: ProxyId, report: impl FnOnce(&mut Board) -> T) -> T {
        let mut state = self.state();
        let seen = |board: &Board| (board.health(proxy).map(|(health, ..)| health), board.pick());
        let before = seen(&state.board);
        let result = report(&mut state.board);
        if seen(&state.board) != before || state.board.has_events() {
            self.publish(&mut state);
        }
        result
    }
}

// === impl Dialer: one connection ===

impl Dialer {
    /// Finds a proxy that carries a connection to the target. On success the proxy has said so itself.
    pub async fn dial(self: &Arc<Self>, target: Target) -> Result<Carried, Refusal> {
        let key = self.keys.hash_one(&target);
        let mut dialing = Dialing {
            dialer: self,
            target: Arc::new(target),
            key,
            began: Instant::now(),
            running: Vec::with_capacity(1),
            tried: Vec::new(),
            failed: Vec::new(),
            none_left: false,
        };
        dialing.run().await
    }

    fn next(&self, tried: &[ProxyId]) -> Option<(Arc<Known>, Duration, Footing)> {
        let mut state = self.state();
        let candidate = state.board.next(tried, Instant::now().into_std())?;
        if candidate.footing == Footing::Trial {
            self.publish(&mut state);
        }
        let known = state.proxies.get(&candidate.proxy)?;
        Some((Arc::clone(known), candidate.hedge_after, candidate.footing))
    }
}

/// One connection on its way to a proxy that carries it.
struct Dialing<'d> {
    dialer: &'d Arc<Dialer>,
    target: Arc<Target>,
    key: u64,
    began: Instant,
    running: Vec<Attempt>,
    tried: Vec<ProxyId>,
    failed: Vec<(ProxyId, Failure)>,
    /// The board knows of no further proxy.
    none_left: bool,
}

struct Attempt {
    known: Arc<Known>,
    progress: Arc<Progress>,
    hedge_at: Instant,
    footing: Footing,
    future: Pin<Box<dyn Future<Output = Result<Connected, Failure>> + Send>>,
}

enum Turn {
    Ended(usize, Result<Connected, Failure>),
    Time,
}

impl Dialing<'_> {
    async fn run(&mut self) -> Result<Carried, Refusal> {
        let deadline = self.began + self.dialer.rules.patience;
        let mut timer = pin!(sleep_until(deadline));
        self.start_next();
        while !self.running.is_empty() {
            timer.as_mut().reset(self.next_turn(deadline));
            match self.turn(timer.as_mut()).await {
                Turn::Ended(index, Ok(connected)) => return Ok(self.carried(index, connected)),
                Turn::Ended(index, Err(failure)) => {
                    self.fail(index, failure);
                    if self.may_go_on() {
                        self.start_next();
                    }
                }
                Turn::Time => self.time(deadline),
            }
        }
        Err(self.refusal())
    }

    /// Starts an attempt at the next proxy, if there is one and the limits allow it.
    fn start_next(&mut self) {
        let rules = &self.dialer.rules;
        if self.none_left || self.running.len() >= rules.together || self.tried.len() >= rules.attempts {
            return;
        }
        let Some((known, hedge_after, footing)) = self.dialer.next(&self.tried) else {
            self.none_left = true;
            return;
        };
        self.tried.push(known.id);
        let progress = Arc::new(Progress::default());
        let future = {
            let (known, target, progress) = (Arc::clone(&known), Arc::clone(&self.target), Arc::clone(&progress));
            let surroundings = Arc::clone(&self.dialer.surroundings);
            Box::pin(async move { upstream::connect(&known.proxy, &target, &surroundings, &progress).await })
        };
        let hedge_at = progress.began() + hedge_after;
        self.running.push(Attempt { known, progress, hedge_at, footing, future });
    }

    /// When something is due even if no attempt ends.
    fn next_turn(&self, deadline: Instant) -> Instant {
        let rules = &self.dialer.rules;
        let limits = self
            .running
            .iter()
            .filter(|attempt| attempt.progress.stage() < Stage::Request)
            .map(|attempt| attempt.progress.began() + rules.handshake);
        let hedge = self.running.iter().map(|attempt| attempt.hedge_at).max().filter(|_| self.may_hedge());
        limits.chain(hedge).chain([deadline]).min().unwrap_or(deadline)
    }

    fn may_hedge(&self) -> bool {
        let rules = &self.dialer.rules;
        !self.none_left && self.running.len() < rules.together && self.tried.len() < rules.attempts
    }

    /// A target that two proxies could not reach is down, and asking more would only show them to whoever watches.
    fn may_go_on(&self) -> bool {
        let missed = self.failed.iter().filter(|(_, failure)| matches!(failure.cause, Cause::Target(_))).count();
        let known_down = || {
            let now = Instant::now().into_std();
            self.dialer.state().board.is_target_down(self.key, now)
        };
        missed < 2 && !(missed == 1 && known_down())
    }

    async fn turn(&mut self, mut timer: Pin<&mut Sleep>) -> Turn {
        poll_fn(|context| {
            for (index, attempt) in self.running.iter_mut().enumerate() {
                if let Poll::Ready(result) = attempt.future.as_mut().poll(context) {
                    return Poll::Ready(Turn::Ended(index, result));
                }
            }
            timer.as_mut().poll(context).map(|()| Turn::Time)
        })
        .await
    }

    /// Time has come for something: the end, an attempt's end, or a second attempt.
    fn time(&mut self, deadline: Instant) {
        let now = Instant::now();
        let handshake = self.dialer.rules.handshake;
        let is_over = |attempt: &Attempt| {
            let slow_to_greet =
                attempt.progress.stage() < Stage::Request && now >= attempt.progress.began() + handshake;
            now >= deadline || slow_to_greet
        };
        while let Some(index) = self.running.iter().position(is_over) {
            let silence = Failure::new(self.running[index].progress.stage(), Cause::Silent);
            self.fail(index, silence);
        }
        let hedge_is_due = self.running.iter().all(|attempt| now >= attempt.hedge_at);
        if now < deadline && hedge_is_due {
            self.start_next();
        }
    }

    fn fail(&mut self, index: usize, failure: Failure) {
        let attempt = self.running.remove(index);
        let proxy = attempt.known.id;
        tracing::debug!(proxy = %proxy, stage = %failure.stage, cause = failure.cause.name(), "attempt failed");
        self.failed.push((proxy, failure));
        self.dialer.report(proxy, |board| board.failed(proxy, failure, Instant::now().into_std()));
    }

    fn carried(&mut self, index: usize, connected: Connected) -> Carried {
        let now = Instant::now();
        let winner = self.running.remove(index);
        let (proxy, took) = (winner.known.id, now - winner.progress.began());
        let dial = Dial { target: self.key, failed: &self.failed, began: self.began.into_std() };
        self.dialer.report(proxy, |board| board.carried(proxy, took, &dial, now.into_std()));
        for loser in std::mem::take(&mut self.running) {
            let was_overtaken = loser.progress.began() < winner.progress.began();
            if was_overtaken || loser.footing == Footing::Trial {
                self.watch_overtaken(loser, now);
            }
        }
        Carried { stream: connected.stream, early: connected.early, proxy, meter: Arc::clone(&winner.known.meter) }
    }

    /// Lets a slow attempt run on for a while to learn what is the matter with its proxy. Nobody waits for it.
    fn watch_overtaken(&self, mut loser: Attempt, now: Instant) {
        let (dialer, key) = (Arc::clone(self.dialer), self.key);
        let (proxy, progress) = (loser.known.id, Arc::clone(&loser.progress));
        let silence = Failure::new(progress.stage(), Cause::Silent);
        if !dialer.report(proxy, |board| board.outpaced(proxy, silence, now.into_std())) {
            return;
        }
        tokio::spawn(async move {
            let ended = timeout(dialer.rules.linger, &mut loser.future).await;
            let now = Instant::now();
            let failure = match ended {
                Ok(Ok(_)) => {
                    let took = now - progress.began();
                    return dialer.report(proxy, |board| board.late(proxy, took, now.into_std()));
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::new(progress.stage(), Cause::Silent),
            };
            dialer.report(proxy, |board| board.late_failure(proxy, failure, key, now.into_std()));
        });
    }

    fn refusal(&self) -> Refusal {
        let now = Instant::now().into_std();
        let dial = Dial { target: self.key, failed: &self.failed, began: self.began.into_std() };
        let mut state = self.dialer.state();
        if state.order.is_empty() {
            return Refusal::NoProxies;
        }
        state.board.exhausted(&dial, now);
        if state.board.has_events() {
            self.dialer.publish(&mut state);
        }
        let missed = self.failed.iter().find_map(|(_, failure)| match failure.cause {
            Cause::Target(why) => Some(why),
            _ => None,
        });
        match (missed, self.failed.first()) {
            (Some(why), _) => Refusal::Target(why),
            _ if state.board.network_down() => Refusal::NoNetwork,
            (None, Some((_, failure))) => Refusal::Proxies(*failure),
            (None, None) => Refusal::AllBlocked { retry_in: state.board.retry_in(now) },
        }
    }
}
