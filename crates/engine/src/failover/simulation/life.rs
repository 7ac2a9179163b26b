//! Lives a world through on a virtual clock: the connections dial as [`super::super::dialing`] does, and the witness
//! watches.

use std::collections::BTreeMap;
use std::time::Instant;

use paperwing_link::ProxyId;

use super::chance::Chance;
use super::connection::{Attempt, Connection};
use super::plan::Plan;
use super::witness::{Tally, Witness};
use super::world::{Act, At, Network, World};
use crate::failover::board::{Board, Dial, Entrant, Footing, NetworkIs};
use crate::failover::rules::Rules;
use crate::outcome::{Blame, Failure, Stage};
use crate::snapshot::Choice;

/// Something that is due at a moment.
#[derive(Debug)]
enum Due {
    Arrival(usize),
    Turn(usize),
    /// The end of an overtaken attempt that was let run on.
    Late {
        attempt: Attempt,
        target: usize,
    },
    Act(Act),
}

/// See the module.
pub(super) struct Life {
    world: World,
    rules: Rules,
    board: Board,
    base: Instant,
    now: At,
    due: BTreeMap<(At, u64), Due>,
    sequence: u64,
    connections: BTreeMap<usize, Connection>,
    /// The proxies that are on the list, by their place in the world.
    listed: Vec<usize>,
    chance: Chance,
    witness: Witness,
}

/// Lives through a world. The error is the first thing that should not have been, after what led to it.
pub(super) fn live(plan: Plan) -> Result<Tally, String> {
    let ended = Life::new(plan.world(), plan.seed, false).run();
    // The diary costs more time than the life: it is written only when there is something to read.
    ended.map_err(|complaint| match Life::new(plan.world(), plan.seed, true).run() {
        Err(told) => format!("{plan:?}\n{told}"),
        Ok(_) => complaint,
    })
}

impl Life {
    fn new(world: World, seed: u64, keeps_a_diary: bool) -> Self {
        let mut dice = Chance::new(seed ^ 0xd1ce);
        let rules = Rules::default();
        let board = Board::new(rules.clone(), Box::new(move || dice.part()));
        let witness = Witness::new(&world, rules.clone(), keeps_a_diary);
        let mut life = Self {
            rules,
            board,
            base: Instant::now(),
            now: At::ZERO,
            due: BTreeMap::new(),
            sequence: 0,
            connections: BTreeMap::new(),
            listed: (0..world.proxies.len()).collect(),
            chance: Chance::new(seed ^ 0x11fe),
            witness,
            world,
        };
        for index in 0..life.world.arrivals.len() {
            life.at(life.world.arrivals[index].0, Due::Arrival(index));
        }
        for index in 0..life.world.acts.len() {
            let (at, act) = life.world.acts[index];
            life.at(at, Due::Act(act));
        }
        life.list(&[]);
        life
    }

    fn run(mut self) -> Result<Tally, String> {
        while let Some(((at, _), due)) = self.due.pop_first() {
            self.now = at;
            match due {
                Due::Arrival(index) => {
                    let (_, target, patience) = self.world.arrivals[index];
                    let mut connection = Connection::new(index, target, at, at + patience);
                    connection.returns = self.board.returns();
                    connection.calm_pick = self.witness.arrives(&self.world, &self.board, target, at);
                    self.start_next(&mut connection);
                    self.take_turn(connection);
                }
                Due::Turn(index) => {
                    if let Some(connection) = self.connections.remove(&index) {
                        self.take_turn(connection);
                    }
                }
                Due::Late { attempt, target } => self.late(&attempt, target),
                Due::Act(act) => self.act(act),
            }
            self.witness.verdict()?;
        }
        Ok(self.witness.tally)
    }

    fn at(&mut self, at: At, due: Due) {
        self.sequence += 1;
        self.due.insert((at, self.sequence), due);
    }

    fn tell<T>(&mut self, change: impl FnOnce(&mut Board, Instant) -> T) -> T {
        let (before, returns) = (self.board.pick(), self.board.returns());
        let result = change(&mut self.board, self.base + self.now);
        if self.board.returns() != returns {
            let waiting: Vec<usize> = self.connections.keys().copied().collect();
            for index in waiting {
                self.at(self.now, Due::Turn(index));
            }
        }
        let events = self.board.take_events();
        self.witness.hears(&self.world, &self.board, self.base, before, &events, self.now);
        result
    }
}

// === one connection: each of these is the function of the same name in `dialing` ===

impl Life {
    fn start_next(&mut self, connection: &mut Connection) {
        if !connection.may_start(&self.rules) {
            return;
        }
        let tried = connection.tried.clone();
        let candidate = self.tell(|board, now| board.next(&tried, now));
        let Some(candidate) = candidate else {
            connection.none_left = true;
            self.witness.is_offered_nothing(&tried, self.now);
            return;
        };
        self.witness.is_offered(&tried, &candidate, self.now);
        if connection.running.len() >= self.rules.together {
            let silence = connection.running[0].fate.silence(self.now);
            self.fail(connection, 0, silence);
        }
        connection.tried.push(candidate.proxy);
        let proxy = self.world.position(candidate.proxy);
        let fate = self.world.fate(proxy, connection.target, self.now, self.chance.part());
        let (began, hedge_at) = (self.now, self.now + candidate.hedge_after);
        connection.hush_at = (!connection.running.is_empty()).then_some(hedge_at);
        connection.running.push(Attempt { proxy: candidate.proxy, began, hedge_at, footing: candidate.footing, fate });
    }

    /// Everything that is due for the connection now.
    fn take_turn(&mut self, mut connection: Connection) {
        loop {
            if connection.returns != self.board.returns() {
                self.begin_anew(&mut connection);
            }
            if connection.running.is_empty() {
                return self.refuse(&connection);
            }
            if let Some((index, result)) = connection.ended(self.now) {
                let Err(failure) = result else { return self.carried(connection, index) };
                self.fail(&mut connection, index, failure);
                if self.may_go_on(&connection) {
                    self.start_next(&mut connection);
                }
            } else if self.now >= self.next_turn(&connection) {
                self.time(&mut connection);
            } else {
                break;
            }
        }
        if self.now >= connection.leaves {
            // The client has given up; its attempts are dropped and nobody is told.
            return;
        }
        let at = connection.next_event().min(self.next_turn(&connection));
        self.at(at, Due::Turn(connection.index));
        self.connections.insert(connection.index, connection);
    }

    fn begin_anew(&mut self, connection: &mut Connection) {
        connection.returns = self.board.returns();
        let now = self.now;
        let is_lost = |attempt: &mut Attempt| attempt.fate.stage(now) <= Stage::Connect;
        let lost = connection.running.extract_if(.., is_lost);
        let mut lost: Vec<_> = lost.map(|one| (one.proxy, one.fate.silence(now))).collect();
        let is_networks = |failure: &Failure| matches!(failure.blame(), Blame::Path | Blame::Nobody);
        lost.extend(connection.failed.extract_if(.., |(_, failure)| is_networks(failure)));
        connection.tried.retain(|id| lost.iter().all(|(proxy, _)| proxy != id));
        self.witness.sees_attempts_dropped(&lost);
        let (target, began) = (connection.target as u64, self.base + connection.began);
        self.tell(|board, _| board.no_other(&Dial { target, failed: &lost, began }));
        connection.none_left = false;
        if connection.running.is_empty() {
            self.start_next(connection);
        }
    }

    fn next_turn(&self, connection: &Connection) -> At {
        let hedge = self.hedge_at(connection).into_iter().chain(connection.hush_at).min();
        connection.next_limit(&self.rules).min(hedge.unwrap_or(At::MAX))
    }

    fn hedge_at(&self, connection: &Connection) -> Option<At> {
        let is_full = connection.running.len() >= self.rules.together;
        let may_hedge = connection.may_start(&self.rules)
            && self.may_go_on(connection)
            && (!is_full || self.board.has_standby(&connection.tried));
        may_hedge.then(|| connection.hedge_at(&self.rules, self.now))
    }

    fn may_go_on(&self, connection: &Connection) -> bool {
        let missed = connection.missed();
        let must_go_on = missed == 0 && connection.running.is_empty();
        must_go_on || (missed < 2 && !self.board.is_target_down(connection.target as u64, self.base + self.now))
    }

    fn time(&mut self, connection: &mut Connection) {
        while let Some((index, silence)) = connection.out_of_time(&self.rules, self.now) {
            self.fail(connection, index, silence);
        }
        if connection.hush_at.take_if(|at| self.now >= *at).is_some() {
            let base = self.base;
            let silent: Vec<_> =
                connection.out_of_reach(self.now).into_iter().map(|(id, began)| (id, base + began)).collect();
            if silent.len() > 1 {
                self.tell(|board, _| board.hushed(&silent));
            }
        }
        if self.now < connection.deadline(&self.rules) && self.hedge_at(connection).is_some_and(|at| self.now >= at) {
            self.start_next(connection);
        }
    }

    fn fail(&mut self, connection: &mut Connection, index: usize, failure: Failure) {
        let attempt = connection.running.remove(index);
        connection.failed.push((attempt.proxy, failure));
        connection.none_left = false;
        let waited = self.now - attempt.began;
        self.witness.sees_failure(attempt.proxy, failure, attempt.began, self.now);
        self.tell(|board, now| board.failed(attempt.proxy, failure, waited, now));
    }

    fn carried(&mut self, mut connection: Connection, index: usize) {
        let winner = connection.running.remove(index);
        let took = self.now - winner.began;
        self.witness.sees_success(&self.world, winner.proxy, &connection, self.now);
        let (target, began) = (connection.target as u64, self.base + connection.began);
        let failed = std::mem::take(&mut connection.failed);
        self.tell(|board, now| board.carried(winner.proxy, took, &Dial { target, failed: &failed, began }, now));
        for loser in connection.running {
            if loser.began < winner.began || loser.footing == Footing::Trial {
                self.watch_overtaken(loser, connection.target);
            }
        }
    }

    fn watch_overtaken(&mut self, attempt: Attempt, target: usize) {
        let (silence, waited) = (attempt.fate.silence(self.now), self.now - attempt.began);
        if self.tell(|board, now| board.outpaced(attempt.proxy, silence, waited, now)) {
            let limit = self.now + self.rules.linger;
            let at = attempt.fate.ends.map_or(limit, |(at, _)| at.min(limit));
            self.at(at.max(self.now), Due::Late { attempt, target });
        }
    }

    fn late(&mut self, attempt: &Attempt, target: usize) {
        let (proxy, took) = (attempt.proxy, self.now - attempt.began);
        let failure = match attempt.fate.ended(self.now) {
            Some(Ok(())) => {
                self.witness.sees_late_success(proxy, self.now);
                return self.tell(|board, now| board.late(proxy, took, now));
            }
            Some(Err(failure)) => failure,
            None => attempt.fate.silence(self.now),
        };
        self.witness.sees_late_failure(proxy, failure, attempt.began, self.now);
        self.tell(|board, now| board.late_failure(proxy, failure, target as u64, took, now));
    }

    fn refuse(&mut self, connection: &Connection) {
        let (target, began) = (connection.target as u64, self.base + connection.began);
        let known_down = self.board.is_target_down(target, self.base + self.now);
        self.witness.sees_refusal(&self.world, connection, known_down, self.now);
        self.tell(|board, now| board.exhausted(&Dial { target, failed: &connection.failed, began }, now));
        self.witness.an_outage_is_noticed(&self.world, connection, self.now);
        self.witness.who_reaches_nothing_is_not_said_to_work(connection, self.now);
    }
}

// === what people and the kernel do ===

impl Life {
    fn act(&mut self, act: Act) {
        self.witness.sees_act(act, self.now);
        let id = |index: usize| ProxyId(index as u64 + 1);
        match act {
            Act::Choose(proxy) => self.tell(|board, now| board.choose(Choice::This(id(proxy)), now)),
            Act::LeaveTheChoice => self.tell(|board, now| board.choose(Choice::Automatic, now)),
            Act::AskForAnotherTry => self.tell(Board::forgive),
            Act::Edit(proxy) => self.list(&[id(proxy)]),
            Act::Remove(proxy) => {
                self.listed.retain(|listed| *listed != proxy);
                self.list(&[]);
            }
            Act::PutBack(proxy) => {
                if !self.listed.contains(&proxy) {
                    self.listed.push(proxy);
                    self.list(&[]);
                }
            }
            Act::Test(proxy) => {
                let is_fine =
                    self.world.works(proxy, self.now, self.now) && self.world.network.at(self.now) == Network::Up;
                if is_fine && self.listed.contains(&proxy) {
                    let took = self.world.proxies[proxy].latency;
                    self.witness.sees_late_success(id(proxy), self.now);
                    self.tell(|board, now| board.tested(id(proxy), took, now));
                }
            }
            Act::KernelSaysDown => self.tell(|board, now| board.network_changed(NetworkIs::Down, now)),
            Act::KernelSaysUp => self.tell(|board, now| board.network_changed(NetworkIs::Up, now)),
        }
    }

    fn list(&mut self, changed: &[ProxyId]) {
        let entrant = |index: &usize| {
            let proxy = &self.world.proxies[*index];
            Entrant { id: proxy.id, host: proxy.host.clone(), remembered: None }
        };
        let entrants: Vec<Entrant> = self.listed.iter().map(entrant).collect();
        let ids: Vec<ProxyId> = entrants.iter().map(|entrant| entrant.id).collect();
        self.witness.sees_list(&ids, changed);
        self.tell(|board, _| board.set_proxies(&entrants, changed));
    }
}
