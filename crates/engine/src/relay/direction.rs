//! One of the two ways of a connection: from its source to its sink.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Buf, Bytes};
use tokio::io::ReadBuf;

use super::During;
use super::end::End;
use super::framing::Framing;
#[cfg(target_os = "linux")]
use super::splice::{Pipe, Spliced};
#[cfg(target_os = "linux")]
use crate::upstream::Interrupted;
use crate::upstream::Stream;

/// Bytes read at once when copying. One buffer of this size stands for all connections of a thread. Measured with
/// Shadowsocks: 64 KiB costs a twentieth more processor time per byte, for each write wakes whoever reads.
const SCRATCH: usize = 128 * 1024;

/// A read of so many bytes is a full one: there is more where it came from.
#[cfg(target_os = "linux")]
const FULL: usize = 64 * 1024;

/// Chunks moved before others get their turn, and the bytes after which their turn comes sooner. Fewer would be fairer
/// still and cost more: half a millisecond of one processor is what this is.
const CHUNKS_PER_TURN: usize = 16;
const BYTES_PER_TURN: u64 = 4 * 1024 * 1024;

/// A stream is followed for so many bytes: a censor that freezes connections does so sooner.
const FOLLOWED: u64 = 64 * 1024;

thread_local! {
    static SCRATCH_BUFFER: RefCell<Box<[u8]>> = RefCell::new(vec![0; SCRATCH].into_boxed_slice());
}

/// One way of a connection. Owns no buffer but for bytes that were read and could not be written at once.
#[derive(Debug)]
pub(super) struct Direction {
    rest: Rest,
    stage: Stage,
    method: Method,
    moved: u64,
    framing: Framing,
}

/// What was read and is still to be written.
#[derive(Debug)]
enum Rest {
    Nothing,
    Copied(Bytes),
    #[cfg(target_os = "linux")]
    Piped(Pipe),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    /// The source is at its end, the sink has not been told.
    Ending,
    /// The sink was told, or will be by the closing of its socket.
    PassedOn,
    /// The source or the sink failed, and the sink was told nothing.
    Abandoned,
}

/// How bytes are moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub(super) enum Method {
    /// Through this program; `full` reads in a row were full ones.
    Copy { full: u8 },
    /// Through this program, for good: the kernel would not.
    AlwaysCopy,
    /// Inside the kernel; `small` chunks in a row were not worth it.
    #[cfg(target_os = "linux")]
    Splice { small: u8 },
    /// Inside the kernel however small the chunks, so that tests can tell the methods apart.
    #[cfg(all(test, target_os = "linux"))]
    AlwaysSplice,
}

/// What a turn has come to, when it has not come to a wait.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// There may be more to move, but it is others' turn.
    More,
    Done,
}

/// What failed of a way, and how.
pub(super) type Failure = (During, io::ErrorKind);

// === impl Direction ===

impl Direction {
    /// A way whose first bytes are known already.
    pub(super) fn new(first: Bytes) -> Self {
        let rest = if first.is_empty() { Rest::Nothing } else { Rest::Copied(first) };
        Self { rest, stage: Stage::Open, method: Method::Copy { full: 0 }, moved: 0, framing: Framing::Unknown }
    }

    /// A way from a target, whose start is followed to see whether it gets cut. Telegram's own messages say that.
    pub(super) fn from(target: &Stream, first: Bytes) -> Self {
        if matches!(target, Stream::Mtproto(_)) {
            return Self::new(first);
        }
        let mut framing = Framing::default();
        framing.feed(&first);
        Self { framing, ..Self::new(first) }
    }

    #[cfg(test)]
    pub(super) fn force(&mut self, method: Method) {
        self.method = method;
    }

    /// Bytes written to the sink.
    pub(super) fn moved(&self) -> u64 {
        self.moved
    }

    /// Whether more must come from the target, and nothing of what came is left to pass on.
    pub(super) fn is_cut_short(&self, target: &Stream) -> bool {
        let is_waiting = matches!(self.rest, Rest::Nothing) && self.stage == Stage::Open;
        is_waiting && (self.framing.is_cut_short() || target.is_inside_a_message())
    }

    pub(super) fn stage(&self) -> Stage {
        self.stage
    }

    /// Nothing more will be moved.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.stage, Stage::PassedOn | Stage::Abandoned)
    }

    /// Everything was moved, and the sink knows it.
    pub(super) fn is_passed_on(&self) -> bool {
        self.stage == Stage::PassedOn
    }

    /// Gives up, with what was read and not written.
    pub(super) fn abandon(&mut self) {
        self.rest = Rest::Nothing;
        self.stage = Stage::Abandoned;
    }

    /// Moves what can be moved without waiting. `back` is how far the other way is.
    pub(super) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut impl End,
        sink: &mut impl End,
        back: Stage,
    ) -> Poll<Result<Turn, Failure>> {
        let turn_ends = self.moved + BYTES_PER_TURN;
        for _ in 0..CHUNKS_PER_TURN {
            ready!(self.poll_write_rest(cx, sink)).map_err(writing)?;
            match self.stage {
                Stage::Open if self.moved >= turn_ends => break,
                Stage::Open => {}
                Stage::Ending => {
                    ready!(self.poll_end(cx, sink, back)).map_err(writing)?;
                    return Poll::Ready(Ok(Turn::Done));
                }
                Stage::PassedOn | Stage::Abandoned => return Poll::Ready(Ok(Turn::Done)),
            }
            if self.poll_chunk(cx, source, sink)?.is_pending() {
                // TLS may hold a record back that the socket had no room for.
                ready!(Pin::new(&mut *sink).poll_flush(cx)).map_err(writing)?;
                return Poll::Pending;
            }
        }
        Poll::Ready(Ok(Turn::More))
    }

    fn poll_write_rest(&mut self, cx: &mut Context<'_>, sink: &mut impl End) -> Poll<io::Result<()>> {
        loop {
            match &mut self.rest {
                Rest::Nothing => return Poll::Ready(Ok(())),
                Rest::Copied(bytes) => {
                    let written = ready!(Pin::new(&mut *sink).poll_write(cx, bytes))?;
                    self.moved += counted(written)?;
                    bytes.advance(written);
                    if bytes.is_empty() {
                        self.rest = Rest::Nothing;
                    }
                }
                #[cfg(target_os = "linux")]
                Rest::Piped(pipe) => {
                    // Only bare sockets are spliced.
                    let Some(socket) = sink.plain() else { return Poll::Ready(Err(io::ErrorKind::Unsupported.into())) };
                    match ready!(pipe.poll_empty_into(cx, socket))? {
                        Spliced::Bytes(written) => {
                            self.moved += counted(written)?;
                            if pipe.is_empty() {
                                self.rest = Rest::Nothing;
                            }
                        }
                        Spliced::Refused => {
                            self.method = Method::AlwaysCopy;
                            self.rest = Rest::Copied(pipe.read_out()?);
                        }
                    }
                }
            }
        }
    }

    fn poll_end(&mut self, cx: &mut Context<'_>, sink: &mut impl End, back: Stage) -> Poll<io::Result<()>> {
        self.stage = match back {
            // A source that could not be written to was reset: what looks like its orderly end need not be one.
            Stage::Abandoned => Stage::Abandoned,
            // Closing a bare socket says the same as shutting it down: one call to the kernel less.
            Stage::PassedOn if sink.plain().is_some() => Stage::PassedOn,
            _ => {
                ready!(Pin::new(sink).poll_shutdown(cx))?;
                Stage::PassedOn
            }
        };
        Poll::Ready(Ok(()))
    }

    /// Reads one chunk, and writes what the sink takes of it.
    fn poll_chunk(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut impl End,
        sink: &mut impl End,
    ) -> Poll<Result<(), Failure>> {
        #[cfg(target_os = "linux")]
        if self.method.is_splice()
            && let (Some(from), Some(_)) = (source.plain(), sink.plain())
        {
            ready!(from.poll_read_ready(cx)).map_err(reading)?;
            if let Some(mut pipe) = Pipe::take() {
                match ready!(pipe.poll_fill_from(cx, from)).map_err(reading)? {
                    Spliced::Bytes(0) => self.stage = Stage::Ending,
                    Spliced::Bytes(read) => {
                        self.method.saw(read);
                        self.rest = Rest::Piped(pipe);
                    }
                    Spliced::Refused => self.method = Method::AlwaysCopy,
                }
                return Poll::Ready(Ok(()));
            }
            // Asked again after a while: pipes come back.
            self.method = Method::Copy { full: 0 };
        }
        #[cfg(target_os = "linux")]
        if self.method.is_splice()
            && let (Some(from), Some(sealing)) = (source.plain(), sink.sealing())
        {
            let sealed = ready!(sealing.poll_write_from(cx, from)).map_err(|interrupted| match interrupted {
                Interrupted::Reading(error) => reading(error),
                Interrupted::Writing(error) => writing(error),
            })?;
            self.method.saw(sealed);
            self.moved += sealed as u64;
            if sealed == 0 {
                self.stage = Stage::Ending;
            }
            return Poll::Ready(Ok(()));
        }
        SCRATCH_BUFFER.with_borrow_mut(|scratch| self.poll_copy(cx, source, sink, scratch))
    }

    fn poll_copy(
        &mut self,
        cx: &mut Context<'_>,
        source: &mut impl End,
        sink: &mut impl End,
        scratch: &mut [u8],
    ) -> Poll<Result<(), Failure>> {
        let mut chunk = ReadBuf::new(scratch);
        ready!(Pin::new(source).poll_read(cx, &mut chunk)).map_err(reading)?;
        let mut chunk = chunk.filled();
        if chunk.is_empty() {
            self.stage = Stage::Ending;
            return Poll::Ready(Ok(()));
        }
        self.method.saw(chunk.len());
        if self.moved < FOLLOWED {
            self.framing.feed(chunk);
        } else {
            self.framing = Framing::Unknown;
        }
        while !chunk.is_empty() {
            let Poll::Ready(written) = Pin::new(&mut *sink).poll_write(cx, chunk) else {
                self.rest = Rest::Copied(Bytes::copy_from_slice(chunk));
                break;
            };
            let written = written.map_err(writing)?;
            self.moved += counted(written).map_err(writing)?;
            chunk = &chunk[written..];
        }
        Poll::Ready(Ok(()))
    }
}

fn counted(written: usize) -> io::Result<u64> {
    if written == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    Ok(written as u64)
}

#[allow(clippy::needless_pass_by_value)]
fn reading(error: io::Error) -> Failure {
    (During::Reading, error.kind())
}

#[allow(clippy::needless_pass_by_value)]
fn writing(error: io::Error) -> Failure {
    (During::Writing, error.kind())
}

// === impl Method ===

impl Method {
    /// Full reads in a row that make a bulk transfer.
    #[cfg(target_os = "linux")]
    const BULK: u8 = 3;
    /// A spliced chunk below this costs more than copying it.
    #[cfg(target_os = "linux")]
    const SMALL: usize = 16 * 1024;
    /// Small chunks in a row that end a bulk transfer.
    #[cfg(target_os = "linux")]
    const QUIET: u8 = 4;

    #[cfg(target_os = "linux")]
    fn is_splice(self) -> bool {
        #[cfg(test)]
        if self == Self::AlwaysSplice {
            return true;
        }
        matches!(self, Self::Splice { .. })
    }

    /// Learns from the size of a chunk how the next is best moved.
    #[cfg(target_os = "linux")]
    pub(super) fn saw(&mut self, chunk: usize) {
        *self = match *self {
            Self::Copy { .. } if chunk < FULL => Self::Copy { full: 0 },
            Self::Copy { full } if full + 1 < Self::BULK => Self::Copy { full: full + 1 },
            Self::Copy { .. } => Self::Splice { small: 0 },
            Self::Splice { .. } if chunk >= Self::SMALL => Self::Splice { small: 0 },
            Self::Splice { small } if small + 1 < Self::QUIET => Self::Splice { small: small + 1 },
            Self::Splice { .. } => Self::Copy { full: 0 },
            Self::AlwaysCopy => Self::AlwaysCopy,
            #[cfg(test)]
            Self::AlwaysSplice => Self::AlwaysSplice,
        };
    }

    #[cfg(not(target_os = "linux"))]
    #[allow(clippy::unused_self)]
    pub(super) fn saw(&mut self, _chunk: usize) {}
}
