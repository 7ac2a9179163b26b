//! Worlds made from a seed.

use std::time::Duration;

use paperwing_link::{Host, ProxyId};

use super::chance::Chance;
use super::world::{Act, At, Destination, Mood, Network, ProxyTruth, Story, World};

/// What a world is made from. Smaller numbers make smaller worlds, so that a failing one can be shrunk.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) proxies: usize,
    pub(super) minutes: u64,
    pub(super) outages: u64,
    pub(super) acts: u64,
    pub(super) connections: usize,
}

const TROUBLES: [Mood; 11] = [
    Mood::Slow,
    Mood::Refuses,
    Mood::Resets,
    Mood::Garbage,
    Mood::Dead,
    Mood::Mute,
    Mood::RequestMute,
    Mood::HangsUp,
    Mood::ExitDead,
    Mood::Lies,
    Mood::Rejects,
];

const TARGETS: usize = 8;

impl Plan {
    /// The plan of one of many worlds.
    pub(super) fn of(seed: u64) -> Self {
        let mut chance = Chance::new(seed ^ 0x5eed);
        let proxies = chance.index(6) + 1;
        let outages = if chance.percent(40) { chance.within(1..=2) } else { 0 };
        let acts = if chance.percent(50) { chance.within(1..=6) } else { 0 };
        Self { seed, proxies, minutes: chance.within(4..=25), outages, acts, connections: 120 }
    }

    pub(super) fn world(&self) -> World {
        let mut chance = Chance::new(self.seed);
        let end = Duration::from_secs(self.minutes * 60);
        let a_steady_one = chance.percent(60).then(|| chance.index(self.proxies));
        let mut proxies: Vec<_> = (0..self.proxies)
            .map(|index| {
                let moods =
                    if Some(index) == a_steady_one { Story::always(Mood::Works) } else { moods(&mut chance, end) };
                proxy(&mut chance, index, moods)
            })
            .collect();
        if let Some((from, to)) = self.page(end) {
            for proxy in &mut proxies {
                proxy.moods.interrupt(from, to, Mood::Garbage);
            }
        }
        let network = self.network(&mut chance, end);
        let acts = self.acts(&mut chance, &network, end);
        let dead_targets = chance.index(3);
        let targets = (0..TARGETS)
            .map(|index| match index {
                _ if index >= dead_targets => Destination::Up,
                0 => Destination::Unreachable,
                _ => Destination::Silent,
            })
            .collect();
        World { proxies, targets, network, acts, arrivals: self.arrivals(&mut chance, end) }
    }

    /// Outages one after another, far enough apart to tell which of them a verdict is due to.
    fn network(&self, chance: &mut Chance, end: At) -> Story<Network> {
        let mut story = Story::always(Network::Up);
        let share = u64::try_from(end.as_millis()).unwrap_or(u64::MAX) / (self.outages + 1);
        let mut at = At::ZERO;
        for _ in 0..self.outages {
            at += chance.millis(40_000..=share.max(60_000));
            story.0.push((at, chance.one_of(&[Network::Silent, Network::Silent, Network::NoRoute])));
            at += chance.millis(2_000..=50_000);
            story.0.push((at, Network::Up));
        }
        story
    }

    /// When a page answers in every proxy's place, in most worlds.
    fn page(&self, end: At) -> Option<(At, At)> {
        let mut chance = Chance::new(self.seed ^ 0x9a6e);
        let from = end.mul_f64(0.1 + 0.5 * chance.part());
        chance.percent(70).then(|| (from, from + chance.millis(10_000..=180_000)))
    }

    fn acts(&self, chance: &mut Chance, network: &Story<Network>, end: At) -> Vec<(At, Act)> {
        let mut acts = Vec::new();
        for _ in 0..self.acts {
            let at = end.mul_f64(chance.part());
            let proxy = chance.index(self.proxies);
            let act = match chance.within(0..=6) {
                0..=1 => Act::Choose(proxy),
                2 => Act::LeaveTheChoice,
                3 => Act::AskForAnotherTry,
                4 => Act::Edit(proxy),
                5 => Act::Test(proxy),
                _ => {
                    acts.push((at + chance.millis(1..=90_000), Act::PutBack(proxy)));
                    Act::Remove(proxy)
                }
            };
            acts.push((at, act));
        }
        if chance.percent(50) {
            for (at, network) in network.0.iter().skip(1) {
                let act = if *network == Network::Up { Act::KernelSaysUp } else { Act::KernelSaysDown };
                acts.push((*at + Duration::from_millis(200), act));
            }
        }
        acts
    }

    /// Bursts, flows, trickles and silence.
    fn arrivals(&self, chance: &mut Chance, end: At) -> Vec<(At, usize, Duration)> {
        let mut arrivals = Vec::new();
        let mut at = At::ZERO;
        while at < end && arrivals.len() < self.connections {
            let (gap, count) = match chance.within(0..=4) {
                0 => (0..=5, chance.within(10..=30)),
                1 => (200..=900, chance.within(10..=40)),
                2 => (1_000..=8_000, chance.within(5..=20)),
                3 => (8_000..=60_000, chance.within(2..=6)),
                _ => (60_000..=400_000, 1),
            };
            let favourite = chance.index(TARGETS);
            for _ in 0..count {
                at += chance.millis(gap.clone());
                let target = if chance.percent(30) { favourite } else { chance.index(TARGETS) };
                let patience = if chance.percent(5) { chance.millis(100..=5_000) } else { Duration::from_mins(2) };
                arrivals.push((at, target, patience));
            }
        }
        arrivals
    }
}

fn proxy(chance: &mut Chance, index: usize, moods: Story<Mood>) -> ProxyTruth {
    // Now and then two stand on one host.
    let host = if chance.percent(10) { 0 } else { index };
    ProxyTruth {
        id: ProxyId(index as u64 + 1),
        host: Host::Name(format!("p{host}.example")),
        latency: chance.millis(20..=300),
        moods,
    }
}

/// A proxy's life: steady, doomed, moody or flapping.
fn moods(chance: &mut Chance, end: At) -> Story<Mood> {
    match chance.within(0..=3) {
        0 => Story::always(Mood::Works),
        1 => Story::always(chance.one_of(&TROUBLES)),
        2 => {
            let trouble =
                chance.one_of(&[Mood::Refuses, Mood::Resets, Mood::Dead, Mood::Mute, Mood::RequestMute, Mood::HangsUp]);
            spells(chance, end, 2_000..=15_000, |_| trouble)
        }
        _ => spells(chance, end, 20_000..=300_000, |chance| chance.one_of(&TROUBLES)),
    }
}

fn spells(
    chance: &mut Chance,
    end: At,
    length: std::ops::RangeInclusive<u64>,
    mut trouble: impl FnMut(&mut Chance) -> Mood,
) -> Story<Mood> {
    let mut story = Story(Vec::new());
    let (mut at, mut works) = (At::ZERO, chance.percent(60));
    while at < end {
        story.0.push((at, if works { Mood::Works } else { trouble(chance) }));
        at += chance.millis(length.clone());
        works = !works;
    }
    story
}
