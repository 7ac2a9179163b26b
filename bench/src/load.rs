//! The load: clients that speak SOCKS5 (RFC 1928) to a forwarder.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::stand_in::Ask;

/// Bytes of a small request, and of its answer.
const SMALL: usize = 16;

/// Which way a bulk transfer goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From the target to the client.
    Down,
    /// From the client to the target.
    Up,
}

/// Where a connection goes in and where it is to come out.
#[derive(Debug, Clone, Copy)]
pub struct Route {
    /// A forwarder's port, or the proxy's own.
    pub through: SocketAddr,
    /// The target.
    pub to: SocketAddr,
}

// === impl Route ===

impl Route {
    /// Carries this many bytes over so many streams at once, each with a thread of its own.
    pub fn bulk(self, way: Way, streams: u64, bytes: u64) -> Result<()> {
        std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..streams).map(|_| scope.spawn(move || self.stream(way, bytes / streams))).collect();
            for client in clients {
                client.join().map_err(|_| anyhow::anyhow!("a client panicked"))??;
            }
            Ok(())
        })
    }

    fn stream(self, way: Way, bytes: u64) -> Result<()> {
        let mut stream = self.connect()?;
        let mut chunk = vec![0x5a; 256 * 1024];
        match way {
            Way::Down => {
                stream.write_all(&ask(Ask::Down, bytes))?;
                let mut left = bytes;
                while left > 0 {
                    let read = stream.read(&mut chunk)? as u64;
                    ensure!(read > 0, "the stream ended {left} bytes early");
                    left -= read;
                }
            }
            Way::Up => {
                stream.write_all(&ask(Ask::Up, bytes))?;
                let mut left = bytes;
                while left > 0 {
                    let now = left.min(chunk.len() as u64);
                    stream.write_all(&chunk[..usize::try_from(now)?])?;
                    left -= now;
                }
                stream.read_exact(&mut [0]).context("no acknowledgement")?;
            }
        }
        Ok(())
    }

    /// Makes so many connections, 64 at a time: connect, handshake, a small request, its answer, close.
    pub fn connections(self, count: u64) -> Result<()> {
        const AT_ONCE: u64 = 64;
        tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
            let clients: Vec<_> = (0..AT_ONCE)
                .map(|_| {
                    tokio::spawn(async move {
                        for _ in 0..count / AT_ONCE {
                            self.connection().await?;
                        }
                        anyhow::Ok(())
                    })
                })
                .collect();
            for client in clients {
                client.await??;
            }
            Ok(())
        })
    }

    async fn connection(self) -> Result<()> {
        let mut stream = tokio::net::TcpStream::connect(self.through).await?;
        stream.set_nodelay(true)?;
        let mut reply = [0; 10];
        stream.write_all(&GREETING).await?;
        stream.read_exact(&mut reply[..2]).await?;
        stream.write_all(&request(self.to)).await?;
        stream.read_exact(&mut reply).await?;
        ensure!(reply[1] == 0, "refused: {}", reply[1]);
        stream.write_all(&echo()).await?;
        stream.read_exact(&mut [0; SMALL]).await?;
        stream.shutdown().await?;
        // Until the forwarder has taken the connection down too.
        let _ = stream.read(&mut reply).await;
        Ok(())
    }

    /// The time of one connection, from connecting until the small answer is there.
    pub fn time_of_one(self) -> Result<Duration> {
        let begun = Instant::now();
        let mut stream = self.connect()?;
        small_exchange(&mut stream)?;
        let took = begun.elapsed();
        stream.shutdown(Shutdown::Write)?;
        let _ = stream.read(&mut [0]);
        Ok(took)
    }

    /// A connection that has carried a small request and will carry nothing more.
    pub fn idle(self) -> Result<TcpStream> {
        let mut stream = self.connect()?;
        small_exchange(&mut stream)?;
        Ok(stream)
    }

    fn connect(self) -> Result<TcpStream> {
        let mut stream =
            TcpStream::connect(self.through).with_context(|| format!("{} does not answer", self.through))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        let mut reply = [0; 10];
        stream.write_all(&GREETING)?;
        stream.read_exact(&mut reply[..2]).context("no answer to the greeting")?;
        stream.write_all(&request(self.to))?;
        stream.read_exact(&mut reply).context("no answer to the request")?;
        ensure!(reply[1] == 0, "the request was refused: {}", reply[1]);
        Ok(stream)
    }
}

const GREETING: [u8; 3] = [5, 1, 0];

fn small_exchange(stream: &mut TcpStream) -> Result<()> {
    stream.write_all(&echo())?;
    stream.read_exact(&mut [0; SMALL]).context("no answer from the target")?;
    Ok(())
}

fn request(to: SocketAddr) -> Vec<u8> {
    let mut request = vec![5, 1, 0];
    match to {
        SocketAddr::V4(to) => {
            request.push(1);
            request.extend(to.ip().octets());
        }
        SocketAddr::V6(to) => {
            request.push(4);
            request.extend(to.ip().octets());
        }
    }
    request.extend(to.port().to_be_bytes());
    request
}

fn ask(what: Ask, count: u64) -> Vec<u8> {
    let mut asked = vec![what as u8];
    asked.extend(count.to_be_bytes());
    asked
}

fn echo() -> Vec<u8> {
    let mut asked = ask(Ask::Echo, SMALL as u64);
    asked.extend([0x5a; SMALL]);
    asked
}
