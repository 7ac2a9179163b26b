//! One practice proxy: the server side of SOCKS5 (RFC 1928: no authentication, CONNECT) with a switch that blocks it.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::exits::Exits;

/// How long a client may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(10);
/// After how many bytes from the target [`Block::Freeze`] falls silent.
const FREEZE_AFTER: u64 = 16 * 1024;

/// A way in which a proxy gets blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block {
    /// Nobody listens any more: connections are refused.
    Refuse,
    /// Connections open, then nothing is ever answered.
    Mute,
    /// Connections open and are reset at once.
    Reset,
    /// The first 16 KiB come through, then nothing more, without a word.
    Freeze,
}

/// A SOCKS5 server on a free port of 127.0.0.1 that dials whatever it is asked for. Dropping it closes the port;
/// connections that it carries go on until they are done.
#[derive(Debug)]
pub struct PracticeProxy {
    name: &'static str,
    address: SocketAddr,
    block: watch::Sender<Option<Block>>,
    serving: JoinHandle<()>,
}

// === impl PracticeProxy ===

impl PracticeProxy {
    pub(super) fn start(name: &'static str, exits: Exits) -> io::Result<Self> {
        let listener = super::listen()?;
        let address = listener.local_addr()?;
        let (block, blocked) = watch::channel(None);
        let serving = tokio::spawn(Server { name, address, blocked, exits }.run(listener));
        Ok(Self { name, address, block, serving })
    }

    /// What it is called.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Blocks it for new connections; those that it carries already stay.
    pub fn block(&self, how: Block) {
        self.block.send_replace(Some(how));
    }

    /// Lets it work again.
    pub fn unblock(&self) {
        self.block.send_replace(None);
    }

    /// How it is blocked at the moment.
    pub fn blocked(&self) -> Option<Block> {
        *self.block.borrow()
    }
}

impl Drop for PracticeProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

struct Server {
    name: &'static str,
    address: SocketAddr,
    blocked: watch::Receiver<Option<Block>>,
    exits: Exits,
}

// === impl Server ===

impl Server {
    async fn run(mut self, listener: TcpListener) {
        let mut listener = Some(listener);
        loop {
            if *self.blocked.borrow_and_update() == Some(Block::Refuse) {
                listener = None;
                if self.blocked.changed().await.is_err() {
                    return;
                }
                continue;
            }
            let Some(open) = &listener else {
                listener = self.reopen().await;
                continue;
            };
            tokio::select! {
                changed = self.blocked.changed() => if changed.is_err() { return },
                accepted = open.accept() => match accepted {
                    Ok((stream, _)) => self.take(stream),
                    Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
                },
            }
        }
    }

    /// The same port again. Somebody else may have it now; then there is nothing but waiting.
    async fn reopen(&self) -> Option<TcpListener> {
        let opened = TcpListener::bind(self.address).await.ok();
        if opened.is_none() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        opened
    }

    fn take(&self, stream: TcpStream) {
        let how = *self.blocked.borrow();
        match how {
            Some(Block::Refuse | Block::Reset) => drop(stream.set_zero_linger()),
            Some(Block::Mute) => drop(tokio::spawn(hold(stream, self.blocked.clone()))),
            Some(Block::Freeze) | None => {
                drop(tokio::spawn(carry(stream, self.name, self.exits.clone(), self.blocked.clone())));
            }
        }
    }
}

/// Keeps a connection open without a word until the client goes or the proxy is unblocked.
async fn hold(mut stream: TcpStream, mut blocked: watch::Receiver<Option<Block>>) {
    let mut sink = [0; 512];
    let gone = async { while matches!(stream.read(&mut sink).await, Ok(1..)) {} };
    tokio::select! {
        () = gone => {}
        _ = blocked.wait_for(Option::is_none) => {}
    }
}

async fn carry(
    mut client: TcpStream,
    name: &'static str,
    exits: Exits,
    blocked: watch::Receiver<Option<Block>>,
) -> io::Result<()> {
    let _ = client.set_nodelay(true);
    let target = tokio::time::timeout(PATIENCE, greet(&mut client)).await??;
    let mut server = match target {
        Ok(target) => match target.dial().await {
            Ok(server) => server,
            Err(error) => return reply(&mut client, reply_code(&error), None).await,
        },
        Err(code) => return reply(&mut client, code, None).await,
    };
    let _ = server.set_nodelay(true);
    let local = server.local_addr()?;
    let _exit = exits.enter(local, name);
    reply(&mut client, 0, Some(local)).await?;
    relay(&mut client, &mut server, blocked).await
}

/// Both directions until both are done; once [`Block::Freeze`] holds, nothing after the first bytes.
async fn relay(
    client: &mut TcpStream,
    server: &mut TcpStream,
    mut blocked: watch::Receiver<Option<Block>>,
) -> io::Result<()> {
    if *blocked.borrow() != Some(Block::Freeze) {
        return tokio::io::copy_bidirectional(client, server).await.map(drop);
    }
    let (mut from_client, mut to_client) = client.split();
    let (from_server, mut to_server) = server.split();
    let up = tokio::io::copy(&mut from_client, &mut to_server);
    let down = async {
        let mut first = from_server.take(FREEZE_AFTER);
        tokio::io::copy(&mut first, &mut to_client).await?;
        if first.limit() == 0 {
            let _ = blocked.wait_for(Option::is_none).await;
        }
        to_client.shutdown().await
    };
    tokio::try_join!(async { up.await.map(drop) }, down).map(drop)
}

/// What a client asked for.
enum Destination {
    Address(SocketAddr),
    Name(String, u16),
}

impl Destination {
    async fn dial(&self) -> io::Result<TcpStream> {
        match self {
            Self::Address(address) => TcpStream::connect(address).await,
            Self::Name(name, port) => TcpStream::connect((name.as_str(), *port)).await,
        }
    }
}

/// The greeting and the request (RFC 1928, 3 and 4); the inner error is the reply code that it deserves.
async fn greet(client: &mut TcpStream) -> io::Result<Result<Destination, u8>> {
    let [version, methods] = read_array(client).await?;
    let mut offered = vec![0; methods.into()];
    client.read_exact(&mut offered).await?;
    if version != 5 || !offered.contains(&0) {
        client.write_all(&[5, 0xFF]).await?;
        return Err(io::ErrorKind::InvalidData.into());
    }
    client.write_all(&[5, 0]).await?;
    let [_version, command, _reserved, kind] = read_array(client).await?;
    let name = match kind {
        1 => Err(Ipv4Addr::from(read_array::<4>(client).await?).into()),
        4 => Err(Ipv6Addr::from(read_array::<16>(client).await?).into()),
        3 => {
            let [length] = read_array(client).await?;
            let mut name = vec![0; length.into()];
            client.read_exact(&mut name).await?;
            Ok(name)
        }
        _ => return Ok(Err(8)),
    };
    let port = u16::from_be_bytes(read_array(client).await?);
    if command != 1 {
        return Ok(Err(7));
    }
    Ok(match name {
        Err(ip) => Ok(Destination::Address(SocketAddr::new(ip, port))),
        Ok(name) => String::from_utf8(name).map(|name| Destination::Name(name, port)).map_err(|_| 8),
    })
}

async fn read_array<const N: usize>(stream: &mut TcpStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// The reply (RFC 1928, 6), always with an address.
async fn reply(client: &mut TcpStream, code: u8, bound: Option<SocketAddr>) -> io::Result<()> {
    let mut bytes = vec![5, code, 0];
    match bound {
        Some(SocketAddr::V6(bound)) => {
            bytes.push(4);
            bytes.extend(bound.ip().octets());
            bytes.extend(bound.port().to_be_bytes());
        }
        Some(SocketAddr::V4(bound)) => {
            bytes.push(1);
            bytes.extend(bound.ip().octets());
            bytes.extend(bound.port().to_be_bytes());
        }
        None => bytes.extend([1, 0, 0, 0, 0, 0, 0]),
    }
    client.write_all(&bytes).await
}

fn reply_code(error: &io::Error) -> u8 {
    match error.kind() {
        io::ErrorKind::NetworkUnreachable => 3,
        io::ErrorKind::HostUnreachable => 4,
        io::ErrorKind::ConnectionRefused => 5,
        io::ErrorKind::TimedOut => 6,
        _ => 1,
    }
}
