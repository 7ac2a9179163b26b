//! An upstream proxy of the lab's own: it plays any [`Mood`] and changes it while traffic runs.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::watch;

use self::shoes::Shoes;
use crate::certificates::Tls;
use crate::mood::Mood;
use crate::origin::Origins;
use crate::place::Place;

mod address;
mod carry;
mod client;
mod door;
mod early;
mod handshake;
mod mtproto;
mod serve;
mod shadowsocks;
pub(crate) mod shoes;
mod ssh;

/// A proxy takes as long for each of its answers, as one that is far away.
pub const DISTANCE: Duration = Duration::from_millis(20);
/// The login of [`Speaks::Socks5WithLogin`], and the password of those that have one only.
pub(crate) const LOGIN: (&str, &str) = ("lab", "lab-password");
/// The password that they have when ours is not theirs any more.
const ANOTHER: &str = "another-password";
/// The user's id of [`Speaks::Vless`].
const ID: u128 = 0x1ab0_1ab0_1ab0_41ab_81ab_1ab0_1ab0_1ab0;

/// What a proxy speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Speaks {
    /// SOCKS5 without a login.
    Socks5,
    /// SOCKS5 with RFC 1929.
    Socks5WithLogin,
    /// HTTP CONNECT.
    Http,
    /// The same behind TLS.
    Https,
    /// SOCKS4a.
    Socks4,
    /// Shadowsocks (SIP004).
    Shadowsocks,
    /// Trojan.
    Trojan,
    /// VLESS behind TLS.
    Vless,
    /// SSH, with a password.
    Ssh,
    /// Telegram's own, with a padded secret (`dd`). Carries Telegram alone.
    Mtproto,
    /// The same, disguised as TLS (`ee`).
    MtprotoDisguised,
    /// `VMess`.
    Vmess,
    /// `AnyTLS`.
    Anytls,
    /// VLESS in REALITY, with the flow `xtls-rprx-vision`.
    Reality,
}

/// A running proxy. Clones are the same one; it ends with its [`crate::world::World`].
#[derive(Clone, Debug)]
pub struct Proxy {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    index: u32,
    speaks: Speaks,
    address: SocketAddr,
    origin: IpAddr,
    /// The port of the origin that is a data centre of Telegram's.
    data_centre: u16,
    tls: Tls,
    /// How long it takes for each of its answers.
    distance: Duration,
    mood: watch::Sender<Mood>,
    slow_once: AtomicBool,
    log: Mutex<Log>,
    /// Where another program speaks the protocol.
    shoes: Option<Shoes>,
}

/// What a proxy saw.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// When it took connections.
    pub accepted: Vec<Instant>,
    /// When it did somebody harm.
    pub harmed: Vec<Instant>,
}

// === impl Speaks ===

impl Speaks {
    /// Whether the protocol has no word for "connected".
    pub(crate) fn answers_early(self) -> bool {
        matches!(self, Self::Shadowsocks | Self::Trojan | Self::Vless | Self::Mtproto | Self::MtprotoDisguised)
    }

    /// Whether shoes speaks it, on both sides.
    pub(crate) fn needs_shoes(self) -> bool {
        matches!(self, Self::Vmess | Self::Anytls | Self::Reality)
    }
}

// === impl Proxy ===

impl Proxy {
    /// Number `index` (from 1), which origins recognise by its address. Serves until the runtime ends.
    pub(crate) fn start(
        index: u32,
        address: SocketAddr,
        speaks: Speaks,
        place: &Place,
        (origins, tls): (&Origins, &Tls),
    ) -> io::Result<Self> {
        let listener = door::open(address)?;
        let shoes = if speaks.needs_shoes() {
            let within = SocketAddr::new(address.ip(), 0);
            let behind = Self::start(index, within, Speaks::Socks5, place, (origins, tls))?;
            Some(Shoes::start(speaks, address.ip(), behind.address(), tls)?)
        } else {
            None
        };
        let inner = Arc::new(Inner {
            index,
            speaks,
            address: listener.local_addr()?,
            origin: place.origin(),
            data_centre: origins.data_centre,
            tls: tls.clone(),
            distance: place.distance(),
            mood: watch::Sender::new(Mood::Works),
            slow_once: AtomicBool::new(false),
            log: Mutex::default(),
            shoes,
        });
        tokio::spawn(door::keep(Arc::clone(&inner), listener));
        Ok(Self { inner })
    }

    /// Its number, from 1.
    pub fn index(&self) -> u32 {
        self.inner.index
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.inner.address
    }

    /// As a link that `paperwing` takes, with a name.
    pub fn link(&self, name: &str) -> String {
        self.link_at(&self.inner.address.ip().to_string(), name)
    }

    /// As a link that curl takes.
    pub fn bare_link(&self) -> String {
        let link = self.link("").replace("socks5://", "socks5h://");
        link.trim_end_matches('#').to_owned()
    }

    /// As a link with a host name in the place of its address.
    pub fn link_at(&self, host: &str, name: &str) -> String {
        let (port, password, pin) = (self.inner.address.port(), LOGIN.1, &self.inner.tls.pin);
        match self.inner.speaks {
            Speaks::Socks5 => format!("socks5://{host}:{port}#{name}"),
            Speaks::Socks5WithLogin => format!("socks5://{}:{}@{host}:{port}#{name}", LOGIN.0, LOGIN.1),
            Speaks::Http => format!("http://{host}:{port}#{name}"),
            Speaks::Https => format!("https://{host}:{port}?pcs={pin}#{name}"),
            Speaks::Socks4 => format!("socks4a://{host}:{port}#{name}"),
            Speaks::Shadowsocks => format!("ss://{}:{password}@{host}:{port}#{name}", shadowsocks::CIPHER),
            Speaks::Trojan => format!("trojan://{password}@{host}:{port}?sni=proxy.lab&pcs={pin}#{name}"),
            Speaks::Vless => {
                let id = format!("{ID:032x}");
                format!("vless://{id}@{host}:{port}?encryption=none&security=tls&sni=proxy.lab&pcs={pin}#{name}")
            }
            Speaks::Ssh => {
                let key = ssh::fingerprint().replace('+', "%2B").replace('/', "%2F");
                format!("ssh://{}:{password}@{host}:{port}?hostkey={key}#{name}", LOGIN.0)
            }
            Speaks::Vmess | Speaks::Anytls | Speaks::Reality => {
                shoes::link(self.inner.speaks, &format!("{host}:{port}"), &self.inner.tls, name)
            }
            Speaks::Mtproto | Speaks::MtprotoDisguised => {
                let secret = mtproto::secret(self.inner.speaks == Speaks::MtprotoDisguised);
                format!("tg://proxy?server={host}&port={port}&secret={secret}#{name}")
            }
        }
    }

    /// From now on it does this.
    pub fn set(&self, mood: Mood) {
        self.inner.slow_once.store(matches!(mood, Mood::SlowOnce(_)), std::sync::atomic::Ordering::SeqCst);
        self.inner.mood.send_replace(mood);
    }

    /// What it saw so far.
    pub fn log(&self) -> Log {
        self.inner.log().clone()
    }
}

// === impl Inner ===

impl Inner {
    fn mood(&self) -> Mood {
        *self.mood.borrow()
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What a client has to prove that it knows.
    fn password(&self) -> &'static str {
        if self.mood() == Mood::AuthRevoked { ANOTHER } else { LOGIN.1 }
    }

    fn harm(&self) {
        self.log().harmed.push(Instant::now());
    }
}
