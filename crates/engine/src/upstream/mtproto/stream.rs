//! A connection to a proxy of Telegram once the keys are agreed on, with or without records around it.
//!
//! It may be turned to face a client (see [`MtprotoStream::face`]): then what is read comes encrypted for that client, and
//! what is written is taken as it came from it, so that the relay need know nothing of either.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::fake_tls::{CHANGE, Records, wrap};
use crate::mtproto::{INIT, Keys, Messages};

/// At most so much is encrypted at once.
const CHUNK: usize = 16 * 1024;

thread_local! {
    /// Ciphertext on its way to a socket. Nothing stays in it between two calls.
    static SCRATCH: RefCell<(Vec<u8>, Vec<u8>)> = const { RefCell::new((Vec::new(), Vec::new())) };
}

/// See the module. Owns no buffer but for what a socket did not take.
#[derive(Debug)]
pub struct MtprotoStream {
    socket: TcpStream,
    records: Option<Records>,
    keys: Keys,
    client: Option<Keys>,
    /// Goes out in one piece with the first bytes: alone, its length would give it away.
    init: Option<[u8; INIT]>,
    /// Encrypted and not yet sent.
    unsent: Vec<u8>,
    /// Plain bytes taken so far.
    taken: usize,
    /// What comes from the proxy.
    heard: Messages,
}

// === impl MtprotoStream ===

impl MtprotoStream {
    /// `init` goes out with the first bytes that are written.
    pub(super) fn new(socket: TcpStream, records: Option<Records>, init: [u8; INIT], keys: Keys) -> Self {
        let unsent = if records.is_some() { CHANGE.to_vec() } else { Vec::new() };
        Self { socket, records, keys, client: None, init: Some(init), unsent, taken: 0, heard: Messages::default() }
    }

    /// The connection to the proxy.
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// How many bytes were written to it.
    pub(crate) fn taken(&self) -> usize {
        self.taken
    }

    /// Whether what came so far ends inside a message.
    pub(crate) fn is_inside_a_message(&self) -> bool {
        self.heard.is_inside()
    }

    /// From here on reads and writes are a client's own bytes. `rest` is what that client said before and the proxy did not
    /// get yet, in clear; it goes first.
    pub(crate) fn face(&mut self, client: Keys, rest: &[u8]) {
        SCRATCH.with_borrow_mut(|(plain, wire)| {
            plain.clear();
            plain.extend_from_slice(rest);
            self.encrypt(plain, wire);
            self.unsent.extend_from_slice(wire);
        });
        self.client = Some(client);
    }

    /// Encrypts for the proxy into what goes over the wire.
    fn encrypt(&mut self, plain: &mut Vec<u8>, wire: &mut Vec<u8>) {
        self.taken += plain.len();
        self.keys.up.apply(plain);
        if let Some(init) = self.init.take() {
            plain.splice(0..0, init);
        }
        wire.clear();
        if self.records.is_some() { wrap(plain, wire) } else { wire.extend_from_slice(plain) }
    }

    fn poll_send(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut sent = 0;
        let result = loop {
            if sent == self.unsent.len() {
                break Poll::Ready(Ok(()));
            }
            match Pin::new(&mut self.socket).poll_write(cx, &self.unsent[sent..]) {
                Poll::Ready(Ok(0)) => break Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => sent += count,
                Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                Poll::Pending => break Poll::Pending,
            }
        };
        if sent == self.unsent.len() {
            // Idle connections keep no buffers.
            self.unsent = Vec::new();
        } else {
            self.unsent.drain(..sent);
        }
        result
    }

    fn decrypt(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = match &mut self.records {
            Some(records) => records.strip(bytes)?,
            None => bytes.len(),
        };
        let plain = &mut bytes[..count];
        self.keys.down.apply(plain);
        self.heard.feed(plain);
        if let Some(client) = &mut self.client {
            client.down.apply(plain);
        }
        Ok(count)
    }
}

impl AsyncRead for MtprotoStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buf.filled().len();
        if buf.remaining() == 0 {
            return Poll::Ready(Ok(()));
        }
        loop {
            ready!(Pin::new(&mut this.socket).poll_read(cx, buf))?;
            if buf.filled().len() == before {
                return Poll::Ready(Ok(()));
            }
            let count = this.decrypt(&mut buf.filled_mut()[before..])?;
            buf.set_filled(before + count);
            // Headers alone are nothing to hand on, and no end either.
            if count > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl AsyncWrite for MtprotoStream {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        // What goes with the first bytes is not sent before them.
        if this.init.is_none() {
            ready!(this.poll_send(cx))?;
        }
        let chunk = &bytes[..bytes.len().min(CHUNK)];
        SCRATCH.with_borrow_mut(|(plain, wire)| {
            plain.clear();
            plain.extend_from_slice(chunk);
            if let Some(client) = &mut this.client {
                client.up.apply(plain);
            }
            this.encrypt(plain, wire);
            let mut sent = 0;
            if this.unsent.is_empty() {
                match Pin::new(&mut this.socket).poll_write(cx, wire) {
                    Poll::Ready(Ok(count)) => sent = count,
                    Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                    Poll::Pending => {}
                }
            }
            this.unsent.extend_from_slice(&wire[sent..]);
            Poll::Ready(Ok(chunk.len()))
        })
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.socket).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(this.poll_send(cx))?;
        Pin::new(&mut this.socket).poll_shutdown(cx)
    }
}
