//! A window that watches: it gets the state when that changed, at most twice a second.

use std::rc::Rc;

use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{Duration, Instant, sleep, sleep_until};

use super::cockpit::Answer;
use super::convert::{count, id_text, ms};
use super::traffic;
use super::{Cockpit, Pick, State};

/// The state is sent at most so often.
const AT_MOST_EVERY: Duration = Duration::from_millis(500);

/// Takes a state; `false` where nobody takes one any more.
pub type Sink = Box<dyn Fn(State) -> bool + Send>;

/// Whether somebody is looking.
#[derive(Debug)]
pub(super) struct Watcher(AbortHandle);

impl Drop for Watcher {
    fn drop(&mut self) {
        self.0.abort();
    }
}

// === impl Cockpit ===

impl Cockpit {
    /// Sends the state to a window from now on, when it changed and at most twice a second. Replaces an earlier one.
    pub async fn watch(self: Rc<Self>, sink: Sink) -> Answer<()> {
        // A list that cannot be read is shown as such by what needs it.
        let _ = self.refresh_list().await;
        let task = spawn_local(Rc::clone(&self).send_states(sink)).abort_handle();
        self.watcher.borrow_mut().replace(Watcher(task));
        self.stirred.notify_waiters();
        Ok(())
    }

    /// Nobody looks any more: nothing is sent, and nothing wakes up for it.
    pub async fn unwatch(self: Rc<Self>) -> Answer<()> {
        self.watcher.borrow_mut().take();
        Ok(())
    }

    pub(super) fn is_watched(&self) -> bool {
        self.watcher.borrow().is_some()
    }

    async fn send_states(self: Rc<Self>, sink: Sink) {
        let mut seen = 0;
        let mut last: Option<State> = None;
        loop {
            let state = self.state(seen);
            seen = self.healths.borrow().revision();
            let is_news = last.as_ref() != Some(&state);
            if is_news && !sink(state.clone()) {
                break;
            }
            let earliest = Instant::now() + AT_MOST_EVERY;
            // What is told once is not told again, and so is no difference either.
            last = Some(State { health: Vec::new(), ..state });
            self.stirred.notified().await;
            sleep_until(earliest).await;
        }
        self.watcher.borrow_mut().take();
    }

    /// One sample a second while something moves or somebody watches. Sleeps otherwise, until a connection is opened or a
    /// watcher comes.
    pub(super) async fn take_samples(self: Rc<Self>) {
        let Some(engine) = self.flight.borrow().as_ref().map(|flight| flight.engine.0.clone()) else { return };
        let mut opened = engine.opened();
        let total = engine.state().total;
        drop(engine);
        loop {
            let is_calm = !self.is_watched() && !self.traffic.borrow().is_moving();
            if is_calm {
                tokio::select! {
                    is_there = opened.changed() => if is_there.is_err() { return },
                    () = self.watched() => {}
                }
            }
            sleep(traffic::EVERY).await;
            // The engine is gone when the flight is over.
            if opened.has_changed().is_err() {
                return;
            }
            self.traffic.borrow_mut().sample(&total);
            if self.is_watched() {
                self.stirred.notify_one();
                self.look_at_disk().await;
            }
        }
    }

    /// Returns when somebody begins to watch.
    async fn watched(&self) {
        while !self.is_watched() {
            self.stirred.notified().await;
        }
    }

    /// Another program may have changed the list: two files' dates tell.
    async fn look_at_disk(&self) {
        if self.is_profile_outdated() {
            let _ = self.refresh_list().await;
        }
    }

    /// Everything that a window shows, with the health of what changed since a revision.
    fn state(&self, seen: u64) -> State {
        let flight = self.flight.borrow();
        let flight = flight.as_ref();
        let now = flight.map(|flight| flight.engine.0.state());
        let total = now.as_ref().map(|now| now.total.clone());
        State {
            phase: self.phase(),
            practice: flight.and_then(|flight| Some(flight.practice.as_ref()?.proxies.clone())),
            practice_page: flight.and_then(|flight| Some(flight.practice.as_ref()?.page.clone())),
            listen: flight.map(|flight| flight.listen.to_string()),
            pick: now.as_ref().and_then(|now| self.pick(now)),
            chosen: self.chosen.get().map(id_text),
            received: total.as_ref().map_or(0, |total| total.down()),
            sent: total.as_ref().map_or(0, |total| total.up()),
            traffic: self.traffic.borrow().samples(),
            open_connections: flight.map_or(0, |flight| count(flight.engine.0.connections().len())),
            system_proxy: self.system_proxy(),
            list_revision: self.list_revision.get(),
            health: self.healths.borrow().since(seen),
            last_event: self.log.borrow().last(),
            notices: self.notices(),
        }
    }

    pub(super) fn pick(&self, now: &paperwing_engine::Snapshot) -> Option<Pick> {
        let id = now.pick?;
        let text = id_text(id);
        let protocol = self.rows.borrow().iter().find(|row| row.id == text).map(|row| row.protocol.clone());
        let usual = now.proxy(id).and_then(|proxy| proxy.usual).map(ms);
        Some(Pick {
            name: self.name_of(id),
            protocol: protocol.unwrap_or_else(|| "socks5".to_owned()),
            time_ms: usual.or_else(|| self.healths.borrow().get(id).time_ms),
            id: text,
        })
    }
}
