//! Wires the local port, the failover and the relay together.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use paperwing_link::{Login, Protocol, Proxy, ProxyId};
use tokio::sync::{Semaphore, broadcast, watch};
use tokio::task::JoinSet;
use tokio::time::Instant;
use zeroize::Zeroizing;

use crate::doh::{Doh, DohServer};
use crate::event::Event;
use crate::failover::{Board, Dialer, Dice, Memory, NetworkIs, Rules};
use crate::freeze;
use crate::inbound::telegram::{self, TelegramDoor};
use crate::inbound::{self, Door, Gate, ListenError};
use crate::live::{Connection, Live};
use crate::outcome::Failure;
use crate::relay::IdleLimits;
use crate::snapshot::{Choice, Snapshot};
use crate::upstream::{SecondOpinion, Surroundings};

/// A proxy to use, with the id by which snapshots and events name it.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// Which.
    pub id: ProxyId,
    /// What it is.
    pub proxy: Proxy,
    /// Its usual time to success in an earlier run, if it worked then.
    pub remembered: Option<Duration>,
}

/// How the engine runs.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where clients connect. Loopback, unless a person said otherwise.
    pub listen: Vec<SocketAddr>,
    /// Who may use the port; anybody who reaches it where there is none.
    pub login: Option<Login>,
    /// How long an idle connection is kept.
    pub idle: IdleLimits,
    /// The figures of failover.
    pub rules: Rules,
    /// The proxy to begin with: the last good one of an earlier run.
    pub begin_with: Option<ProxyId>,
}

/// The port that this program listens on unless told otherwise.
pub const DEFAULT_PORT: u16 = 1080;

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: vec![(Ipv4Addr::LOCALHOST, DEFAULT_PORT).into(), (Ipv6Addr::LOCALHOST, DEFAULT_PORT).into()],
            login: None,
            idle: IdleLimits::default(),
            rules: Rules::default(),
            begin_with: None,
        }
    }
}

/// Where Telegram connects, and what it has to know.
#[derive(Clone, Debug)]
pub struct TelegramPort {
    /// Loopback; port 0 for any that is free.
    pub listen: SocketAddr,
    /// What Telegram and we know.
    pub secret: Zeroizing<[u8; 16]>,
}

impl TelegramPort {
    /// A secret that nobody knows yet.
    pub fn random_secret() -> std::io::Result<Zeroizing<[u8; 16]>> {
        let mut secret = Zeroizing::new([0; 16]);
        getrandom::fill(secret.as_mut_slice()).map_err(std::io::Error::other)?;
        Ok(secret)
    }
}

/// A running forwarder. Clones are the same one; it stops when the last is dropped.
#[derive(Clone)]
pub struct Engine {
    dialer: Arc<Dialer>,
    /// For those proxies that carry Telegram and nothing else.
    telegram: Arc<Dialer>,
    telegram_address: Arc<OnceLock<SocketAddr>>,
    idle: IdleLimits,
    room: Arc<Semaphore>,
    addresses: Arc<[SocketAddr]>,
    live: Arc<Live>,
    doors: Arc<Mutex<JoinSet<()>>>,
}

impl Engine {
    /// Opens the port and carries from then on. Must be called within a tokio runtime.
    pub fn start(config: Config, proxies: Vec<Upstream>, dice: Dice) -> Result<Self, ListenError> {
        let surroundings = Arc::new(Surroundings::default());
        let listeners = inbound::listen(&config.listen)?;
        let addresses: Arc<[SocketAddr]> = listeners.iter().filter_map(|listener| listener.local_addr().ok()).collect();
        surroundings.set_own_addresses(&addresses);
        let [dice, other_dice] = shared(dice);
        let dialer = Dialer::new(config.rules.clone(), dice, Arc::clone(&surroundings));
        // Of its own, because each dialer keeps there what its own proxies need.
        let others = Arc::new(Surroundings::default());
        others.set_own_addresses(&addresses);
        let telegram = Dialer::new(config.rules, other_dice, others);
        let engine = Self {
            dialer: Arc::clone(&dialer),
            telegram: Arc::clone(&telegram),
            telegram_address: Arc::default(),
            idle: config.idle,
            room: Arc::new(Semaphore::new(inbound::raise_limit())),
            addresses,
            live: Arc::default(),
            doors: Arc::default(),
        };
        engine.set_proxies(proxies);
        if let Some(proxy) = config.begin_with {
            engine.one_of(proxy).change(|board| board.begin_with(proxy));
        }
        let gate = Arc::new(Gate { login: config.login, surroundings });
        let mut doors = engine.doors.lock().unwrap_or_else(PoisonError::into_inner);
        let associations = Arc::new(Semaphore::new(inbound::MOST_ASSOCIATIONS));
        for listener in listeners {
            let (gate, dialer) = (Arc::clone(&gate), Arc::clone(&dialer));
            let (live, room) = (Arc::clone(&engine.live), Arc::clone(&engine.room));
            let associations = Arc::clone(&associations);
            let door = Door { gate, dialer, live, idle: config.idle, room, associations };
            doors.spawn(inbound::accept(listener, door));
        }
        doors.spawn(Arc::clone(&engine.live).close_silent(dialer.events()));
        doors.spawn(Arc::clone(&engine.live).close_silent(telegram.events()));
        doors.spawn(freeze::watch(Arc::clone(&engine.live), [dialer, telegram]));
        drop(doors);
        Ok(engine)
    }

    /// Where clients connect, with the ports that the system chose.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// The list as it is now, in order of preference. Connections that are being carried go on.
    pub fn set_proxies(&self, proxies: Vec<Upstream>) {
        let is_telegrams = |one: &Upstream| matches!(one.proxy.protocol, Protocol::Mtproto(_));
        let (telegrams, proxies): (Vec<_>, Vec<_>) = proxies.into_iter().partition(is_telegrams);
        for (dialer, proxies) in [(&self.dialer, proxies), (&self.telegram, telegrams)] {
            dialer.set_proxies(proxies.into_iter().map(|one| (one.id, one.proxy, one.remembered)));
        }
    }

    /// Who is asked where a proxy is when the system's word leads nowhere, through a proxy that works; nobody to begin with.
    pub fn ask_besides(&self, server: Option<DohServer>) {
        let doh = server.map(|server| Arc::new(Doh::new(server, &self.dialer)));
        let second = doh.map(|doh| -> SecondOpinion {
            Arc::new(move |name| {
                let doh = Arc::clone(&doh);
                Box::pin(async move { doh.ask(&name).await })
            })
        });
        for dialer in [&self.dialer, &self.telegram] {
            dialer.surroundings().ask_besides(second.clone());
        }
    }

    /// What the person wants. A wish for a proxy of Telegram's leaves the choice of the others open.
    pub fn choose(&self, choice: Choice) {
        let is_telegrams = matches!(choice, Choice::This(proxy) if self.telegram.knows(proxy));
        let (others, telegram) = if is_telegrams { (Choice::Automatic, choice) } else { (choice, Choice::Automatic) };
        self.dialer.change(|board| board.choose(others, Instant::now().into_std()));
        self.telegram.change(|board| board.choose(telegram, Instant::now().into_std()));
    }

    /// The person asks for another try of all blocked proxies.
    pub fn try_again(&self) {
        for dialer in [&self.dialer, &self.telegram] {
            dialer.change(|board| board.forgive(Instant::now().into_std()));
        }
    }

    /// New connections begin with this proxy: it was just seen to work.
    pub fn begin_with(&self, proxy: ProxyId) {
        self.dialer.change(|board| board.begin_with(proxy));
    }

    /// When the next blocked proxy may be tried; `None` while none waits.
    pub fn retry_in(&self) -> Option<Duration> {
        self.dialer.retry_in(Instant::now().into_std())
    }

    /// A person's test of a proxy succeeded.
    pub fn tested(&self, proxy: ProxyId, took: Duration) {
        self.one_of(proxy).change(|board: &mut Board| board.tested(proxy, took, Instant::now().into_std()));
    }

    /// A person's test of a proxy failed.
    pub fn test_failed(&self, proxy: ProxyId, failure: Failure) {
        self.one_of(proxy).test_failed(proxy, failure);
    }

    /// A search for a proxy that works, begun at a moment, found none: how each of them failed.
    pub fn searched_in_vain(&self, failed: &[(ProxyId, Failure)], began: std::time::Instant) {
        self.dialer.change(|board| board.searched_in_vain(failed, began));
    }

    /// The system says whether this computer has a network.
    pub fn network_changed(&self, network: NetworkIs) {
        for dialer in [&self.dialer, &self.telegram] {
            dialer.change(|board| board.network_changed(network, Instant::now().into_std()));
        }
    }

    fn one_of(&self, proxy: ProxyId) -> &Arc<Dialer> {
        if self.telegram.knows(proxy) { &self.telegram } else { &self.dialer }
    }

    /// What is known of the network that this computer is in, to be kept for when it comes back.
    pub fn memory(&self) -> Memory {
        let (mut memory, telegram) = (self.dialer.memory(), self.telegram.memory());
        memory.picks.extend(telegram.picks);
        memory.proxies.extend(telegram.proxies);
        memory
    }

    /// This computer is in another network now, of which this is remembered. What the last one taught is forgotten.
    pub fn moved(&self, memory: &Memory) {
        for dialer in [&self.dialer, &self.telegram] {
            dialer.moved(memory);
        }
    }

    /// The state, renewed whenever the health of a proxy or the pick changes.
    pub fn snapshot(&self) -> watch::Receiver<Snapshot> {
        self.dialer.snapshot()
    }

    /// The state at this moment, usual times included.
    pub fn state(&self) -> Snapshot {
        self.dialer.state_now()
    }

    /// What happens from now on.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.dialer.events()
    }

    /// Opens a port for Telegram, whose connections go through the `MTProto` proxies of the list; once. One question goes to a
    /// data centre at once, to begin with a proxy that works. Must be called within a tokio runtime.
    pub fn open_telegram(&self, port: TelegramPort) -> Result<SocketAddr, ListenError> {
        if let Some(address) = self.telegram_address.get() {
            return Ok(*address);
        }
        let mut listeners = inbound::listen(&[port.listen])?;
        let failed = |source| ListenError { address: port.listen, holder: None, next_free: None, source };
        let listener = listeners.pop().ok_or_else(|| failed(std::io::ErrorKind::NotFound.into()))?;
        let address = listener.local_addr().map_err(failed)?;
        for dialer in [&self.dialer, &self.telegram] {
            dialer.surroundings().add_other_address(address);
        }
        let door = TelegramDoor {
            secret: Arc::new(port.secret),
            dialer: Arc::clone(&self.telegram),
            live: Arc::clone(&self.live),
            idle: self.idle,
            room: Arc::clone(&self.room),
        };
        let mut doors = self.doors.lock().unwrap_or_else(PoisonError::into_inner);
        doors.spawn(telegram::accept(listener, door));
        doors.spawn(telegram::find_one_that_works(Arc::clone(&self.telegram)));
        Ok(*self.telegram_address.get_or_init(|| address))
    }

    /// Where Telegram connects, once that port is open.
    pub fn telegram_address(&self) -> Option<SocketAddr> {
        self.telegram_address.get().copied()
    }

    /// The state of the proxies for Telegram, renewed as that of the others is.
    pub fn telegram_snapshot(&self) -> watch::Receiver<Snapshot> {
        self.telegram.snapshot()
    }

    /// The state of the proxies for Telegram at this moment, usual times included.
    pub fn telegram_state(&self) -> Snapshot {
        self.telegram.state_now()
    }

    /// What happens to the proxies for Telegram from now on.
    pub fn telegram_events(&self) -> broadcast::Receiver<Event> {
        self.telegram.events()
    }

    /// The connections that are being carried, in no order. Their figures go on counting.
    pub fn connections(&self) -> Vec<Connection> {
        self.live.list()
    }

    /// How many connections there have been; changes can be waited for.
    pub fn opened(&self) -> watch::Receiver<u64> {
        self.live.opened()
    }

    /// Closes the port and all connections, and ends the programs that ran beside this one.
    pub async fn stop(&self) {
        let mut doors = std::mem::take(&mut *self.doors.lock().unwrap_or_else(PoisonError::into_inner));
        doors.shutdown().await;
        self.dialer.let_go();
    }
}

/// The same dice for two who throw them in turn.
fn shared(dice: Dice) -> [Dice; 2] {
    let dice = Arc::new(Mutex::new(dice));
    [Arc::clone(&dice), dice]
        .map(|dice| -> Dice { Box::new(move || dice.lock().unwrap_or_else(PoisonError::into_inner)()) })
}
