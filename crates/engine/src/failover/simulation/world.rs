//! The truth: what every proxy, target and the own network do at each moment, whoever asks. The board never sees it.

use std::time::Duration;

use paperwing_link::{Host, ProxyId};

use crate::outcome::{Cause, Failure, Garbage, Local, Stage, TargetFailure};

/// A moment, counted from the beginning of the world.
pub(super) type At = Duration;

/// What a proxy does with those who come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mood {
    Works,
    /// Answers after seconds.
    Slow,
    Refuses,
    Resets,
    /// Answers in another protocol.
    Garbage,
    /// Packets to it vanish.
    Dead,
    /// Takes the connection and never greets.
    Mute,
    /// Greets and never answers a request.
    RequestMute,
    /// Greets and hangs up on every request.
    HangsUp,
    /// Reaches no target at all.
    ExitDead,
    /// Reaches every second target only.
    Lies,
    Rejects,
}

/// What a target does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Destination {
    Up,
    Unreachable,
    Silent,
}

/// The own network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Network {
    Up,
    /// Packets vanish and nobody says so.
    Silent,
    /// The kernel says that there is no route.
    NoRoute,
}

/// Something that changes as time goes by. The first entry is for the beginning.
#[derive(Clone, Debug)]
pub(super) struct Story<T>(pub(super) Vec<(At, T)>);

#[derive(Clone, Debug)]
pub(super) struct ProxyTruth {
    pub(super) id: ProxyId,
    pub(super) host: Host,
    pub(super) latency: Duration,
    pub(super) moods: Story<Mood>,
}

/// What people and the kernel do.
#[derive(Clone, Copy, Debug)]
pub(super) enum Act {
    Choose(usize),
    LeaveTheChoice,
    AskForAnotherTry,
    Edit(usize),
    Remove(usize),
    PutBack(usize),
    Test(usize),
    KernelSaysDown,
    KernelSaysUp,
}

#[derive(Clone, Debug)]
pub(super) struct World {
    pub(super) proxies: Vec<ProxyTruth>,
    pub(super) targets: Vec<Destination>,
    pub(super) network: Story<Network>,
    pub(super) acts: Vec<(At, Act)>,
    /// When a connection comes, for which target, and how long its client waits.
    pub(super) arrivals: Vec<(At, usize, Duration)>,
}

/// What becomes of an attempt if nobody ends it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fate {
    /// Where it stands before it has asked for the target.
    early: Stage,
    /// When it asks for the target.
    asks: Option<At>,
    /// When and how it ends; never, where nobody answers.
    pub(super) ends: Option<(At, Result<(), Failure>)>,
}

// === impl Story ===

impl<T: Copy + PartialEq> Story<T> {
    /// Between two moments something else is the case.
    pub(super) fn interrupt(&mut self, from: At, to: At, by: T) {
        let then = self.at(to);
        self.0.retain(|(at, _)| *at < from || *at > to);
        self.0.extend([(from, by), (to, then)]);
        self.0.sort_by_key(|(at, _)| *at);
    }

    pub(super) fn always(what: T) -> Self {
        Self(vec![(At::ZERO, what)])
    }

    pub(super) fn at(&self, at: At) -> T {
        let next = self.0.partition_point(|(since, _)| *since <= at);
        self.0[next.max(1) - 1].1
    }

    /// Whether it is so all the time, both ends included.
    pub(super) fn is_throughout(&self, from: At, to: At, so: impl Fn(T) -> bool) -> bool {
        so(self.at(from)) && self.0.iter().filter(|(at, _)| from < *at && *at <= to).all(|(_, what)| so(*what))
    }
}

// === impl World ===

impl World {
    pub(super) fn position(&self, id: ProxyId) -> usize {
        self.proxies.iter().position(|proxy| proxy.id == id).unwrap_or(usize::MAX)
    }

    pub(super) fn network_up(&self, from: At, to: At) -> bool {
        self.network.is_throughout(from, to, |network| network == Network::Up)
    }

    /// Whether the proxy did what it should for everybody, all the time. The network is another matter.
    pub(super) fn works(&self, proxy: usize, from: At, to: At) -> bool {
        self.proxies[proxy].moods.is_throughout(from, to, |mood| mood == Mood::Works)
    }

    /// Whether the proxy would have carried a connection to the target all the time.
    pub(super) fn carries(&self, proxy: usize, target: usize, from: At, to: At) -> bool {
        let reaches = |mood| mood == Mood::Works || (mood == Mood::Lies && target.is_multiple_of(2));
        self.targets[target] == Destination::Up
            && self.network_up(from, to)
            && self.proxies[proxy].moods.is_throughout(from, to, reaches)
    }

    /// The outage of the own network that was going on within so much time before a moment: its beginning and its end.
    pub(super) fn outage_within(&self, time: Duration, now: At) -> Option<(At, At)> {
        let spells = &self.network.0;
        spells.iter().enumerate().rev().find_map(|(index, (from, network))| {
            let to = spells.get(index + 1).map_or(At::MAX, |(at, _)| *at);
            (*network != Network::Up && *from <= now && now.saturating_sub(time) < to).then_some((*from, to))
        })
    }

    /// What becomes of an attempt that begins now. `stretch` makes each answer a little different.
    pub(super) fn fate(&self, proxy: usize, target: usize, now: At, stretch: f64) -> Fate {
        let one = &self.proxies[proxy];
        let answer = one.latency.mul_f64(1.0 + stretch * 0.3);
        let (connect, greet) = (now + answer / 3, now + answer * 2 / 3);
        let ends =
            |at, stage, cause| Fate { early: stage, asks: None, ends: Some((at, Err(Failure::new(stage, cause)))) };
        let silent = |early| Fate { early, asks: None, ends: None };
        let asks = |ends| Fate { early: Stage::Greet, asks: Some(greet), ends };
        let misses = |why| (now + answer, Err(Failure::new(Stage::Request, Cause::Target(why))));
        let reaches = |extra| match self.targets[target] {
            Destination::Up => asks(Some((now + answer + extra, Ok(())))),
            Destination::Unreachable => asks(Some(misses(TargetFailure::HostUnreachable))),
            Destination::Silent => asks(None),
        };
        match self.network.at(now) {
            Network::Up => {}
            Network::Silent => return silent(Stage::Connect),
            Network::NoRoute => {
                return ends(now + Duration::from_millis(1), Stage::Connect, Cause::Local(Local::NoNetwork));
            }
        }
        let fate = match one.moods.at(now) {
            Mood::Lies if !target.is_multiple_of(2) => asks(Some(misses(TargetFailure::General))),
            Mood::Works | Mood::Lies => reaches(Duration::ZERO),
            Mood::Slow => reaches(Duration::from_secs(4)),
            Mood::Refuses => ends(connect, Stage::Connect, Cause::Refused),
            Mood::Resets => ends(greet, Stage::Greet, Cause::Reset),
            Mood::Garbage => ends(greet, Stage::Greet, Cause::Garbage(Garbage::Http)),
            Mood::Dead => silent(Stage::Connect),
            Mood::Mute => silent(Stage::Greet),
            Mood::RequestMute => asks(None),
            Mood::HangsUp => asks(Some((now + answer, Err(Failure::new(Stage::Request, Cause::Closed))))),
            Mood::ExitDead => asks(Some(misses(TargetFailure::General))),
            Mood::Rejects => ends(greet, Stage::Auth, Cause::CredentialsRejected),
        };
        self.cut_short(fate, now)
    }

    /// An answer that is on its way when the network goes down never comes.
    fn cut_short(&self, fate: Fate, now: At) -> Fate {
        let comes = |at: At| self.network_up(now, at);
        Fate { asks: fate.asks.filter(|at| comes(*at)), ends: fate.ends.filter(|(at, _)| comes(*at)), ..fate }
    }
}

// === impl Fate ===

impl Fate {
    pub(super) fn ended(&self, now: At) -> Option<Result<(), Failure>> {
        self.ends.filter(|(at, _)| *at <= now).map(|(_, result)| result)
    }

    pub(super) fn stage(&self, now: At) -> Stage {
        if self.asks.is_some_and(|at| at <= now) { Stage::Request } else { self.early }
    }

    /// What an attempt looks like that nobody answered until now.
    pub(super) fn silence(&self, now: At) -> Failure {
        Failure::new(self.stage(now), Cause::Silent)
    }
}
