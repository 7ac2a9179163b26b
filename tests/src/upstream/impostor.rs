//! Somebody in a proxy's place, or between us and it, who answers other things than it does.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::pattern::Pattern;
use crate::server::Server;

/// What comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// What the proxy says.
    Its,
    /// So many bytes that mean nothing, and an end.
    Noise(u64),
    /// A web page, whatever was asked.
    Page,
    /// What the proxy says, but for one bit of this byte.
    Flipped(u64),
    /// So many bytes of what the proxy says, and an end.
    Cut(u64),
}

/// Stands before a proxy, and lets nothing but the answers be other than they were.
#[derive(Debug)]
pub struct Impostor {
    server: Server,
    answer: Arc<Mutex<Answer>>,
}

// === impl Impostor ===

impl Impostor {
    /// Before the proxy on this port of 127.0.0.1.
    pub fn before(port: u16, answer: Answer) -> Self {
        let answer = Arc::new(Mutex::new(answer));
        let asked = Arc::clone(&answer);
        let server = Server::start(move |client| {
            let answer = *asked.lock().unwrap_or_else(PoisonError::into_inner);
            // Whoever is lied to may hang up at any time.
            let _ = serve(&client, port, answer);
            let _ = client.shutdown(Shutdown::Both);
        });
        Self { server, answer }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.server.address().port()
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }

    /// From now on connections get this.
    pub fn turns_to(&self, answer: Answer) {
        *self.answer.lock().unwrap_or_else(PoisonError::into_inner) = answer;
    }
}

fn serve(mut client: &TcpStream, port: u16, answer: Answer) -> io::Result<()> {
    match answer {
        Answer::Noise(length) => {
            listen(client)?;
            io::copy(&mut Pattern::new(length), &mut client)?;
            Ok(())
        }
        Answer::Page => {
            listen(client)?;
            client.write_all(
                b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 9\r\nConnection: close\r\n\r\n<p>No</p>",
            )
        }
        Answer::Its | Answer::Flipped(_) | Answer::Cut(_) => {
            let proxy = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            let (mut up_from, mut up_to) = (client.try_clone()?, proxy.try_clone()?);
            let up = thread::spawn(move || {
                let _ = io::copy(&mut up_from, &mut up_to);
                let _ = up_to.shutdown(Shutdown::Write);
            });
            let back = hand_back(&proxy, client, answer);
            let _ = client.shutdown(if answer == Answer::Its { Shutdown::Write } else { Shutdown::Both });
            let _ = up.join();
            back
        }
    }
}

/// Waits for the first word: a server that speaks before it is asked shows itself by that alone.
fn listen(mut client: &TcpStream) -> io::Result<()> {
    client.read(&mut [0; 4096]).map(drop)
}

fn hand_back(mut proxy: &TcpStream, mut client: &TcpStream, answer: Answer) -> io::Result<()> {
    let (mut buffer, mut at) = (vec![0; 16 << 10], 0);
    while let Ok(read @ 1..) = proxy.read(&mut buffer) {
        let mut piece = &mut buffer[..read];
        match answer {
            Answer::Flipped(place) => {
                let place = place.checked_sub(at).and_then(|place| usize::try_from(place).ok());
                if let Some(byte) = place.and_then(|place| piece.get_mut(place)) {
                    *byte ^= 1;
                }
            }
            Answer::Cut(most) => {
                let left = usize::try_from(most - at).unwrap_or(usize::MAX).min(piece.len());
                piece = &mut piece[..left];
            }
            _ => {}
        }
        client.write_all(piece)?;
        at += piece.len() as u64;
        if answer == Answer::Cut(at) {
            break;
        }
    }
    Ok(())
}
