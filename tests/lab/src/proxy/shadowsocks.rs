//! The server's side of Shadowsocks (SIP004, chacha20-ietf-poly1305), written from the document and not from ours.

use std::io;

use md5::{Digest, Md5};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA1_FOR_LEGACY_USE_ONLY, KeyType, Salt};
use ring::rand::{SecureRandom, SystemRandom};
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex};
use tokio::net::TcpStream;

/// The name of the cipher in links.
pub(super) const CIPHER: &str = "chacha20-ietf-poly1305";

const KEY: usize = 32;
const TAG: usize = 16;
const LONGEST_CHUNK: usize = 0x3FFF;
const ROOM: usize = 64 << 10;

/// One direction, with its key and the number of its next nonce.
struct Sealed {
    key: LessSafeKey,
    next: u64,
}

struct Length;

/// What a client says and hears in the clear. One that does not hold the key is never answered, as servers do that want to
/// give nobody a hint.
pub(super) fn unwrap(stream: TcpStream, password: &'static str) -> DuplexStream {
    let (near, far) = duplex(ROOM);
    let (from_client, to_client) = tokio::io::split(stream);
    let (from_proxy, to_proxy) = tokio::io::split(far);
    // They end with the connection, and with the proxy's side of it.
    tokio::spawn(async move { drop(open(from_client, to_proxy, password).await) });
    tokio::spawn(async move { drop(seal(from_proxy, to_client, password).await) });
    near
}

async fn open(mut from: ReadHalf<TcpStream>, mut to: WriteHalf<DuplexStream>, password: &str) -> io::Result<()> {
    let mut salt = [0; KEY];
    from.read_exact(&mut salt).await?;
    let mut key = Sealed::new(password, &salt)?;
    loop {
        let mut length = [0; 2 + TAG];
        match from.read_exact(&mut length).await {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return to.shutdown().await,
            read => read?,
        };
        let Ok(length) = key.open(&mut length) else { return swallow(from).await };
        let mut chunk = vec![0; usize::from(u16::from_be_bytes([length[0], length[1]])) + TAG];
        from.read_exact(&mut chunk).await?;
        let Ok(chunk) = key.open(&mut chunk) else { return swallow(from).await };
        to.write_all(chunk).await?;
    }
}

async fn swallow(mut from: ReadHalf<TcpStream>) -> io::Result<()> {
    tokio::io::copy(&mut from, &mut tokio::io::sink()).await?;
    Ok(())
}

async fn seal(mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<TcpStream>, password: &str) -> io::Result<()> {
    let mut salt = [0; KEY];
    SystemRandom::new().fill(&mut salt).map_err(|_| io::Error::other("no random bytes"))?;
    let mut key = Sealed::new(password, &salt)?;
    let mut buffer = vec![0; LONGEST_CHUNK];
    let mut words = salt.to_vec();
    loop {
        let read = from.read(&mut buffer).await?;
        if read == 0 {
            return to.shutdown().await;
        }
        let length = u16::try_from(read).unwrap_or(u16::MAX);
        key.seal(&length.to_be_bytes(), &mut words)?;
        key.seal(&buffer[..read], &mut words)?;
        to.write_all(&words).await?;
        words.clear();
    }
}

// === impl Sealed ===

impl Sealed {
    fn new(password: &str, salt: &[u8]) -> io::Result<Self> {
        // OpenSSL's EVP_BytesToKey with MD5 and no salt.
        let first = Md5::digest(password.as_bytes());
        let second = Md5::digest([first.as_slice(), password.as_bytes()].concat());
        let master = [first.as_slice(), second.as_slice()].concat();
        let mut subkey = [0; KEY];
        let secret = Salt::new(HKDF_SHA1_FOR_LEGACY_USE_ONLY, salt).extract(&master);
        let filled = secret.expand(&[b"ss-subkey"], Length).and_then(|okm| okm.fill(&mut subkey));
        filled.map_err(|_| io::Error::other("no key"))?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &subkey).map_err(|_| io::Error::other("no key"))?;
        Ok(Self { key: LessSafeKey::new(key), next: 0 })
    }

    fn nonce(&mut self) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&self.next.to_le_bytes());
        self.next += 1;
        Nonce::assume_unique_for_key(nonce)
    }

    fn open<'b>(&mut self, bytes: &'b mut [u8]) -> io::Result<&'b mut [u8]> {
        let nonce = self.nonce();
        self.key.open_in_place(nonce, Aad::empty(), bytes).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn seal(&mut self, bytes: &[u8], into: &mut Vec<u8>) -> io::Result<()> {
        let (nonce, from) = (self.nonce(), into.len());
        into.extend_from_slice(bytes);
        let tag = self.key.seal_in_place_separate_tag(nonce, Aad::empty(), &mut into[from..]);
        into.extend_from_slice(tag.map_err(|_| io::Error::other("not sealed"))?.as_ref());
        Ok(())
    }
}

impl KeyType for Length {
    fn len(&self) -> usize {
        KEY
    }
}
