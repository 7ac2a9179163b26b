//! SSH (RFC 4251 to 4254): one session for each proxy, and in it one direct-tcpip channel (RFC 4254, 7.2) for each connection.
//!
//! A server says whether it reached the target, so a channel that it refuses speaks against the target, and whatever
//! happens to the session speaks against the proxy.

mod auth;
mod host_key;
mod session;
mod stream;
mod ties;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use paperwing_link::{Host, Port, Protocol, Proxy, Ssh};
use tokio::time::Instant;

pub use self::host_key::HostKeys;
pub(super) use self::session::Session;
pub use self::stream::SshStream;
use super::progress::Progress;
use super::tcp::Surroundings;
use crate::outcome::{Failure, Stage};

/// The sessions that are open.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    slots: Mutex<HashMap<Proxy, Arc<Slot>>>,
    pub(super) host_keys: HostKeys,
}

/// One proxy's session, or none.
#[derive(Debug, Default)]
struct Slot {
    state: tokio::sync::Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    session: Option<Arc<Session>>,
    failed: Option<(Instant, Failure)>,
}

/// Where a server listens.
type Address = (Host, Port);

impl Sessions {
    /// The session of a proxy, opened where there is none. Who waits for another's attempt fails with it: a password that
    /// fifty connections try at once is fifty wrong passwords.
    pub(super) async fn get(
        &self,
        proxy: &Proxy,
        ssh: &Ssh,
        surroundings: &Surroundings,
        progress: &Progress,
    ) -> Result<Arc<Session>, Failure> {
        let asked = Instant::now();
        let slot = Arc::clone(self.slots().entry(identity(proxy)).or_default());
        progress.enter(Stage::Connect);
        let mut state = slot.state.lock().await;
        if let Some(session) = state.session.as_ref().filter(|session| session.is_open()) {
            return Ok(Arc::clone(session));
        }
        state.session = None;
        if let Some((when, failure)) = state.failed
            && when >= asked
        {
            return Err(failure);
        }
        match Session::open(proxy, ssh, surroundings, progress).await {
            Ok(session) => {
                state.failed = None;
                Ok(Arc::clone(state.session.insert(session)))
            }
            Err(failure) => {
                state.failed = Some((Instant::now(), failure));
                Err(failure)
            }
        }
    }

    /// Lets go of those whose proxies are not among these; they end with their last connection.
    pub(super) fn keep<'p>(&self, proxies: impl Iterator<Item = &'p Proxy>) {
        let mut slots = self.slots();
        if slots.is_empty() {
            return;
        }
        let mut before = std::mem::take(&mut *slots);
        slots.extend(proxies.filter_map(|proxy| before.remove_entry(&identity(proxy))));
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<Proxy, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A proxy without what may change while it stays the same: its name, and the key that its server was found to have.
fn identity(proxy: &Proxy) -> Proxy {
    let protocol = match &proxy.protocol {
        Protocol::Ssh(it) => Protocol::Ssh(Ssh { host_key: None, ..it.clone() }),
        other => other.clone(),
    };
    Proxy { name: None, host: proxy.host.clone(), port: proxy.port, protocol }
}

/// Whether two proxies are reached in the same way: they may differ in what [`identity`] leaves out.
pub(crate) fn are_alike(one: &Proxy, other: &Proxy) -> bool {
    identity(one) == identity(other)
}

#[cfg(test)]
mod tests;
