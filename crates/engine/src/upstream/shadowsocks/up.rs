//! To the proxy: the client's bytes are cut into chunks and sealed in scratch space that all connections of a thread share. Where
//! many come they are read from the client's socket to the very places where they are sealed.

use std::cell::RefCell;
use std::io::{self, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;

use super::cipher::{Edition, Session, TAG};
use super::hello;
use crate::upstream::unsent::Unsent;

/// A sealed length.
const HEAD: usize = 2 + TAG;
/// So many of SIP004's longest chunks are sealed at once and sent with one call.
const CHUNKS: usize = 8;
/// They, whole. SIP022's chunks are longer, and two of them fit.
const ROOM: usize = CHUNKS * (HEAD + 0x3FFF + TAG);

thread_local! {
    static SEALED: RefCell<Box<[u8]>> = RefCell::new(vec![0; ROOM].into_boxed_slice());
}

/// What kept bytes from being carried from one socket to another.
#[derive(Debug)]
pub(crate) enum Interrupted {
    /// They could not be read.
    Reading(io::Error),
    /// They could not be written.
    Writing(io::Error),
}

/// The way to the proxy.
#[derive(Debug)]
pub(super) struct Up {
    session: Session,
    edition: Edition,
    longest_chunk: usize,
    /// The target's address, while it was not sent.
    unsent: Option<Unsent>,
    /// Sealed bytes that the socket had no room for, and how many of them have left since. First of all, our salt.
    rest: Vec<u8>,
    left: usize,
}

// === impl Up ===

impl Up {
    /// Says `salt` before all, and `address` with the client's first bytes.
    pub(super) fn new(
        session: Session,
        edition: Edition,
        longest_chunk: usize,
        salt: Vec<u8>,
        address: Vec<u8>,
    ) -> Self {
        Self { session, edition, longest_chunk, unsent: Some(Unsent::new(address)), rest: salt, left: 0 }
    }

    /// Sends what the client has said, and the target's address alone when the client has waited long enough.
    pub(super) fn poll_go_on(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream) -> Poll<io::Result<()>> {
        if self.unsent.as_mut().is_some_and(|unsent| unsent.poll_due(cx).is_ready()) {
            self.seal_alone();
        }
        self.poll_flush(cx, tcp)
    }

    pub(super) fn poll_write(
        &mut self,
        cx: &mut Context<'_>,
        tcp: &mut TcpStream,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_flush(cx, tcp))?;
        if self.unsent.is_some() {
            let (taken, sealed) = self.seal_first(bytes);
            self.send(cx, tcp, &sealed)?;
            return Poll::Ready(Ok(taken));
        }
        SEALED.with_borrow_mut(|room| {
            let mut rest = bytes;
            for place in self.places(room) {
                let (piece, behind) = rest.split_at(rest.len().min(place.len()));
                place[..piece.len()].copy_from_slice(piece);
                rest = behind;
            }
            let taken = bytes.len() - rest.len();
            let sealed = self.seal_chunks(room, taken);
            self.send(cx, tcp, &room[..sealed])?;
            Poll::Ready(Ok(taken))
        })
    }

    /// The same with what a socket has for it, without a copy. Returns how much that was: nothing at the socket's end.
    #[cfg(target_os = "linux")]
    pub(super) fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        tcp: &mut TcpStream,
        source: &TcpStream,
    ) -> Poll<Result<usize, Interrupted>> {
        self.seal_alone();
        ready!(self.poll_flush(cx, tcp)).map_err(Interrupted::Writing)?;
        SEALED.with_borrow_mut(|room| {
            let read = loop {
                ready!(source.poll_read_ready(cx)).map_err(Interrupted::Reading)?;
                let mut places = self.places(room);
                let mut slices = [(); CHUNKS].map(|()| IoSliceMut::new(places.next().unwrap_or_default()));
                match source.try_read_vectored(&mut slices) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    ended => break ended.map_err(Interrupted::Reading)?,
                }
            };
            let sealed = self.seal_chunks(room, read);
            self.send(cx, tcp, &room[..sealed]).map_err(Interrupted::Writing)?;
            Poll::Ready(Ok(read))
        })
    }

    /// Sends what the socket had no room for. The target's address waits for the client's first bytes.
    pub(super) fn poll_flush(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream) -> Poll<io::Result<()>> {
        if self.unsent.is_some() {
            return Poll::Ready(Ok(()));
        }
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

    /// Sends everything: nothing more will come.
    pub(super) fn poll_end(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream) -> Poll<io::Result<()>> {
        self.seal_alone();
        self.poll_flush(cx, tcp)
    }

    /// Seals the target's address with nothing behind it, where it has not left yet.
    fn seal_alone(&mut self) {
        if self.unsent.is_some() {
            self.rest = self.seal_first(&[]).1;
        }
    }

    /// Sends what the socket takes of it and keeps the rest. All that stood before has left.
    fn send(&mut self, cx: &mut Context<'_>, tcp: &mut TcpStream, sealed: &[u8]) -> io::Result<()> {
        let mut left = 0;
        while left < sealed.len() {
            match Pin::new(&mut *tcp).poll_write(cx, &sealed[left..]) {
                Poll::Ready(Ok(0)) => return Err(io::ErrorKind::WriteZero.into()),
                Poll::Ready(Ok(count)) => left += count,
                Poll::Ready(Err(error)) => return Err(error),
                Poll::Pending => {
                    self.rest = sealed[left..].to_vec();
                    break;
                }
            }
        }
        Ok(())
    }

    /// Seals our salt, the target's address and as much of the client's first bytes as goes with them. Returns how much that is.
    fn seal_first(&mut self, bytes: &[u8]) -> (usize, Vec<u8>) {
        let mut sealed = std::mem::take(&mut self.rest);
        let address = self.unsent.take().map(Unsent::into_words).unwrap_or_default();
        if self.edition == Edition::Of2022 {
            let taken = hello::seal_request(&mut self.session, &address, bytes, &mut sealed);
            return (taken, sealed);
        }
        let taken = bytes.len().min(self.longest_chunk - address.len());
        let chunk = [&address, &bytes[..taken]].concat();
        let length = u16::try_from(chunk.len()).unwrap_or(u16::MAX);
        self.session.seal_to(&length.to_be_bytes(), &mut sealed);
        self.session.seal_to(&chunk, &mut sealed);
        (taken, sealed)
    }

    /// The places of chunks in the scratch space: each has its sealed length before it and its tag behind it.
    fn places<'r>(&self, room: &'r mut [u8]) -> impl Iterator<Item = &'r mut [u8]> + use<'r> {
        let longest = self.longest_chunk;
        room.chunks_exact_mut(HEAD + longest + TAG).map(move |chunk| &mut chunk[HEAD..HEAD + longest])
    }

    /// Seals so many bytes that stand in their places. Returns how many bytes there are to send.
    fn seal_chunks(&mut self, room: &mut [u8], count: usize) -> usize {
        let (mut rest, mut sealed) = (count, 0);
        for chunk in room.chunks_exact_mut(HEAD + self.longest_chunk + TAG) {
            if rest == 0 {
                break;
            }
            let count = rest.min(self.longest_chunk);
            let (head, chunk) = chunk.split_at_mut(HEAD);
            head[..2].copy_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
            for (message, length) in [(head, 2), (chunk, count)] {
                let tag = self.session.seal(&mut message[..length]);
                message[length..length + TAG].copy_from_slice(&tag);
            }
            sealed += HEAD + count + TAG;
            rest -= count;
        }
        sealed
    }
}
