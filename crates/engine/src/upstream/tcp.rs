//! The TCP connection to a proxy: its name looked up, its addresses tried in turn.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use paperwing_link::{Host, Port};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::Instant;

use super::progress::Progress;
use crate::outcome::{Cause, Failure, Stage};

/// How long a looked-up address is used without asking again.
const FRESH: Duration = Duration::from_mins(1);

/// What an attempt needs to know of this computer: the addresses of our own port, and those of proxies' names.
#[derive(Debug, Default)]
pub struct Surroundings {
    own: Mutex<Vec<SocketAddr>>,
    known: Mutex<HashMap<String, (Instant, Vec<IpAddr>)>>,
}

impl Surroundings {
    /// Says where our own port listens: a proxy at that address would be a loop.
    pub fn set_own_addresses(&self, addresses: &[SocketAddr]) {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = addresses.to_vec();
    }

    /// Where our own port listens.
    pub fn own_addresses(&self) -> Vec<SocketAddr> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a connection to the address would come back to our own port.
    pub fn is_own(&self, address: SocketAddr) -> bool {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.iter().any(|listening| {
            let same_host = listening.ip() == address.ip()
                || (listening.ip().is_unspecified() && address.ip().is_loopback())
                || (address.ip().is_unspecified() && listening.ip().is_loopback());
            same_host && listening.port() == address.port()
        })
    }

    /// A proxy's addresses. Those found before are kept for when nobody can say any more.
    async fn resolve(&self, name: &str) -> Result<Vec<IpAddr>, Failure> {
        let known = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let before = known().get(name).cloned();
        if let Some((when, addresses)) = &before
            && when.elapsed() < FRESH
        {
            return Ok(addresses.clone());
        }
        let found: Vec<IpAddr> =
            lookup_host((name, 0)).await.map(|all| all.map(|address| address.ip()).collect()).unwrap_or_default();
        if found.is_empty() {
            return before.map(|(_, addresses)| addresses).ok_or(Failure::new(Stage::Resolve, Cause::NameNotFound));
        }
        known().insert(name.to_owned(), (Instant::now(), found.clone()));
        Ok(found)
    }
}

/// Opens a TCP connection to a proxy. Small writes are sent at once.
pub(super) async fn connect(
    host: &Host,
    port: Port,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<TcpStream, Failure> {
    match host {
        Host::Ip(ip) => {
            progress.enter(Stage::Connect);
            connect_to(SocketAddr::new(*ip, port.get()), surroundings).await
        }
        Host::Name(name) => {
            progress.enter(Stage::Resolve);
            let addresses = surroundings.resolve(name).await?;
            progress.enter(Stage::Connect);
            let mut last = Failure::new(Stage::Resolve, Cause::NameNotFound);
            for ip in addresses {
                match connect_to(SocketAddr::new(ip, port.get()), surroundings).await {
                    Ok(stream) => return Ok(stream),
                    Err(failure) => last = failure,
                }
            }
            Err(last)
        }
    }
}

async fn connect_to(address: SocketAddr, surroundings: &Surroundings) -> Result<TcpStream, Failure> {
    if surroundings.is_own(address) {
        return Err(Failure::new(Stage::Connect, Cause::Loop));
    }
    let io = |error| Failure::from_io(Stage::Connect, &error);
    let stream = TcpStream::connect(address).await.map_err(io)?;
    stream.set_nodelay(true).map_err(io)?;
    Ok(stream)
}
