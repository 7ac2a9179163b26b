//! The connections that are being carried.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paperwing_link::ProxyId;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use crate::event::Event;
use crate::outcome::Blame;
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
    bell: Arc<Bell>,
}

/// Keeps a connection in the list until it is dropped.
#[derive(Debug)]
pub(crate) struct Listed {
    live: Arc<Live>,
    number: u64,
    bell: Arc<Bell>,
}

/// What a connection is told from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Word {
    /// Its proxy is blocked for its silence, and it has brought nothing yet. What can be moved should move.
    Judged = 1,
    /// It is to be closed before its end.
    Close = 2,
}

/// Tells a connection one word. A later one takes the place of an earlier one that was not heard yet.
#[derive(Debug, Default)]
struct Bell {
    /// 0 where nothing was said.
    word: AtomicU8,
    rung: Notify,
}

/// What was decided of a proxy.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    at: Instant,
    /// The sign was that nothing comes back.
    is_silence: bool,
    /// The sign was targets that it did not reach.
    is_targets: bool,
}

/// So long after a verdict a connection through the blocked proxy may still bring something.
const SILENCE: Duration = Duration::from_secs(5);
/// A connection that has brought nothing at all since it began is given so long for its answer where the verdict was silence.
const UNHEARD: Duration = Duration::from_millis(1500);
/// How often those that are left are looked at.
const LOOK: Duration = Duration::from_millis(250);

// === impl Live ===

impl Live {
    pub(crate) fn add(self: &Arc<Self>, mut connection: Connection) -> Listed {
        let bell = Arc::<Bell>::default();
        let mut state = self.state();
        let number = *self.last.borrow() + 1;
        self.last.send_replace(number);
        connection.number = number;
        self.added.notify_one();
        state.connections.insert(number, Entry { connection, bell: Arc::clone(&bell) });
        Listed { live: Arc::clone(self), number, bell }
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
    /// and not in minutes. Those still moving stay, and those that have yet to bring their first byte are told before, so
    /// that what can be moved to another proxy moves. Sleeps while no proxy is blocked, and while none of its connections is left.
    pub(crate) async fn close_silent(self: Arc<Self>, mut events: Receiver<Event>) {
        let mut verdicts: HashMap<ProxyId, Verdict> = HashMap::new();
        loop {
            tokio::select! {
                event = events.recv() => match event {
                    Ok(Event::Blocked { proxy, why, .. }) => {
                        let is_silence = why.brings_nothing();
                        let is_targets = why.blame() == Blame::Target;
                        verdicts.insert(proxy, Verdict { at: Instant::now(), is_silence, is_targets });
                        if is_silence {
                            self.tell_unheard(proxy);
                        }
                    }
                    Ok(Event::Recovered { proxy }) => drop(verdicts.remove(&proxy)),
                    // Targets were out of reach and nobody is left to say whose fault that is: what stands may still stand.
                    Ok(Event::AllBlocked | Event::SignInNeeded) => verdicts.retain(|_, verdict| !verdict.is_targets),
                    Ok(_) | Err(RecvError::Lagged(_)) => {}
                    Err(RecvError::Closed) => return,
                },
                () = sleep(LOOK), if !verdicts.is_empty() => {
                    verdicts.retain(|proxy, verdict| self.close_silent_of(*proxy, *verdict));
                }
            }
        }
    }

    fn tell_unheard(&self, proxy: ProxyId) {
        let state = self.state();
        let of_proxy = state.connections.values().filter(|entry| entry.connection.proxy == proxy);
        of_proxy.filter(|entry| entry.is_unheard()).for_each(|entry| entry.bell.ring(Word::Judged));
    }

    /// Whether the proxy has connections left from before the verdict.
    fn close_silent_of(&self, proxy: ProxyId, verdict: Verdict) -> bool {
        let now = Instant::now();
        let state = self.state();
        let mut some_are_left = false;
        for entry in state.connections.values().filter(|entry| entry.is_older(proxy, verdict.at)) {
            some_are_left = true;
            if entry.is_given_up(verdict, now) {
                tracing::debug!(%proxy, "closing a connection that went silent");
                entry.bell.ring(Word::Close);
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

    fn is_unheard(&self) -> bool {
        self.connection.progress.first_down().is_none()
    }

    fn is_given_up(&self, verdict: Verdict, now: Instant) -> bool {
        let waits_for_its_first_answer = self.is_unheard() && self.connection.progress.last_up().is_some();
        if verdict.is_silence && (waits_for_its_first_answer || self.began_just_before(verdict)) {
            return now - self.last_moved() >= UNHEARD;
        }
        now - self.last_moved().max(verdict.at) >= SILENCE
    }

    /// It began just before its proxy fell silent: most such ones were cut in the middle of a handshake or of what they were
    /// bringing, and somebody waits for the rest. Older ones may be kept for later, or wait for a slow page.
    fn began_just_before(&self, verdict: Verdict) -> bool {
        verdict.at.saturating_duration_since(self.connection.progress.started()) < UNHEARD
    }

    fn last_moved(&self) -> Instant {
        let progress = &self.connection.progress;
        progress.started() + progress.last_down().max(progress.last_up()).unwrap_or_default()
    }
}

impl Bell {
    fn ring(&self, word: Word) {
        self.word.store(word as u8, Ordering::Relaxed);
        self.rung.notify_one();
    }
}

impl Listed {
    /// Another proxy carries the connection now. What was said of the one before no longer counts.
    pub(crate) fn moved(&self, proxy: ProxyId, progress: Arc<Progress>) {
        if let Some(entry) = self.live.state().connections.get_mut(&self.number) {
            entry.connection.proxy = proxy;
            entry.connection.progress = progress;
            entry.bell.word.store(0, Ordering::Relaxed);
        }
    }

    /// The next word. For one listener at a time.
    pub(crate) async fn told(&self) -> Word {
        loop {
            match self.bell.word.swap(0, Ordering::Relaxed) {
                0 => self.bell.rung.notified().await,
                word if word == Word::Close as u8 => return Word::Close,
                _ => return Word::Judged,
            }
        }
    }

    /// Returns when the connection is to be closed before its end.
    pub(crate) async fn closed(&self) {
        while self.told().await != Word::Close {}
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.live.state().connections.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;
    use crate::target::TargetHost;

    /// A connection whose proxy fell silent so long after it began; what was said last had been said before.
    async fn cut_after(silence: Duration, is_clients_turn: bool) -> (Entry, Verdict) {
        let progress = Arc::new(Progress::new([]));
        advance(silence).await;
        let (up, down) = (Instant::now(), Instant::now() - Duration::from_millis(1));
        progress.note(1, 0, if is_clients_turn { down } else { up });
        progress.note(0, 1, if is_clients_turn { up } else { down });
        advance(Duration::from_millis(400)).await;
        let target =
            Target { host: TargetHost::Domain("a.example".into()), port: paperwing_link::Port::try_from(443).unwrap() };
        let connection = Connection { number: 1, target, proxy: ProxyId(1), progress };
        let verdict = Verdict { at: Instant::now(), is_silence: true, is_targets: false };
        (Entry { connection, bell: Arc::default() }, verdict)
    }

    #[tokio::test(start_paused = true)]
    async fn what_began_just_before_its_proxy_fell_silent_is_given_up_sooner_than_a_slow_page() {
        let (young, old) = (Duration::from_millis(50), Duration::from_mins(1));
        for (began_before, is_clients_turn, is_given_up) in
            [(young, false, true), (young, true, true), (old, false, false), (old, true, false)]
        {
            let (entry, verdict) = cut_after(began_before, is_clients_turn).await;
            assert!(!entry.is_given_up(verdict, Instant::now()), "it may still be answered");
            advance(UNHEARD).await;
            assert_eq!(entry.is_given_up(verdict, Instant::now()), is_given_up, "{began_before:?} {is_clients_turn}");
            advance(SILENCE).await;
            assert!(entry.is_given_up(verdict, Instant::now()));
        }
    }
}
