//! What the pictures show: proxies of friends at addresses that documentation may use, far enough away to be measured,
//! and pages that somebody reads through them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use paperwing_tests::client::curl;
use paperwing_tests::process::{Running, eventually};
use paperwing_tests::tls::{Authority, TlsFront};
use paperwing_tests::upstream::{Answer, Impostor, Microsocks, TinyLogin, Tinyproxy};

/// Where the application listens.
pub const PORT: u16 = 1080;
/// What somebody reads, by the name that `scripts/screenshots.sh` gives the pages' address.
const PAGES: [&str; 4] = ["news.example.org", "mail.example.com", "maps.example.net", "video.example.org"];
const PAGES_AT: &str = "203.0.113.10";

/// A way to a proxy that takes its time. Dropped, nobody listens there any more.
pub struct Far {
    at: SocketAddr,
    is_gone: Arc<AtomicBool>,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

// === impl Far ===

impl Far {
    /// Takes connections and closes them.
    fn closed(at: &str) -> Self {
        // Nobody listens at that port.
        Self::between(at, 1, Duration::ZERO)
    }

    /// Leads from an address to a port of this computer, in half of `round_trip` for each direction.
    pub fn between(at: &str, port: u16, round_trip: Duration) -> Self {
        let at: SocketAddr = at.parse().expect("an address");
        // Whoever listened there before may still be on the way out.
        let listener = eventually("the script has given us that address", || TcpListener::bind(at).ok());
        let far = Self { at, is_gone: Arc::default(), open: Arc::default() };
        let (is_gone, open) = (Arc::clone(&far.is_gone), Arc::clone(&far.open));
        thread::spawn(move || {
            for near in listener.incoming() {
                if is_gone.load(Ordering::SeqCst) {
                    break;
                }
                let (Ok(near), Ok(there)) = (near, TcpStream::connect(("127.0.0.1", port))) else { continue };
                for (from, to) in [(&near, &there), (&there, &near)] {
                    let [from, to] = [from, to].map(|stream| stream.try_clone().expect("a descriptor"));
                    thread::spawn(move || carry(from, to, round_trip / 2));
                }
                open.lock().expect("nobody panics with it").push(near);
            }
        });
        far
    }
}

impl Drop for Far {
    fn drop(&mut self) {
        self.is_gone.store(true, Ordering::SeqCst);
        // Wakes whoever accepts.
        let _ = TcpStream::connect(self.at);
        for stream in self.open.lock().expect("nobody panics with it").drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream, takes: Duration) {
    let mut scratch = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut scratch) {
        thread::sleep(takes);
        if to.write_all(&scratch[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}

/// Friends' proxies, and what is behind them.
pub struct World {
    /// Nobody listens there once it is gone.
    pub oslo: Option<Far>,
    others: Vec<Far>,
    closed: Vec<Far>,
    _socks: Microsocks,
    _http: Tinyproxy,
}

// === impl World ===

impl World {
    /// Lets proxies and pages be there.
    pub fn new() -> Self {
        serve_pages();
        let (socks, http) = (Microsocks::open(), Tinyproxy::start(TinyLogin::Open));
        let ms = Duration::from_millis;
        Self {
            oslo: Some(Far::between("192.0.2.11:1080", socks.port(), ms(21))),
            others: vec![
                Far::between("192.0.2.12:3128", http.port(), ms(34)),
                Far::between("192.0.2.13:1080", socks.port(), ms(62)),
            ],
            closed: ["192.0.2.14:1080", "192.0.2.15:443", "192.0.2.16:443"].map(Far::closed).into(),
            _socks: socks,
            _http: http,
        }
    }
}

impl World {
    /// From now on nothing works any more.
    pub fn close(&mut self) {
        self.oslo = None;
        self.others.clear();
        self.others.extend(["192.0.2.11:1080", "192.0.2.13:1080"].map(Far::closed));
    }

    /// From now on this is a network that wants a person to sign in. Its page answers in every proxy's place for as long as what
    /// is returned is there; where TLS is due with a certificate of its own.
    pub fn want_sign_in(&mut self) -> (Impostor, TlsFront) {
        self.others.clear();
        self.closed.clear();
        let page = Impostor::before(1, Answer::Page);
        let secure = Authority::new().front(([127, 0, 0, 1], page.port()).into());
        let plain = ["192.0.2.11:1080", "192.0.2.12:3128", "192.0.2.13:1080", "192.0.2.14:1080"];
        let ways = plain.map(|at| (at, page.port())).into_iter().chain([("192.0.2.15:443", secure.address().port())]);
        self.others.extend(ways.map(|(at, port)| Far::between(at, port, Duration::from_millis(9))));
        (page, secure)
    }
}

/// The list: names, and links as friends send them. The last ones hang up on everybody.
pub const LIST: [&str; 7] = [
    "socks5://192.0.2.11:1080#Oslo",
    "http://192.0.2.12:3128#Riga",
    "socks5://192.0.2.13:1080#Turku",
    "socks5://ann:a-made-up-word@192.0.2.14:1080#Lisbon",
    "trojan://a-made-up-word@tallinn.example:443?sni=tallinn.example#Tallinn",
    "tg://proxy?server=192.0.2.16&port=443&secret=00112233445566778899aabbccddeeff#Telegram%20friends",
    "hysteria2://a-made-up-word@malmo.example:443#Malm%C3%B6",
];

/// What another friend sends.
pub const MESSAGE: &str = "socks5://bergen.example:1080#Bergen
ss://YWVzLTI1Ni1nY206YS1tYWRlLXVwLXdvcmQ@192.0.2.21:8388#Gdansk
https://ann:a-made-up-word@vilnius.example:443#Vilnius
tuic://00000000-0000-4000-8000-000000000000:a-made-up-word@192.0.2.22:443#Lund
socks5://192.0.2.11:1080#Oslo
call me when it works!";

/// Somebody reads pages through the application, some of which never end. Dropped, they stop.
pub struct Reader {
    is_done: Arc<AtomicBool>,
    _endless: Vec<Running>,
}

// === impl Reader ===

impl Reader {
    /// Begins to read.
    pub fn new() -> Self {
        let is_done = Arc::<AtomicBool>::default();
        for (number, page) in PAGES.iter().enumerate() {
            let is_done = Arc::clone(&is_done);
            let url = format!("http://{page}/{}", 40 + 90 * number);
            thread::spawn(move || {
                while !is_done.load(Ordering::SeqCst) {
                    let _ = through(&url, "20").output();
                    thread::sleep(Duration::from_millis(350 + 400 * number as u64));
                }
            });
        }
        let endless =
            PAGES.iter().map(|page| Running::start(through(&format!("http://{page}:443/endless"), "3000"))).collect();
        Self { is_done, _endless: endless }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.is_done.store(true, Ordering::SeqCst);
    }
}

fn through(url: &str, seconds: &str) -> std::process::Command {
    curl(&["--max-time", seconds, "-o", "/dev/null", "--socks5-hostname", &format!("127.0.0.1:{PORT}"), url])
}

/// `/N` is N kB, anything else is a little at a time, for ever.
fn serve_pages() {
    for port in [80, 443] {
        let listener = TcpListener::bind((PAGES_AT, port)).expect("the script has given us that address");
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                thread::spawn(move || serve(client));
            }
        });
    }
}

fn serve(mut client: TcpStream) {
    let mut lines = BufReader::new(client.try_clone().expect("a descriptor")).lines().map_while(Result::ok);
    let asked = lines.next().unwrap_or_default();
    let _ = lines.find(String::is_empty);
    let path = asked.split(' ').nth(1).unwrap_or_default().trim_start_matches('/');
    let _ = client.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n");
    let kilobytes = path.parse::<usize>().unwrap_or(usize::from(path.is_empty()));
    let _ = client.write_all(&vec![b'.'; kilobytes * 1000]);
    while path == "endless" && client.write_all(&[b'.'; 900]).is_ok() {
        thread::sleep(Duration::from_millis(700));
    }
}
