//! Telegram's own proxies, with plain, padded (`dd`) and disguised (`ee`) secrets.
//!
//! A proxy of this kind says nothing of its own: whether it takes our secret, and whether it reaches the data centre, shows
//! only in the first answer that comes back. So an attempt lasts until then: it says what the client has said so far, and
//! goes on with what the client says meanwhile. What comes first of a client may be said through several proxies:
//! `docs/failover.md` tells why.

mod client_hello;
mod fake_tls;
mod shapes;
mod stream;

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use paperwing_link::{MtprotoSecret, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use self::client_hello::Shape;
use self::fake_tls::Records;
pub(crate) use self::shapes::Shapes;
pub use self::stream::MtprotoStream;
use super::{Connected, Progress, Stream, Surroundings, failed, tcp};
use crate::mtproto::{Call, FirstFrame, Frames, Key, MOST_FLIGHT, is_common, make_init};
use crate::outcome::{Cause, Failure, Garbage, Stage};

/// A proxy that does not answer a hello of the current shape within this time may be one that knows the older shape only.
const PATIENCE: Duration = Duration::from_secs(2);
/// The length before a message.
const LENGTH: usize = 4;

/// Says through a proxy what a client of Telegram says, until the first answer comes back.
pub(crate) async fn carry(
    proxy: &Proxy,
    secret: &MtprotoSecret,
    call: Call,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<Connected, Failure> {
    let key = secret.key().ok_or(Failure::new(Stage::Resolve, Cause::Unsupported))?;
    let (tcp, records) = match secret.disguise() {
        None => (tcp::connect(&proxy.host, proxy.port, surroundings, progress).await?, None),
        Some(site) => (disguised(proxy, &key, &site, surroundings, progress).await?, Some(Records::default())),
    };
    // Where any proxy reaches the data centre, one that does not answer is at fault itself.
    progress.enter(if is_common(call.dc) { Stage::Greet } else { Stage::FirstByte });
    let stage = progress.stage();
    let (init, keys) = make_init(call.dc, &key).map_err(failed(stage))?;
    let mut stream = MtprotoStream::new(tcp, records, init, keys);
    let early = first_answer(&mut stream, call, stage).await?;
    surroundings.met(proxy, stream.socket().peer_addr());
    Ok(Connected { stream: Stream::Mtproto(Box::new(stream)), early })
}

/// Says what the client has said, goes on with what it says meanwhile, and hears the beginning of the first answer. Nothing
/// where the client says so much that no answer can come before its end.
async fn first_answer(stream: &mut MtprotoStream, mut call: Call, stage: Stage) -> Result<Bytes, Failure> {
    let mut answer = BytesMut::new();
    loop {
        let flight = call.flight.borrow_and_update()[stream.taken()..].to_vec();
        stream.write_all(&flight).await.map_err(failed(stage))?;
        stream.flush().await.map_err(failed(stage))?;
        let frames = Frames::of(&call.flight.borrow());
        if frames.first == FirstFrame::Unfinished && stream.taken() >= MOST_FLIGHT {
            return Ok(Bytes::new());
        }
        let is_heard = tokio::select! {
            heard = hear(stream, &mut answer) => {
                heard.map_err(failed(stage))?;
                true
            }
            Ok(()) = call.flight.changed() => false,
        };
        if is_heard {
            let is_answer = frames.may_be_answered_by(&answer);
            let garbage = Failure::new(stage, Cause::Garbage(Garbage::Other));
            return if is_answer { Ok(answer.freeze()) } else { Err(garbage) };
        }
    }
}

/// Reads until there is enough to tell an answer from noise. May be dropped and called again.
async fn hear(stream: &mut MtprotoStream, answer: &mut BytesMut) -> io::Result<()> {
    while answer.len() < LENGTH {
        if stream.read_buf(answer).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(())
}

/// A connection whose two ends have proven that they know the secret. Where it is not known which shape of hello the proxy
/// takes, the current one comes first, and once it is known no other is sent.
async fn disguised(
    proxy: &Proxy,
    key: &Key,
    site: &str,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<TcpStream, Failure> {
    let known = surroundings.shapes.of(&proxy.host, proxy.port);
    let first = known.unwrap_or(Shape::Current);
    let mut tcp = tcp::connect(&proxy.host, proxy.port, surroundings, progress).await?;
    progress.enter(Stage::Tls);
    let shaken = fake_tls::handshake(&mut tcp, first, site, key);
    let shaken = if known.is_some() { Ok(shaken.await) } else { timeout(PATIENCE, shaken).await };
    let failure = match shaken {
        Ok(Ok(())) => {
            surroundings.shapes.learn(&proxy.host, proxy.port, first);
            return Ok(tcp);
        }
        Ok(Err(failure)) => failure,
        Err(_) => Failure::new(Stage::Tls, Cause::Silent),
    };
    if known.is_some() {
        if failure.is_answer() {
            // It may have become another program.
            surroundings.shapes.forget(&proxy.host, proxy.port);
        }
        return Err(failure);
    }
    drop(tcp);
    // The first failure says more: a proxy that takes neither is dead, or does not know the secret.
    let Ok(mut tcp) = tcp::connect(&proxy.host, proxy.port, surroundings, &Progress::default()).await else {
        return Err(failure);
    };
    fake_tls::handshake(&mut tcp, Shape::Older, site, key).await.map_err(|_| failure)?;
    surroundings.shapes.learn(&proxy.host, proxy.port, Shape::Older);
    Ok(tcp)
}
