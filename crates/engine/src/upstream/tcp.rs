//! The TCP connection to a proxy. Where its name has several addresses, each gets a quarter of a second before the next is
//! tried beside it (RFC 8305).

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use paperwing_link::{Host, Port};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::names::Names;
use super::progress::Progress;
use crate::outcome::{Cause, Failure, Stage};

/// How long one address is tried alone (RFC 8305, 8: "Connection Attempt Delay").
const HEAD_START: Duration = Duration::from_millis(250);

/// What an attempt needs to know of this computer: the addresses of our own port, and those of proxies' names.
#[derive(Debug, Default)]
pub struct Surroundings {
    own: Mutex<Vec<SocketAddr>>,
    names: Names,
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
            let address = SocketAddr::new(*ip, port.get());
            if surroundings.is_own(address) {
                return Err(Failure::new(Stage::Connect, Cause::Loop));
            }
            connect_to(address).await
        }
        Host::Name(name) => {
            progress.enter(Stage::Resolve);
            let addresses = surroundings.names.addresses(name).await;
            let addresses: Vec<SocketAddr> =
                addresses.into_iter().map(|address| SocketAddr::new(address, port.get())).collect();
            if addresses.is_empty() {
                return Err(Failure::new(Stage::Resolve, Cause::NameNotFound));
            }
            progress.enter(Stage::Connect);
            if addresses.iter().any(|address| surroundings.is_own(*address)) {
                return Err(Failure::new(Stage::Connect, Cause::Loop));
            }
            let stream = connect_to_any(addresses).await?;
            if let Ok(peer) = stream.peer_addr() {
                surroundings.names.worked(name, peer.ip());
            }
            Ok(stream)
        }
    }
}

/// The first connection that opens. Where none does, the first address's failure says most.
async fn connect_to_any(addresses: Vec<SocketAddr>) -> Result<TcpStream, Failure> {
    if let [only] = addresses[..] {
        return connect_to(only).await;
    }
    let mut rest = addresses.into_iter().enumerate();
    let mut running = JoinSet::new();
    let mut first_failure = None;
    loop {
        if let Some((place, address)) = rest.next() {
            running.spawn(async move { (place, connect_to(address).await) });
        }
        let ended = tokio::select! {
            ended = running.join_next() => ended,
            () = sleep(HEAD_START), if rest.len() > 0 => continue,
        };
        match ended {
            Some(Ok((_, Ok(stream)))) => return Ok(stream),
            Some(Ok((0, Err(failure)))) => first_failure = Some(failure),
            None if rest.len() == 0 => break,
            Some(_) | None => {}
        }
    }
    Err(first_failure.unwrap_or(Failure::new(Stage::Connect, Cause::Unreachable)))
}

async fn connect_to(address: SocketAddr) -> Result<TcpStream, Failure> {
    let io = |error| Failure::from_io(Stage::Connect, &error);
    let stream = TcpStream::connect(address).await.map_err(io)?;
    stream.set_nodelay(true).map_err(io)?;
    Ok(stream)
}

#[cfg(test)]
mod tests {
    use tokio::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn the_address_that_works_is_found_among_those_that_do_not() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let works = listener.local_addr().unwrap();
        let dead = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let stream = connect_to_any(vec![dead, dead, works]).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), works);
        assert_eq!(connect_to_any(vec![dead, dead]).await.unwrap_err().cause, Cause::Refused);
    }

    #[tokio::test]
    async fn a_name_that_leads_to_our_own_port_is_a_loop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        let surroundings = Surroundings::default();
        surroundings.set_own_addresses(&[own]);
        let port = Port::try_from(own.port()).unwrap();
        let host = "localhost".parse().unwrap();
        let failure = connect(&host, port, &surroundings, &Progress::default()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::Loop);
    }
}
