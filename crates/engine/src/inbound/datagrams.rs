//! UDP ASSOCIATE (RFC 1928, 7): datagrams of a program on this computer, for as long as its TCP connection stands.
//!
//! Only datagrams from the address that made the request are taken, and of that only from one port. Fragments are dropped.
//! The way through a proxy is let go when nothing was sent or heard for a while, and opened again with the next datagram;
//! so it is when the proxy is blocked, then through another.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::broadcast::Receiver;
use tokio::time::{Instant, sleep_until};

use super::accept::Door;
use super::reply::close_heard;
use super::socks5;
use crate::event::Event;
use crate::failover::{NoWay, Way};
use crate::target::Target;
use crate::upstream::datagrams::{LONGEST, PREFIX};

/// So many at once. Each has a buffer and up to three sockets.
pub(crate) const MOST_ASSOCIATIONS: usize = 64;
/// How long a way that carries nothing is kept,
const IDLE: Duration = Duration::from_mins(1);
/// and one that carried questions for names only.
const IDLE_NAMES: Duration = Duration::from_secs(10);
const NAMES: u16 = 53;

/// One client's datagrams.
struct Association<'d> {
    door: &'d Door,
    socket: UdpSocket,
    client: SocketAddr,
    /// The client's port, once it is known; 0 before.
    port: u16,
    way: Option<Way>,
    idle_at: Instant,
    asks_for_names_only: bool,
    events: Receiver<Event>,
    buffer: Box<[u8]>,
}

enum Turn {
    FromClient,
    FromProxy,
    LetGo,
    Over,
}

/// Serves a client that asked for an association until its connection ends. `port` is where its datagrams will come from,
/// 0 where it does not say.
pub(super) async fn serve(mut client: TcpStream, port: u16, door: &Door) -> io::Result<()> {
    let (near, far) = (client.local_addr()?, client.peer_addr()?);
    let Ok(_room) = door.associations.try_acquire() else {
        return refuse(&mut client, socks5::GENERAL_FAILURE).await;
    };
    if !far.ip().to_canonical().is_loopback() {
        return refuse(&mut client, socks5::NOT_ALLOWED).await;
    }
    let events = door.dialer.events();
    let way = match door.dialer.open_datagrams().await {
        Ok(way) => way,
        Err(NoWay::PickCannot) => return refuse(&mut client, socks5::COMMAND_NOT_SUPPORTED).await,
        Err(NoWay::Failed) => return refuse(&mut client, socks5::GENERAL_FAILURE).await,
    };
    let socket = UdpSocket::bind((near.ip(), 0)).await?;
    client.write_all(&reply(socket.local_addr()?)).await?;
    let association = Association {
        door,
        socket,
        client: far,
        port,
        way: Some(way),
        idle_at: Instant::now() + IDLE,
        asks_for_names_only: true,
        events,
        buffer: vec![0; LONGEST].into(),
    };
    association.run(client).await;
    Ok(())
}

async fn refuse(client: &mut TcpStream, code: u8) -> io::Result<()> {
    client.write_all(&socks5::reply(code)).await?;
    close_heard(client).await
}

/// Where the client sends its datagrams.
fn reply(bound: SocketAddr) -> Vec<u8> {
    let mut reply = vec![socks5::VERSION, socks5::SUCCEEDED, 0];
    match bound.ip() {
        IpAddr::V4(ip) => {
            reply.push(1);
            reply.extend(ip.octets());
        }
        IpAddr::V6(ip) => {
            reply.push(4);
            reply.extend(ip.octets());
        }
    }
    reply.extend(bound.port().to_be_bytes());
    reply
}

// === impl Association ===

impl Association<'_> {
    async fn run(mut self, mut client: TcpStream) {
        loop {
            match self.turn(&mut client).await {
                Turn::FromClient => self.hear_client().await,
                Turn::FromProxy => self.hear_proxy(),
                Turn::LetGo => self.way = None,
                Turn::Over => return,
            }
        }
    }

    async fn turn(&mut self, client: &mut TcpStream) -> Turn {
        let idle_at = self.idle_at;
        let Some(Way { datagrams, proxy, .. }) = &mut self.way else {
            return tokio::select! {
                () = gone(client) => Turn::Over,
                _ = self.socket.readable() => Turn::FromClient,
            };
        };
        let blocked = *proxy;
        if let Ok(Event::Blocked { proxy, .. } | Event::Rejected { proxy, .. }) = self.events.try_recv() {
            return if proxy == blocked { Turn::LetGo } else { Turn::FromProxy };
        }
        tokio::select! {
            () = gone(client) => Turn::Over,
            _ = self.socket.readable() => Turn::FromClient,
            goes_on = datagrams.goes_on() => if goes_on { Turn::FromProxy } else { Turn::LetGo },
            event = self.events.recv() => match event {
                Ok(Event::Blocked { proxy, .. } | Event::Rejected { proxy, .. }) if proxy == blocked => Turn::LetGo,
                _ => Turn::FromProxy,
            },
            () = sleep_until(idle_at) => Turn::LetGo,
        }
    }

    /// Everything that the client has sent by now.
    async fn hear_client(&mut self) {
        while let Ok((count, from)) = self.socket.try_recv_from(&mut self.buffer) {
            let is_clients = from.ip() == self.client.ip() && (self.port == 0 || self.port == from.port());
            let target = target(&self.buffer[..count]).filter(|target| !self.door.gate.is_loop(target));
            let (true, Some(target)) = (is_clients, target) else { continue };
            self.port = from.port();
            self.asks_for_names_only &= target.port.get() == NAMES;
            if self.way.is_none() {
                self.way = self.door.dialer.open_datagrams().await.ok();
            }
            self.moved();
            let Some(way) = &mut self.way else { continue };
            match way.datagrams.send(&self.buffer[..count]) {
                Ok(()) => way.meters.iter().for_each(|meter| meter.add_up(count as u64)),
                Err(error) => {
                    tracing::debug!(%error, "a datagram was not sent");
                    self.way = None;
                }
            }
        }
    }

    /// Everything that came for the client by now.
    fn hear_proxy(&mut self) {
        while let Some(way) = &mut self.way {
            match way.datagrams.receive(&mut self.buffer) {
                Ok(Some(datagram)) => {
                    way.meters.iter().for_each(|meter| meter.add_down(datagram.len() as u64));
                    // Lost where the client does not read, as datagrams are.
                    let _ = self.socket.try_send_to(datagram, (self.client.ip(), self.port).into());
                }
                Ok(None) => return,
                // The proxy's computer says that nobody listens there.
                Err(_) => {
                    self.way = None;
                    return;
                }
            }
            self.moved();
        }
    }

    fn moved(&mut self) {
        self.idle_at = Instant::now() + if self.asks_for_names_only { IDLE_NAMES } else { IDLE };
    }
}

/// Returns when the client's connection has ended. What it still says there means nothing.
async fn gone(client: &mut TcpStream) {
    while client.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
}

/// Where a datagram is to go; `None` for a fragment, and for what is none.
fn target(datagram: &[u8]) -> Option<Target> {
    let (prefix, rest) = datagram.split_first_chunk::<PREFIX>()?;
    let (kind, rest) = rest.split_first()?;
    if *prefix != [0; PREFIX] {
        return None;
    }
    let port = |rest: &[u8]| rest.first_chunk::<2>().map(|port| u16::from_be_bytes(*port));
    match kind {
        1 => {
            let (ip, rest) = rest.split_first_chunk::<4>()?;
            Target::from_socket((*ip, port(rest)?).into()).ok()
        }
        3 => {
            let (length, rest) = rest.split_first()?;
            let (name, rest) = rest.split_at_checked(usize::from(*length))?;
            Target::new(name, port(rest)?).ok()
        }
        4 => {
            let (ip, rest) = rest.split_first_chunk::<16>()?;
            Target::from_socket((*ip, port(rest)?).into()).ok()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
