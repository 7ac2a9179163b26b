//! Chunks: a sealed length and as many sealed bytes, again and again, each way.
//!
//! A connection that is idle owns no buffer: bytes are opened where they are to be read and sealed in scratch space that all
//! connections of a thread share, and only what the socket or the reader had no room for is kept.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::cipher::Keys;
use super::down::Down;
use super::hello;
#[cfg(target_os = "linux")]
use super::up::Interrupted;
use super::up::Up;
use crate::target::Target;
use crate::upstream::address;

/// A connection through a Shadowsocks proxy.
#[derive(Debug)]
pub struct ShadowsocksStream {
    tcp: TcpStream,
    up: Up,
    down: Down,
}

impl ShadowsocksStream {
    pub(super) fn new(tcp: TcpStream, keys: Keys, target: &Target) -> Self {
        let (edition, longest_chunk) = (keys.cipher.edition, keys.cipher.longest_chunk());
        let (salt, session, unheard) = hello::begin(keys);
        let mut words = Vec::with_capacity(262);
        address::push(target, &mut words);
        Self { tcp, up: Up::new(session, edition, longest_chunk, salt, words), down: Down::new(unheard) }
    }

    /// Sends what a client's socket has. Returns how much that was: nothing at the socket's end.
    #[cfg(target_os = "linux")]
    pub(crate) fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        client: &TcpStream,
    ) -> Poll<Result<usize, Interrupted>> {
        self.up.poll_write_from(cx, &mut self.tcp, client)
    }

    /// The connection to the proxy.
    pub fn socket(&self) -> &TcpStream {
        &self.tcp
    }
}

impl AsyncRead for ShadowsocksStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if let Poll::Ready(Err(error)) = this.up.poll_go_on(cx, &mut this.tcp) {
            return Poll::Ready(Err(error));
        }
        this.down.poll_read(cx, &mut this.tcp, buf)
    }
}

impl AsyncWrite for ShadowsocksStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bytes.is_empty() {
            return Poll::Ready(Ok(0));
        }
        this.up.poll_write(cx, &mut this.tcp, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.up.poll_flush(cx, &mut this.tcp))?;
        Pin::new(&mut this.tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.up.poll_end(cx, &mut this.tcp))?;
        Pin::new(&mut this.tcp).poll_shutdown(cx)
    }
}
