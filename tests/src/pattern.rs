//! Many bytes that are nowhere kept: each block is numbered, so that a lost, doubled or exchanged one changes the digest.

use std::io::Read;

use sha2::{Digest, Sha256};

const BLOCK: usize = 64 << 10;

/// A stream of a given length, the same at every reading.
#[derive(Debug)]
pub struct Pattern {
    block: Vec<u8>,
    at: u64,
    len: u64,
}

impl Pattern {
    /// So many bytes.
    pub fn new(len: u64) -> Self {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let block = std::iter::repeat_with(|| {
            // Xorshift: cheap, and nothing that compresses or repeats within a block.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()
        });
        Self { block: block.take(BLOCK / 8).flatten().collect(), at: 0, len }
    }
}

impl Read for Pattern {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let block = BLOCK as u64;
        let number = self.at / block;
        self.block[..8].copy_from_slice(&number.to_le_bytes());
        let offset = usize::try_from(self.at % block).expect("less than a block");
        let left = usize::try_from(self.len - self.at).unwrap_or(usize::MAX);
        let count = buffer.len().min(BLOCK - offset).min(left);
        buffer[..count].copy_from_slice(&self.block[offset..offset + count]);
        self.at += count as u64;
        Ok(count)
    }
}

/// The SHA-256 digest of everything that comes, in lower-case hexadecimal, and how many bytes it was.
pub fn digest(mut from: impl Read) -> (String, u64) {
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 << 10];
    let mut len = 0;
    loop {
        match from.read(&mut buffer).expect("it can be read") {
            0 => break,
            read => {
                hash.update(&buffer[..read]);
                len += read as u64;
            }
        }
    }
    let hexadecimal = hash.finalize().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"));
    (hexadecimal, len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_same_whatever_the_pieces_it_is_read_in() {
        let whole = digest(Pattern::new(200_000));
        let mut pieces = Vec::new();
        let mut pattern = Pattern::new(200_000);
        let mut piece = [0; 777];
        while let Ok(read @ 1..) = pattern.read(&mut piece) {
            pieces.extend_from_slice(&piece[..read]);
        }
        assert_eq!(digest(pieces.as_slice()), whole);
        pieces.swap(0, 70_000);
        assert_ne!(digest(pieces.as_slice()), whole);
    }

    #[test]
    fn the_digest_is_the_one_that_everybody_computes() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(digest(&b"abc"[..]), (expected.to_owned(), 3));
    }
}
