//! Practice proxies: three SOCKS5 servers inside this process whose exit is this computer, and a page to fetch.
//!
//! They hide nothing. They are there so that anybody can watch a failover before trusting one: each can be blocked and
//! unblocked in the ways in which real proxies get blocked.

mod exits;
mod page;
mod proxy;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use paperwing_link::{Host, Name, Port, Protocol, Proxy};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use self::exits::Exits;
use self::page::Page;
pub use self::proxy::{Block, PracticeProxy};

/// What they are called. Honest rather than pretty: nobody should take one for a real proxy.
const NAMES: [&str; 3] = ["Practice 1", "Practice 2", "Practice 3"];

/// So long the page may take through any way that there is.
const VISIT: Duration = Duration::from_secs(30);
/// More than the page and its head have, bytes.
const MOST: u64 = 64 * 1024;

/// Three practice proxies and their page, on free ports of 127.0.0.1. Dropping it closes them.
#[derive(Debug)]
pub struct Practice {
    proxies: Vec<PracticeProxy>,
    page: Page,
}

// === impl Practice ===

impl Practice {
    /// Opens the ports; to be called inside a tokio runtime. Fails only where this computer has no loopback or no free
    /// port.
    pub fn start() -> io::Result<Self> {
        let exits = Exits::default();
        let page = Page::start(exits.clone())?;
        let proxies = NAMES.into_iter().map(|name| PracticeProxy::start(name, exits.clone()));
        Ok(Self { proxies: proxies.collect::<io::Result<_>>()?, page })
    }

    /// The proxies, in order of preference.
    pub fn proxies(&self) -> &[PracticeProxy] {
        &self.proxies
    }

    /// The page's address for a browser, `http://127.0.0.1:PORT/`.
    pub fn page_url(&self) -> String {
        format!("http://{}/", self.page.address())
    }

    /// Where the page is served.
    pub fn page_address(&self) -> SocketAddr {
        self.page.address()
    }
}

/// Asks for the practice page through the local port, as a browser does that is set to it. An error where the page does
/// not come.
pub async fn visit(port: SocketAddr, page: &str) -> io::Result<()> {
    let asking = async {
        let mut stream = TcpStream::connect(port).await?;
        let asked = format!("GET {page} HTTP/1.1\r\nHost: practice\r\nConnection: close\r\n\r\n");
        stream.write_all(asked.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(MOST).read_to_end(&mut answer).await?;
        Ok::<_, io::Error>(answer)
    };
    let answer = tokio::time::timeout(VISIT, asking).await??;
    // The port itself answers where no proxy reaches the page.
    if answer.starts_with(b"HTTP/1.1 200 ") { Ok(()) } else { Err(io::ErrorKind::NotConnected.into()) }
}

/// A free port of 127.0.0.1.
fn listen() -> io::Result<TcpListener> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    TcpListener::from_std(listener)
}

// === impl PracticeProxy ===

impl PracticeProxy {
    /// The proxy as a link would describe it.
    pub fn as_proxy(&self) -> Proxy {
        let port = Port::try_from(self.address().port()).expect("a bound port is not 0");
        Proxy {
            name: Name::new(self.name()),
            host: Host::Ip(self.address().ip()),
            port,
            protocol: Protocol::Socks5(None),
        }
    }
}

#[cfg(test)]
mod tests;
