//! What origins send, so that a client can tell whether it got all of it, once, and by one way.
//!
//! An answer is a row of blocks of [`BLOCK`] bytes. Each begins with the number of the proxy through which the origin
//! was asked, the id of the request and the block's place in the row; the rest follows from those three. A byte that
//! is missing, comes twice or comes from another proxy's answer therefore shows.

use sha2::{Digest, Sha256};

/// Bytes in a block.
pub const BLOCK: usize = 1024;
const HEAD: usize = 20;

/// The blocks of one answer, written or expected.
#[derive(Clone, Debug)]
pub struct Answer {
    via: u32,
    id: u64,
    length: usize,
}

/// Reads an answer as it comes.
#[derive(Debug)]
pub struct Check {
    id: u64,
    length: usize,
    expected: Option<Answer>,
    block: Vec<u8>,
    begun: Vec<u8>,
    seen: usize,
    hash: Sha256,
}

/// An answer that is not the one that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// At which byte.
    pub at: usize,
}

// === impl Answer ===

impl Answer {
    /// What the origin says to request `id` that came through proxy `via`.
    pub fn new(via: u32, id: u64, length: usize) -> Self {
        Self { via, id, length }
    }

    /// Its length in bytes.
    pub fn length(&self) -> usize {
        self.length
    }

    /// One of its blocks, the last one cut to length. Empty behind the end.
    pub fn block(&self, index: usize) -> Vec<u8> {
        let length = self.length.saturating_sub(index * BLOCK).min(BLOCK);
        let mut block = Vec::with_capacity(BLOCK);
        block.extend(self.via.to_be_bytes());
        block.extend(self.id.to_be_bytes());
        block.extend((index as u64).to_be_bytes());
        let mut state = self.id ^ ((index as u64) << 32) ^ u64::from(self.via) ^ 0x9E37_79B9_7F4A_7C15;
        while block.len() < BLOCK {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            block.extend(state.to_be_bytes());
        }
        block.truncate(length);
        block
    }

    fn digest(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        (0..self.length.div_ceil(BLOCK)).for_each(|index| hash.update(self.block(index)));
        hash.finalize().into()
    }
}

// === impl Check ===

impl Check {
    /// Expects so many bytes in answer to request `id`.
    pub fn new(id: u64, length: usize) -> Self {
        Self { id, length, expected: None, block: Vec::new(), begun: Vec::new(), seen: 0, hash: Sha256::new() }
    }

    /// Takes what came; an error if it is not what was to come.
    pub fn take(&mut self, mut bytes: &[u8]) -> Result<(), Wrong> {
        self.hash.update(bytes);
        while !bytes.is_empty() {
            if self.expected.is_none() {
                let wanted = HEAD.min(self.length) - self.begun.len();
                let (now, later) = bytes.split_at(wanted.min(bytes.len()));
                self.begun.extend(now);
                bytes = later;
                if self.begun.len() == HEAD.min(self.length) {
                    self.recognise()?;
                }
                continue;
            }
            let at = self.seen % BLOCK;
            if at == 0 {
                self.next_block();
            }
            let here = bytes.len().min(self.block.len().saturating_sub(at));
            if here == 0 || bytes[..here] != self.block[at..at + here] {
                return Err(Wrong { at: self.seen });
            }
            self.seen += here;
            bytes = &bytes[here..];
        }
        Ok(())
    }

    /// The first bytes say through which proxy the answer came.
    fn recognise(&mut self) -> Result<(), Wrong> {
        let via = self.begun.first_chunk().map_or(0, |bytes| u32::from_be_bytes(*bytes));
        self.expected = Some(Answer::new(via, self.id, self.length));
        self.next_block();
        if self.block[..self.begun.len()] != self.begun[..] {
            return Err(Wrong { at: 0 });
        }
        self.seen = self.begun.len();
        Ok(())
    }

    fn next_block(&mut self) {
        if let Some(expected) = &self.expected {
            self.block = expected.block(self.seen / BLOCK);
        }
    }

    /// Bytes that are to come in all.
    pub fn length(&self) -> usize {
        self.length
    }

    /// Bytes that came and were right.
    pub fn seen(&self) -> usize {
        self.seen
    }

    /// The proxy through which the answer came, once that is known.
    pub fn via(&self) -> Option<u32> {
        self.expected.as_ref().map(|answer| answer.via)
    }

    /// Whether all of it came: by length, and by the hash of everything.
    pub fn finish(self) -> Result<(), Wrong> {
        let whole = self.expected.as_ref().filter(|_| self.seen == self.length);
        let digest: [u8; 32] = self.hash.finalize().into();
        match whole {
            Some(answer) if answer.digest() == digest => Ok(()),
            _ => Err(Wrong { at: self.seen }),
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn sent(via: u32, length: usize) -> Vec<u8> {
        let answer = Answer::new(via, 7, length);
        (0..length.div_ceil(BLOCK)).flat_map(|index| answer.block(index)).collect()
    }

    fn read(bytes: &[u8], length: usize, step: usize) -> Result<Option<u32>, Wrong> {
        let mut check = Check::new(7, length);
        for chunk in bytes.chunks(step) {
            check.take(chunk)?;
        }
        let via = check.via();
        check.finish().map(|()| via)
    }

    #[test]
    fn an_answer_is_recognised_however_it_is_cut_up() {
        for length in [20, 21, 300, 1024, 1025, 5000] {
            for step in [1, 3, 1023, 9999] {
                assert_eq!(read(&sent(2, length), length, step), Ok(Some(2)), "{length} by {step}");
            }
        }
    }

    #[test]
    fn a_byte_that_is_missing_or_comes_twice_or_by_another_way_shows() {
        let good = sent(1, 5000);
        let missing = [&good[..100], &good[101..]].concat();
        let twice = [&good[..2000], &good[1999..]].concat();
        let block_twice = [&good[..2048], &good[1024..]].concat();
        let other = [&good[..2048], &sent(2, 5000)[2048..]].concat();
        for bad in [&missing, &twice, &block_twice, &other, &good[..4999].to_vec()] {
            assert!(read(bad, 5000, 700).is_err());
        }
        assert!(read(&[&good[..], b"x"].concat(), 5000, 700).is_err());
    }
}
