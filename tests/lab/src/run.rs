//! Plays a scenario and notes what everybody saw.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{MissedTickBehavior, interval_at, timeout};

use crate::client::Clients;
use crate::forwarder::{Choice, Forwarder};
use crate::mood::Mood;
use crate::names::PROXY_NAME;
use crate::place::{Block, Cut, Place, Side};
use crate::sample::{Kind, Sample, Sheet, Way};
use crate::scenario::{Act, Pace, Scenario};
use crate::world::World;

/// A scenario that was played. Times count from its beginning.
#[derive(Clone, Debug)]
pub struct Run {
    /// Which.
    pub scenario: Scenario,
    /// When the pick turned bad.
    pub bad_at: Duration,
    /// When all was well again, if it was.
    pub healed_at: Option<Duration>,
    /// When the last client began.
    pub last_start: Duration,
    /// What the clients saw, in the order in which they began.
    pub samples: Vec<Sample>,
    /// What the forwarder said; `None` if it is one that does not.
    pub events: Option<Vec<(Duration, Value)>>,
    /// When each proxy took connections and when it did harm, in order.
    pub proxies: Vec<Diary>,
    /// Requests that must not be sent twice, and were.
    pub asked_twice: usize,
}

/// What a proxy saw.
#[derive(Clone, Debug)]
pub struct Diary {
    /// When it took connections.
    pub accepted: Vec<Duration>,
    /// When it did somebody harm.
    pub harmed: Vec<Duration>,
}

/// What to play with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The forwarder.
    pub forwarder: Choice,
    /// How long and how much.
    pub pace: Pace,
    /// Where the proxies' ports begin, see [`World::start`]; free ports where there is none.
    pub first_port: Option<u16>,
    /// How clients ask.
    pub ways: Ways,
}

/// How clients ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Ways {
    /// By all that the forwarder's port understands.
    All,
    /// By SOCKS5.
    Socks5,
}

/// The name by which the forwarder speaks of a proxy, counted from 1.
pub fn name(index: usize) -> String {
    format!("p{index}")
}

const EXTRA: Duration = Duration::from_millis(100);

/// Plays a scenario from beginning to end.
pub fn play(scenario: &Scenario, setup: &Setup) -> anyhow::Result<Run> {
    let place = Arc::new(match setup.first_port {
        _ if scenario.needs_networks => Place::networks()?,
        Some(_) => Place::Loopback(Block::FIXED),
        None => Place::loopback(),
    });
    if scenario.needs_networks && matches!(setup.forwarder, Choice::Peer(_)) {
        bail!("a forwarder that runs already is not in the lab's networks");
    }
    let world = World::start(&place, &scenario.speaks, setup.first_port)?;
    let links: Vec<String> = (1..)
        .zip(&world.proxies)
        .map(|(index, proxy)| match index {
            1 if scenario.by_name => proxy.link_at(PROXY_NAME, &name(index)),
            _ => proxy.link(&name(index)),
        })
        .collect();
    let forwarder = Forwarder::start(&setup.forwarder, &place, &links)?;
    let clients = Clients {
        forwarder: forwarder.address(),
        telegram: forwarder.telegram(),
        origins: world.origins.clone(),
        tls: world.tls.clone(),
        file: setup.pace.file,
    };
    let timing = Pace { bad: scenario.lasts.unwrap_or(setup.pace.bad), ..setup.pace };
    let began = Instant::now();
    let samples = thread::scope(|scope| {
        let (place, ways, extra) = (&place, setup.ways, scenario.extra);
        let traffic = scope.spawn(move || {
            place.enter(Side::Home)?;
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            let samples = runtime.block_on(traffic(Arc::new(clients), began, timing, ways, extra));
            runtime.shutdown_background();
            anyhow::Ok(samples)
        });
        let script = perform(scenario, place, &world, began + timing.good);
        let samples = traffic.join().map_err(|_| anyhow::anyhow!("the clients panicked"))?;
        script.and(samples)
    })?;
    let since = |at: Instant| at.saturating_duration_since(began);
    let diary = |log: crate::proxy::Log| Diary {
        accepted: log.accepted.into_iter().map(since).collect(),
        harmed: log.harmed.into_iter().map(since).collect(),
    };
    let events = forwarder.tells().then(|| forwarder.events().into_iter().map(|(at, it)| (since(at), it)).collect());
    Ok(Run {
        scenario: scenario.clone(),
        bad_at: timing.good,
        healed_at: scenario.healed_after().map(|after| timing.good + after),
        last_start: timing.good + timing.bad,
        samples,
        events,
        proxies: world.proxies.iter().map(|proxy| diary(proxy.log())).collect(),
        asked_twice: world.origins.asked_twice(),
    })
}

/// Does what the script says, each thing at its time.
fn perform(scenario: &Scenario, place: &Place, world: &World, bad_at: Instant) -> anyhow::Result<()> {
    for (after, act) in &scenario.script {
        thread::sleep((bad_at + *after).saturating_duration_since(Instant::now()));
        let proxy = |index: u32| {
            world.proxies.iter().find(|proxy| proxy.index() == index).context("the script names no such proxy")
        };
        match *act {
            Act::Nothing => {}
            Act::Set(index, mood) => proxy(index)?.set(mood),
            Act::SetAll(mood) => world.proxies.iter().for_each(|proxy| proxy.set(mood)),
            Act::Line(cut) => place.cut(cut)?,
            Act::PoisonName => world.poison_name(),
            Act::Heal => {
                if matches!(place, Place::Networks(_)) {
                    place.cut(Cut::Healed)?;
                }
                world.proxies.iter().for_each(|proxy| proxy.set(Mood::Works));
            }
        }
    }
    Ok(())
}

/// New clients at a steady rate, whatever becomes of those before them.
async fn traffic(clients: Arc<Clients>, began: Instant, pace: Pace, ways: Ways, extra: Option<Kind>) -> Vec<Sample> {
    let mut tasks = JoinSet::new();
    let mut sheets = Vec::new();
    let mut start = |id: u64, kind: Kind, way: Way, tasks: &mut JoinSet<()>| {
        let (clients, sheet) = (Arc::clone(&clients), Sheet::new(began, kind, way));
        sheets.push(sheet.clone());
        tasks.spawn(async move { clients.run(id, kind, way, &sheet).await });
    };
    let mut ticks = interval_at(began.into(), Duration::from_secs(1) / pace.rate);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    let mut next_extra = pace.good;
    for id in 1_u64.. {
        ticks.tick().await;
        let now = began.elapsed();
        if now >= pace.good + pace.bad {
            break;
        }
        let (kind, way) = if clients.telegram.is_some() { telegrams(id) } else { usual(id) };
        start(id, kind, if ways == Ways::Socks5 { Way::Socks5 } else { way }, &mut tasks);
        if let Some(extra) = extra
            && now >= next_extra
        {
            start(id | 1 << 40, extra, Way::Socks5, &mut tasks);
            next_extra += EXTRA;
        }
        while tasks.try_join_next().is_some() {}
    }
    // Whoever has not ended by then is written down as it is.
    let _ = timeout(pace.drain, async { while tasks.join_next().await.is_some() {} }).await;
    sheets.iter().map(Sheet::close).collect()
}

/// What client number `id` does. Of fifty: sixteen TLS, sixteen GET (three of them of big pages), fourteen of the
/// protocol that must not be repeated, one download, two servers that speak first, one echo.
fn usual(id: u64) -> (Kind, Way) {
    let place = id % 50;
    let kind = match place {
        7 => Kind::Download,
        13 | 38 => Kind::Banner,
        26 => Kind::Echo,
        4 | 22 | 43 => Kind::BigGet,
        _ => match place % 3 {
            0 => Kind::Tls,
            1 => Kind::Get,
            _ => Kind::Own,
        },
    };
    let way = match (kind, id % 8) {
        (Kind::Banner, _) => Way::Socks5,
        (Kind::Get, 1 | 2) => Way::Absolute,
        (_, 3 | 6) => Way::Connect,
        _ => Way::Socks5,
    };
    (kind, way)
}

/// What client number `id` does where all proxies are Telegram's: one in fifty asks for a file, for ciphers are
/// slow where nothing is optimised.
fn telegrams(id: u64) -> (Kind, Way) {
    (if id % 50 == 7 { Kind::TelegramFile } else { Kind::Telegram }, Way::Telegram)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_clients_are_of_all_kinds_and_ways() {
        let of = |wanted: Kind| (0..50).filter(|id| usual(*id).0 == wanted).count();
        let kinds = [Kind::Tls, Kind::Get, Kind::BigGet, Kind::Own, Kind::Download, Kind::Banner, Kind::Echo];
        let counts = kinds.map(of);
        assert_eq!(counts.iter().sum::<usize>(), 50);
        assert!(counts[0] >= 14 && counts[1] >= 10 && counts[3] >= 12, "{counts:?}");
        for way in [Way::Socks5, Way::Connect, Way::Absolute] {
            assert!((0..50).any(|id| usual(id).1 == way), "{way}");
        }
    }
}
