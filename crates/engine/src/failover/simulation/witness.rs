//! Watches a life, knows the truth, and complains of the first thing that should not have been. Each property is a
//! function whose name says it.

use std::collections::BTreeMap;
use std::time::Instant;

use paperwing_link::ProxyId;

use super::belief::{Belief, Known};
use super::connection::Connection;
use super::world::{Act, At, Destination, World};
use crate::event::Event;
use crate::failover::board::{Board, Candidate, Footing};
use crate::failover::rules::Rules;
use crate::outcome::{Blame, Failure};

mod liveness;
mod network;
mod portal;
mod restraint;
mod switches;

/// What a life came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Tally {
    pub(super) connections: usize,
    pub(super) carried: usize,
    /// Refused although some proxy would have carried.
    pub(super) missed: usize,
    pub(super) attempts: usize,
    pub(super) trials: usize,
    pub(super) blocked: usize,
    pub(super) recovered: usize,
    pub(super) rejected: usize,
    pub(super) switches: usize,
    pub(super) outages: usize,
    /// Verdicts for an outage of the own network that nobody could know better.
    pub(super) unlucky: usize,
    /// Connections during which the pick had long been well.
    pub(super) calm: usize,
    /// Pages that were told of in every proxy's place.
    pub(super) pages: usize,
}

pub(super) struct Witness {
    rules: Rules,
    diary: Option<Vec<String>>,
    complaint: Option<String>,
    beliefs: BTreeMap<ProxyId, Belief>,
    choice: Option<ProxyId>,
    network: network::Belief,
    picks: switches::Picks,
    refusals: liveness::Refusals,
    in_vain: liveness::InVain,
    portal: portal::Belief,
    pub(super) tally: Tally,
}

/// So many lines of the diary are shown.
const SHOWN: usize = 60;

impl Witness {
    pub(super) fn new(world: &World, rules: Rules, keeps_a_diary: bool) -> Self {
        let diary = keeps_a_diary
            .then(|| vec![format!("{:#?}\n{:?}\n{:?}\n{:?}", world.proxies, world.targets, world.network, world.acts)]);
        Self {
            rules,
            diary,
            complaint: None,
            beliefs: BTreeMap::new(),
            choice: None,
            network: network::Belief::default(),
            picks: switches::Picks::default(),
            refusals: liveness::Refusals::default(),
            in_vain: liveness::InVain::default(),
            portal: portal::Belief::default(),
            tally: Tally::default(),
        }
    }

    /// The first complaint, after the diary.
    pub(super) fn verdict(&mut self) -> Result<(), String> {
        let Some(complaint) = self.complaint.take() else { return Ok(()) };
        let diary = self.diary.take().unwrap_or_default();
        let (world, lines) = diary.split_at(diary.len().min(1));
        let last = &lines[lines.len().saturating_sub(SHOWN)..];
        Err(format!("{}\n{}\n{complaint}", world.concat(), last.join("\n")))
    }

    fn complain(&mut self, now: At, complaint: impl FnOnce() -> String) {
        if self.complaint.is_none() {
            self.complaint = Some(format!("{now:?}: {}", complaint()));
        }
    }

    fn note(&mut self, now: At, line: impl FnOnce() -> String) {
        if let Some(diary) = &mut self.diary {
            diary.push(format!("{now:?}: {}", line()));
        }
    }

    fn belief(&self, proxy: ProxyId) -> Belief {
        self.beliefs.get(&proxy).copied().unwrap_or(Belief::NEW)
    }

    fn nothing_is_open(&self) -> bool {
        !self.beliefs.values().any(Belief::is_open)
    }
}

// === what happens, told by the life ===

impl Witness {
    /// A connection comes. The pick, where it has long been well.
    pub(super) fn arrives(&mut self, world: &World, board: &Board, target: usize, now: At) -> Option<ProxyId> {
        self.tally.connections += 1;
        self.note(now, || format!("a connection comes for target {target}, the pick is {:?}", board.pick()));
        self.calm_pick(world, board.pick()?, target, now)
    }

    pub(super) fn is_offered(&mut self, tried: &[ProxyId], candidate: &Candidate, now: At) {
        self.note(now, || format!("after {tried:?} the board offers {candidate:?}"));
        self.tally.attempts += 1;
        self.nobody_is_tried_twice(tried, candidate, now);
        self.no_connection_begins_with_the_dead_while_another_lives(tried, candidate, now);
        self.the_blocked_rest_and_the_rejected_rest_for_ever(candidate, now);
        self.a_persons_choice_is_not_forgotten(tried, candidate, now);
        let goes_along = self.nothing_is_open()
            && candidate.footing == Footing::Trusted
            && self.belief(candidate.proxy).rest().is_some_and(|rest| rest.may_be_shared(&self.rules, now));
        if let Some(belief) = self.beliefs.get_mut(&candidate.proxy)
            && !belief.is_open()
            && !goes_along
        {
            belief.is_on_trial(&self.rules, now);
            self.tally.trials += 1;
            if candidate.footing != Footing::Trial {
                self.complain(now, || format!("{:?} is blocked and tried without a trial", candidate.proxy));
            }
        }
    }

    pub(super) fn is_offered_nothing(&mut self, tried: &[ProxyId], now: At) {
        self.note(now, || format!("after {tried:?} the board offers nothing"));
        self.nobody_starves(tried, now);
    }

    pub(super) fn sees_failure(&mut self, proxy: ProxyId, failure: Failure, began: At, now: At) {
        self.note(now, || format!("{proxy:?} failed: {failure:?}"));
        let is_networks = self.network.was_away_after(began);
        if self.network.is_down && failure.blame() == Blame::Proxy {
            // An answer brings the network back, and every proxy is forgiven: this one too.
            return;
        }
        if let Some(belief) = self.beliefs.get_mut(&proxy) {
            belief.has_failed(failure, is_networks, now);
        }
    }

    /// The network came back: attempts from before tell nothing.
    pub(super) fn sees_attempts_dropped(&mut self, dropped: &[(ProxyId, Failure)]) {
        for (proxy, _) in dropped {
            if let Some(belief) = self.beliefs.get_mut(proxy) {
                belief.is_tried_no_more();
            }
        }
    }

    /// An attempt that began at a moment and that nobody waited for has failed.
    pub(super) fn sees_late_failure(&mut self, proxy: ProxyId, failure: Failure, began: At, now: At) {
        self.note(now, || format!("{proxy:?} failed late: {failure:?}"));
        let is_networks = failure.is_silence() && self.network.was_away_after(began);
        if let Some(belief) = self.beliefs.get_mut(&proxy) {
            if is_networks {
                belief.is_tried_no_more();
            } else {
                belief.has_failed_late(failure, now);
            }
        }
    }

    pub(super) fn sees_success(&mut self, world: &World, proxy: ProxyId, connection: &Connection, now: At) {
        self.note(now, || format!("{proxy:?} carries the connection of {:?}", connection.began));
        self.tally.carried += 1;
        self.refusals.end();
        for (failed, failure) in &connection.failed {
            if failure.blame() == Blame::Target
                && let Some(belief) = self.beliefs.get_mut(failed)
            {
                belief.has_failed_late(*failure, now);
            }
        }
        self.sees_late_success(proxy, now);
        self.no_standby_is_touched_without_need(world, connection, now);
    }

    pub(super) fn sees_late_success(&mut self, proxy: ProxyId, now: At) {
        self.note(now, || format!("{proxy:?} works"));
        self.in_vain.ends(now);
        if let Some(belief) = self.beliefs.get_mut(&proxy) {
            belief.carried_at = Some(now);
        }
    }

    pub(super) fn sees_refusal(&mut self, world: &World, connection: &Connection, known_down: bool, now: At) {
        self.note(now, || format!("refused: the connection of {:?} after {:?}", connection.began, connection.failed));
        self.no_client_hears_of_it_while_one_proxy_works(world, connection, known_down, now);
        self.a_steady_proxy_is_found(world, connection, now);
        for (proxy, _) in &connection.failed {
            if let Some(belief) = self.beliefs.get_mut(proxy) {
                belief.is_tried_no_more();
            }
        }
        if world.targets[connection.target] == Destination::Up {
            self.no_standby_is_touched_without_need(world, connection, now);
        }
    }

    pub(super) fn sees_act(&mut self, act: Act, now: At) {
        self.note(now, || format!("{act:?}"));
        let id = |index: usize| ProxyId(index as u64 + 1);
        match act {
            Act::Choose(proxy) => self.choice = Some(id(proxy)),
            Act::LeaveTheChoice => self.choice = None,
            Act::AskForAnotherTry => self.forgive(now),
            _ => {}
        }
        self.picks.person_acted(now);
    }

    pub(super) fn sees_list(&mut self, listed: &[ProxyId], changed: &[ProxyId]) {
        self.in_vain = liveness::InVain::default();
        self.beliefs.retain(|id, _| listed.contains(id) && !changed.contains(id));
        for id in listed {
            self.beliefs.entry(*id).or_insert(Belief::NEW);
        }
    }

    pub(super) fn hears(
        &mut self,
        world: &World,
        board: &Board,
        base: Instant,
        before: Option<ProxyId>,
        events: &[Event],
        now: At,
    ) {
        let mut pick = before;
        self.network.hush_over = board.hush_over.map(|at| at - base);
        for event in events {
            self.note(now, || format!("{event:?}"));
            match *event {
                Event::Blocked { proxy, why, retry_in } => {
                    self.the_own_network_is_no_proxys_fault(world, proxy, now);
                    self.is_news(proxy, now, "blocked", |known| matches!(known, Known::Open));
                    self.beliefs.entry(proxy).or_insert(Belief::NEW).is_blocked(why, retry_in, now);
                    self.tally.blocked += 1;
                }
                Event::Rejected { proxy, .. } => {
                    self.is_news(proxy, now, "rejected", |known| !matches!(known, Known::Rejected));
                    self.beliefs.entry(proxy).or_insert(Belief::NEW).is_rejected(now);
                    self.tally.rejected += 1;
                }
                Event::Recovered { proxy } => {
                    self.is_news(proxy, now, "recovered", |known| !matches!(known, Known::Open));
                    self.beliefs.entry(proxy).or_insert(Belief::NEW).known = Known::Open;
                    self.tally.recovered += 1;
                }
                Event::Switched { from, to, why, .. } => {
                    if pick != Some(from) || from == to {
                        self.complain(now, || format!("switched from {from:?} to {to:?} while the pick was {pick:?}"));
                    }
                    self.no_switch_without_a_cause(world, from, to, why, now);
                    self.tally.switches += 1;
                    pick = Some(to);
                }
                Event::NoNetwork => self.the_network_goes_once(world, now),
                Event::NetworkBack => {
                    self.the_network_comes_back_once(world, now);
                    self.forgive(now);
                }
                Event::AllBlocked => {
                    self.portal = portal::Belief::default();
                    if !self.nothing_is_open() {
                        self.complain(now, || "all are said to be blocked and one is not".to_owned());
                    }
                }
                Event::SignInNeeded => self.a_page_is_told_of_once(now),
                Event::SignInOver => self.a_page_is_gone(now),
                Event::Listening { .. } | Event::NewHostKey { .. } => {}
            }
        }
        if board.pick() != pick {
            // A first pick, and one that left the list, are no switch.
            if before.is_some_and(|before| self.beliefs.contains_key(&before)) {
                self.complain(now, || format!("the pick is {:?} and nobody said so", board.pick()));
            }
            self.picks.is_given(board.pick());
        }
        for (id, belief) in &self.beliefs {
            let health = board.health(*id).map(|(health, ..)| health);
            let said =
                !matches!(health, Some(crate::Health::Blocked | crate::Health::Rejected | crate::Health::Probation));
            if belief.is_open() != said {
                let complaint = format!("{now:?}: {id:?} is {health:?} and the events said {:?}", belief.known);
                self.complaint.get_or_insert(complaint);
            }
        }
    }

    fn is_news(&mut self, proxy: ProxyId, now: At, news: &str, is_new: impl Fn(Known) -> bool) {
        let known = self.belief(proxy).known;
        if !is_new(known) {
            self.complain(now, || format!("{proxy:?} is said to be {news} and was {known:?}"));
        }
    }

    fn forgive(&mut self, now: At) {
        self.beliefs.values_mut().for_each(|belief| belief.is_forgiven(now));
    }
}

impl std::ops::AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.connections += other.connections;
        self.carried += other.carried;
        self.missed += other.missed;
        self.attempts += other.attempts;
        self.trials += other.trials;
        self.blocked += other.blocked;
        self.recovered += other.recovered;
        self.rejected += other.rejected;
        self.switches += other.switches;
        self.outages += other.outages;
        self.unlucky += other.unlucky;
        self.calm += other.calm;
        self.pages += other.pages;
    }
}
