//! The server's side of Telegram's own proxies: the obfuscation is taken off, with or without what looks like TLS around it
//! (`FakeTLS`, as Telegram's clients and <https://github.com/alexbers/mtprotoproxy> have it).

use std::io;

use ring::hmac::{self, HMAC_SHA256};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadHalf, WriteHalf, duplex};
use tokio::net::TcpStream;

use super::Inner;
use crate::mood::Mood;
use crate::telegram::{Beginning, Ciphers, Key, random};

const KEY: Key = *b"the lab's secret";
const ANOTHER_KEY: Key = *b"another's secret";
/// The site that a disguised proxy pretends to be.
const SITE: &str = "proxy.lab";
const ROOM: usize = 64 << 10;
const HANDSHAKE: u8 = 22;
const CHANGE_CIPHER: u8 = 20;
const DATA: u8 = 23;
const HEADER: usize = 5;
const LONGEST: usize = 16 << 10;
/// Where a hello's random bytes stand in its record.
const RANDOM: std::ops::Range<usize> = 11..43;
/// Alert, fatal, `handshake_failure`: what a site says that has never heard of this.
const ALERT: &[u8] = &[21, 3, 3, 0, 2, 2, 40];

/// The secret of links.
pub(super) fn secret(is_disguised: bool) -> String {
    let hex = |bytes: &[u8]| bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"));
    if is_disguised { format!("ee{}{}", hex(&KEY), hex(SITE.as_bytes())) } else { format!("dd{}", hex(&KEY)) }
}

fn key(inner: &Inner) -> Key {
    if inner.mood() == Mood::AuthRevoked { ANOTHER_KEY } else { KEY }
}

/// What a client says and hears in the clear. One that has another key is never answered.
pub(super) async fn unwrap<S>(mut stream: S, inner: &Inner) -> io::Result<DuplexStream>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut beginning: Beginning = [0; 64];
    stream.read_exact(&mut beginning).await?;
    let Some(ciphers) = Ciphers::accept(&beginning, &key(inner)) else {
        inner.harm();
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
        return Err(io::ErrorKind::PermissionDenied.into());
    };
    Ok(ciphers.take_off(stream))
}

/// The same for a client that comes disguised. One that does not prove that it has the key hears what a site would say.
pub(super) async fn unwrap_disguised(mut stream: TcpStream, inner: &Inner) -> io::Result<DuplexStream> {
    let key = hmac::Key::new(HMAC_SHA256, &key(inner));
    let (_, mut hello) = record(&mut stream).await?;
    let shown: [u8; 32] = hello.get(RANDOM).and_then(<[u8]>::first_chunk).copied().unwrap_or_default();
    hello.get_mut(RANDOM).map(|random| random.fill(0)).ok_or(io::ErrorKind::InvalidData)?;
    let proof = hmac::sign(&key, &hello);
    // The time stands behind the proof's first bytes; the lab's clocks are all the same one.
    if proof.as_ref()[..28] != shown[..28] {
        inner.harm();
        stream.write_all(ALERT).await?;
        stream.shutdown().await?;
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let session = hello.get(44..76).ok_or(io::ErrorKind::InvalidData)?;
    let mut answer = server_hello(session)?;
    let signed = hmac::sign(&key, &[&shown[..], &answer].concat());
    answer[RANDOM].copy_from_slice(signed.as_ref());
    stream.write_all(&answer).await?;

    let (near, far) = duplex(ROOM);
    let (from_client, to_client) = tokio::io::split(stream);
    let (from_proxy, to_proxy) = tokio::io::split(far);
    tokio::spawn(strip(from_client, to_proxy));
    tokio::spawn(wrap(from_proxy, to_client));
    unwrap(near, inner).await
}

/// A hello, a change of cipher, and what is as long as a certificate; without its proof yet.
fn server_hello(session: &[u8]) -> io::Result<Vec<u8>> {
    // TLS_AES_128_GCM_SHA256, no compression; a key of x25519, and TLS 1.3.
    let key_share = [&[0, 0x33, 0, 0x24, 0, 0x1d, 0, 0x20][..], &random::<32>()?].concat();
    let extensions = [&key_share[..], &[0, 0x2b, 0, 2, 3, 4]].concat();
    let parts: [&[u8]; 6] = [
        &[3, 3],
        &[0; 32],
        &[32],
        session,
        &[0x13, 1, 0],
        &[&[0, as_byte(extensions.len())][..], &extensions].concat(),
    ];
    let body = parts.concat();
    let hello = [&[2, 0, 0, as_byte(body.len())][..], &body].concat();
    let mut answer = vec![HANDSHAKE, 3, 3, 0, as_byte(hello.len())];
    answer.extend(hello);
    answer.extend([CHANGE_CIPHER, 3, 3, 0, 1, 1]);
    answer.extend([DATA, 3, 3, 4, 0]);
    for _ in 0..32 {
        answer.extend(random::<32>()?);
    }
    Ok(answer)
}

fn as_byte(length: usize) -> u8 {
    u8::try_from(length).unwrap_or(u8::MAX)
}

/// One record with its header, and what kind it is.
async fn record(from: &mut (impl AsyncRead + Unpin)) -> io::Result<(u8, Vec<u8>)> {
    let mut record = vec![0; HEADER];
    from.read_exact(&mut record).await?;
    let length = usize::from(u16::from_be_bytes([record[3], record[4]]));
    record.resize(HEADER + length, 0);
    from.read_exact(&mut record[HEADER..]).await?;
    Ok((record[0], record))
}

async fn strip(mut from: ReadHalf<TcpStream>, mut to: WriteHalf<DuplexStream>) -> io::Result<()> {
    loop {
        match record(&mut from).await {
            Ok((DATA, record)) => to.write_all(&record[HEADER..]).await?,
            Ok(_) => {}
            Err(_) => return to.shutdown().await,
        }
    }
}

async fn wrap(mut from: ReadHalf<DuplexStream>, mut to: WriteHalf<TcpStream>) -> io::Result<()> {
    let mut buffer = vec![0; LONGEST];
    loop {
        let read = from.read(&mut buffer).await.unwrap_or(0);
        if read == 0 {
            return to.shutdown().await;
        }
        let length = u16::try_from(read).unwrap_or(u16::MAX).to_be_bytes();
        to.write_all(&[&[DATA, 3, 3, length[0], length[1]][..], &buffer[..read]].concat()).await?;
    }
}
