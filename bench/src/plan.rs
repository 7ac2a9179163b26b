//! What is measured, in which order. Contenders take turns within every round, so that what else the machine does
//! falls on all of them alike; the figures are medians over the rounds.

use std::collections::BTreeMap;
use std::net::TcpStream;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::contender::{Contender, Running};
use crate::load::{Route, Way};
use crate::stand_in::StandIn;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// What is measured of a contender.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Metric {
    /// Processor seconds per GiB carried down over so many streams.
    Down(u64),
    /// Processor seconds per GiB carried up over so many streams.
    Up(u64),
    /// Processor microseconds per connection, 64 at a time.
    Connection,
    /// Milliseconds of a connection beyond one that goes to the upstream directly.
    Delay,
    /// MiB resident once started.
    AtRest,
    /// KiB resident more per idle connection.
    Idle,
    /// Milliseconds from the start of the process until it takes connections.
    Start,
}

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Times that every contender is measured.
    pub rounds: usize,
    bulk: u64,
    connections: u64,
    delays: usize,
    idle: u64,
    starts: usize,
}

/// What was measured: medians and all that is behind them.
#[derive(Debug, Default)]
pub struct Figures {
    samples: BTreeMap<(usize, Metric), Vec<f64>>,
}

// === impl Extent ===

impl Extent {
    /// About ten minutes, for figures to keep.
    pub const FULL: Self = Self { rounds: 7, bulk: 2 * GIB, connections: 3200, delays: 1500, idle: 2000, starts: 15 };
    /// A minute, for a first look.
    pub const QUICK: Self = Self { rounds: 2, bulk: 512 * MIB, connections: 640, delays: 200, idle: 500, starts: 3 };
}

// === impl Figures ===

impl Figures {
    /// Measures everything.
    pub fn take(contenders: &[Contender], extent: Extent, directory: &Path, say: &dyn Fn(&str)) -> Result<Self> {
        let stand_in = StandIn::start()?;
        let mut figures = Self::default();
        say("start and memory");
        for _ in 0..extent.starts {
            for (index, contender) in contenders.iter().enumerate() {
                let running = contender.start(&stand_in, directory)?;
                figures.add(index, Metric::Start, running.ready_after.as_secs_f64() * 1000.0);
            }
        }
        for (index, contender) in contenders.iter().enumerate() {
            let running = contender.start(&stand_in, directory)?;
            figures.memory(index, &running, extent).with_context(|| contender.name())?;
        }

        let running = contenders.iter().map(|one| one.start(&stand_in, directory)).collect::<Result<Vec<_>>>()?;
        say("a connection's delay");
        figures.delays(&running, Route { through: stand_in.proxy, to: stand_in.target }, extent)?;
        for round in 0..extent.rounds {
            say(&format!("round {} of {}", round + 1, extent.rounds));
            for metric in [Metric::Down(1), Metric::Down(8), Metric::Up(1), Metric::Up(8), Metric::Connection] {
                for (index, one) in running.iter().enumerate() {
                    let cost = processor_cost(one, metric, extent).with_context(|| contenders[index].name())?;
                    if let Some(cost) = cost {
                        figures.add(index, metric, cost);
                    }
                }
            }
        }
        Ok(figures)
    }

    /// The median, if it was measured.
    pub fn median(&self, contender: usize, metric: Metric) -> Option<f64> {
        self.samples.get(&(contender, metric)).and_then(|samples| median(samples))
    }

    fn add(&mut self, contender: usize, metric: Metric, figure: f64) {
        self.samples.entry((contender, metric)).or_default().push(figure);
    }

    #[allow(clippy::cast_precision_loss)]
    fn memory(&mut self, index: usize, running: &Running, extent: Extent) -> Result<()> {
        let settle = || sleep(Duration::from_millis(500));
        settle();
        self.add(index, Metric::AtRest, running.family().resident()? as f64 / MIB as f64);
        // What the first connections allocate once and for all is not the idle ones' share.
        running.route.connections(64)?;
        settle();
        let before = running.family().resident()?;
        let idle: Vec<TcpStream> = (0..extent.idle).map(|_| running.route.idle()).collect::<Result<_>>()?;
        settle();
        let after = running.family().resident()?;
        self.add(index, Metric::Idle, after.saturating_sub(before) as f64 / 1024.0 / idle.len() as f64);
        Ok(())
    }

    fn delays(&mut self, running: &[Running], direct: Route, extent: Extent) -> Result<()> {
        let mut all: Vec<Vec<f64>> = vec![Vec::new(); running.len() + 1];
        for _ in 0..extent.delays {
            for (samples, route) in
                all.iter_mut().zip(std::iter::once(direct).chain(running.iter().map(|one| one.route)))
            {
                samples.push(route.time_of_one()?.as_secs_f64() * 1000.0);
            }
        }
        let medians: Vec<f64> = all.iter().filter_map(|samples| median(samples)).collect();
        if let [direct, through @ ..] = &medians[..] {
            for (index, time) in through.iter().enumerate() {
                self.add(index, Metric::Delay, time - direct);
            }
        }
        Ok(())
    }
}

/// None where it cannot be told: a process of the family ended and was not yet waited for.
#[allow(clippy::cast_precision_loss)]
fn processor_cost(running: &Running, metric: Metric, extent: Extent) -> Result<Option<f64>> {
    let before = running.family().processor_time()?;
    match metric {
        Metric::Up(streams) => running.route.bulk(Way::Up, streams, extent.bulk)?,
        Metric::Down(streams) => running.route.bulk(Way::Down, streams, extent.bulk)?,
        _ => running.route.connections(extent.connections)?,
    }
    // The last connections are still being closed.
    sleep(Duration::from_millis(50));
    let cost = running.family().processor_time()?.checked_sub(before).map(|cost| cost.as_secs_f64());
    Ok(cost.map(|cost| match metric {
        Metric::Connection => cost * 1e6 / extent.connections as f64,
        _ => cost * GIB as f64 / extent.bulk as f64,
    }))
}

/// The middle one, or what lies between the two middle ones.
pub fn median(samples: &[f64]) -> Option<f64> {
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let upper = *sorted.get(middle)?;
    if sorted.len() % 2 == 1 {
        return Some(upper);
    }
    Some(f64::midpoint(*sorted.get(middle.checked_sub(1)?)?, upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_or_between_the_two_middles() {
        assert_eq!(median(&[]), None);
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.5));
    }
}
