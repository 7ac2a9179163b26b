//! What Telegram's clients, proxies and data centres say to each other, written from the documents and not from ours:
//! the obfuscated transport (<https://core.telegram.org/mtproto/mtproto-transports>), and just enough messages.

use std::io;

use aes::Aes256;
use aes::cipher::{KeyIvInit, StreamCipher};
use ctr::Ctr128BE;
use ring::rand::{SecureRandom, SystemRandom};
use sha2::{Digest, Sha256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex};

use crate::sign::{Answer, BLOCK};

/// What a client and its proxy both know.
pub(crate) type Key = [u8; 16];
/// The bytes that begin an obfuscated connection.
pub(crate) type Beginning = [u8; 64];

/// The padded intermediate transport.
const TRANSPORT: [u8; 4] = [0xdd; 4];
/// The data centre that the lab's clients ask for.
const DATA_CENTRE: i16 = 2;
const REQ_PQ_MULTI: u32 = 0xbe7e_8ef1;
const RES_PQ: u32 = 0x0516_2463;
/// A message without a key of its own begins with so many zeros.
const NO_KEY: [u8; 8] = [0; 8];
/// The key's number in messages of the lab's own.
const LABS: [u8; 8] = *b"LABS-KEY";
const ROOM: usize = 64 << 10;
const LONGEST_MESSAGE: usize = 1 << 20;
/// Bytes of an answer in one message.
const PIECE: usize = 16 << 10;

/// The two ciphers of a connection, from the client and to it. Applied twice they give back what was there.
pub(crate) struct Ciphers {
    up: Ctr128BE<Aes256>,
    down: Ctr128BE<Aes256>,
}

// === impl Ciphers ===

impl Ciphers {
    fn of(beginning: &Beginning, key: &Key) -> Self {
        let forwards: [u8; 48] = std::array::from_fn(|at| beginning[8 + at]);
        let backwards: [u8; 48] = std::array::from_fn(|at| beginning[55 - at]);
        let cipher = |bytes: [u8; 48]| {
            let hash = Sha256::new().chain_update(&bytes[..32]).chain_update(key).finalize();
            let vector: [u8; 16] = std::array::from_fn(|at| bytes[32 + at]);
            Ctr128BE::new(&hash, &vector.into())
        };
        Self { up: cipher(forwards), down: cipher(backwards) }
    }

    /// For a client that begins.
    pub(crate) fn begin(key: &Key) -> io::Result<(Beginning, Self)> {
        let mut beginning = random::<64>()?;
        // What others are known by: a first byte of none of them, and no zeros where theirs are.
        (beginning[0], beginning[4]) = (1, 1);
        beginning[56..60].copy_from_slice(&TRANSPORT);
        beginning[60..62].copy_from_slice(&DATA_CENTRE.to_le_bytes());
        let mut ciphers = Self::of(&beginning, key);
        let mut encrypted = beginning;
        ciphers.up.apply_keystream(&mut encrypted);
        beginning[56..].copy_from_slice(&encrypted[56..]);
        Ok((beginning, ciphers))
    }

    /// For the proxy that a client began with. `None` where it has another key.
    pub(crate) fn accept(beginning: &Beginning, key: &Key) -> Option<Self> {
        let mut ciphers = Self::of(beginning, key);
        let mut plain = *beginning;
        ciphers.up.apply_keystream(&mut plain);
        (plain[56..60] == TRANSPORT).then_some(ciphers)
    }

    /// What a client says and hears in the clear, over a connection that it has begun.
    pub(crate) fn around(self, stream: impl AsyncRead + AsyncWrite + Send + 'static) -> DuplexStream {
        Self { up: self.down, down: self.up }.take_off(stream)
    }

    /// The same for a proxy, and a connection that it has accepted.
    pub(crate) fn take_off(self, stream: impl AsyncRead + AsyncWrite + Send + 'static) -> DuplexStream {
        let (near, far) = duplex(ROOM);
        let (their_words, to_them) = tokio::io::split(stream);
        let (our_words, to_us) = tokio::io::split(far);
        // They end with the connection, and with our side of it.
        tokio::spawn(apply(self.up, their_words, to_us));
        tokio::spawn(apply(self.down, our_words, to_them));
        near
    }
}

/// Bytes that nobody can foretell.
pub(crate) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| io::Error::other("no random bytes"))?;
    Ok(bytes)
}

/// Passes bytes on and applies a cipher to them. An end of any kind is passed on too: the other side would wait for ever.
async fn apply(
    mut cipher: Ctr128BE<Aes256>,
    mut from: ReadHalf<impl AsyncRead>,
    mut to: WriteHalf<impl AsyncWrite>,
) -> io::Result<()> {
    let mut buffer = vec![0; PIECE];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return to.shutdown().await;
        }
        cipher.apply_keystream(&mut buffer[..read]);
        to.write_all(&buffer[..read]).await?;
    }
}

// === messages ===

/// What every client asks first (<https://core.telegram.org/mtproto/auth_key>).
pub(crate) fn req_pq_multi(nonce: [u8; 16]) -> Vec<u8> {
    let parts: [&[u8]; 5] =
        [&NO_KEY, &[0, 0, 0, 0, 1, 0, 0, 0], &20_u32.to_le_bytes(), &REQ_PQ_MULTI.to_le_bytes(), &nonce];
    parts.concat()
}

/// Whether a message is the answer to that, and by which proxy it came: the lab's data centre says so.
pub(crate) fn res_pq(message: &[u8], nonce: [u8; 16]) -> Option<u32> {
    let is_answer = message.get(20..24) == Some(&RES_PQ.to_le_bytes()) && message.get(24..40) == Some(&nonce);
    let via = message.get(40..44).filter(|_| is_answer)?;
    via.first_chunk().map(|bytes| u32::from_be_bytes(*bytes))
}

/// Asks the lab's data centre for so many bytes.
pub(crate) fn request(id: u64, length: usize) -> Vec<u8> {
    [&LABS[..], &id.to_be_bytes(), &(length as u64).to_be_bytes()].concat()
}

/// What an answer's message holds.
pub(crate) fn piece(message: &[u8]) -> Option<&[u8]> {
    message.strip_prefix(&LABS)
}

/// A message with its length before it.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
    [&length.to_le_bytes(), message].concat()
}

/// The next message. `None` at the end.
pub(crate) async fn message(from: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Vec<u8>>> {
    let length = match from.read_u32_le().await {
        Ok(length) => usize::try_from(length).unwrap_or(usize::MAX),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        Err(error) => return Err(error),
    };
    if length > LONGEST_MESSAGE {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut message = vec![0; length];
    from.read_exact(&mut message).await?;
    Ok(Some(message))
}

/// A data centre as far as the lab needs one, behind proxies that take the obfuscation off.
pub(crate) async fn serve(mut client: impl AsyncRead + AsyncWrite + Unpin, via: u32) -> io::Result<()> {
    while let Some(asked) = message(&mut client).await? {
        if asked.starts_with(&NO_KEY) {
            let nonce = asked.get(24..40).ok_or(io::ErrorKind::InvalidData)?;
            let parts: [&[u8]; 6] = [
                &NO_KEY,
                &[1, 0, 0, 0, 1, 0, 0, 0],
                &56_u32.to_le_bytes(),
                &RES_PQ.to_le_bytes(),
                nonce,
                &via.to_be_bytes(),
            ];
            client.write_all(&framed(&[&parts.concat()[..], &[0; 32]].concat())).await?;
            continue;
        }
        let number =
            |at: usize| asked.get(at..at + 8).and_then(<[u8]>::first_chunk).map(|bytes| u64::from_be_bytes(*bytes));
        let (Some(id), Some(length)) = (number(8), number(16)) else { return Err(io::ErrorKind::InvalidData.into()) };
        let answer = Answer::new(via, id, usize::try_from(length).unwrap_or(0));
        let blocks: Vec<u8> = (0..answer.length().div_ceil(BLOCK)).flat_map(|index| answer.block(index)).collect();
        for piece in blocks.chunks(PIECE) {
            client.write_all(&framed(&[&LABS[..], piece].concat())).await?;
        }
    }
    Ok(())
}
