//! Chunks: a sealed length and as many sealed bytes, again and again, each way.
//!
//! A connection that is idle owns no buffer: bytes are opened and sealed in scratch space that all connections of a thread
//! share, and only what the socket or the reader had no room for is kept.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::cipher::{Edition, Forged, Keys, Session, TAG};
use super::hello::{self, Heard, Unheard};
use crate::target::Target;
use crate::upstream::address;
use crate::upstream::unsent::Unsent;

const LENGTH: usize = 2;
/// Two of the longest chunks with their tags, and one that is not whole yet.
const SCRATCH: usize = 3 * (64 * 1024 + TAG);
/// Read beyond what the reader has room for: the lengths and tags between the bytes.
const BETWEEN: usize = 1024;
/// As much is sealed at once and sent with one call; eight chunks of SIP004.
const SEALED_AT_ONCE: usize = 8 * 0x3FFF;

thread_local! {
    static OPENED: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
    static SEALED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// A connection through a Shadowsocks proxy.
#[derive(Debug)]
pub struct ShadowsocksStream {
    tcp: TcpStream,
    up: Up,
    down: Down,
}

#[derive(Debug)]
struct Up {
    session: Session,
    edition: Edition,
    longest_chunk: usize,
    /// The target's address, while it was not sent.
    unsent: Option<Unsent>,
    /// Sealed bytes that the socket had no room for, and how many of them have left since. First of all, our salt.
    rest: Vec<u8>,
    left: usize,
}

#[derive(Debug)]
struct Down {
    next: Next,
    /// Bytes as they came, of what is not whole yet.
    sealed: Vec<u8>,
    /// Bytes that were opened and are still to be read.
    opened: Vec<u8>,
    read: usize,
}

/// What comes next from the proxy.
#[derive(Debug)]
enum Next {
    Hello(Box<Unheard>),
    Length(Session),
    Chunk(Session, usize),
    /// Somebody changed what came, or does not know the key: nothing after it can be believed.
    Nothing,
}

// === impl ShadowsocksStream ===

impl ShadowsocksStream {
    pub(super) fn new(tcp: TcpStream, keys: Keys, target: &Target) -> Self {
        let (edition, longest_chunk) = (keys.cipher.edition, keys.cipher.longest_chunk());
        let (rest, session, unheard) = hello::begin(keys);
        let mut words = Vec::with_capacity(262);
        address::push(target, &mut words);
        let up = Up { session, edition, longest_chunk, unsent: Some(Unsent::new(words)), rest, left: 0 };
        let next = Next::Hello(Box::new(unheard));
        Self { tcp, up, down: Down { next, sealed: Vec::new(), opened: Vec::new(), read: 0 } }
    }

    /// The connection to the proxy.
    pub fn socket(&self) -> &TcpStream {
        &self.tcp
    }
}

impl AsyncRead for ShadowsocksStream {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.up.unsent.as_mut().is_some_and(|unsent| unsent.poll_due(cx).is_ready()) {
            this.up.seal_alone();
        }
        if this.up.unsent.is_none()
            && let Poll::Ready(Err(error)) = this.up.poll_send(cx, &mut this.tcp)
        {
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
        if this.up.unsent.is_none() {
            ready!(this.up.poll_send(cx, &mut this.tcp))?;
        }
        let now = &bytes[..bytes.len().min(SEALED_AT_ONCE)];
        SEALED.with_borrow_mut(|scratch| this.up.seal_and_send(cx, &mut this.tcp, now, scratch))?;
        Poll::Ready(Ok(now.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.up.unsent.is_none() {
            ready!(this.up.poll_send(cx, &mut this.tcp))?;
        }
        Pin::new(&mut this.tcp).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.up.seal_alone();
        ready!(this.up.poll_send(cx, &mut this.tcp))?;
        Pin::new(&mut this.tcp).poll_shutdown(cx)
    }
}

// === impl Up ===

impl Up {
    /// Seals the target's address with nothing behind it, where it has not left yet.
    fn seal_alone(&mut self) {
        if self.unsent.is_some() {
            let mut sealed = std::mem::take(&mut self.rest);
            self.seal(&[], &mut sealed);
            self.rest = sealed;
        }
    }

    /// Seals bytes into the scratch space and sends what the socket takes. All that stood before has left, but for our salt.
    fn seal_and_send(
        &mut self,
        cx: &mut Context<'_>,
        tcp: &mut TcpStream,
        bytes: &[u8],
        scratch: &mut Vec<u8>,
    ) -> io::Result<()> {
        scratch.clear();
        scratch.append(&mut self.rest);
        self.rest = Vec::new();
        self.seal(bytes, scratch);
        let mut left = 0;
        while left < scratch.len() {
            match Pin::new(&mut *tcp).poll_write(cx, &scratch[left..]) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => left += count,
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => {
                    self.rest = scratch[left..].to_vec();
                    break;
                }
            }
        }
        Ok(())
    }

    fn seal(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(unsent) = self.unsent.take() else { return self.seal_chunks(bytes, out) };
        let address = unsent.into_words();
        match self.edition {
            Edition::Aead => self.seal_chunks(&[&address, bytes].concat(), out),
            Edition::Of2022 => {
                let taken = hello::seal_request(&mut self.session, &address, bytes, out);
                self.seal_chunks(&bytes[taken..], out);
            }
        }
    }

    fn seal_chunks(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for chunk in bytes.chunks(self.longest_chunk) {
            let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
            self.session.seal_to(&length.to_be_bytes(), out);
            self.session.seal_to(chunk, out);
        }
    }

    /// Sends what the socket had no room for.
    fn poll_send(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream) -> Poll<io::Result<()>> {
        while self.left < self.rest.len() {
            match ready!(Pin::new(&mut *tcp).poll_write(cx, &self.rest[self.left..]))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                count => self.left += count,
            }
        }
        self.left = 0;
        self.rest = Vec::new();
        Poll::Ready(Ok(()))
    }
}

// === impl Down ===

impl Down {
    fn poll_read(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.read < self.opened.len() {
            self.read += put(buf, &self.opened[self.read..]);
            if self.read == self.opened.len() {
                (self.opened, self.read) = (Vec::new(), 0);
            }
            return Poll::Ready(Ok(()));
        }
        OPENED.with_borrow_mut(|scratch| {
            let mut have = self.sealed.len();
            scratch[..have].copy_from_slice(&self.sealed);
            let (mut used, before) = (0, buf.filled().len());
            let result = loop {
                if let Ok(count) = self.open(&mut scratch[used..have], buf) {
                    used += count;
                } else {
                    (self.next, used) = (Next::Nothing, have);
                }
                // What stood before the forged bytes was the proxy's, and is passed on; the error comes with the next call.
                if buf.filled().len() > before {
                    break Poll::Ready(Ok(()));
                }
                if matches!(self.next, Next::Nothing) {
                    break Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
                }
                scratch.copy_within(used..have, 0);
                (have, used) = (have - used, 0);
                let most = (have + buf.remaining() + BETWEEN).max(self.needs()).min(scratch.len());
                let mut more = ReadBuf::new(&mut scratch[have..most]);
                match Pin::new(&mut *tcp).poll_read(cx, &mut more) {
                    Poll::Ready(Ok(())) if !more.filled().is_empty() => have += more.filled().len(),
                    Poll::Ready(Ok(())) => break Poll::Ready(self.ended(have)),
                    Poll::Ready(Err(error)) => break Poll::Ready(Err(error)),
                    Poll::Pending => break Poll::Pending,
                }
            };
            self.sealed.clear();
            self.sealed.extend_from_slice(&scratch[used..have]);
            if self.sealed.is_empty() {
                self.sealed = Vec::new();
            }
            result
        })
    }

    /// How many bytes the next thing takes.
    fn needs(&self) -> usize {
        match &self.next {
            Next::Hello(unheard) => unheard.length(),
            Next::Length(_) => LENGTH + TAG,
            Next::Chunk(_, length) => length + TAG,
            Next::Nothing => 0,
        }
    }

    /// Opens what is whole, as long as the reader has room. Returns how many bytes that used up.
    fn open(&mut self, bytes: &mut [u8], buf: &mut ReadBuf<'_>) -> Result<usize, Forged> {
        let mut used = 0;
        loop {
            let needs = self.needs();
            if bytes.len() - used < needs {
                return Ok(used);
            }
            let whole = &mut bytes[used..used + needs];
            self.next = match std::mem::replace(&mut self.next, Next::Nothing) {
                Next::Nothing => return Ok(used),
                Next::Hello(unheard) => {
                    let Heard { session, first_chunk } = unheard.open(whole)?;
                    match first_chunk {
                        Some(length) => Next::Chunk(session, length),
                        None => Next::Length(session),
                    }
                }
                Next::Length(mut session) => {
                    let length = session.open(whole)?;
                    let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                    Next::Chunk(session, length)
                }
                Next::Chunk(session, length) if length > 0 && buf.remaining() == 0 => {
                    self.next = Next::Chunk(session, length);
                    return Ok(used);
                }
                Next::Chunk(mut session, _) => {
                    let opened = session.open(whole)?;
                    let taken = put(buf, opened);
                    if taken < opened.len() {
                        self.opened = opened[taken..].to_vec();
                    }
                    Next::Length(session)
                }
            };
            used += needs;
            if !self.opened.is_empty() {
                return Ok(used);
            }
        }
    }

    /// The proxy has closed. Between two chunks that is the target's end, anywhere else the connection was cut.
    fn ended(&self, left: usize) -> io::Result<()> {
        let is_whole = left == 0 && matches!(self.next, Next::Hello(_) | Next::Length(_));
        if is_whole { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// Puts as much as there is room for.
fn put(buf: &mut ReadBuf<'_>, bytes: &[u8]) -> usize {
    let count = bytes.len().min(buf.remaining());
    buf.put_slice(&bytes[..count]);
    count
}
