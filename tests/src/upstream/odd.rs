//! Proxies that misbehave.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::server::Server;

/// A SOCKS5 proxy that misbehaves in one way.
#[derive(Debug)]
pub struct Odd(Server);

/// An HTTP proxy that remembers the heads of the requests that it got, and what came through the tunnels.
#[derive(Debug)]
pub struct RecordingProxy {
    server: Server,
    heard: Arc<Mutex<Vec<u8>>>,
}

// === impl Odd ===

impl Odd {
    /// Connects, and never says a word.
    pub fn mute() -> Self {
        Self(Server::mute())
    }

    /// Agrees to talk, and never answers the request.
    pub fn mute_at_the_request() -> Self {
        Self::after_greeting(|mut stream| {
            let _ = std::io::copy(&mut stream, &mut std::io::sink());
        })
    }

    /// A web server, or a censor's page.
    pub fn web_page() -> Self {
        Self(Server::start(|mut stream| {
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<p>No</p>",
            );
        }))
    }

    /// Answers every request with one reply code (RFC 1928, 6).
    pub fn replies(code: u8) -> Self {
        Self::after_greeting(move |mut stream| {
            let _ = stream.read(&mut [0; 512]);
            let _ = stream.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]);
        })
    }

    /// Agrees to talk, and hangs up on every request.
    pub fn hangs_up_at_the_request() -> Self {
        Self::after_greeting(|mut stream| {
            let _ = stream.read(&mut [0; 512]);
        })
    }

    fn after_greeting(then: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self(Server::start(move |mut stream| {
            let mut greeting = [0; 2];
            if stream.read_exact(&mut greeting).is_err() {
                return;
            }
            let mut methods = vec![0; greeting[1].into()];
            if stream.read_exact(&mut methods).is_ok() && stream.write_all(&[5, 0]).is_ok() {
                then(stream);
            }
        }))
    }

    /// As a SOCKS5 proxy.
    pub fn link(&self) -> String {
        format!("socks5://{}", self.0.address())
    }

    /// As an HTTP proxy.
    pub fn http_link(&self) -> String {
        format!("http://{}", self.0.address())
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.0.connections()
    }
}

// === impl RecordingProxy ===

impl RecordingProxy {
    /// Connects everything to one target.
    pub fn start(target: SocketAddr) -> Self {
        let heard = Arc::<Mutex<Vec<u8>>>::default();
        let kept = Arc::clone(&heard);
        let server = Server::start(move |stream| {
            // A tunnel that breaks off is its client's to complain about.
            let _ = record(stream, target, &kept);
        });
        Self { server, heard }
    }

    /// As a proxy.
    pub fn link(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// Every byte that its clients sent: to it, and through it.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().expect("nobody panics with it")).into_owned()
    }
}

fn record(mut client: TcpStream, target: SocketAddr, heard: &Mutex<Vec<u8>>) -> std::io::Result<()> {
    let remember = |bytes: &[u8]| heard.lock().expect("nobody panics with it").extend_from_slice(bytes);
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        client.read_exact(&mut byte)?;
        request.extend(byte);
    }
    remember(&request);
    let mut onward = TcpStream::connect(target)?;
    client.write_all(b"HTTP/1.1 200 OK\r\n\r\n")?;
    let (mut back_from, mut back_to) = (onward.try_clone()?, client.try_clone()?);
    let back = thread::spawn(move || {
        let _ = std::io::copy(&mut back_from, &mut back_to);
        let _ = back_to.shutdown(std::net::Shutdown::Write);
    });
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = client.read(&mut buffer) {
        remember(&buffer[..read]);
        onward.write_all(&buffer[..read])?;
    }
    onward.shutdown(std::net::Shutdown::Write)?;
    let _ = back.join();
    Ok(())
}
