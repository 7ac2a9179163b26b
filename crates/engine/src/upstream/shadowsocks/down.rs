//! From the proxy: chunks are opened where they stand, in the reader's own room where that is large enough.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, ReadBuf};
use tokio::net::TcpStream;

use super::cipher::{Forged, Session, TAG};
use super::hello::{Heard, Unheard};

const LENGTH: usize = 2;
/// The longest thing that is sealed in one piece, with its tag.
const LONGEST: usize = 64 * 1024 + TAG;

thread_local! {
    static SCRATCH: RefCell<Box<[u8]>> = RefCell::new(vec![0; LONGEST].into_boxed_slice());
}

/// The way from the proxy.
#[derive(Debug)]
pub(super) struct Down {
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

// === impl Down ===

impl Down {
    pub(super) fn new(unheard: Unheard) -> Self {
        Self { next: Next::Hello(Box::new(unheard)), sealed: Vec::new(), opened: Vec::new(), read: 0 }
    }

    pub(super) fn poll_read(
        &mut self,
        cx: &mut Context<'_>,
        tcp: &mut TcpStream,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read < self.opened.len() {
            self.read += put(buf, &self.opened[self.read..]);
            if self.read == self.opened.len() {
                (self.opened, self.read) = (Vec::new(), 0);
            }
            return Poll::Ready(Ok(()));
        }
        if buf.remaining() >= LONGEST {
            let count = ready!(self.poll_open(cx, tcp, buf.initialize_unfilled()))?;
            buf.advance(count);
            return Poll::Ready(Ok(()));
        }
        SCRATCH.with_borrow_mut(|scratch| {
            let count = ready!(self.poll_open(cx, tcp, scratch))?;
            let opened = &scratch[..count];
            let taken = put(buf, opened);
            self.opened = opened[taken..].to_vec();
            Poll::Ready(Ok(()))
        })
    }

    /// Reads into a room, which holds the longest chunk, and opens there what is whole. Returns how many opened bytes stand at its front: none at the end.
    fn poll_open(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream, room: &mut [u8]) -> Poll<io::Result<usize>> {
        let mut have = self.sealed.len();
        room[..have].copy_from_slice(&self.sealed);
        loop {
            // What stood before the forged bytes was the proxy's and has been passed on.
            if matches!(self.next, Next::Nothing) {
                return Poll::Ready(Err(io::ErrorKind::InvalidData.into()));
            }
            let mut more = ReadBuf::new(&mut room[have..]);
            let ended = match Pin::new(&mut *tcp).poll_read(cx, &mut more) {
                Poll::Ready(Ok(())) if !more.filled().is_empty() => {
                    have += more.filled().len();
                    None
                }
                Poll::Ready(Ok(())) => Some(Poll::Ready(self.ended(have).map(|()| 0))),
                Poll::Ready(Err(error)) => Some(Poll::Ready(Err(error))),
                Poll::Pending => Some(Poll::Pending),
            };
            if let Some(ended) = ended {
                self.keep(&room[..have]);
                return ended;
            }
            let (used, opened) = self.open(&mut room[..have]);
            if opened > 0 {
                self.keep(&room[used..have]);
                return Poll::Ready(Ok(opened));
            }
            room.copy_within(used..have, 0);
            have -= used;
        }
    }

    /// Keeps what is not whole yet.
    fn keep(&mut self, sealed: &[u8]) {
        self.sealed.clear();
        self.sealed.extend_from_slice(sealed);
        if sealed.is_empty() {
            self.sealed = Vec::new();
        }
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

    /// Opens what is whole and moves it to the front. Returns how many bytes that used up, and how many it gave. Behind
    /// something forged nothing is used.
    fn open(&mut self, bytes: &mut [u8]) -> (usize, usize) {
        let (mut used, mut opened) = (0, 0);
        loop {
            let needs = self.needs();
            if matches!(self.next, Next::Nothing) || bytes.len() - used < needs {
                return (used, opened);
            }
            match self.open_next(&mut bytes[opened..used + needs], used - opened) {
                Ok(count) => opened += count,
                Err(Forged) => return (bytes.len(), opened),
            }
            used += needs;
        }
    }

    /// Opens the next thing, which stands behind a gap, and moves what it gives the reader to the front. Returns how much that
    /// is.
    fn open_next(&mut self, bytes: &mut [u8], gap: usize) -> Result<usize, Forged> {
        let (next, count) = match std::mem::replace(&mut self.next, Next::Nothing) {
            Next::Nothing => (Next::Nothing, 0),
            Next::Hello(unheard) => {
                let Heard { session, first_chunk } = unheard.open(&mut bytes[gap..])?;
                let next = match first_chunk {
                    Some(length) => Next::Chunk(session, length),
                    None => Next::Length(session),
                };
                (next, 0)
            }
            Next::Length(mut session) => {
                let length = session.open(&mut bytes[gap..])?;
                let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
                (Next::Chunk(session, length), 0)
            }
            Next::Chunk(mut session, length) => {
                session.open_to_front(bytes, gap)?;
                (Next::Length(session), length)
            }
        };
        self.next = next;
        Ok(count)
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
