//! What clients ask for: pages, files, a protocol that must not be asked twice, one that speaks first.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

use crate::certificates::Tls;
use crate::sign::Answer;
use crate::telegram;

mod page;

/// The name by which clients ask for the origins, and by which nobody but the lab's proxies knows them.
pub const NAME: &str = "origin.lab";
/// What begins a request of the lab's own protocol; the id follows, and [`OWN_REST`] bytes.
pub const OWN_MAGIC: &[u8; 4] = b"LAB1";
/// So many bytes follow the id.
pub const OWN_REST: usize = 36;
/// Bytes of its answer.
pub const OWN_ANSWER: usize = 256;
/// Bytes of what the origin that speaks first says.
pub const BANNER: usize = 64;
/// When it says so.
const BANNER_AFTER: Duration = Duration::from_millis(30);
/// When the late one does.
const LATE: Duration = Duration::from_secs(3);

/// Where they listen, and what they saw.
#[derive(Clone, Debug)]
pub struct Origins {
    /// Pages and files, without TLS.
    pub http: u16,
    /// The same behind TLS.
    pub tls: u16,
    /// The protocol that must not be asked twice.
    pub own: u16,
    /// The origin that speaks first.
    pub banner: u16,
    /// The one that speaks first after 3 s.
    pub late_banner: u16,
    /// Sends back what it gets.
    pub echo: u16,
    /// A data centre of Telegram's, behind its proxies.
    pub(crate) data_centre: u16,
    /// Nobody listens there.
    pub dead: u16,
    asked: Arc<Mutex<HashMap<u64, u32>>>,
}

#[derive(Clone, Copy)]
enum Kind {
    Http,
    Own,
    Banner(Duration),
    Echo,
    DataCentre,
}

// === impl Origins ===

impl Origins {
    /// All of them on one address, until the runtime ends.
    pub(crate) async fn start(ip: IpAddr, tls: &Tls) -> io::Result<Self> {
        let asked = Arc::default();
        let dead = TcpListener::bind((ip, 0)).await?.local_addr()?.port();
        let secure = tokio_rustls::TlsAcceptor::from(Arc::clone(&tls.server));
        Ok(Self {
            http: listen(ip, Kind::Http, &asked, None).await?,
            tls: listen(ip, Kind::Http, &asked, Some(secure)).await?,
            own: listen(ip, Kind::Own, &asked, None).await?,
            banner: listen(ip, Kind::Banner(BANNER_AFTER), &asked, None).await?,
            late_banner: listen(ip, Kind::Banner(LATE), &asked, None).await?,
            echo: listen(ip, Kind::Echo, &asked, None).await?,
            data_centre: listen(ip, Kind::DataCentre, &asked, None).await?,
            dead,
            asked,
        })
    }

    /// Requests that must not come twice, and did.
    pub fn asked_twice(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).values().filter(|&&times| times > 1).count()
    }
}

type Asked = Arc<Mutex<HashMap<u64, u32>>>;

async fn listen(ip: IpAddr, kind: Kind, asked: &Asked, tls: Option<tokio_rustls::TlsAcceptor>) -> io::Result<u16> {
    let listener = TcpListener::bind((ip, 0)).await?;
    let port = listener.local_addr()?.port();
    let asked = Arc::clone(asked);
    tokio::spawn(async move {
        loop {
            let Ok((stream, peer)) = listener.accept().await else { continue };
            let (asked, tls) = (Arc::clone(&asked), tls.clone());
            tokio::spawn(async move {
                // A client that goes away is no concern of an origin.
                let _ = serve(stream, peer, kind, &asked, tls).await;
            });
        }
    });
    Ok(port)
}

async fn serve(
    mut stream: TcpStream,
    peer: SocketAddr,
    kind: Kind,
    asked: &Asked,
    tls: Option<tokio_rustls::TlsAcceptor>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let via = via(peer);
    match kind {
        Kind::Http => match tls {
            Some(tls) => page::serve(tls.accept(stream).await?, via).await,
            None => page::serve(stream, via).await,
        },
        Kind::Own => {
            let mut request = [0; 12 + OWN_REST];
            stream.read_exact(&mut request).await?;
            let (magic, rest) = request.split_at(4);
            let Some(id) = rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)).filter(|_| magic == OWN_MAGIC)
            else {
                return Err(io::ErrorKind::InvalidData.into());
            };
            *asked.lock().unwrap_or_else(PoisonError::into_inner).entry(id).or_default() += 1;
            stream.write_all(&Answer::new(via, id, OWN_ANSWER).block(0)).await?;
            stream.shutdown().await
        }
        Kind::Banner(after) => {
            sleep(after).await;
            stream.write_all(&Answer::new(via, 0, BANNER).block(0)).await?;
            tokio::io::copy(&mut stream, &mut tokio::io::sink()).await.map(drop)
        }
        Kind::DataCentre => telegram::serve(stream, via).await,
        Kind::Echo => {
            let (mut read, mut write) = stream.split();
            tokio::io::copy(&mut read, &mut write).await?;
            write.shutdown().await
        }
    }
}

/// The number of the proxy that asks: the last part of its address.
fn via(peer: SocketAddr) -> u32 {
    match peer.ip() {
        IpAddr::V4(ip) => ip.octets()[3].into(),
        IpAddr::V6(_) => 0,
    }
}
