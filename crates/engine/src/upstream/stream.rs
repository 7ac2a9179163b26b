//! What a connection through a proxy is once the proxy agreed to carry it.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::mtproto::MtprotoStream;
use super::prefaced::Prefaced;
use super::shadowsocks::ShadowsocksStream;
use super::ssh::SshStream;
use super::websocket::WebSocket;

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
    /// The bytes travel in a `WebSocket`.
    WebSocket(Box<WebSocket>),
    /// The bytes travel in a channel of an SSH session.
    Ssh(Box<SshStream>),
    /// The proxy's protocol adds words at the beginning, and nothing more.
    Prefaced(Box<Prefaced>),
}

/// The same of whichever stream it is.
macro_rules! of_each {
    ($stream:expr, $inner:ident => $what:expr) => {
        match $stream {
            Stream::Tcp($inner) => $what,
            Stream::Tls($inner) => $what,
            Stream::Shadowsocks($inner) => $what,
            Stream::Mtproto($inner) => $what,
            Stream::WebSocket($inner) => $what,
            Stream::Ssh($inner) => $what,
            Stream::Prefaced($inner) => $what,
        }
    };
}

impl Stream {
    /// The connection to the proxy, whatever goes over it; none where others share it.
    pub fn socket(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            Self::Tls(stream) => Some(stream.get_ref().0),
            Self::Shadowsocks(stream) => Some(stream.socket()),
            Self::Mtproto(stream) => Some(stream.socket()),
            Self::WebSocket(stream) => stream.below().socket(),
            Self::Prefaced(stream) => stream.below().socket(),
            Self::Ssh(_) => None,
        }
    }

    /// Whether nothing in the protocol proves that what comes back was brought by the proxy from the target.
    pub(crate) fn is_unproven(&self) -> bool {
        matches!(self, Self::Prefaced(stream) if stream.is_unproven())
    }

    /// Whether the protocol itself shows that more must come: what came so far ends inside a message.
    pub(crate) fn is_inside_a_message(&self) -> bool {
        matches!(self, Self::Mtproto(stream) if stream.is_inside_a_message())
    }

    /// The same without what has done its part: words that were said at the beginning.
    #[must_use]
    pub(crate) fn settled(self) -> Self {
        match self {
            Self::Prefaced(stream) if stream.is_over() => stream.into_below().settled(),
            other => other,
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
        of_each!(self.get_mut(), stream => Pin::new(stream).poll_read(cx, buf))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        of_each!(self.get_mut(), stream => Pin::new(stream).poll_write(cx, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_each!(self.get_mut(), stream => Pin::new(stream).poll_flush(cx))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        of_each!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(cx))
    }
}
