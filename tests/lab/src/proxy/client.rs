//! A client of a proxy, behind whatever its protocol wraps bytes in.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use russh::server::{ChannelOpenHandle, Msg};
use russh::{ChannelOpenFailure, ChannelStream};
use socket2::{SockRef, Socket};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use super::{Inner, Speaks, mtproto, shadowsocks};

/// What it says and hears once the wrapping is off.
pub(super) struct Client {
    stream: Box<dyn Duplex>,
    /// The same connection, whoever reads and writes it.
    socket: Socket,
    port: u16,
    /// Where it is a channel of an SSH session: how it is told whether that was opened.
    opening: Option<ChannelOpenHandle>,
}

trait Duplex: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Duplex for T {}

// === impl Client ===

impl Client {
    /// Of a proxy that wraps its bytes in nothing.
    pub(super) fn bare(stream: TcpStream) -> io::Result<Self> {
        let (socket, port) = (SockRef::from(&stream).try_clone()?, stream.peer_addr()?.port());
        Ok(Self { stream: Box::new(stream), socket, port, opening: None })
    }

    /// Of a proxy that speaks this.
    pub(super) async fn behind(stream: TcpStream, inner: &Inner) -> io::Result<Self> {
        let (socket, port) = (SockRef::from(&stream).try_clone()?, stream.peer_addr()?.port());
        let stream: Box<dyn Duplex> = match inner.speaks {
            Speaks::Https | Speaks::Trojan | Speaks::Vless => {
                Box::new(TlsAcceptor::from(Arc::clone(&inner.tls.server)).accept(stream).await?)
            }
            Speaks::Shadowsocks => Box::new(shadowsocks::unwrap(stream, inner.password())),
            Speaks::Mtproto => Box::new(mtproto::unwrap(stream, inner).await?),
            Speaks::MtprotoDisguised => Box::new(mtproto::unwrap_disguised(stream, inner).await?),
            _ => Box::new(stream),
        };
        Ok(Self { stream, socket, port, opening: None })
    }

    /// A channel of an SSH session, which comes over this socket and is not open yet.
    pub(super) fn channel(
        stream: ChannelStream<Msg>,
        opening: ChannelOpenHandle,
        socket: &Socket,
        port: u16,
    ) -> io::Result<Self> {
        Ok(Self { stream: Box::new(stream), socket: socket.try_clone()?, port, opening: Some(opening) })
    }

    /// The answer to a request for a channel.
    pub(super) async fn open_channel(&mut self, is_open: bool) {
        match self.opening.take() {
            Some(opening) if is_open => opening.accept().await,
            Some(opening) => opening.reject(ChannelOpenFailure::ConnectFailed).await,
            None => {}
        }
    }

    /// The same connection once more.
    pub(super) fn socket(&self) -> &Socket {
        &self.socket
    }

    /// The port that it comes from.
    pub(super) fn port(&self) -> u16 {
        self.port
    }

    /// Its end will be a reset.
    pub(super) fn reset_on_close(&self) -> io::Result<()> {
        self.socket.set_linger(Some(Duration::ZERO))
    }
}

impl AsyncRead for Client {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Client {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
