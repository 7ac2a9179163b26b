//! Moving bytes from socket to socket inside the kernel, with splice(2) and a pipe between them.

use std::cell::RefCell;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use rustix::io::Errno;
use rustix::pipe::{PipeFlags, SpliceFlags, fcntl_setpipe_size, pipe_with, splice};
use tokio::io::Interest;
use tokio::net::TcpStream;

/// Bytes that a pipe is asked to hold; as many as Linux lets any user have. Measured on loopback: 64 KiB costs as much
/// processor time as copying, 256 KiB two thirds of it, 1 MiB half.
const PIPE_SIZE: usize = 1024 * 1024;

/// Below this a pipe is not worth having. The kernel makes them smaller when the user has too many.
const LEAST_PIPE_SIZE: usize = 256 * 1024;

/// Pipes in the whole program: a quarter of what Linux lets a user have before it makes them smaller. A connection
/// holds one only while there is something in it; when all are held, others copy.
const PIPES: usize = 16;

/// Empty pipes that a thread keeps.
const SPARE_PIPES: usize = 4;

static PIPES_OPEN: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    static SPARE: RefCell<Vec<Ends>> = const { RefCell::new(Vec::new()) };
}

/// A pipe of the pool. Dropping it gives it back when it is empty, and closes it when it is not.
#[derive(Debug)]
pub(super) struct Pipe {
    /// There until the drop.
    ends: Option<Ends>,
    filled: usize,
}

#[derive(Debug)]
struct Ends {
    read: OwnedFd,
    write: OwnedFd,
    size: usize,
    _permit: Permit,
}

/// The right to one of the [`PIPES`].
#[derive(Debug)]
struct Permit;

/// What came of a splice.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Spliced {
    /// So many bytes were moved; none is the end of the stream.
    Bytes(usize),
    /// The kernel does not splice here. No byte was moved or lost.
    Refused,
}

// === impl Pipe ===

impl Pipe {
    /// An empty pipe, unless all are in use or the system has none.
    pub(super) fn take() -> Option<Self> {
        let ends = SPARE.with_borrow_mut(Vec::pop).or_else(Ends::open)?;
        Some(Self { ends: Some(ends), filled: 0 })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Fills an empty pipe. Only an empty one: then "would block" can only mean that the socket has nothing.
    pub(super) fn poll_fill_from(&mut self, cx: &mut Context<'_>, socket: &TcpStream) -> Poll<io::Result<Spliced>> {
        debug_assert!(self.is_empty(), "a pipe that may be full makes 'would block' ambiguous");
        let Some(ends) = &self.ends else { return Poll::Ready(Ok(Spliced::Refused)) };
        loop {
            ready!(socket.poll_read_ready(cx))?;
            let moved =
                socket.try_io(Interest::READABLE, || Ok(splice(socket, None, &ends.write, None, ends.size, flags())?));
            if let Some(spliced) = settle(moved)? {
                if let Spliced::Bytes(read) = spliced {
                    self.filled = read;
                }
                return Poll::Ready(Ok(spliced));
            }
        }
    }

    /// Empties the pipe as far as the socket takes it. The pipe is not empty, so "would block" is the socket's.
    pub(super) fn poll_empty_into(&mut self, cx: &mut Context<'_>, socket: &TcpStream) -> Poll<io::Result<Spliced>> {
        let Some(ends) = &self.ends else { return Poll::Ready(Ok(Spliced::Refused)) };
        loop {
            ready!(socket.poll_write_ready(cx))?;
            let moved =
                socket.try_io(Interest::WRITABLE, || Ok(splice(&ends.read, None, socket, None, self.filled, flags())?));
            if let Some(spliced) = settle(moved)? {
                if let Spliced::Bytes(written) = spliced {
                    self.filled -= written;
                }
                return Poll::Ready(Ok(spliced));
            }
        }
    }

    /// Takes the bytes out, for when the sink cannot be spliced to.
    pub(super) fn read_out(&mut self) -> io::Result<Bytes> {
        let Some(ends) = &self.ends else { return Ok(Bytes::new()) };
        let mut bytes = vec![0; self.filled];
        let mut pipe = Reader(ends);
        pipe.read_exact(&mut bytes)?;
        self.filled = 0;
        Ok(bytes.into())
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        if let Some(ends) = self.ends.take()
            && self.is_empty()
        {
            // On a thread that is ending, the pipe is closed instead.
            let _ = SPARE.try_with(|spare| {
                let mut spare = spare.borrow_mut();
                if spare.len() < SPARE_PIPES {
                    spare.push(ends);
                }
            });
        }
    }
}

fn flags() -> SpliceFlags {
    SpliceFlags::MOVE | SpliceFlags::NONBLOCK
}

/// Tells a kernel that does not splice from a socket that failed. `None`: the socket was not ready after all.
fn settle(moved: io::Result<usize>) -> io::Result<Option<Spliced>> {
    let error = match moved {
        Ok(moved) => return Ok(Some(Spliced::Bytes(moved))),
        Err(error) => error,
    };
    if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) {
        return Ok(None);
    }
    match Errno::from_io_error(&error) {
        Some(Errno::INVAL | Errno::NOSYS | Errno::OPNOTSUPP | Errno::PERM | Errno::NOMEM | Errno::BADF) => {
            Ok(Some(Spliced::Refused))
        }
        _ => Err(error),
    }
}

// === impl Ends ===

impl Ends {
    fn open() -> Option<Self> {
        let permit = Permit::take()?;
        let (read, write) = pipe_with(PipeFlags::NONBLOCK | PipeFlags::CLOEXEC).ok()?;
        let size = [PIPE_SIZE, LEAST_PIPE_SIZE].into_iter().find_map(|size| fcntl_setpipe_size(&write, size).ok())?;
        Some(Self { read, write, size, _permit: permit })
    }
}

// === impl Permit ===

impl Permit {
    fn take() -> Option<Self> {
        // The drop gives back what was taken one too many.
        let permit = Self;
        (PIPES_OPEN.fetch_add(1, Ordering::Relaxed) < PIPES).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        PIPES_OPEN.fetch_sub(1, Ordering::Relaxed);
    }
}

struct Reader<'a>(&'a Ends);

impl Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(&self.0.read, buffer)?)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::future::poll_fn;

    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    use super::*;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let (near, far) = tokio::join!(TcpStream::connect(listener.local_addr().unwrap()), listener.accept());
        (near.unwrap(), far.unwrap().0)
    }

    /// Other tests use pipes too, and may have them all for a moment.
    async fn pipe() -> Pipe {
        loop {
            match Pipe::take() {
                Some(pipe) => return pipe,
                None => tokio::task::yield_now().await,
            }
        }
    }

    #[tokio::test]
    async fn what_cannot_be_spliced_on_is_read_out_whole() {
        let (mut near, far) = pair().await;
        near.write_all(b"not a byte is lost").await.unwrap();
        let mut pipe = pipe().await;
        let filled = poll_fn(|cx| pipe.poll_fill_from(cx, &far)).await.unwrap();
        assert_eq!(filled, Spliced::Bytes(18));
        assert!(!pipe.is_empty());
        assert_eq!(pipe.read_out().unwrap(), "not a byte is lost");
        assert!(pipe.is_empty());
    }

    #[test]
    fn a_kernel_that_does_not_splice_is_told_from_a_socket_that_failed() {
        let of = |errno: Errno| settle(Err(errno.into()));
        assert_eq!(of(Errno::INVAL).unwrap(), Some(Spliced::Refused));
        assert_eq!(of(Errno::AGAIN).unwrap(), None);
        assert_eq!(of(Errno::CONNRESET).unwrap_err().kind(), io::ErrorKind::ConnectionReset);
        assert_eq!(of(Errno::PIPE).unwrap_err().kind(), io::ErrorKind::BrokenPipe);
    }

    #[test]
    fn there_is_an_end_of_pipes_and_it_is_not_for_ever() {
        // Other tests give and take meanwhile, so only the bound is certain.
        let held: Vec<_> = std::iter::from_fn(Ends::open).take(PIPES + 1).collect();
        assert!(held.len() <= PIPES);
        drop(held);
        assert!((0..100_000).any(|_| Ends::open().is_some()));
    }
}
