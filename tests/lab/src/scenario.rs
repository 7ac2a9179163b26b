//! What is played: a good phase, then the pick turns bad while traffic runs.

use std::time::Duration;

use crate::figures::Figure;
use crate::goals::Goals;
use crate::mood::Mood;
use crate::place::{Cut, Place};
use crate::proxy::{Speaks, shoes};
use crate::sample::Kind;

mod catalogue;

pub use catalogue::{USUAL, all};

/// One row of the table in `docs/failover.md`.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What it is called on the command line.
    pub name: &'static str,
    /// What happens.
    pub says: &'static str,
    /// Whether the kernel has to do it, which needs networks of its own.
    pub needs_networks: bool,
    /// What the proxies speak; the first of them is the pick.
    pub speaks: Vec<Speaks>,
    /// Whether the forwarder knows the first proxy by name.
    pub by_name: bool,
    /// What happens, and how long after the good phase.
    pub script: Vec<(Duration, Act)>,
    /// Connections beside the usual ones, ten a second once the pick has turned bad.
    pub extra: Option<Kind>,
    /// How long the bad phase lasts; the pace says where this does not.
    pub lasts: Option<Duration>,
    /// What is to be reached.
    pub goals: Goals,
    /// Goals that nothing defends yet. They are shown as missed, and fail nobody's run.
    pub not_yet: Vec<Figure>,
}

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// A proxy, counted from 1, changes.
    Set(u32, Mood),
    /// All of them do.
    SetAll(Mood),
    /// The line changes.
    Line(Cut),
    /// The first proxy's name leads to nobody from now on.
    PoisonName,
    /// All is well again: time back to normal counts from here.
    Heal,
    /// Nothing; for what [`Scenario::extra`] brings.
    Nothing,
}

/// How long and how much.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The phase in which all works.
    pub good: Duration,
    /// The phase in which the pick does not.
    pub bad: Duration,
    /// How long clients may take to end when no more begin.
    pub drain: Duration,
    /// New connections a second.
    pub rate: u32,
    /// Bytes of a long download.
    pub file: usize,
}

// === impl Pace ===

impl Pace {
    /// As the figures of `docs/failover.md` ask.
    pub const FULL: Self = Self {
        good: Duration::from_secs(3),
        bad: Duration::from_secs(8),
        drain: Duration::from_secs(12),
        rate: 50,
        file: 10 << 20,
    };
    /// Enough to see whether a defence is there.
    pub const SHORT: Self = Self {
        good: Duration::from_millis(1500),
        bad: Duration::from_secs(4),
        // A late page takes five.
        drain: Duration::from_secs(6),
        rate: 50,
        file: 4 << 20,
    };
    /// For tests that count and do not measure.
    pub const COUNT: Self = Self {
        good: Duration::from_millis(1500),
        bad: Duration::from_secs(3),
        drain: Duration::from_secs(25),
        rate: 20,
        file: 256 << 10,
    };
}

// === impl Scenario ===

impl Scenario {
    /// One of them by name.
    pub fn named(name: &str) -> Option<Self> {
        all().into_iter().find(|scenario| scenario.name == name)
    }

    /// What this computer lacks to play it.
    pub fn lacks(&self) -> Option<String> {
        if self.speaks.iter().any(|speaks| speaks.needs_shoes()) && shoes::find().is_none() {
            return Some("shoes is not on PATH (`cargo install shoes`)".to_owned());
        }
        if !self.needs_networks {
            return None;
        }
        Place::networks().err().map(|error| format!("{error:#}"))
    }

    /// When all is well again, counted from the beginning of the bad phase.
    pub fn healed_after(&self) -> Option<Duration> {
        self.script.iter().find(|(_, act)| matches!(act, Act::Heal)).map(|(after, _)| *after)
    }
}
