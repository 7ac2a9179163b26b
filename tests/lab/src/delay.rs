//! A proxy that is far away and asks for a login: how many round trips a client waits for, beside curl, which talks to the
//! proxy itself.

use std::fmt::Write;
use std::io::{Read, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::forwarder::{Choice, Forwarder};
use crate::origin::NAME;
use crate::place::Place;
use crate::proxy::Speaks;
use crate::run::name;
use crate::world::World;

/// There and back.
pub const ROUND_TRIP: Duration = Duration::from_millis(100);
/// In round trips: until the client is told that it is connected, and until the first byte of a small answer.
pub const GOALS: (f64, f64) = (1.2, 2.3);

/// Times in round trips, as they are measured: the time of a TCP connection to the proxy.
#[derive(Clone, Copy, Debug)]
pub struct Waits {
    /// Until "connected".
    pub connected: f64,
    /// Until the answer's first byte.
    pub first: f64,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Delay {
    /// One round trip.
    pub round_trip: Duration,
    /// Through the forwarder, while it has traffic.
    pub ours: Vec<Waits>,
    /// By curl, to the proxy itself.
    pub curls: Vec<Waits>,
}

/// So many clients before the measured ones, for whom nothing can be ready yet.
const BEFORE: usize = 20;
const MEASURED: usize = 20;
const CURLS: usize = 5;
/// A desktop's traffic.
const PAUSE: Duration = Duration::from_millis(250);

/// Measures. Needs networks of its own, see [`Place::far`].
pub fn measure(forwarder: &Choice) -> anyhow::Result<Delay> {
    let place = Arc::new(Place::far(ROUND_TRIP / 2)?);
    let world = World::start(&place, &[Speaks::Socks5WithLogin], None)?;
    let proxy = world.proxies.first().context("a proxy")?;
    let forwarder = Forwarder::start(forwarder, &place, &[proxy.link(&name(1))])?;
    let (near, far, origin) = (forwarder.address(), proxy.address(), world.origins.http);
    let (round_trip, clients) = place.at_home(move || {
        let began = Instant::now();
        drop(TcpStream::connect(far)?);
        let round_trip = began.elapsed();
        let mut clients = Vec::new();
        for id in 0..BEFORE + MEASURED {
            let client = thread::spawn(move || client(near, origin, id));
            thread::sleep(PAUSE);
            clients.push(client);
        }
        let waits = clients.into_iter().map(|one| one.join().map_err(|_| anyhow::anyhow!("a client panicked"))?);
        Ok((round_trip, waits.collect::<anyhow::Result<Vec<_>>>()?))
    })?;
    let in_round_trips = |time: Duration| time.as_secs_f64() / round_trip.as_secs_f64();
    let waits = |(connected, first): (Duration, Duration)| Waits {
        connected: in_round_trips(connected),
        first: in_round_trips(first),
    };
    let curls =
        (0..CURLS).map(|_| curl(&place, &proxy.bare_link(), origin).map(waits)).collect::<anyhow::Result<_>>()?;
    Ok(Delay { round_trip, ours: clients.into_iter().skip(BEFORE).map(waits).collect(), curls })
}

/// A SOCKS5 client and one small page. It says its greeting and its request in one go, for its own round trips with a
/// program on the same computer cost nothing.
fn client(forwarder: SocketAddr, origin: u16, id: usize) -> anyhow::Result<(Duration, Duration)> {
    let began = Instant::now();
    let mut stream = TcpStream::connect(forwarder)?;
    stream.set_nodelay(true)?;
    let length = u8::try_from(NAME.len())?;
    stream.write_all(&[&[5, 1, 0, 5, 1, 0, 3, length][..], NAME.as_bytes(), &origin.to_be_bytes()].concat())?;
    let mut reply = [0; 2 + 10];
    stream.read_exact(&mut reply)?;
    ensure!(reply[3] == 0, "the forwarder says {}", reply[3]);
    let connected = began.elapsed();
    stream.write_all(format!("GET /answer/{id}/900 HTTP/1.1\r\nHost: {NAME}\r\n\r\n").as_bytes())?;
    stream.read_exact(&mut [0; 1])?;
    let first = began.elapsed();
    stream.read_to_end(&mut Vec::new())?;
    Ok((connected, first))
}

fn curl(place: &Place, proxy: &str, origin: u16) -> anyhow::Result<(Duration, Duration)> {
    let mut command = place.command(Path::new("curl"));
    command.args(["--silent", "--show-error", "--output", "/dev/null", "--proxy", proxy]);
    command.args(["--write-out", "%{time_pretransfer} %{time_starttransfer}"]);
    command.arg(format!("http://{NAME}:{origin}/answer/1/900")).stdin(Stdio::null());
    let output = command.output().context("curl")?;
    let times = String::from_utf8_lossy(&output.stdout).into_owned();
    let Some((Ok(connected), Ok(first))) = times.split_once(' ').map(|(a, b)| (a.parse(), b.parse())) else {
        bail!("curl: {times} {}", String::from_utf8_lossy(&output.stderr));
    };
    Ok((Duration::from_secs_f64(connected), Duration::from_secs_f64(first)))
}

// === impl Waits ===

impl Waits {
    /// The median of each.
    pub fn median(of: &[Self]) -> Self {
        let middle = |mut times: Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times.get(times.len() / 2).copied().unwrap_or_default()
        };
        let connected = middle(of.iter().map(|one| one.connected).collect());
        Self { connected, first: middle(of.iter().map(|one| one.first).collect()) }
    }

    /// The longest of each.
    pub fn longest(of: &[Self]) -> Self {
        of.iter().fold(Self { connected: 0.0, first: 0.0 }, |longest, one| Self {
            connected: longest.connected.max(one.connected),
            first: longest.first.max(one.first),
        })
    }
}

// === impl Delay ===

impl Delay {
    /// What several measurements come to; `None` of none.
    pub fn all(measurements: Vec<Self>) -> Option<Self> {
        measurements.into_iter().reduce(|all, one| Self {
            round_trip: all.round_trip,
            ours: [all.ours, one.ours].concat(),
            curls: [all.curls, one.curls].concat(),
        })
    }

    /// Whether no client waited longer than it should.
    pub fn is_met(&self) -> bool {
        let longest = Waits::longest(&self.ours);
        longest.connected <= GOALS.0 && longest.first <= GOALS.1
    }

    /// As a paragraph.
    pub fn words(&self) -> String {
        let (ours, curls) = (Waits::longest(&self.ours), Waits::longest(&self.curls));
        let mut text = format!(
            "A proxy with a login, {:.0} ms away there and back: of {} clients with a warm pick the last was connected after \
             {:.2} round trips (goal {}) and had the first byte of a small page after {:.2} (goal {}) {}",
            self.round_trip.as_secs_f64() * 1000.0,
            self.ours.len(),
            ours.connected,
            GOALS.0,
            ours.first,
            GOALS.1,
            if self.is_met() { "✓" } else { "✗" },
        );
        // Writing to a string cannot fail.
        let _ = write!(text, ". curl, which talks to the proxy itself: {:.2} and {:.2}.", curls.connected, curls.first);
        text
    }
}
