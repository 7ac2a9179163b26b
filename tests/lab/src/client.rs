//! One client: asks the forwarder for an origin, talks to it, and checks every byte that comes back.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;

use crate::certificates::Tls;
use crate::origin::{BANNER, NAME, OWN_ANSWER, OWN_MAGIC, OWN_REST, Origins};
use crate::sample::{Kind, Sheet, Trouble, Way};
use crate::sign::{Check, Wrong};
use crate::telegram::{self, Ciphers};

/// What all clients of a run share.
#[derive(Clone, Debug)]
pub struct Clients {
    /// Where the forwarder listens.
    pub forwarder: SocketAddr,
    /// Its port for Telegram and what is to be known there, where it has one.
    pub telegram: Option<TelegramDoor>,
    /// The origins.
    pub origins: Origins,
    /// What they trust.
    pub tls: Tls,
    /// Bytes of a file.
    pub file: usize,
}

/// A port for Telegram.
#[derive(Clone, Copy, Debug)]
pub struct TelegramDoor {
    /// Where it is.
    pub address: SocketAddr,
    /// What its link says.
    pub key: [u8; 16],
}

const SMALL: usize = 900;
const BIG: usize = 96 << 10;
const MOST_HEAD: usize = 64 << 10;

// === impl Clients ===

impl Clients {
    /// One client from beginning to end. `id` is its own.
    pub async fn run(&self, id: u64, kind: Kind, way: Way, sheet: &Sheet) {
        let end = self.talk(id, kind, way, sheet).await;
        sheet.ended(end);
    }

    async fn talk(&self, id: u64, kind: Kind, way: Way, sheet: &Sheet) -> Result<(), Trouble> {
        let door = self.telegram.filter(|_| way == Way::Telegram);
        let address = door.map_or(self.forwarder, |door| door.address);
        let mut stream = TcpStream::connect(address).await.map_err(|_| Trouble::NoForwarder)?;
        stream.set_nodelay(true).map_err(|_| Trouble::NoForwarder)?;
        let port = self.port(kind);
        match way {
            Way::Socks5 => socks5(&mut stream, port).await?,
            Way::Connect => connect(&mut stream, port).await?,
            Way::Absolute | Way::Telegram => {}
        }
        if way.says_connected() {
            sheet.connected();
        }
        let stream = Counted { stream, sheet: sheet.clone() };
        if let Some(door) = door {
            let length = if kind == Kind::TelegramFile { BIG } else { SMALL };
            return telegram(stream, &door.key, id, length, sheet).await;
        }
        let prefix = if way == Way::Absolute { format!("http://{NAME}:{port}") } else { String::new() };
        match kind {
            Kind::Tls => {
                let connector = tokio_rustls::TlsConnector::from(Arc::clone(&self.tls.client));
                let name = ServerName::try_from(NAME).map_err(|_| Trouble::Tls)?;
                let secure = connector.connect(name, stream).await.map_err(|error| of(&error))?;
                page(secure, &prefix, "answer", id, SMALL, sheet).await
            }
            Kind::Get | Kind::Dead => page(stream, &prefix, "answer", id, SMALL, sheet).await,
            Kind::BigGet => page(stream, &prefix, "answer", id, BIG, sheet).await,
            Kind::LatePage => page(stream, &prefix, "late", id, SMALL, sheet).await,
            Kind::Download => page(stream, &prefix, "file", id, self.file, sheet).await,
            Kind::Own => own(stream, id, sheet).await,
            Kind::Banner | Kind::LateBanner => expect(stream, Check::new(0, BANNER), sheet).await,
            Kind::Echo => echo(stream, sheet).await,
            // There is no port for Telegram.
            Kind::Telegram | Kind::TelegramFile => Err(Trouble::NoForwarder),
        }
    }

    fn port(&self, kind: Kind) -> u16 {
        match kind {
            Kind::Tls => self.origins.tls,
            Kind::Get | Kind::BigGet | Kind::Download | Kind::LatePage => self.origins.http,
            Kind::Own => self.origins.own,
            Kind::Banner => self.origins.banner,
            Kind::LateBanner => self.origins.late_banner,
            Kind::Echo => self.origins.echo,
            Kind::Dead => self.origins.dead,
            Kind::Telegram | Kind::TelegramFile => self.origins.data_centre,
        }
    }
}

fn of(error: &io::Error) -> Trouble {
    use io::ErrorKind as Is;
    match error.kind() {
        Is::ConnectionReset | Is::BrokenPipe | Is::ConnectionAborted => Trouble::Reset,
        Is::UnexpectedEof | Is::WriteZero | Is::NotConnected => Trouble::Closed,
        _ => Trouble::Tls,
    }
}

impl From<Wrong> for Trouble {
    fn from(_: Wrong) -> Self {
        Self::Wrong
    }
}

// === asking the forwarder ===

/// RFC 1928: no authentication, CONNECT, a name.
async fn socks5(stream: &mut TcpStream, port: u16) -> Result<(), Trouble> {
    let failed = |error: io::Error| of(&error);
    stream.write_all(&[5, 1, 0]).await.map_err(failed)?;
    let mut agreed = [0; 2];
    stream.read_exact(&mut agreed).await.map_err(failed)?;
    let length = u8::try_from(NAME.len()).unwrap_or(u8::MAX);
    let request = [&[5, 1, 0, 3, length][..], NAME.as_bytes(), &port.to_be_bytes()].concat();
    stream.write_all(&request).await.map_err(failed)?;
    let mut reply = [0; 4];
    stream.read_exact(&mut reply).await.map_err(failed)?;
    if reply[1] != 0 {
        return Err(Trouble::Told(reply[1].into()));
    }
    let rest = match reply[3] {
        1 => 4 + 2,
        4 => 16 + 2,
        _ => return Err(Trouble::Wrong),
    };
    stream.read_exact(&mut vec![0; rest]).await.map_err(failed)?;
    Ok(())
}

async fn connect(stream: &mut TcpStream, port: u16) -> Result<(), Trouble> {
    let request = format!("CONNECT {NAME}:{port} HTTP/1.1\r\nHost: {NAME}:{port}\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| of(&error))?;
    let (status, rest) = head(stream).await?;
    match (status, rest.is_empty()) {
        (200, true) => Ok(()),
        // Nobody may speak before us here but an origin that speaks first, and that goes by SOCKS5.
        (200, false) => Err(Trouble::Wrong),
        (status, _) => Err(Trouble::Told(status)),
    }
}

// === talking to the origin ===

async fn page(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    prefix: &str,
    how: &str,
    id: u64,
    length: usize,
    sheet: &Sheet,
) -> Result<(), Trouble> {
    let request = format!("GET {prefix}/{how}/{id}/{length} HTTP/1.1\r\nHost: {NAME}\r\nAccept: */*\r\n\r\n");
    stream.write_all(request.as_bytes()).await.map_err(|error| of(&error))?;
    let (status, rest) = head(&mut stream).await?;
    if status != 200 {
        return Err(Trouble::Told(status));
    }
    let mut check = Check::new(id, length);
    check.take(&rest)?;
    sheet.answered(check.via());
    read(&mut stream, check, sheet).await
}

async fn own(mut stream: impl AsyncRead + AsyncWrite + Unpin, id: u64, sheet: &Sheet) -> Result<(), Trouble> {
    let request = [&OWN_MAGIC[..], &id.to_be_bytes(), &[0xA5; OWN_REST]].concat();
    stream.write_all(&request).await.map_err(|error| of(&error))?;
    read(&mut stream, Check::new(id, OWN_ANSWER), sheet).await
}

/// As Telegram's clients do: who are you, then something under a key.
async fn telegram(
    mut stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static,
    key: &[u8; 16],
    id: u64,
    length: usize,
    sheet: &Sheet,
) -> Result<(), Trouble> {
    let failed = |error: io::Error| of(&error);
    let (beginning, ciphers) = Ciphers::begin(key).map_err(failed)?;
    stream.write_all(&beginning).await.map_err(failed)?;
    let mut talk = ciphers.around(stream);
    let nonce = telegram::random().map_err(failed)?;
    talk.write_all(&telegram::framed(&telegram::req_pq_multi(nonce))).await.map_err(failed)?;
    let answer = telegram::message(&mut talk).await.map_err(failed)?.ok_or(Trouble::Closed)?;
    let via = telegram::res_pq(&answer, nonce).ok_or(Trouble::Wrong)?;
    sheet.answered(Some(via));
    talk.write_all(&telegram::framed(&telegram::request(id, length))).await.map_err(failed)?;
    let mut check = Check::new(id, length);
    while check.seen() < length {
        let message = telegram::message(&mut talk).await.map_err(failed)?.ok_or(Trouble::Closed)?;
        check.take(telegram::piece(&message).ok_or(Trouble::Wrong)?)?;
    }
    if check.via() == Some(via) { Ok(check.finish()?) } else { Err(Trouble::Wrong) }
}

async fn expect(mut stream: impl AsyncRead + Unpin, check: Check, sheet: &Sheet) -> Result<(), Trouble> {
    read(&mut stream, check, sheet).await
}

async fn echo(mut stream: impl AsyncRead + AsyncWrite + Unpin, sheet: &Sheet) -> Result<(), Trouble> {
    let sent = [0x5A; 512];
    stream.write_all(&sent).await.map_err(|error| of(&error))?;
    let mut back = [0; 512];
    stream.read_exact(&mut back).await.map_err(|error| of(&error))?;
    sheet.answered(None);
    if back == sent { Ok(()) } else { Err(Trouble::Wrong) }
}

/// Reads until everything has come. An origin's close is not waited for: a browser would not do so either.
async fn read(stream: &mut (impl AsyncRead + Unpin), mut check: Check, sheet: &Sheet) -> Result<(), Trouble> {
    let length = check.length();
    let mut buffer = vec![0; 64 << 10];
    while check.seen() < length {
        match stream.read(&mut buffer).await {
            Ok(0) => return Err(Trouble::Closed),
            Ok(read) => {
                check.take(&buffer[..read])?;
                sheet.answered(check.via());
            }
            Err(error) => return Err(of(&error)),
        }
    }
    Ok(check.finish()?)
}

/// The status of an HTTP answer, and what came behind its head.
async fn head(stream: &mut (impl AsyncRead + Unpin)) -> Result<(u16, Vec<u8>), Trouble> {
    let mut bytes = Vec::new();
    loop {
        let mut headers = [httparse::EMPTY_HEADER; 32];
        let mut answer = httparse::Response::new(&mut headers);
        match answer.parse(&bytes) {
            Ok(httparse::Status::Complete(end)) => {
                return Ok((answer.code.unwrap_or(0), bytes.split_off(end)));
            }
            Ok(httparse::Status::Partial) if bytes.len() < MOST_HEAD => {}
            _ => return Err(Trouble::Wrong),
        }
        if stream.read_buf(&mut bytes).await.map_err(|error| of(&error))? == 0 {
            return Err(Trouble::Closed);
        }
    }
}

// === counting ===

/// Counts what comes from the forwarder once it carries.
struct Counted {
    stream: TcpStream,
    sheet: Sheet,
}

impl AsyncRead for Counted {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let polled = Pin::new(&mut self.stream).poll_read(cx, buf);
        let bytes = buf.filled().len() - before;
        if bytes > 0 {
            self.sheet.received(bytes);
        }
        polled
    }
}

impl AsyncWrite for Counted {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
