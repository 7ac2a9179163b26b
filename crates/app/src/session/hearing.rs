//! What the engine says, told with the proxies' names.

use tokio::sync::broadcast::{self, error::RecvError};

use super::Session;
use super::keeper::Keeper;
use crate::{AppError, Code, Event, Reason};

impl Session {
    pub(super) fn hear(&mut self, event: Result<paperwing_engine::Event, RecvError>) {
        match event {
            Ok(event) => {
                if let (paperwing_engine::Event::NewHostKey { host, port, fingerprint }, Some(keeper)) =
                    (&event, &self.keeper)
                {
                    keeper.pin_host_key(host.clone(), *port, fingerprint.clone());
                }
                let told = self.translate(&event);
                self.say(told);
                // Where a change of the list wakes nobody, it is looked for whenever there is something to do anyway.
                if self.keeper.as_ref().is_some_and(Keeper::is_outdated) {
                    self.load();
                }
            }
            Err(RecvError::Lagged(missed)) => {
                tracing::warn!(missed, "events came faster than they could be told");
            }
            // Cannot be: the engine lives as long as the session. Better asleep than spinning.
            Err(RecvError::Closed) => self.events = broadcast::channel(1).1,
        }
    }

    fn translate(&self, event: &paperwing_engine::Event) -> Event {
        use paperwing_engine::Event as Engine;
        match *event {
            Engine::Listening { address } => Event::Listening { address },
            Engine::Switched { from, to, why, took } => {
                Event::Switched { from: self.name(from), to: self.name(to), why: why.map(Reason::from), took }
            }
            Engine::Blocked { proxy, why, retry_in } => {
                Event::Blocked { proxy: self.name(proxy), why: why.into(), retry_in }
            }
            Engine::Rejected { proxy, why } => Event::Rejected { proxy: self.name(proxy), why: why.into() },
            Engine::Recovered { proxy } => Event::Recovered { proxy: self.name(proxy) },
            Engine::NewHostKey { ref host, port, ref fingerprint } => {
                let server = format!("{host}:{port}");
                let text = format!(
                    "the SSH server {server} showed its key for the first time: {fingerprint}. From now on it may have no other. \
                     Compare it with what whoever runs the server says"
                );
                let what = AppError::new(Code::NewHostKey, text);
                Event::Trouble { what: what.with("server", server).with("fingerprint", fingerprint) }
            }
            Engine::NoNetwork => Event::NoNetwork,
            Engine::NetworkBack => Event::NetworkBack,
            Engine::AllBlocked => Event::AllBlocked,
            Engine::SignInNeeded => Event::SignInNeeded,
            Engine::SignInOver => Event::SignInOver,
        }
    }
}
