//! What a connection through a proxy is once the proxy agreed to carry it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::mtproto::MtprotoStream;
use super::shadowsocks::ShadowsocksStream;

/// A stream through a proxy. Plain TCP is told apart because the kernel can move its bytes without our seeing them.
#[derive(Debug)]
pub enum Stream {
    /// The proxy's protocol adds nothing to the bytes.
    Tcp(TcpStream),
    /// The bytes travel inside TLS.
    Tls(Box<TlsStream<TcpStream>>),
    /// The bytes travel in Shadowsocks' chunks.
    Shadowsocks(Box<ShadowsocksStream>),
    /// The bytes are a client of Telegram's, encrypted anew.
    Mtproto(Box<MtprotoStream>),
}

impl Stream {
    /// The connection to the proxy, whatever goes over it; none where others share it.
    pub fn socket(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            Self::Tls(stream) => Some(stream.get_ref().0),
            Self::Shadowsocks(stream) => Some(stream.socket()),
            Self::Mtproto(stream) => Some(stream.socket()),
        }
    }

    /// Whether the other side has said nothing that was not read, its end included. What TLS says to itself (session tickets)
    /// does not count.
    pub(super) fn is_quiet(&mut self) -> bool {
        let mut byte = [0];
        let mut context = Context::from_waker(Waker::noop());
        Pin::new(self).poll_read(&mut context, &mut ReadBuf::new(&mut byte)).is_pending()
    }
}

impl AsyncRead for Stream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Tls(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Shadowsocks(stream) => Pin::new(stream).poll_read(cx, buf),
            Self::Mtproto(stream) => Pin::new(stream).poll_read(cx, buf),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Shadowsocks(stream) => Pin::new(stream).poll_write(cx, bytes),
            Self::Mtproto(stream) => Pin::new(stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_flush(cx),
            Self::Tls(stream) => Pin::new(stream).poll_flush(cx),
            Self::Shadowsocks(stream) => Pin::new(stream).poll_flush(cx),
            Self::Mtproto(stream) => Pin::new(stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Shadowsocks(stream) => Pin::new(stream).poll_shutdown(cx),
            Self::Mtproto(stream) => Pin::new(stream).poll_shutdown(cx),
        }
    }
}
