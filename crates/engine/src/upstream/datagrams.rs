//! Datagrams through a proxy: SOCKS5's UDP ASSOCIATE (RFC 1928, 7) and Shadowsocks' packets (SIP004, SIP022).
//!
//! To the inside they look alike: SOCKS5's own form, three bytes of zero, the target, the content. Datagrams may get lost, so
//! nothing waits for a socket that is full.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use paperwing_link::{Protocol, Proxy};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UdpSocket};

use super::shadowsocks::Packets;
use super::{Progress, Ready, Stream, Surroundings, Way, failed, prepare, socks5, tcp};
use crate::outcome::{Cause, Failure, Stage};

/// No datagram is longer.
pub(crate) const LONGEST: usize = 64 * 1024;
/// Two reserved bytes and the number of the fragment; all of them zero here.
pub(crate) const PREFIX: usize = 3;

/// A way for datagrams through one proxy.
#[derive(Debug)]
pub(crate) enum Datagrams {
    Socks5 {
        socket: UdpSocket,
        /// While it stands, the proxy relays.
        control: TcpStream,
    },
    Shadowsocks {
        socket: UdpSocket,
        packets: Box<Packets>,
    },
}

impl Datagrams {
    /// Whether a protocol has words for datagrams that we know. Whether its proxy listens to them is another matter.
    pub(crate) fn can_go_through(protocol: &Protocol) -> bool {
        match protocol {
            Protocol::Socks5(_) => true,
            Protocol::Shadowsocks(it) => Packets::can_be_carried_by(it),
            _ => false,
        }
    }

    pub(crate) async fn open(proxy: &Proxy, surroundings: &Surroundings, progress: &Progress) -> Result<Self, Failure> {
        let unsupported = Failure::new(Stage::Resolve, Cause::Unsupported);
        match &proxy.protocol {
            Protocol::Socks5(_) => {
                let ready = prepare(proxy, surroundings, progress).await?;
                let Ready(Way::Own(Stream::Tcp(mut control), received)) = ready else { return Err(unsupported) };
                progress.enter(Stage::Request);
                let port = socks5::associate(&mut control, received).await?;
                let io = failed(Stage::Request);
                // The address that the proxy names is not looked at: it could be anybody's.
                let relay = SocketAddr::new(control.peer_addr().map_err(&io)?.ip(), port);
                let near = SocketAddr::new(control.local_addr().map_err(&io)?.ip(), 0);
                let socket = connected(near, relay).await.map_err(io)?;
                Ok(Self::Socks5 { socket, control })
            }
            Protocol::Shadowsocks(it) => {
                let packets = Packets::new(it).ok_or(unsupported)?;
                let far = tcp::address(&proxy.host, proxy.port, surroundings, progress).await?;
                let near: SocketAddr = match far {
                    SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                    SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
                };
                let socket = connected(near, far).await.map_err(failed(Stage::Connect))?;
                Ok(Self::Shadowsocks { socket, packets: Box::new(packets) })
            }
            _ => Err(unsupported),
        }
    }

    /// Sends a datagram in SOCKS5's form. One that cannot be sent at once is lost.
    pub(crate) fn send(&mut self, datagram: &[u8]) -> io::Result<()> {
        let sent = match self {
            Self::Socks5 { socket, .. } => socket.try_send(datagram),
            Self::Shadowsocks { socket, packets } => {
                let packet = packets.seal(&datagram[PREFIX..]).map_err(io::Error::other)?;
                socket.try_send(&packet)
            }
        };
        match sent {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => Err(error),
            _ => Ok(()),
        }
    }

    /// Waits until there may be a datagram: true; or until the proxy has ended it: false.
    pub(crate) async fn goes_on(&mut self) -> bool {
        match self {
            Self::Socks5 { socket, control } => tokio::select! {
                _ = socket.readable() => true,
                () = ended(control) => false,
            },
            Self::Shadowsocks { socket, .. } => socket.readable().await.is_ok(),
        }
    }

    /// A datagram in SOCKS5's form; nothing where there is none, or where it was not the proxy's.
    pub(crate) fn receive<'b>(&mut self, buffer: &'b mut [u8]) -> io::Result<Option<&'b [u8]>> {
        let (Self::Socks5 { socket, .. } | Self::Shadowsocks { socket, .. }) = self;
        let count = match socket.try_recv(buffer) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(None),
            received => received?,
        };
        match self {
            Self::Socks5 { .. } => Ok(Some(&buffer[..count]).filter(|datagram| datagram.starts_with(&[0; PREFIX]))),
            Self::Shadowsocks { packets, .. } => Ok(packets.open(&mut buffer[..count]).and_then(|range| {
                let from = range.start.checked_sub(PREFIX)?;
                buffer[from..range.start].fill(0);
                Some(&buffer[from..range.end])
            })),
        }
    }
}

async fn ended(control: &mut TcpStream) {
    while control.read(&mut [0; 64]).await.is_ok_and(|count| count > 0) {}
}

/// A socket that hears nobody else.
async fn connected(near: SocketAddr, far: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(near).await?;
    socket.connect(far).await?;
    // It is not known to be before it was asked once, and the first datagram would be lost.
    socket.writable().await?;
    Ok(socket)
}
