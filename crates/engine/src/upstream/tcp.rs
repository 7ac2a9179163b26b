//! The TCP connection to a proxy. Where its name has several addresses, each gets a quarter of a second before the next is
//! tried beside it (RFC 8305).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use paperwing_link::{Host, Port, Proxy};
use tokio::net::TcpStream;
use tokio::sync::broadcast;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::mtproto::Shapes;
use super::names::{Addresses, Asking, Names, SecondOpinion};
use super::program::{Programs, needed};
use super::progress::Progress;
use super::ssh::Sessions;
use crate::event::Event;
use crate::outcome::{Cause, Failure, Stage};

/// How long one address is tried alone (RFC 8305, 8: "Connection Attempt Delay").
const HEAD_START: Duration = Duration::from_millis(250);

/// How long the addresses that may be right are tried before those that have led nowhere.
const DOUBT: Duration = Duration::from_secs(2);

/// What an attempt needs to know of this computer: the addresses of our own port, those of proxies' names, the programs
/// that run beside ours, and the sessions that connections share.
#[derive(Debug, Default)]
pub struct Surroundings {
    own: Mutex<Vec<SocketAddr>>,
    /// Where other ports of ours listen.
    others: Mutex<Vec<SocketAddr>>,
    names: Names,
    pub(super) programs: Programs,
    pub(super) sessions: Sessions,
    pub(super) shapes: Shapes,
}

impl Surroundings {
    /// Says where our own port listens: a proxy at that address would be a loop.
    pub fn set_own_addresses(&self, addresses: &[SocketAddr]) {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = addresses.to_vec();
    }

    /// Says which proxies there are: what was kept for others is let go.
    pub fn keep<'p>(&self, proxies: impl Iterator<Item = &'p Proxy> + Clone) {
        self.programs.keep(proxies.clone());
        self.sessions.keep(proxies);
    }

    /// Says where another port of ours listens: that would be a loop as well.
    pub fn add_other_address(&self, address: SocketAddr) {
        self.others.lock().unwrap_or_else(PoisonError::into_inner).push(address);
    }

    fn all_addresses(&self) -> Vec<SocketAddr> {
        let others = self.others.lock().unwrap_or_else(PoisonError::into_inner).clone();
        [self.own_addresses(), others].concat()
    }

    /// Says where news of this kind go.
    pub(crate) fn tell(&self, events: broadcast::Sender<Event>) {
        self.sessions.host_keys.tell(events);
    }

    /// Says who else knows where proxies are, besides the system's resolver.
    pub(crate) fn ask_besides(&self, second: Option<SecondOpinion>) {
        self.names.ask_besides(second);
    }

    /// A proxy was not met where its name leads, see [`Names::doubt`].
    pub(crate) fn doubt(&self, proxy: &Proxy) -> Option<Asking<bool>> {
        match &proxy.host {
            // A program beside ours looks names up by itself.
            Host::Name(name) if needed(proxy).is_none() => self.names.doubt(name),
            _ => None,
        }
    }

    /// A proxy was met at the other end of a connection.
    pub(super) fn met(&self, proxy: &Proxy, peer: io::Result<SocketAddr>) {
        if let (Host::Name(name), None, Ok(peer)) = (&proxy.host, needed(proxy), peer) {
            self.names.worked(name, peer.ip());
        }
    }

    /// Where our own port listens.
    pub fn own_addresses(&self) -> Vec<SocketAddr> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether a connection to the address would come back to our own port, as far as the address itself tells.
    pub fn is_own(&self, address: SocketAddr) -> bool {
        let ip = address.ip().to_canonical();
        self.all_addresses().iter().any(|listening| {
            let ours = listening.ip().to_canonical();
            let same_host = ours == ip
                || (ours.is_unspecified() && ip.is_loopback())
                || (ip.is_unspecified() && (ours.is_loopback() || ours.is_unspecified()));
            same_host && listening.port() == address.port()
        })
    }

    /// The same for a connection that is open: one between two ends of one address has not left this computer.
    fn came_back(&self, stream: &TcpStream) -> bool {
        let (Ok(near), Ok(far)) = (stream.local_addr(), stream.peer_addr()) else { return false };
        near.ip().to_canonical() == far.ip().to_canonical()
            && self.own_addresses().iter().any(|ours| ours.ip().is_unspecified() && ours.port() == far.port())
    }
}

/// Opens a TCP connection to a proxy. Small writes are sent at once.
pub(super) async fn connect(
    host: &Host,
    port: Port,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<TcpStream, Failure> {
    let stream = match host {
        Host::Ip(ip) => {
            progress.enter(Stage::Connect);
            connect_to_any(&[SocketAddr::new(*ip, port.get())], surroundings).await?
        }
        Host::Name(name) => {
            progress.enter(Stage::Resolve);
            let addresses = surroundings.names.addresses(name).await;
            if addresses.first.is_empty() {
                return Err(Failure::new(Stage::Resolve, Cause::NameNotFound));
            }
            progress.enter(Stage::Connect);
            connect_in_turn(addresses, port, surroundings).await?
        }
    };
    if surroundings.came_back(&stream) { Err(LOOP) } else { Ok(stream) }
}

/// Where a proxy is, for those who send it datagrams: of several addresses the one that worked last.
pub(super) async fn address(
    host: &Host,
    port: Port,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<SocketAddr, Failure> {
    progress.enter(Stage::Resolve);
    let address = match host {
        Host::Ip(ip) => Some(*ip),
        Host::Name(name) => surroundings.names.addresses(name).await.first.first().copied(),
    };
    let ip = address.ok_or(Failure::new(Stage::Resolve, Cause::NameNotFound))?;
    Ok(SocketAddr::new(ip, port.get()))
}

const LOOP: Failure = Failure::new(Stage::Connect, Cause::Loop);

/// Those that may be right, and after a while, or where they all fail, those that have led nowhere before.
async fn connect_in_turn(addresses: Addresses, port: Port, surroundings: &Surroundings) -> Result<TcpStream, Failure> {
    let at_port =
        |ips: Vec<IpAddr>| -> Vec<SocketAddr> { ips.into_iter().map(|ip| SocketAddr::new(ip, port.get())).collect() };
    let (first, last) = (at_port(addresses.first), at_port(addresses.last));
    let mut trusted = pin!(connect_to_any(&first, surroundings));
    if last.is_empty() {
        return trusted.await;
    }
    let doubted = connect_to_any(&last, surroundings);
    let failure = match timeout(DOUBT, &mut trusted).await {
        Ok(Ok(stream)) => return Ok(stream),
        Ok(Err(failure)) => return doubted.await.map_err(|_| failure),
        Err(_) => Failure::new(Stage::Connect, Cause::Silent),
    };
    tokio::select! {
        Ok(stream) = &mut trusted => Ok(stream),
        Ok(stream) = doubted => Ok(stream),
        else => Err(failure),
    }
}

/// The first connection that opens. Where none does, the first address's failure says most.
async fn connect_to_any(addresses: &[SocketAddr], surroundings: &Surroundings) -> Result<TcpStream, Failure> {
    if addresses.iter().any(|address| surroundings.is_own(*address)) {
        return Err(LOOP);
    }
    if let [only] = addresses {
        return connect_to(*only).await;
    }
    let mut rest = addresses.iter().copied().enumerate();
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
        let stream = connect_to_any(&[dead, dead, works], &Surroundings::default()).await.unwrap();
        assert_eq!(stream.peer_addr().unwrap(), works);
        assert_eq!(connect_to_any(&[dead, dead], &Surroundings::default()).await.unwrap_err().cause, Cause::Refused);
    }

    /// A queue of one place that is taken: Linux drops what does not fit in, and the other side waits for minutes.
    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn an_address_that_is_silent_keeps_nobody_from_the_next_one() {
        let socket = tokio::net::TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let plugged = socket.listen(0).unwrap();
        let silent = plugged.local_addr().unwrap();
        let mut plugs = Vec::new();
        while let Ok(plug) = tokio::time::timeout(Duration::from_millis(200), TcpStream::connect(silent)).await {
            plugs.push(plug.unwrap());
        }
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let works = listener.local_addr().unwrap();
        let (addresses, surroundings) = ([silent, works], Surroundings::default());
        let opening = connect_to_any(&addresses, &surroundings);
        let stream = tokio::time::timeout(Duration::from_secs(20), opening).await.expect("it does not wait").unwrap();
        assert_eq!(stream.peer_addr().unwrap(), works);
    }

    #[tokio::test]
    async fn a_name_that_leads_to_our_own_port_is_a_loop() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let own = listener.local_addr().unwrap();
        let surroundings = Surroundings::default();
        surroundings.set_own_addresses(&[own]);
        let port = Port::try_from(own.port()).unwrap();
        for host in ["localhost", "127.0.0.1", "::ffff:127.0.0.1", "0.0.0.0"] {
            let failure = connect(&host.parse().unwrap(), port, &surroundings, &Progress::default()).await.unwrap_err();
            assert_eq!(failure.cause, Cause::Loop, "{host}");
        }
    }

    #[tokio::test]
    async fn listening_everywhere_every_address_of_this_computer_is_a_loop() {
        let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
        let surroundings = Surroundings::default();
        surroundings.set_own_addresses(&[listener.local_addr().unwrap()]);
        let port = Port::try_from(listener.local_addr().unwrap().port()).unwrap();
        // Another address of loopback stands for the computer's address in its network.
        let host = "127.0.0.2".parse().unwrap();
        let failure = connect(&host, port, &surroundings, &Progress::default()).await.unwrap_err();
        assert_eq!(failure.cause, Cause::Loop);
    }
}
