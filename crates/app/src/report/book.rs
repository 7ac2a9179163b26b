//! What a session remembers in memory for those who ask.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use paperwing_link::{ProxyId, Secret};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use crate::Event;

/// How many events are kept.
pub const MOST_KEPT: usize = 500;

/// How far a reader may fall behind before it misses events.
const LAG: usize = 64;

/// An event and when it happened, by the wall clock.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// When.
    pub at: SystemTime,
    /// What.
    pub event: Event,
}

/// The last events, and what the proxies in them are called.
#[derive(Debug)]
pub(crate) struct Book {
    state: Mutex<State>,
    news: broadcast::Sender<Told>,
}

#[derive(Debug, Default)]
struct State {
    /// Those that are gone stay, for events that speak of them.
    names: HashMap<ProxyId, String>,
    runs_on_practice: bool,
    /// The link that makes Telegram use us.
    telegram: Option<Secret>,
    told: VecDeque<Told>,
}

// === impl Book ===

impl Default for Book {
    fn default() -> Self {
        Self { state: Mutex::default(), news: broadcast::channel(LAG).0 }
    }
}

impl Book {
    /// What a proxy is, or was, called.
    pub(crate) fn name(&self, id: ProxyId) -> String {
        self.state().names.get(&id).cloned().unwrap_or_else(|| "a proxy that is gone".to_owned())
    }

    /// Whether the proxies are practice proxies.
    pub(crate) fn runs_on_practice(&self) -> bool {
        self.state().runs_on_practice
    }

    /// The proxies in use from now on.
    pub(crate) fn set_names(&self, names: impl IntoIterator<Item = (ProxyId, String)>, runs_on_practice: bool) {
        let mut state = self.state();
        state.names.extend(names);
        state.runs_on_practice = runs_on_practice;
    }

    /// The link that makes Telegram use us.
    pub(crate) fn telegram(&self) -> Option<Secret> {
        self.state().telegram.clone()
    }

    /// Telegram finds its way in like this from now on.
    pub(crate) fn set_telegram(&self, link: Secret) {
        self.state().telegram = Some(link);
    }

    /// Something happened now.
    pub(crate) fn write(&self, event: Event) {
        let told = Told { at: SystemTime::now(), event };
        let mut state = self.state();
        if state.told.len() == MOST_KEPT {
            state.told.pop_front();
        }
        state.told.push_back(told.clone());
        // Nobody may be following. Sent under the lock, so that `read` neither loses an event nor gives one twice.
        let _ = self.news.send(told);
    }

    /// The last events, oldest first, and those to come.
    pub(crate) fn read(&self, last: usize) -> (Vec<Told>, broadcast::Receiver<Told>) {
        let state = self.state();
        let skipped = state.told.len().saturating_sub(last);
        (state.told.iter().skip(skipped).cloned().collect(), self.news.subscribe())
    }

    #[cfg(test)]
    pub(super) fn followers(&self) -> usize {
        self.news.receiver_count()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{AppError, Code};

    fn texts(told: Vec<Told>) -> Vec<String> {
        let text = |told: Told| match told.event {
            Event::Trouble { what } => what.text,
            other => panic!("{other:?}"),
        };
        told.into_iter().map(text).collect()
    }

    #[tokio::test]
    async fn the_oldest_make_room_and_what_comes_follows_without_a_gap() {
        let book = Book::default();
        for number in 0..MOST_KEPT + 3 {
            book.write(Event::Trouble { what: AppError::new(Code::Failed, number.to_string()) });
        }
        let all = texts(book.read(usize::MAX).0);
        assert_eq!((all.len(), all[0].as_str(), all[MOST_KEPT - 1].as_str()), (MOST_KEPT, "3", "502"));

        let (last, mut news) = book.read(2);
        assert_eq!(texts(last), ["501", "502"]);
        book.write(Event::AllBlocked);
        assert_eq!(news.recv().await.map(|told| told.event), Ok(Event::AllBlocked));
    }
}
