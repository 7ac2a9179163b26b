//! The command line.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::Parser;
use paperwing_lab::delay::{self, Delay};
use paperwing_lab::figures::judge;
use paperwing_lab::forwarder::Choice;
use paperwing_lab::place::{Block, Place};
use paperwing_lab::pool::{play_all, usual_jobs};
use paperwing_lab::report::{Row, markdown, picture, terminal};
use paperwing_lab::run::{Run, Setup, Ways, name};
use paperwing_lab::sample::Sample;
use paperwing_lab::scenario::{Pace, Scenario, USUAL, all};
use paperwing_lab::world::World;

/// What is measured beside the scenarios.
const DELAY: &str = "delay";

/// Blocks proxies while traffic runs and shows what clients see of it.
#[derive(Debug, Parser)]
#[command(name = "paperwing-lab", version, max_term_width = 100)]
struct Lab {
    /// Only these scenarios; all where none is named
    #[arg(long, value_name = "NAME")]
    scenario: Vec<String>,
    /// Print the names of the scenarios
    #[arg(long)]
    list: bool,
    /// So many runs of each; the worst figures count
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,
    /// So many scenarios side by side; by default as many as the processors bear, and one where a peer listens
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    /// Shorter phases: under five minutes in all
    #[arg(long)]
    short: bool,
    /// Look at another forwarder, which listens there; without one, Paperwing is started
    #[arg(long, value_name = "HOST:PORT")]
    peer: Option<SocketAddr>,
    /// Look at another forwarder, which this line starts afresh for each scenario; {listen} stands for where it is to
    /// listen, {1}, {2} and {3} for the proxies (two SOCKS5, one HTTP)
    #[arg(long, value_name = "LINE", conflicts_with = "peer")]
    peer_command: Option<String>,
    /// How clients ask; some forwarders know nothing but SOCKS5
    #[arg(long, value_enum, default_value = "all")]
    ask: Ways,
    /// Where the ports of the lab's proxies begin, where there is a peer
    #[arg(long, default_value_t = 17_701)]
    port: u16,
    /// Write the table and the pictures into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print each connection that failed or was slow
    #[arg(long)]
    verbose: bool,
}

pub(crate) fn main() -> ExitCode {
    match Lab::parse().run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

// === impl Lab ===

impl Lab {
    fn run(&self) -> anyhow::Result<ExitCode> {
        if self.list {
            for scenario in all() {
                println!("{:17} {}", scenario.name, scenario.says);
            }
            println!("{DELAY:17} how long clients wait for a proxy that is far away");
            return Ok(ExitCode::SUCCESS);
        }
        let setup = self.setup()?;
        if self.peer.is_some() {
            self.print_proxies()?;
        }
        let mut scenarios = Vec::new();
        let mut skipped = Vec::new();
        for scenario in self.scenarios()? {
            match self.why_not(&scenario) {
                Some(why) => skipped.push((scenario, why)),
                None => scenarios.push(scenario),
            }
        }
        let rows = self.rows(scenarios, &setup)?;
        if !rows.is_empty() {
            print!("\n{}", terminal(&rows));
        }
        for (scenario, why) in &skipped {
            println!("{}: left out: {why}", scenario.name);
        }
        let delay = self.delay(&setup)?;
        if let Some(delay) = &delay {
            println!("{}", delay.words());
        }
        if let Some(dir) = &self.out {
            let after = delay.as_ref().map(|delay| format!("\n{}\n", delay.words())).unwrap_or_default();
            let table = markdown(&rows, &self.about()) + &after;
            fs::write(dir.join("table.md"), table).with_context(|| dir.display().to_string())?;
        }
        let is_late = delay.is_some_and(|delay| !delay.is_met());
        let missed = is_late || rows.iter().any(|row| !row.regressions().is_empty());
        let not_allowed = !skipped.is_empty() && std::env::var("CI").as_deref() == Ok("true");
        // A peer owes us nothing.
        let is_peer = self.peer.is_some() || self.peer_command.is_some();
        Ok(if !is_peer && (missed || not_allowed) { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// How long a client waits for a proxy that is far away: part of whole runs, and to be asked for as `delay`.
    fn delay(&self, setup: &Setup) -> anyhow::Result<Option<Delay>> {
        let is_wanted = self.scenario.is_empty() || self.scenario.iter().any(|name| name == DELAY);
        let is_peer = self.peer.is_some() || self.peer_command.is_some();
        if !is_wanted || is_peer || Place::networks().is_err() {
            return Ok(None);
        }
        let runs = (0..self.runs).map(|_| delay::measure(&setup.forwarder)).collect::<anyhow::Result<Vec<_>>>()?;
        Ok(Delay::all(runs))
    }

    fn setup(&self) -> anyhow::Result<Setup> {
        let forwarder = match (self.peer, &self.peer_command) {
            (Some(peer), _) => Choice::Peer(peer),
            (_, Some(line)) => Choice::Command(line.clone()),
            _ => Choice::paperwing()?,
        };
        Ok(Setup {
            forwarder,
            pace: if self.short { Pace::SHORT } else { Pace::FULL },
            first_port: self.peer.map(|_| self.port),
            ways: self.ask,
        })
    }

    fn scenarios(&self) -> anyhow::Result<Vec<Scenario>> {
        if self.scenario.is_empty() {
            return Ok(all());
        }
        self.scenario.iter().filter(|name| *name != DELAY).map(|name| named(name)).collect()
    }

    fn why_not(&self, scenario: &Scenario) -> Option<String> {
        let is_peer = self.peer.is_some() || self.peer_command.is_some();
        if is_peer && scenario.speaks != USUAL && self.scenario.is_empty() {
            return Some("the first proxy speaks another protocol; name the scenario if the peer knows".to_owned());
        }
        if scenario.needs_networks && self.peer.is_some() {
            return Some("a peer is not in the lab's networks".to_owned());
        }
        scenario.lacks()
    }

    fn rows(&self, scenarios: Vec<Scenario>, setup: &Setup) -> anyhow::Result<Vec<Row>> {
        let runs = play_all(&scenarios, self.runs, self.jobs(), setup, |turn, run, figures| {
            let of = if self.runs > 1 { format!(" {}/{}", turn.number, self.runs) } else { String::new() };
            let checks = judge(figures, &run.scenario.goals);
            let missed: Vec<&str> =
                checks.iter().filter(|check| !check.met).map(|check| check.figure.words()).collect();
            let missed = if missed.is_empty() { String::new() } else { format!("; missed: {}", missed.join(", ")) };
            eprintln!(
                "{:17}{of} {} sent, {} failed ({} repeatable), longest {:.2?}{missed}",
                run.scenario.name, figures.sent, figures.failed, figures.failed_safe, figures.longest
            );
            if self.verbose {
                tell(run);
            }
            self.out.as_deref().filter(|_| turn.number == self.runs).map_or(Ok(()), |dir| save(dir, run))
        })?;
        Ok(scenarios.into_iter().zip(runs).map(|(scenario, runs)| Row::new(scenario, runs)).collect())
    }

    /// A peer that listens already has one list of proxies, so there is one world at a time.
    fn jobs(&self) -> usize {
        match (self.peer, self.jobs) {
            (Some(_), _) => 1,
            (None, Some(jobs)) => jobs.into(),
            (None, None) => usual_jobs(),
        }
    }

    /// What a peer has to be set up with. Between scenarios they go away and come back.
    fn print_proxies(&self) -> anyhow::Result<()> {
        let world = World::start(&Arc::new(Place::Loopback(Block::FIXED)), &USUAL, Some(self.port))?;
        println!("The peer is expected to go through these, in this order:");
        for (index, proxy) in (1..).zip(&world.proxies) {
            println!("  {}", proxy.link(&name(index)));
        }
        Ok(())
    }

    fn about(&self) -> String {
        let pace = if self.short { Pace::SHORT } else { Pace::FULL };
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        format!(
            "{} new connections a second, {} s in which all works, then {} s in which the pick does not (freeze and this \
             computer's own network: longer); {} run{} of each scenario, the worst figures of them; {} scenarios side by \
             side on {processors} processors.\n\n✓ is a goal met, ✗ one missed; a figure with neither has no goal. *Repeatable*: nothing had \
             come back, and what the client had sent may be sent twice. *Longest*: the wait for an answer's first byte, \
             or for the failure. Behind the median of the 3 s after the verdict, the healthy one in brackets. *Last to \
             the bad*: the last connection that the bad proxy took, after the first sign. *Back to normal*: the start of the \
             last connection that failed or waited 500 ms too long, after the first sign, or after the network was back. \
             *To standbys*: while the pick was healthy, of all.",
            pace.rate,
            pace.good.as_secs(),
            pace.bad.as_secs(),
            self.runs,
            if self.runs == 1 { "" } else { "s" },
            self.jobs(),
        )
    }
}

fn named(name: &str) -> anyhow::Result<Scenario> {
    Scenario::named(name).with_context(|| format!("there is no scenario “{name}”; --list shows their names"))
}

fn save(dir: &Path, run: &Run) -> anyhow::Result<()> {
    fs::create_dir_all(dir)?;
    let file = dir.join(format!("{}.svg", run.scenario.name));
    fs::write(&file, picture(run)).with_context(|| file.display().to_string())
}

/// Every connection that failed or waited, and everything that the forwarder said.
fn tell(run: &Run) {
    let slow = |sample: &&Sample| sample.failed() || sample.wait().as_millis() > 500;
    for sample in run.samples.iter().filter(slow) {
        let start = sample.start.as_secs_f64() - run.bad_at.as_secs_f64();
        let (wait, ended) = (sample.wait().as_secs_f64(), (sample.ended.saturating_sub(sample.start)).as_secs_f64());
        eprintln!(
            "  {start:+7.3} s {:14} {:12} waited {wait:6.3} s, {} bytes, via {}, ended after {ended:6.3} s: {}",
            sample.kind,
            sample.way,
            sample.received,
            sample.via.map_or("?".to_owned(), |via| via.to_string()),
            sample.end
        );
    }
    for (at, event) in run.events.iter().flatten() {
        eprintln!("  {:+7.3} s {event}", at.as_secs_f64() - run.bad_at.as_secs_f64());
    }
}
