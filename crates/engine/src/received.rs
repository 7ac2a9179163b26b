//! What the other side has sent so far, read piece by piece and never more than a message may hold.

use std::io::{Error, ErrorKind};

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// Bytes that were read and not yet taken. What came beyond a message stays here and is handed on.
#[derive(Debug)]
pub(crate) struct Received {
    bytes: BytesMut,
    most: usize,
}

/// Room for a whole handshake of any SOCKS, so that most need one buffer and one read.
const ROOM: usize = 512;

impl Received {
    /// At most so many bytes at once.
    pub(crate) fn at_most(most: usize) -> Self {
        Self { bytes: BytesMut::new(), most }
    }

    /// Reads until `count` bytes are there. [`ErrorKind::UnexpectedEof`] where the other side closes before,
    /// [`ErrorKind::FileTooLarge`] where they would be more than allowed.
    pub(crate) async fn need<S: AsyncRead + Unpin>(&mut self, stream: &mut S, count: usize) -> Result<&[u8], Error> {
        while self.bytes.len() < count {
            self.more(stream).await?;
        }
        Ok(&self.bytes[..count])
    }

    /// Reads until `byte` has come, and tells where it stands.
    pub(crate) async fn until<S>(&mut self, stream: &mut S, from: usize, byte: u8) -> Result<usize, Error>
    where
        S: AsyncRead + Unpin,
    {
        let mut searched = from;
        loop {
            if let Some(found) = self.bytes.get(searched..).and_then(|new| new.iter().position(|one| *one == byte)) {
                return Ok(searched + found);
            }
            searched = self.bytes.len().max(from);
            self.more(stream).await?;
        }
    }

    /// Reads once.
    pub(crate) async fn more<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> Result<(), Error> {
        let room = self.most.saturating_sub(self.bytes.len());
        if room == 0 {
            return Err(ErrorKind::FileTooLarge.into());
        }
        self.bytes.reserve(room.min(ROOM));
        if stream.read_buf(&mut self.bytes).await? == 0 { Err(ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }

    /// All that is here.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes bytes off the front.
    pub(crate) fn take(&mut self, count: usize) {
        let _ = self.bytes.split_to(count);
    }

    /// What was not taken.
    pub(crate) fn rest(self) -> Bytes {
        self.bytes.freeze()
    }
}
