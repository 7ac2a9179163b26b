//! Servers of our own, for what no real program does on demand.

use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, JoinHandle};

/// A TCP server with a thread for each connection. Dropped, it takes no more of them.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    ended: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves on a free port of 127.0.0.1.
    pub fn start(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into(), serve)
    }

    /// Serves on a free port of one of this computer's addresses.
    pub fn start_on(ip: IpAddr, serve: impl Fn(TcpStream) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((ip, 0)).expect("loopback has free ports");
        let address = listener.local_addr().expect("it is bound");
        let (connections, ended) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counted, over, serve) = (Arc::clone(&connections), Arc::clone(&ended), Arc::new(serve));
        let acceptor = thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if over.load(Ordering::SeqCst) {
                    return;
                }
                counted.fetch_add(1, Ordering::SeqCst);
                let serve = Arc::clone(&serve);
                thread::spawn(move || serve(stream));
            }
        });
        Self { address, connections, ended, acceptor: Some(acceptor) }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Takes connections and never says a word.
    pub fn mute() -> Self {
        Self::start(|stream| drop(drain(stream)))
    }

    /// Sends back what it is sent.
    pub fn echo() -> Self {
        Self::start(|stream| {
            let _ = std::io::copy(&mut &stream, &mut &stream);
        })
    }

    /// Listens to the end, and only then answers with the number of bytes that it heard.
    pub fn answers_after_the_end() -> Self {
        Self::start(|mut stream| {
            if let Ok(heard) = drain(&mut stream) {
                let _ = std::io::Write::write_all(&mut stream, format!("heard {heard} bytes").as_bytes());
            }
        })
    }
}

/// Reads to the end.
fn drain(mut stream: impl Read) -> std::io::Result<u64> {
    std::io::copy(&mut stream, &mut std::io::sink())
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        // Wakes it up, so that it sees that it is over.
        drop(TcpStream::connect(self.address));
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}
