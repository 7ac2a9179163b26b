//! How things stand at one moment.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use paperwing_engine::{Choice, Connection, Engine, Health, ProxyState};
use serde::{Deserialize, Serialize};

use super::book::Book;
use super::wire::Detail;
use crate::Reason;

/// At most so many connections are told of, the youngest first.
const MOST_CONNECTIONS: usize = 1000;

/// The state of a running session.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[allow(clippy::struct_excessive_bools, reason = "facts that hold side by side, each a field of its own in JSON")]
pub struct Status {
    /// The program's version.
    pub version: String,
    /// Its process id.
    pub pid: u32,
    /// Since when it runs.
    pub since: SystemTime,
    /// Where clients connect; the IPv4 address first.
    pub listening: Vec<SocketAddr>,
    /// The proxy that new connections use.
    pub pick: Option<String>,
    /// The one that the person asked for; `None` where Paperwing chooses.
    pub chosen: Option<String>,
    /// Where Telegram connects, while there are proxies for it alone.
    #[serde(default)]
    pub telegram: Option<SocketAddr>,
    /// The proxy that Telegram's new connections use there.
    #[serde(default)]
    pub telegram_pick: Option<String>,
    /// Whether the proxies are practice proxies.
    pub runs_on_practice: bool,
    /// Whether this computer's own network is thought to be down.
    pub no_network: bool,
    /// Whether this network seems to want a person to sign in first: its page answers in every proxy's place, and traffic
    /// stops.
    #[serde(default)]
    pub sign_in: bool,
    /// Whether no proxy is left to try: traffic stops.
    pub all_blocked: bool,
    /// The proxies in order of preference.
    pub proxies: Vec<ProxyStatus>,
    /// Bytes that came from targets since the start.
    pub received: u64,
    /// Bytes that went to targets since the start.
    pub sent: u64,
    /// How many connections are open.
    pub open: usize,
    /// The open connections, the youngest first, at most a thousand; only where they were asked for.
    pub connections: Option<Vec<Carried>>,
}

/// The state of one proxy.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProxyStatus {
    /// What it is called.
    pub name: String,
    /// Its health.
    #[serde(with = "health")]
    pub health: Health,
    /// Its last failure, while it is not healthy.
    pub why: Option<Reason>,
    /// Its usual time to success: from the first packet to the proxy to "connected".
    pub usual: Option<Duration>,
    /// Bytes that came through it since the start.
    pub received: u64,
    /// Bytes that went through it since the start.
    pub sent: u64,
}

/// An open connection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// `host:port`.
    pub target: String,
    /// The proxy that carries it.
    pub proxy: String,
    /// How long it has been open.
    pub age: Duration,
    /// Bytes that came from the target.
    pub received: u64,
    /// Bytes that went to the target.
    pub sent: u64,
}

// === impl Status ===

impl Status {
    pub(super) fn now(engine: &Engine, book: &Book, since: SystemTime, detail: Detail) -> Self {
        let (state, telegram) = (engine.state(), engine.telegram_state());
        let proxies = state.proxies.iter().chain(&telegram.proxies);
        let mut listening = engine.addresses().to_vec();
        listening.sort_by_key(SocketAddr::is_ipv6);
        let connections = engine.connections();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            since,
            listening,
            pick: state.pick.map(|id| book.name(id)),
            chosen: match state.choice {
                Choice::Automatic => None,
                Choice::This(id) => Some(book.name(id)),
            },
            telegram: engine.telegram_address(),
            telegram_pick: telegram.pick.map(|id| book.name(id)),
            runs_on_practice: book.runs_on_practice(),
            no_network: state.no_network,
            sign_in: state.sign_in,
            all_blocked: state.all_blocked(),
            proxies: proxies.map(|proxy| ProxyStatus::new(proxy, book)).collect(),
            received: state.total.down() + telegram.total.down(),
            sent: state.total.up() + telegram.total.up(),
            open: connections.len(),
            connections: (detail == Detail::Connections).then(|| youngest(connections, book)),
        }
    }
}

fn youngest(mut connections: Vec<Connection>, book: &Book) -> Vec<Carried> {
    connections.sort_unstable_by_key(|connection| std::cmp::Reverse(connection.progress.started()));
    connections.iter().take(MOST_CONNECTIONS).map(|connection| Carried::new(connection, book)).collect()
}

// === impl ProxyStatus ===

impl ProxyStatus {
    fn new(state: &ProxyState, book: &Book) -> Self {
        Self {
            name: book.name(state.id),
            health: state.health,
            why: state.trouble.map(Reason::from),
            usual: state.usual,
            received: state.meter.down(),
            sent: state.meter.up(),
        }
    }
}

// === impl Carried ===

impl Carried {
    fn new(connection: &Connection, book: &Book) -> Self {
        let carried = connection.progress.carried();
        Self {
            target: connection.target.to_string(),
            proxy: book.name(connection.proxy),
            age: connection.progress.started().elapsed(),
            received: carried.down(),
            sent: carried.up(),
        }
    }
}

/// A health by the name that it has in JSON and in the history.
mod health {
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Health;
    use crate::Verdict;

    #[allow(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
    pub(super) fn serialize<S: Serializer>(health: &Health, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(health.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Health, D::Error> {
        let verdict: Verdict = String::deserialize(from)?.parse().map_err(D::Error::custom)?;
        Ok(verdict.health)
    }
}
