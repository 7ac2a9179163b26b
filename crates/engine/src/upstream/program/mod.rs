//! Programs of others that run beside ours, each for one proxy: SIP003 plugins of Shadowsocks, and shoes, which speaks
//! protocols that we do not.
//!
//! One is started when a connection first needs it, listens on a port of loopback, and ends with us, or when its proxy leaves
//! the list. One that ends by itself is started again when the next connection needs it, at growing intervals.

mod find;
mod plugin;
mod running;
mod shoes;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use paperwing_link::{Login, Program, Proxy, Support};
use tokio::net::TcpStream;

use self::running::Beside;
use super::progress::Progress;
use crate::outcome::{Failure, Stage};

/// The programs that run beside ours.
#[derive(Debug, Default)]
pub(super) struct Programs {
    running: Mutex<HashMap<Proxy, Arc<Beside>>>,
}

/// A connection to a program.
#[derive(Debug)]
pub(super) struct Door {
    pub(super) stream: TcpStream,
    /// The login of a program that speaks the proxy's protocol itself and is spoken to by SOCKS5.
    pub(super) login: Option<Login>,
}

/// The program through which a proxy is reached, if it takes one.
pub(super) fn needed(proxy: &Proxy) -> Option<Program> {
    match proxy.support() {
        Support::Needs(program) => Some(program),
        _ => None,
    }
}

/// Whether a program is on this computer, where it would be looked for.
pub fn is_installed(program: Program) -> bool {
    find::find(program).is_some()
}

impl Programs {
    /// Opens a connection to the program that leads to a proxy. That says nothing yet of the proxy itself.
    pub(super) async fn connect(&self, program: Program, proxy: &Proxy, progress: &Progress) -> Result<Door, Failure> {
        progress.enter(Stage::Connect);
        // Not under its name, which a person may change.
        let key = Proxy { name: None, ..proxy.clone() };
        let beside = {
            let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(running.entry(key).or_insert_with_key(|key| Arc::new(Beside::new(program, key.clone()))))
        };
        beside.connect().await
    }

    /// Ends those whose proxies are not among these.
    pub(super) fn keep<'p>(&self, proxies: impl Iterator<Item = &'p Proxy>) {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if running.is_empty() {
            return;
        }
        let mut before = std::mem::take(&mut *running);
        for proxy in proxies {
            running.extend(before.remove_entry(&Proxy { name: None, ..proxy.clone() }));
        }
    }
}

#[cfg(test)]
mod tests;
