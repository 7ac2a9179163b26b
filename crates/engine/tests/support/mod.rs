//! Proxies that misbehave on demand, a page to fetch, and a client that speaks raw SOCKS5.
#![allow(dead_code, clippy::unwrap_used)]

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use paperwing_engine::failover::Rules;
use paperwing_engine::{Config, Engine, Upstream, inbound};
use paperwing_link::{Host, Port, Protocol, Proxy, ProxyId};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

/// What a proxy does with the connections it gets from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// Carries.
    Works,
    /// Hangs up at once.
    HangsUp,
    /// Never says a word.
    Mute,
    /// Greets, then never answers the request.
    MuteAtRequest,
    /// Answers with a web page.
    WebPage,
    /// Answers every request with this code.
    Replies(u8),
    /// Wants a password.
    WantsPassword,
    /// Says that it carries, and hangs up.
    HangsUpAfterReply,
    /// Says that it carries, takes what it gets, and brings nothing.
    BlackData,
    /// Carries 16 KB down, then nothing.
    Freezes,
    /// Carries, but hangs up on whoever greets and then does not ask within a few milliseconds.
    LetsGoOfThoseThatWait,
}

/// A SOCKS5 proxy whose mood can be changed.
pub struct MoodyProxy {
    pub address: SocketAddr,
    mood: Arc<Mutex<Mood>>,
    delay: Arc<Mutex<Duration>>,
    connections: Arc<AtomicUsize>,
}

impl MoodyProxy {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, connections) = (Arc::new(Mutex::new(Mood::Works)), Arc::new(AtomicUsize::new(0)));
        let delay = Arc::new(Mutex::new(Duration::ZERO));
        let (its_mood, its_delay) = (Arc::clone(&mood), Arc::clone(&delay));
        let its_connections = Arc::clone(&connections);
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                its_connections.fetch_add(1, Ordering::Relaxed);
                let mood = *its_mood.lock().unwrap();
                let delay = *its_delay.lock().unwrap();
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    serve(client, mood).await;
                });
            }
        });
        Self { address, mood, delay, connections }
    }

    pub fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    /// From now on it takes so long to say its first word.
    pub fn greet_after(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub fn upstream(&self, id: u64) -> Upstream {
        let proxy = Proxy {
            name: None,
            host: Host::from(self.address.ip()),
            port: Port::try_from(self.address.port()).unwrap(),
            protocol: Protocol::Socks5(None),
        };
        Upstream { id: ProxyId(id), proxy, remembered: None }
    }
}

async fn serve(mut client: TcpStream, mood: Mood) {
    let mut waste = Vec::new();
    match mood {
        Mood::HangsUp => {}
        Mood::Mute => drop(client.read_to_end(&mut waste).await),
        Mood::MuteAtRequest => {
            let _ = client.read_exact(&mut [0; 3]).await;
            let _ = client.write_all(&[5, 0]).await;
            let _ = client.read_to_end(&mut waste).await;
        }
        Mood::WebPage => {
            let _ = client.write_all(b"HTTP/1.1 200 OK\r\n\r\n<html>").await;
            let _ = client.shutdown().await;
            let _ = client.read_to_end(&mut waste).await;
        }
        Mood::WantsPassword => {
            let _ = client.read_exact(&mut [0; 3]).await;
            let _ = client.write_all(&[5, 0xFF]).await;
            let _ = client.shutdown().await;
            let _ = client.read_to_end(&mut waste).await;
        }
        Mood::Replies(code) => {
            if inbound::serve_handshake(&mut client, None).await.is_ok() {
                let _ = client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await;
            }
        }
        Mood::HangsUpAfterReply => {
            if inbound::serve_handshake(&mut client, None).await.is_ok() {
                let _ = client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
            }
        }
        Mood::BlackData => {
            if inbound::serve_handshake(&mut client, None).await.is_ok() {
                let _ = client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
                let _ = client.read_to_end(&mut waste).await;
            }
        }
        Mood::Freezes | Mood::Works | Mood::LetsGoOfThoseThatWait => {
            let handshake = inbound::serve_handshake(&mut client, None);
            let handshake = if mood == Mood::LetsGoOfThoseThatWait {
                tokio::time::timeout(Duration::from_millis(5), handshake).await
            } else {
                Ok(handshake.await)
            };
            let Ok(Ok((target, early))) = handshake else { return };
            let Ok(mut exit) = TcpStream::connect(target.to_string()).await else {
                let _ = client.write_all(&[5, 5, 0, 1, 0, 0, 0, 0, 0, 0]).await;
                return;
            };
            let _ = client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await;
            let _ = exit.write_all(&early).await;
            if mood != Mood::Freezes {
                let _ = copy_bidirectional(&mut client, &mut exit).await;
                return;
            }
            let ((mut from_client, mut to_client), (from_exit, mut to_exit)) = (client.into_split(), exit.into_split());
            let up = async { tokio::io::copy(&mut from_client, &mut to_exit).await };
            let down = async {
                let mut first = from_exit.take(16 * 1024);
                let _ = tokio::io::copy(&mut first, &mut to_client).await;
                if first.limit() == 0 {
                    std::future::pending::<()>().await;
                }
            };
            let _ = tokio::join!(up, down);
        }
    }
}

/// A server that sends back what it gets. Counts its connections.
pub async fn echo() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let its_count = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            its_count.fetch_add(1, Ordering::Relaxed);
            tokio::spawn(async move {
                let (mut read, mut write) = stream.into_split();
                let _ = tokio::io::copy(&mut read, &mut write).await;
            });
        }
    });
    (address, count)
}

/// An address where nobody listens.
pub async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// An engine on a free port, with these proxies in order.
pub fn engine(proxies: &[&MoodyProxy]) -> Engine {
    engine_with(proxies, Rules::default())
}

pub fn engine_with(proxies: &[&MoodyProxy], rules: Rules) -> Engine {
    let upstreams = (1..).zip(proxies).map(|(id, proxy)| proxy.upstream(id)).collect();
    let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], rules, ..Config::default() };
    Engine::start(config, upstreams, Box::new(|| 0.5)).unwrap()
}

/// Asks our port for a target by SOCKS5. The reply's code, and the stream if it is 0.
pub async fn socks5(port: SocketAddr, target: SocketAddr) -> (u8, TcpStream) {
    let mut stream = TcpStream::connect(port).await.unwrap();
    let std::net::IpAddr::V4(ip) = target.ip() else { panic!("only IPv4 here") };
    let request = [&[5, 1, 0][..], &[5, 1, 0, 1], &ip.octets(), &target.port().to_be_bytes()].concat();
    stream.write_all(&request).await.unwrap();
    let mut reply = [0; 12];
    stream.read_exact(&mut reply).await.unwrap();
    assert_eq!(&reply[..3], [5, 0, 5]);
    (reply[3], stream)
}

/// One small exchange with an echo server through our port. The code that the client saw.
pub async fn exchange(port: SocketAddr, echo: SocketAddr) -> u8 {
    let (code, mut stream) = socks5(port, echo).await;
    if code == 0 {
        stream.write_all(b"ping").await.unwrap();
        let mut back = [0; 4];
        stream.read_exact(&mut back).await.unwrap();
        assert_eq!(&back, b"ping");
    }
    code
}

/// Sends bytes to our port and reads the whole answer.
pub async fn raw(port: SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(port).await.unwrap();
    stream.write_all(request).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    answer
}

/// A web server that answers with the head it got, one request a connection unless asked to keep it.
pub async fn mirror() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let mut head = Vec::new();
                while let Ok(byte) = stream.read_u8().await {
                    head.push(byte);
                    if head.ends_with(b"\r\n\r\n") {
                        let answer = format!(
                            "HTTP/1.1 200 OK\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
                             Content-Length: {}\r\n\r\n",
                            head.len()
                        );
                        let whole = [answer.as_bytes(), &head].concat();
                        stream.write_all(&whole).await.unwrap();
                        head.clear();
                    }
                }
            });
        }
    });
    address
}
