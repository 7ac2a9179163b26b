//! Another process of the person's asks the running session to switch the desktop's proxy setting: whoever switches it has
//! to be there until it is put back.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, oneshot};

use super::SystemProxyError;
use crate::Error;
use crate::report::client;

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Point the setting at the session.
    On,
    /// Put it back.
    Off,
}

/// What came of it, as it is sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Granted {
    /// It is done.
    Done,
    /// It is not, for this reason.
    Refused(String),
}

/// Somebody's wish. Dropped, it is refused.
#[derive(Debug)]
pub struct Wish {
    /// What is asked for.
    pub wanted: Wanted,
    answer: oneshot::Sender<Granted>,
}

/// Wishes as they come.
#[derive(Debug)]
pub struct Wishes(mpsc::Receiver<Wish>);

/// Where wishes go, once somebody hears them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inbox(Arc<Mutex<Option<mpsc::Sender<Wish>>>>);

/// From now on wishes are heard.
pub(crate) fn wishes(inbox: &Inbox) -> Wishes {
    let (sender, receiver) = mpsc::channel(1);
    *inbox.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(sender);
    Wishes(receiver)
}

/// Asks the session that runs on a profile.
pub async fn ask(dir: &Path, wanted: Wanted) -> Result<(), Error> {
    match client::system_proxy(dir, wanted).await? {
        Granted::Done => Ok(()),
        Granted::Refused(why) => Err(Error::NotGranted(why)),
    }
}

// === impl Wish ===

impl Wish {
    pub(super) fn answer(self, done: Result<(), SystemProxyError>) {
        let granted = done.map_or_else(|error| Granted::Refused(error.to_string()), |()| Granted::Done);
        // Whoever asked may have gone.
        let _ = self.answer.send(granted);
    }
}

// === impl Wishes ===

impl Wishes {
    /// The next one. May be dropped and called anew.
    pub async fn next(&mut self) -> Wish {
        match self.0.recv().await {
            Some(wish) => wish,
            None => std::future::pending().await,
        }
    }
}

// === impl Inbox ===

impl Inbox {
    pub(crate) async fn put(&self, wanted: Wanted) -> Granted {
        let sender = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let refused = || Granted::Refused("the running Paperwing cannot switch it".to_owned());
        let Some(sender) = sender else { return refused() };
        let (answer, answered) = oneshot::channel();
        if sender.send(Wish { wanted, answer }).await.is_err() {
            return refused();
        }
        answered.await.unwrap_or_else(|_| refused())
    }
}
