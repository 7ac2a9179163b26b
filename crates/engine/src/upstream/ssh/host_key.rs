//! The keys that servers were found to have. The first one is believed, any other afterwards is not.

use std::collections::HashMap;
use std::sync::{Mutex, OnceLock, PoisonError};

use paperwing_link::{Proxy, Ssh};
use russh::client::Handler;
use russh::keys::{HashAlg, PublicKeyOrCertificate};
use tokio::sync::broadcast;

use super::Address;
use crate::event::Event;

/// What is known of servers' keys beyond what links say.
#[derive(Debug, Default)]
pub struct HostKeys {
    seen: Mutex<HashMap<Address, String>>,
    events: OnceLock<broadcast::Sender<Event>>,
}

/// Looks at a server's key while a session begins.
pub(super) struct Witness {
    expected: Option<String>,
    /// The key that it showed.
    pub(super) shown: std::sync::Arc<OnceLock<String>>,
}

// === impl HostKeys ===

impl HostKeys {
    /// Where new keys are told of.
    pub(crate) fn tell(&self, events: broadcast::Sender<Event>) {
        // There is one engine around it.
        let _ = self.events.set(events);
    }

    /// The one key that a proxy's server may have; any where nothing is known.
    pub(super) fn expected(&self, proxy: &Proxy, ssh: &Ssh) -> Option<String> {
        let address = (proxy.host.clone(), proxy.port);
        let seen = || self.seen.lock().unwrap_or_else(PoisonError::into_inner).get(&address).cloned();
        ssh.host_key.clone().or_else(seen)
    }

    /// A server proved that it has this key, and nothing was known of it.
    pub(super) fn learn(&self, proxy: &Proxy, key: &str) {
        let address = (proxy.host.clone(), proxy.port);
        let before = self.seen.lock().unwrap_or_else(PoisonError::into_inner).insert(address, key.to_owned());
        if before.is_none()
            && let Some(events) = self.events.get()
        {
            let event = Event::NewHostKey { host: proxy.host.clone(), port: proxy.port, fingerprint: key.to_owned() };
            // Nobody watching is no error.
            let _ = events.send(event);
        }
    }
}

// === impl Witness ===

impl Witness {
    pub(super) fn new(expected: Option<String>) -> Self {
        Self { expected, shown: std::sync::Arc::default() }
    }
}

impl Handler for Witness {
    type Error = russh::Error;

    async fn check_server_key(&mut self, key: &PublicKeyOrCertificate) -> Result<bool, Self::Error> {
        let PublicKeyOrCertificate::PublicKey { key, .. } = key else { return Ok(false) };
        let fingerprint = key.fingerprint(HashAlg::Sha256).to_string();
        let is_fine = self.expected.as_ref().is_none_or(|expected| *expected == fingerprint);
        let _ = self.shown.set(fingerprint);
        Ok(is_fine)
    }
}
