//! One client of a proxy, from the first byte to the last.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

use super::client::Client;
use super::handshake::{self, Asked};
use super::{Inner, Speaks, carry, shoes, ssh};
use crate::mood::Mood;

const PATIENCE: Duration = Duration::from_secs(30);
/// How long a client's first bytes are waited for.
pub(super) const FIRST_BYTES: Duration = Duration::from_millis(50);
const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 62\r\nConnection: close\r\n\r\n\
    <html><body><h1>Please sign in to this network</h1></body></html>";
/// Alert, TLS 1.0, fatal, `handshake_failure`.
const ALERT: &[u8] = &[21, 3, 1, 0, 2, 2, 40];

/// Serves one client. Whatever goes wrong is between the two of them.
pub(super) async fn serve(inner: Arc<Inner>, client: TcpStream) {
    let _ = client.set_nodelay(true);
    let _ = begin(&inner, client).await;
}

async fn begin(inner: &Arc<Inner>, stream: TcpStream) -> io::Result<()> {
    if !inner.mood().speaks_its_protocol() {
        return stranger(inner, &mut Client::bare(stream)?).await;
    }
    if inner.speaks == Speaks::Ssh {
        return ssh::serve(inner, Client::bare(stream)?).await;
    }
    if let Some(server) = &inner.shoes {
        return shoes::serve(inner, Client::bare(stream)?, server).await;
    }
    let mut client = timeout(PATIENCE, Client::behind(stream, inner)).await??;
    match timeout(PATIENCE, handshake::take_request(inner, &mut client)).await?? {
        Some(asked) => answer(inner, &mut client, asked).await,
        None => close(&mut client).await,
    }
}

/// What it does where it does not even speak its protocol.
async fn stranger(inner: &Inner, client: &mut Client) -> io::Result<()> {
    match inner.mood() {
        Mood::ResetAtConnect => {
            inner.harm();
            client.reset_on_close()
        }
        Mood::ResetAfterFirstBytes => {
            inner.harm();
            client.read_u8().await?;
            client.reset_on_close()
        }
        Mood::Mute => {
            inner.harm();
            hold(client).await
        }
        Mood::WebPage => say_and_close(inner, client, PAGE).await,
        Mood::TlsAlert => say_and_close(inner, client, ALERT).await,
        _ => close(client).await,
    }
}

async fn say_and_close(inner: &Inner, client: &mut Client, words: &[u8]) -> io::Result<()> {
    inner.harm();
    client.read_u8().await?;
    sleep(inner.distance).await;
    client.write_all(words).await?;
    close(client).await
}

/// Does for a client what it asked for.
pub(super) async fn answer(inner: &Inner, client: &mut Client, asked: Asked) -> io::Result<()> {
    match inner.mood() {
        Mood::RequestMute => {
            inner.harm();
            return hold(client).await;
        }
        Mood::Replies(code) => {
            inner.harm();
            sleep(inner.distance).await;
            handshake::reply(inner, client, code).await?;
            return close(client).await;
        }
        Mood::Slow(time) => {
            inner.harm();
            sleep(time).await;
        }
        Mood::SlowOnce(time) if inner.slow_once.swap(false, Ordering::SeqCst) => {
            inner.harm();
            sleep(time).await;
        }
        _ => sleep(inner.distance).await,
    }
    let Ok(mut origin) = dial(inner, asked.target).await else {
        handshake::reply(inner, client, 5).await?;
        return close(client).await;
    };
    handshake::reply(inner, client, 0).await?;
    origin.write_all(&asked.early).await?;
    match inner.mood() {
        Mood::ClosesAfterConnect => {
            inner.harm();
            close(client).await
        }
        Mood::ResetsAfterConnect => {
            inner.harm();
            let mut first = vec![0; 4096];
            // A client that waits for the server to speak first sends nothing.
            if let Ok(read) = timeout(FIRST_BYTES, client.read(&mut first)).await {
                // They reach the origin, which acts on them: whoever repeats them then does something twice.
                origin.write_all(&first[..read?]).await?;
            }
            sleep(inner.distance).await;
            client.reset_on_close()
        }
        Mood::BlackData => {
            inner.harm();
            tokio::io::copy(client, &mut origin).await?;
            Ok(())
        }
        _ => carry::both_ways(inner, client, &mut origin).await,
    }
}

/// The origin knows by the address from which it is asked which proxy asks.
async fn dial(inner: &Inner, target: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddr::new(inner.address.ip(), 0))?;
    let origin = socket.connect(target).await?;
    origin.set_nodelay(true)?;
    Ok(origin)
}

/// Takes everything, says nothing.
async fn hold(client: &mut Client) -> io::Result<()> {
    tokio::io::copy(client, &mut tokio::io::sink()).await?;
    Ok(())
}

/// Closes without a reset, which unread bytes would cause.
pub(super) async fn close(client: &mut Client) -> io::Result<()> {
    client.shutdown().await?;
    let _ = timeout(Duration::from_secs(2), hold(client)).await;
    Ok(())
}
