//! A web server of our own that remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};

use crate::pattern::{Pattern, digest};
use crate::server::Server;

/// The page at `/`.
pub const PAGE: &str = "<!doctype html><title>origin</title><p>This page came from the origin.</p>\n";
/// What only that page says.
pub const WORDS: &str = "This page came from the origin.";

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The request line.
    pub line: String,
    /// The headers, in order.
    pub headers: Vec<(String, String)>,
}

/// `/` is [`PAGE`]; `/bytes/N` is a [`Pattern`] of N bytes; `/hop` has headers that concern one hop only; what is sent
/// to any path is answered with its digest and length.
#[derive(Debug)]
pub struct Origin {
    server: Server,
    asked: Arc<Mutex<Vec<Asked>>>,
}

// === impl Asked ===

impl Asked {
    fn read(from: &mut impl BufRead) -> Option<Self> {
        let line = line(from)?;
        let mut headers = Vec::new();
        loop {
            let header = self::line(from)?;
            if header.is_empty() {
                return Some(Self { line, headers });
            }
            let (name, value) = header.split_once(':')?;
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
    }

    /// A header's value, whatever the case of its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(its, _)| its.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

fn line(from: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    let read = from.read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

// === impl Origin ===

impl Origin {
    /// On 127.0.0.1.
    pub fn start() -> Self {
        Self::start_on(Ipv4Addr::LOCALHOST.into())
    }

    /// On one of this computer's addresses.
    pub fn start_on(ip: IpAddr) -> Self {
        Self::serving_on(ip, PAGE)
    }

    /// On 127.0.0.1, with another page at `/` and everywhere else.
    pub fn serving(page: impl Into<String>) -> Self {
        Self::serving_on(Ipv4Addr::LOCALHOST.into(), page)
    }

    fn serving_on(ip: IpAddr, page: impl Into<String>) -> Self {
        let page = page.into();
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let remembered = Arc::clone(&asked);
        let server = Server::start_on(ip, move |stream| {
            // Whoever goes away in the middle is no concern of the server's.
            let _ = serve(&stream, &page, &remembered);
        });
        Self { server, asked }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// A page of it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address())
    }

    /// What it was asked, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panics with it").clone()
    }

    /// The last thing that it was asked.
    pub fn last(&self) -> Asked {
        self.asked().pop().expect("it was asked something")
    }

    /// How many connections it has taken.
    pub fn connections(&self) -> usize {
        self.server.connections()
    }
}

fn serve(stream: &TcpStream, page: &str, remembered: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut reader = BufReader::with_capacity(256 << 10, stream);
    loop {
        let asked = Asked::read(&mut reader)?;
        remembered.lock().expect("nobody panics with it").push(asked.clone());
        answer(&asked, page, &mut reader, stream).ok()?;
        if asked.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close")) {
            return None;
        }
    }
}

fn answer(asked: &Asked, page: &str, reader: &mut impl BufRead, mut to: &TcpStream) -> std::io::Result<()> {
    let mut words = asked.line.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if asked.header("expect").is_some() {
        to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let body = if asked.header("transfer-encoding").is_some() {
        digest(Chunked { from: &mut *reader, left: 0, ended: false })
    } else {
        let len = asked.header("content-length").and_then(|len| len.parse().ok()).unwrap_or(0);
        digest(reader.take(len))
    };
    if let Some(len) = path.strip_prefix("/bytes/").and_then(|len| len.parse().ok()) {
        write!(to, "HTTP/1.1 200 OK\r\nContent-Length: {len}\r\n\r\n")?;
        let mut pattern = Pattern::new(len);
        let mut buffer = vec![0; 64 << 10];
        while let read @ 1.. = pattern.read(&mut buffer)? {
            to.write_all(&buffer[..read])?;
        }
        return Ok(());
    }
    let page = match method {
        "GET" | "HEAD" => page.to_owned(),
        _ => format!("{method} {} {}\n", body.0, body.1),
    };
    let hop = if path == "/hop" {
        "Connection: keep-alive, X-Of-This-Hop\r\nX-Of-This-Hop: 1\r\nKeep-Alive: timeout=5\r\n\
         Proxy-Authenticate: Basic realm=\"origin\"\r\nX-End-To-End: 1\r\n"
    } else {
        ""
    };
    let head = format!("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n{hop}Content-Length: {}\r\n\r\n", page.len());
    let shown = if method == "HEAD" { "" } else { &page };
    to.write_all((head + shown).as_bytes())
}

/// A body in chunks (RFC 9112, 7.1), without trailers.
struct Chunked<'a, R> {
    from: &'a mut R,
    left: u64,
    ended: bool,
}

impl<R: BufRead> Read for Chunked<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        if self.left == 0 && !self.ended {
            let size = line(self.from).ok_or(std::io::ErrorKind::UnexpectedEof)?;
            self.left = u64::from_str_radix(&size, 16).map_err(|_| std::io::ErrorKind::InvalidData)?;
            self.ended = self.left == 0;
            if self.ended {
                line(self.from);
            }
        }
        if self.ended {
            return Ok(0);
        }
        let read = self.from.take(self.left).read(buffer)?;
        self.left -= read as u64;
        if self.left == 0 {
            line(self.from);
        }
        Ok(read)
    }
}
