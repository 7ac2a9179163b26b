//! The page to fetch through the practice proxies.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use super::exits::Exits;

/// The longest request that is read, bytes.
const LONGEST_REQUEST: usize = 8 * 1024;
/// How long a client may take to ask.
const PATIENCE: Duration = Duration::from_secs(10);

/// A web server with one page, on loopback. Dropping it closes the port.
#[derive(Debug)]
pub(super) struct Page {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Page {
    pub(super) fn start(exits: Exits) -> io::Result<Self> {
        let listener = super::listen()?;
        let address = listener.local_addr()?;
        let serving = tokio::spawn(serve(listener, exits));
        Ok(Self { address, serving })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(listener: TcpListener, exits: Exits) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let exits = exits.clone();
                tokio::spawn(async move { tokio::time::timeout(PATIENCE, answer(stream, peer, &exits)).await });
            }
            // Out of file descriptors, most likely: the next one may go away meanwhile.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

async fn answer(mut stream: TcpStream, peer: SocketAddr, exits: &Exits) -> io::Result<()> {
    let mut request = Vec::with_capacity(512);
    while !request.windows(4).any(|end| end == b"\r\n\r\n") {
        if request.len() > LONGEST_REQUEST || stream.read_buf(&mut request).await? == 0 {
            return Ok(());
        }
    }
    // Not before: a proxy enters its connection before it says that it stands, and only then the client asks.
    let text = text(exits.find(peer));
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\n\
         Cache-Control: no-store\r\nConnection: close\r\n\r\n",
        text.len()
    );
    let body = if request.starts_with(b"HEAD ") { "" } else { text.as_str() };
    stream.write_all(format!("{head}{body}").as_bytes()).await?;
    stream.shutdown().await
}

fn text(through: Option<&'static str>) -> String {
    match through {
        Some(name) => format!(
            "It works. This page came through a practice proxy ({name}), a server inside Paperwing whose exit is this \
             computer.\nPractice proxies hide nothing: add a proxy of your own with `paperwing import`.\n"
        ),
        None => "This page did not come through a practice proxy: it was fetched directly.\n".to_owned(),
    }
}
