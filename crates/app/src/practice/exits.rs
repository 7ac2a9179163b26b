//! Which connections to the page came out of a practice proxy, so that the page says only what is true.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

/// The local ends of all connections that practice proxies have open, with the proxy's name.
#[derive(Clone, Debug, Default)]
pub(super) struct Exits(Arc<Mutex<HashMap<SocketAddr, &'static str>>>);

/// One such connection; forgotten when dropped.
#[derive(Debug)]
pub(super) struct Exit {
    exits: Exits,
    address: SocketAddr,
}

impl Exits {
    pub(super) fn enter(&self, address: SocketAddr, name: &'static str) -> Exit {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(address, name);
        Exit { exits: self.clone(), address }
    }

    pub(super) fn find(&self, address: SocketAddr) -> Option<&'static str> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&address).copied()
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        self.exits.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.address);
    }
}
