//! What stands behind every forwarder: a SOCKS5 proxy that plays the target itself, and the same target without a
//! proxy before it. One process, so that what it costs is the same for all and counted for none.

use std::io::{self, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, Command, Stdio};

use anyhow::{Context, Result};
use tokio::io::{AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The argument that turns this program into the stand-in.
pub const ROLE: &str = "stand-in";

/// What a client asks of the target: this byte, then how many bytes (64 bits, big-endian).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Ask {
    /// Send me so many bytes.
    Down = b'D',
    /// Take so many bytes, then answer with one.
    Up = b'U',
    /// Send these bytes back.
    Echo = b'E',
}

/// The stand-in while it runs; dropped, it ends.
#[derive(Debug)]
pub struct StandIn {
    process: Child,
    /// The process ends when this closes, so it cannot outlive us.
    lifeline: Option<ChildStdin>,
    /// The SOCKS5 proxy.
    pub proxy: SocketAddr,
    /// The target, without the proxy.
    pub target: SocketAddr,
}

// === impl StandIn ===

impl StandIn {
    /// Starts the stand-in as a process of its own.
    pub fn start() -> Result<Self> {
        let program = std::env::current_exe()?;
        let mut process =
            Command::new(program).arg(ROLE).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().context("stand-in")?;
        let lifeline = process.stdin.take();
        let mut ports = [0; 4];
        process.stdout.take().context("no output")?.read_exact(&mut ports).context("the stand-in did not start")?;
        let [a, b, c, d] = ports;
        let on = |port| SocketAddr::from(([127, 0, 0, 1], port));
        Ok(Self { process, lifeline, proxy: on(u16::from_be_bytes([a, b])), target: on(u16::from_be_bytes([c, d])) })
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        let _ = self.process.wait();
    }
}

// === what runs in the process ===

/// Serves until standard input ends.
pub fn run() -> Result<()> {
    // A thread of its own: standard input cannot be waited for on the runtime without one.
    std::thread::spawn(|| {
        let _ = io::stdin().read(&mut [0]);
        std::process::exit(0);
    });
    tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let proxy = TcpListener::bind(("127.0.0.1", 0)).await?;
        let target = TcpListener::bind(("127.0.0.1", 0)).await?;
        let ports = [proxy.local_addr()?.port().to_be_bytes(), target.local_addr()?.port().to_be_bytes()].concat();
        io::stdout().write_all(&ports)?;
        io::stdout().flush()?;
        tokio::try_join!(accept(proxy, true), accept(target, false))?;
        Ok(())
    })
}

async fn accept(listener: TcpListener, with_handshake: bool) -> io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        tokio::spawn(async move {
            let mut stream = BufReader::with_capacity(1024, stream);
            // A client that went away is not this program's concern.
            if !with_handshake || handshake(&mut stream).await.is_ok() {
                let _ = serve(stream).await;
            }
        });
    }
}

/// RFC 1928 without authentication; the target asked for is read and not looked at.
async fn handshake(stream: &mut BufReader<TcpStream>) -> io::Result<()> {
    let _version = stream.read_u8().await?;
    let methods = stream.read_u8().await?;
    skip(stream, u64::from(methods)).await?;
    stream.get_mut().write_all(&[5, 0]).await?;
    let mut head = [0; 4];
    stream.read_exact(&mut head).await?;
    let address = match head[3] {
        1 => 4,
        4 => 16,
        _ => u64::from(stream.read_u8().await?),
    };
    skip(stream, address + 2).await?;
    stream.get_mut().write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await
}

async fn skip(stream: &mut BufReader<TcpStream>, count: u64) -> io::Result<()> {
    tokio::io::copy(&mut stream.take(count), &mut tokio::io::sink()).await.map(drop)
}

async fn serve(mut stream: BufReader<TcpStream>) -> io::Result<()> {
    loop {
        let ask = stream.read_u8().await?;
        let mut count = stream.read_u64().await?;
        let mut chunk = vec![0x5a; usize::try_from(count.min(256 * 1024)).unwrap_or(1)];
        if ask == Ask::Down as u8 {
            while count > 0 {
                let now = chunk.len().min(usize::try_from(count).unwrap_or(usize::MAX));
                stream.get_mut().write_all(&chunk[..now]).await?;
                count -= now as u64;
            }
        } else if ask == Ask::Up as u8 {
            while count > 0 {
                let now = stream.read(&mut chunk).await?;
                if now == 0 {
                    return Ok(());
                }
                count = count.saturating_sub(now as u64);
            }
            stream.get_mut().write_all(b"!").await?;
        } else {
            stream.read_exact(&mut chunk).await?;
            stream.get_mut().write_all(&chunk).await?;
        }
    }
}
