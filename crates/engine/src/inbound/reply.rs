//! Tells a client what came of its request.

use std::io;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Duration, timeout};

use super::{pages, socks4, socks5};
use crate::failover::Refusal;

/// The words of the client's protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reply {
    Socks5,
    Socks4,
    HttpConnect,
}

impl Reply {
    /// The proxy carries the connection; what follows is the target's.
    pub(crate) async fn succeeded(self, stream: &mut TcpStream) -> io::Result<()> {
        let words: &[u8] = match self {
            Self::Socks5 => &socks5::reply(socks5::SUCCEEDED),
            Self::Socks4 => &socks4::GRANTED,
            Self::HttpConnect => b"HTTP/1.1 200 Connection established\r\n\r\n",
        };
        stream.write_all(words).await
    }

    /// No proxy carries the connection.
    pub(crate) async fn failed(self, stream: &mut TcpStream, why: &Refusal) -> io::Result<()> {
        match self {
            Self::Socks5 => stream.write_all(&socks5::reply(socks5::reply_code(why))).await?,
            Self::Socks4 => stream.write_all(&socks4::REJECTED).await?,
            Self::HttpConnect => stream.write_all(&pages::refusal(why).to_bytes()).await?,
        }
        close_heard(stream).await
    }
}

/// Closes a connection so that the other side hears the last words: closing with bytes unread would reset it, and throw
/// them away.
pub(super) async fn close_heard(stream: &mut TcpStream) -> io::Result<()> {
    const PATIENCE: Duration = Duration::from_secs(1);
    const MOST: usize = 64 * 1024;
    stream.shutdown().await?;
    let drain = async {
        let mut waste = [0; 512];
        let mut drained = 0;
        while drained < MOST
            && stream.read(&mut waste).await.is_ok_and(|read| {
                drained += read;
                read > 0
            })
        {}
    };
    // Whether the client closes in time changes nothing.
    let _ = timeout(PATIENCE, drain).await;
    Ok(())
}
