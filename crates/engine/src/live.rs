//! The connections that are being carried.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paperwing_link::ProxyId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use crate::event::Event;
use crate::relay::Progress;
use crate::target::Target;

/// One connection, as a list of them shows it.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Which, counted from 1 since the start; 0 before it is listed.
    pub number: u64,
    /// Where it leads.
    pub target: Target,
    /// The proxy that carries it.
    pub proxy: ProxyId,
    /// What it has carried and when.
    pub progress: Arc<Progress>,
}

/// All connections that are being carried.
#[derive(Debug, Default)]
pub(crate) struct Live {
    state: Mutex<State>,
    added: Notify,
    /// The number of the last one.
    last: watch::Sender<u64>,
}

#[derive(Debug, Default)]
struct State {
    connections: HashMap<u64, Entry>,
}

#[derive(Debug)]
struct Entry {
    connection: Connection,
    close: Arc<Notify>,
}

/// Keeps a connection in the list until it is dropped.
#[derive(Debug)]
pub(crate) struct Listed {
    live: Arc<Live>,
    number: u64,
    close: Arc<Notify>,
}

/// So long after a verdict a connection through the blocked proxy may still bring something.
const SILENCE: Duration = Duration::from_secs(5);

// === impl Live ===

impl Live {
    pub(crate) fn add(self: &Arc<Self>, mut connection: Connection) -> Listed {
        let close = Arc::new(Notify::new());
        let mut state = self.state();
        let number = *self.last.borrow() + 1;
        self.last.send_replace(number);
        connection.number = number;
        self.added.notify_one();
        state.connections.insert(number, Entry { connection, close: Arc::clone(&close) });
        Listed { live: Arc::clone(self), number, close }
    }

    pub(crate) fn list(&self) -> Vec<Connection> {
        self.state().connections.values().map(|entry| entry.connection.clone()).collect()
    }

    pub(crate) fn opened(&self) -> watch::Receiver<u64> {
        self.last.subscribe()
    }

    /// Shows every connection, without copying any.
    pub(crate) fn visit(&self, mut visitor: impl FnMut(&Connection)) {
        self.state().connections.values().for_each(|entry| visitor(&entry.connection));
    }

    /// Returns when a connection was added since the last call. For one caller only.
    pub(crate) async fn added(&self) {
        self.added.notified().await;
    }

    /// Closes connections through proxies that are blocked and move nothing any more, so that applications connect anew now,
    /// and not in minutes. Those still moving stay. Sleeps while no proxy is blocked, and while none of its connections is left.
    pub(crate) async fn close_silent(self: Arc<Self>, mut events: Receiver<Event>) {
        let mut verdicts: HashMap<ProxyId, Instant> = HashMap::new();
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::Blocked { proxy, .. }) => drop(verdicts.insert(proxy, Instant::now())),
                    Ok(Event::Recovered { proxy }) => drop(verdicts.remove(&proxy)),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = sleep(SILENCE), if !verdicts.is_empty() => {
                    verdicts.retain(|proxy, verdict| self.close_silent_of(*proxy, *verdict));
                }
            }
        }
    }

    /// Whether the proxy has connections left from before the verdict.
    fn close_silent_of(&self, proxy: ProxyId, verdict: Instant) -> bool {
        let now = Instant::now();
        let state = self.state();
        let mut some_are_left = false;
        for entry in state.connections.values().filter(|entry| entry.is_older(proxy, verdict)) {
            some_are_left = true;
            if now - entry.last_moved().max(verdict) >= SILENCE {
                tracing::debug!(%proxy, "closing a connection that went silent");
                entry.close.notify_one();
            }
        }
        some_are_left
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    fn is_older(&self, proxy: ProxyId, than: Instant) -> bool {
        self.connection.proxy == proxy && self.connection.progress.started() <= than
    }

    fn last_moved(&self) -> Instant {
        let progress = &self.connection.progress;
        progress.started() + progress.last_down().max(progress.last_up()).unwrap_or_default()
    }
}

impl Listed {
    /// Another proxy carries the connection now.
    pub(crate) fn moved(&self, proxy: ProxyId, progress: Arc<Progress>) {
        if let Some(entry) = self.live.state().connections.get_mut(&self.number) {
            entry.connection.proxy = proxy;
            entry.connection.progress = progress;
        }
    }

    /// Returns when the connection is to be closed before its end.
    pub(crate) async fn closed(&self) {
        self.close.notified().await;
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.live.state().connections.remove(&self.number);
    }
}
