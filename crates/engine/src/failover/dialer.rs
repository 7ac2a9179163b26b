//! Makes the attempts that the board asks for until one of them carries the connection.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use paperwing_link::{Protocol, Proxy, ProxyId};
use tokio::sync::{broadcast, watch};
use tokio::time::Instant;

use super::attempt::Errand;
use super::board::{Board, Dial, Dice, Entrant, Footing};
use super::dialing::Dialing;
use super::memory::Memory;
use super::rules::Rules;
use super::warm::Warm;
use crate::event::Event;
use crate::mtproto::{self, Call, Question};
use crate::outcome::{Failure, TargetFailure};
use crate::relay::Meter;
use crate::snapshot::{ProxyState, Snapshot};
use crate::target::Target;
use crate::upstream::{Stream, Surroundings, are_alike};

/// A connection that a proxy carries.
#[derive(Debug)]
pub struct Carried {
    /// From here on, bytes to and from the target.
    pub stream: Stream,
    /// What the target already sent.
    pub early: Bytes,
    /// The proxy that carries.
    pub proxy: ProxyId,
    /// The proxy's usual time to success.
    pub usual: Option<Duration>,
    /// Whether the proxy is blocked all the same: it says "connected" and is known to bring nothing.
    pub is_judged: bool,
    /// Count the bytes of this proxy and of all.
    pub meters: [Arc<Meter>; 2],
}

impl Carried {
    /// How long it may take until the first byte comes back before another proxy is asked beside this one.
    pub(crate) fn patience(&self, rules: &Rules) -> Duration {
        rules.first_byte + 2 * self.usual.unwrap_or_default()
    }

    /// The same where no first byte comes through the proxy for anybody.
    pub(crate) fn patience_in_a_hush(&self, rules: &Rules) -> Duration {
        rules.first_byte_hush + 2 * self.usual.unwrap_or_default()
    }
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
    /// This network seems to want a person to sign in first.
    SignIn,
    /// The proxies work and do not reach the target.
    Target(TargetFailure),
    /// The proxies that were tried failed; this is what the first of them did.
    Proxies(Failure),
}

/// See the module. Shared by all connections.
pub struct Dialer {
    state: Mutex<State>,
    pub(super) rules: Rules,
    pub(super) surroundings: Arc<Surroundings>,
    keys: RandomState,
    events: broadcast::Sender<Event>,
    snapshot: watch::Sender<Snapshot>,
    /// How often this computer's network came back.
    pub(super) returns: watch::Sender<u64>,
    pub(super) total: Arc<Meter>,
    pub(super) warm: Warm,
}

pub(super) struct State {
    pub(super) board: Board,
    proxies: HashMap<ProxyId, Arc<Known>>,
    pub(super) order: Vec<ProxyId>,
}

impl State {
    pub(super) fn known(&self, proxy: ProxyId) -> Option<Arc<Known>> {
        self.proxies.get(&proxy).cloned()
    }
}

/// A proxy and its meter, shared by the connections through it.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) id: ProxyId,
    pub(super) proxy: Proxy,
    pub(super) meter: Arc<Meter>,
}

impl Known {
    /// Whether both are the same proxy but for the name.
    fn is_reached_like(&self, other: &Self) -> bool {
        are_alike(&self.proxy, &other.proxy)
    }
}

/// So many events are kept for a watcher that is slow to read them.
const EVENTS_KEPT: usize = 256;

// === impl Dialer ===

impl Dialer {
    /// A dialer without proxies.
    pub fn new(rules: Rules, dice: Dice, surroundings: Arc<Surroundings>) -> Arc<Self> {
        let board = Board::new(rules.clone(), dice);
        let events = broadcast::channel(EVENTS_KEPT).0;
        surroundings.tell(events.clone());
        Arc::new(Self {
            state: Mutex::new(State { board, proxies: HashMap::new(), order: Vec::new() }),
            rules,
            surroundings,
            keys: RandomState::new(),
            events,
            snapshot: watch::channel(Snapshot::default()).0,
            returns: watch::channel(0).0,
            total: Arc::default(),
            warm: Warm::default(),
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
                    let edited = Known { id, proxy, meter: Arc::clone(&known.meter) };
                    if !edited.is_reached_like(&known) {
                        changed.push(id);
                    }
                    Arc::new(edited)
                }
                None => Arc::new(Known { id, proxy, meter: Arc::default() }),
            };
            state.proxies.insert(id, known);
        }
        self.surroundings.keep(state.proxies.values().map(|known| &known.proxy));
        state.order = order;
        state.board.set_proxies(&entrants, &changed);
        self.publish(&mut state);
    }

    /// Lets go of what was kept for the proxies. Traffic is over.
    pub(crate) fn let_go(&self) {
        self.surroundings.keep(std::iter::empty());
    }

    /// Changes the board, and tells watchers what came of it.
    pub fn change<T>(&self, change: impl FnOnce(&mut Board) -> T) -> T {
        let mut state = self.state();
        let result = change(&mut state.board);
        self.publish(&mut state);
        self.tell_of_a_return(&state.board);
        result
    }

    /// When the next blocked proxy may be tried; `None` while none waits.
    pub fn retry_in(&self, now: std::time::Instant) -> Option<Duration> {
        self.state().board.retry_in(now)
    }

    /// Changes the board, and tells watchers only if something happened.
    pub(crate) fn change_if_due(&self, change: impl FnOnce(&mut Board)) {
        let mut state = self.state();
        change(&mut state.board);
        if state.board.has_events() {
            self.publish(&mut state);
        }
    }

    /// What is known of the network that the computer is in.
    pub fn memory(&self) -> Memory {
        self.state().board.memory()
    }

    /// The computer is in another network now, of which this is remembered.
    pub fn moved(&self, memory: &Memory) {
        self.warm.forget();
        self.change(|board| board.moved(memory, Instant::now().into_std()));
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

    /// Whether a proxy is on its list.
    pub(crate) fn knows(&self, proxy: ProxyId) -> bool {
        self.state().proxies.contains_key(&proxy)
    }

    /// What it knows of this computer.
    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }

    /// The figures that it goes by.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A number from 0 to 1 that nobody outside can foresee.
    pub(super) fn chance(&self, number: u64) -> f64 {
        f64::from(u32::try_from(self.keys.hash_one(number) >> 32).unwrap_or(u32::MAX)) / f64::from(u32::MAX)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, state: &mut State) {
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
            sign_in: state.board.wants_sign_in(),
            proxies: proxies.collect(),
            total: Arc::clone(&self.total),
        }
    }

    /// The same for an attempt that may have begun before a person edited the proxy: then it says nothing about it as it is now.
    pub(super) fn report_of<T: Default>(&self, known: &Known, report: impl FnOnce(&mut Board) -> T) -> T {
        if !self.state().proxies.get(&known.id).is_some_and(|now| now.is_reached_like(known)) {
            return T::default();
        }
        self.report(known.id, report)
    }

    /// Tells the board of one proxy, and watchers only if that changed its health or the pick: most connections change
    /// neither.
    pub(super) fn report<T>(&self, proxy: ProxyId, report: impl FnOnce(&mut Board) -> T) -> T {
        let mut state = self.state();
        let health = |board: &Board| board.health(proxy).map(|(health, ..)| health);
        let seen = |board: &Board| (health(board), board.pick(), board.wants_sign_in());
        let before = seen(&state.board);
        let result = report(&mut state.board);
        if seen(&state.board) != before || state.board.has_events() {
            self.publish(&mut state);
        }
        self.tell_of_a_return(&state.board);
        result
    }

    /// The network is back: connections dialled ahead lead nowhere, and those that wait are begun anew.
    fn tell_of_a_return(&self, board: &Board) {
        if self.returns.send_if_modified(|told| std::mem::replace(told, board.returns()) != board.returns()) {
            self.warm.forget();
        }
    }
}

// === impl Dialer: one connection ===

impl Dialer {
    /// Finds a proxy that carries a connection to the target. On success the proxy has said so itself.
    pub async fn dial(self: &Arc<Self>, target: Target) -> Result<Carried, Refusal> {
        self.dial_again(target, Vec::new()).await
    }

    /// The same for a connection that some proxies have failed already: others only.
    pub async fn dial_again(self: &Arc<Self>, target: Target, tried: Vec<ProxyId>) -> Result<Carried, Refusal> {
        let key = self.keys.hash_one(&target);
        Dialing::new(self, Errand::Reach(target), key, tried).run().await
    }

    /// Finds a proxy of Telegram's through which a data centre answers what a client says.
    pub(crate) async fn dial_telegram(self: &Arc<Self>, call: Call) -> Result<Carried, Refusal> {
        let key = self.keys.hash_one(call.dc);
        Dialing::new(self, Errand::Telegram(call), key, Vec::new()).run().await
    }

    /// Asks the pick once more for a target, as for any new connection. How it ends is told to the board; the connection itself
    /// is not needed. A data centre of Telegram's is asked who it is.
    pub(crate) async fn ask_again(self: &Arc<Self>, target: Target) {
        match mtproto::data_centre(&target).filter(|_| self.carries_telegram()) {
            Some(dc) => self.ask_data_centre(dc).await,
            None => drop(self.dial(target).await),
        }
    }

    /// Asks a data centre who it is, through one proxy after another until one answers.
    pub(crate) async fn ask_data_centre(self: &Arc<Self>, dc: i16) {
        let Ok(question) = Question::new() else { return };
        let (_caller, call) = Call::new(dc, question.flight);
        if let Ok(carried) = self.dial_telegram(call).await {
            self.first_byte(carried.proxy);
        }
    }

    /// Whether its proxies are Telegram's.
    fn carries_telegram(&self) -> bool {
        self.state().proxies.values().any(|known| matches!(known.proxy.protocol, Protocol::Mtproto(_)))
    }

    /// Whether new connections use this proxy.
    pub(crate) fn is_pick(&self, proxy: ProxyId) -> bool {
        self.state().board.pick() == Some(proxy)
    }

    /// The first byte came back through a proxy.
    pub fn first_byte(&self, proxy: ProxyId) {
        self.report(proxy, |board| board.first_byte(proxy, Instant::now().into_std()));
    }

    /// What came back as first bytes was not said in the proxy's protocol, or not with the key that it should have.
    pub(crate) fn answered_wrongly(&self, proxy: ProxyId, failure: Failure) {
        self.report(proxy, |board| board.failed(proxy, failure, Duration::ZERO, Instant::now().into_std()));
    }

    /// A person's test of a proxy failed.
    pub(crate) fn test_failed(&self, proxy: ProxyId, failure: Failure) {
        self.report(proxy, |board| board.test_failed(failure, Instant::now().into_std()));
    }

    /// A connection waits since a moment. Whether others wait like it, and nobody's first byte came through its proxy since.
    pub(crate) fn is_hush(&self, proxy: ProxyId, target: &Target, since: Instant) -> bool {
        let key = self.keys.hash_one(target);
        self.state().board.is_hush(proxy, key, since.into_std(), Instant::now().into_std())
    }

    /// A proxy that had said "connected" brought nothing, and another brought the first byte for the same connection.
    pub fn carried_elsewhere(&self, silent: ProxyId, failure: Failure, target: &Target) {
        let key = self.keys.hash_one(target);
        self.report(silent, |board| board.carried_elsewhere(silent, failure, key, Instant::now().into_std()));
    }

    /// Proxies had said "connected" since a moment and brought nothing for a connection, nor did anybody else.
    pub(crate) fn unheard(&self, failed: &[(ProxyId, Failure)], target: &Target, began: Instant) {
        let (key, now) = (self.keys.hash_one(target), Instant::now().into_std());
        let dial = Dial { target: key, failed, began: began.into_std() };
        self.change_if_due(|board| {
            board.brought(self.total.down(), now);
            board.unheard(&dial, now);
        });
    }

    pub(super) fn next(&self, tried: &[ProxyId]) -> Option<(Arc<Known>, Duration, Footing)> {
        let mut state = self.state();
        let candidate = state.board.next(tried, Instant::now().into_std())?;
        if candidate.footing == Footing::Trial {
            self.publish(&mut state);
        }
        let known = state.proxies.get(&candidate.proxy)?;
        Some((Arc::clone(known), candidate.hedge_after, candidate.footing))
    }
}
