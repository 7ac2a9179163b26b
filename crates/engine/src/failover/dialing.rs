//! One connection on its way to a proxy: attempts one after another, two at once where the first is slow.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use paperwing_link::ProxyId;
use tokio::time::{Instant, Sleep, sleep_until, timeout, timeout_at};

use super::attempt::{Attempt, Errand};
use super::board::{Board, Dial, Footing};
use super::dialer::{Carried, Dialer, Refusal};
use super::warm::Warm;
use crate::outcome::{Blame, Cause, Failure, Stage};
use crate::upstream::Connected;

/// One connection on its way to a proxy that carries it.
pub(super) struct Dialing<'d> {
    dialer: &'d Arc<Dialer>,
    errand: Arc<Errand>,
    key: u64,
    began: Instant,
    /// The bytes that all proxies had brought back by then.
    brought: u64,
    running: Vec<Attempt>,
    /// Other proxies have failed the same connection before.
    is_second: bool,
    tried: Vec<ProxyId>,
    failed: Vec<(ProxyId, Failure)>,
    /// The board knows of no further proxy.
    none_left: bool,
    /// How often the network had come back when the attempts began.
    returns: u64,
    /// When the board is to hear that all attempts are silent, unless one ends before.
    hush_at: Option<Instant>,
}

enum Turn {
    Ended(usize, Result<Connected, Failure>),
    /// This computer's network is back.
    Return,
    Time,
}

impl<'d> Dialing<'d> {
    pub(super) fn new(dialer: &'d Arc<Dialer>, errand: Errand, key: u64, tried: Vec<ProxyId>) -> Self {
        Self {
            dialer,
            errand: Arc::new(errand),
            key,
            began: Instant::now(),
            brought: dialer.total.down(),
            running: Vec::with_capacity(1),
            is_second: !tried.is_empty(),
            tried,
            failed: Vec::new(),
            none_left: false,
            returns: *dialer.returns.borrow(),
            hush_at: None,
        }
    }

    /// To the end: a proxy that carries, or the reason why there is none. Where there is no network it waits a little for its
    /// return: a page that comes late is better than an error.
    pub(super) async fn run(&mut self) -> Result<Carried, Refusal> {
        loop {
            match self.attempts().await {
                Err(Refusal::NoNetwork) if !self.is_second => {
                    let limit = self.began + self.dialer.rules.outage;
                    if timeout_at(limit, network_returns(self.dialer, self.returns)).await.is_err() {
                        return Err(Refusal::NoNetwork);
                    }
                    self.begin_anew();
                }
                ended => return ended,
            }
        }
    }

    async fn attempts(&mut self) -> Result<Carried, Refusal> {
        let deadline = self.began + self.dialer.rules.patience + self.errand.takes_longer();
        let mut timer = pin!(sleep_until(deadline));
        let mut returned = pin!(network_returns(self.dialer, self.returns));
        // Most connections have ended before the network is worth a thought.
        let mut is_slow = false;
        if self.running.is_empty() {
            self.start_next();
        }
        while !self.running.is_empty() {
            timer.as_mut().reset(self.next_turn(deadline));
            match self.turn(timer.as_mut(), returned.as_mut(), is_slow).await {
                Turn::Ended(index, Ok(connected)) => return Ok(self.carried(index, connected)),
                Turn::Ended(index, Err(failure)) => {
                    self.fail(index, failure);
                    if self.may_go_on() {
                        self.start_next();
                    }
                }
                Turn::Return => {
                    self.begin_anew();
                    returned.set(network_returns(self.dialer, self.returns));
                }
                Turn::Time => {
                    is_slow = true;
                    self.time(deadline);
                }
            }
        }
        Err(self.refusal())
    }

    /// The network is back. What was sent before is lost, and TCP would send it again in seconds only: attempts that nobody
    /// has answered, or over connections from before, are made anew, and speak against nobody.
    fn begin_anew(&mut self) {
        self.returns = *self.dialer.returns.borrow();
        let is_lost = |attempt: &Attempt| attempt.is_warm || attempt.progress.stage() <= Stage::Connect;
        let (lost, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.running).into_iter().partition(is_lost);
        self.running = kept;
        let silence = |one: &Attempt| (one.known.id, Failure::new(one.progress.stage(), Cause::Silent));
        let mut lost: Vec<_> = lost.iter().map(silence).collect();
        let is_networks = |failure: &Failure| matches!(failure.blame(), Blame::Path | Blame::Nobody);
        lost.extend(self.failed.extract_if(.., |(_, failure)| is_networks(failure)));
        self.tried.retain(|id| lost.iter().all(|(proxy, _)| proxy != id));
        let dial = Dial { target: self.key, failed: &lost, began: self.began.into_std() };
        self.dialer.state().board.no_other(&dial);
        self.none_left = false;
        if self.running.is_empty() {
            self.start_next();
        }
    }

    /// Starts an attempt at the next proxy, if there is one and the limits allow it. Where no more may run at once, the oldest
    /// has been silent for longer than it should, and gives way.
    fn start_next(&mut self) {
        let rules = &self.dialer.rules;
        if self.none_left || self.tried.len() >= rules.attempts {
            return;
        }
        let Some((known, hedge_after, footing)) = self.dialer.next(&self.tried) else {
            self.none_left = true;
            return;
        };
        if self.running.len() >= rules.together {
            let silence = Failure::new(self.running[0].progress.stage(), Cause::Silent);
            self.fail(0, silence);
        }
        self.tried.push(known.id);
        let errand = Arc::clone(&self.errand);
        let attempt = Attempt::new(self.dialer, known, errand, hedge_after, footing);
        self.hush_at = (!self.running.is_empty()).then_some(attempt.hedge_at());
        self.running.push(attempt);
    }

    /// When something is due even if no attempt ends.
    fn next_turn(&self, deadline: Instant) -> Instant {
        let rules = &self.dialer.rules;
        let limits = self
            .running
            .iter()
            .filter(|attempt| attempt.progress.stage() < Stage::Request)
            .map(|attempt| attempt.handshake_ends(rules));
        limits.chain(self.hedge_at()).chain(self.hush_at).chain([deadline]).min().unwrap_or(deadline)
    }

    /// When another attempt may start although none has failed. Two that have agreed to ask for the target are likely to be
    /// right when they keep silent about it, so there it takes longer until one of them has to give way.
    fn hedge_at(&self) -> Option<Instant> {
        let rules = &self.dialer.rules;
        if self.none_left || self.tried.len() >= rules.attempts || !self.may_go_on() {
            return None;
        }
        let all_silent = self.running.iter().map(Attempt::hedge_at).max().unwrap_or(self.began);
        if self.running.len() < rules.together {
            return Some(all_silent);
        }
        // Nobody who is under way gives way to one that was blocked.
        if !self.dialer.state().board.has_standby(&self.tried) {
            return None;
        }
        let oldest = &self.running[0].progress;
        let asks = oldest.stage() >= Stage::Request;
        Some(if asks { all_silent.max(oldest.began() + rules.unanswered) } else { all_silent })
    }

    /// A target that two proxies could not reach is down, and asking more would only show them to whoever watches.
    fn may_go_on(&self) -> bool {
        let missed = self.failed.iter().filter(|(_, failure)| failure.blame() == Blame::Target).count();
        let known_down = || {
            let now = Instant::now().into_std();
            self.dialer.state().board.is_target_down(self.key, now)
        };
        let must_go_on = missed == 0 && self.running.is_empty();
        must_go_on || (missed < 2 && !known_down())
    }

    async fn turn(
        &mut self,
        mut timer: Pin<&mut Sleep>,
        mut returned: Pin<&mut impl Future<Output = ()>>,
        is_slow: bool,
    ) -> Turn {
        poll_fn(|context| {
            for (index, attempt) in self.running.iter_mut().enumerate() {
                if let Poll::Ready(result) = attempt.future.as_mut().poll(context) {
                    return Poll::Ready(Turn::Ended(index, result));
                }
            }
            if is_slow && returned.as_mut().poll(context).is_ready() {
                return Poll::Ready(Turn::Return);
            }
            timer.as_mut().poll(context).map(|()| Turn::Time)
        })
        .await
    }

    /// Time has come for something: the end, an attempt's end, or a second attempt.
    fn time(&mut self, deadline: Instant) {
        let now = Instant::now();
        let rules = &self.dialer.rules;
        let is_over = |attempt: &Attempt| {
            let slow_to_greet = attempt.progress.stage() < Stage::Request && now >= attempt.handshake_ends(rules);
            now >= deadline || slow_to_greet
        };
        while let Some(index) = self.running.iter().position(is_over) {
            let silence = Failure::new(self.running[index].progress.stage(), Cause::Silent);
            self.fail(index, silence);
        }
        if self.hush_at.take_if(|at| now >= *at).is_some() {
            self.hushed();
        }
        if now < deadline && self.hedge_at().is_some_and(|at| now >= at) {
            self.start_next();
        }
    }

    /// All attempts are silent. Those that not even the proxy's computer has answered may speak of the network.
    fn hushed(&self) {
        let is_out_of_reach = |attempt: &&Attempt| attempt.progress.stage() <= Stage::Connect;
        let began = |attempt: &Attempt| (attempt.known.id, attempt.progress.began().into_std());
        let silent: Vec<_> = self.running.iter().filter(is_out_of_reach).map(began).collect();
        if silent.len() > 1 {
            self.dialer.state().board.hushed(&silent);
        }
    }

    fn fail(&mut self, index: usize, failure: Failure) {
        let attempt = self.running.remove(index);
        let proxy = attempt.known.id;
        tracing::debug!(proxy = %proxy, stage = %failure.stage, cause = failure.cause.name(), "attempt failed");
        self.failed.push((proxy, failure));
        // Since the board was asked last, a blocked proxy's time may have come.
        self.none_left = false;
        let (now, waited) = (Instant::now().into_std(), attempt.progress.began().elapsed());
        self.dialer.report_of(&attempt.known, |board| board.failed(proxy, failure, waited, now));
        self.dialer.doubt_name(&attempt.known, failure);
    }

    fn carried(&mut self, index: usize, connected: Connected) -> Carried {
        let now = Instant::now();
        let winner = self.running.remove(index);
        let (proxy, took) = (winner.known.id, now - winner.progress.began());
        let dial = Dial { target: self.key, failed: &self.failed, began: self.began.into_std() };
        let (usual, is_pick, is_judged) = self.dialer.report_of(&winner.known, |board| {
            let usual = |board: &Board| board.health(proxy).and_then(|(_, usual, _)| usual);
            // Over a connection dialled ahead it took less than usual, and that must not become what is usual.
            let took = if winner.is_warm { usual(board).unwrap_or(took) } else { took };
            board.brought(self.dialer.total.down(), now.into_std());
            board.carried(proxy, took, &dial, now.into_std());
            (usual(board), board.pick() == Some(proxy), board.is_blocked(proxy))
        });
        if is_pick {
            Warm::refill(self.dialer, &winner.known, usual);
        }
        for loser in std::mem::take(&mut self.running) {
            let was_overtaken = loser.progress.began() < winner.progress.began();
            if was_overtaken || loser.footing == Footing::Trial {
                self.watch_overtaken(loser, now);
            }
        }
        Carried {
            stream: connected.stream,
            early: connected.early,
            proxy,
            usual,
            is_judged,
            meters: [Arc::clone(&winner.known.meter), Arc::clone(&self.dialer.total)],
        }
    }

    /// Lets a slow attempt run on for a while to learn what is the matter with its proxy. Nobody waits for it.
    fn watch_overtaken(&self, mut loser: Attempt, now: Instant) {
        let (dialer, key) = (Arc::clone(self.dialer), self.key);
        let (proxy, progress) = (loser.known.id, Arc::clone(&loser.progress));
        let silence = Failure::new(progress.stage(), Cause::Silent);
        let waited = now - progress.began();
        if !dialer.report_of(&loser.known, |board| board.outpaced(proxy, silence, waited, now.into_std())) {
            return;
        }
        tokio::spawn(async move {
            let ended = timeout(dialer.rules.linger, &mut loser.future).await;
            let now = Instant::now();
            let failure = match ended {
                Ok(Ok(_)) => {
                    let took = now - progress.began();
                    return dialer.report_of(&loser.known, |board| board.late(proxy, took, now.into_std()));
                }
                Ok(Err(failure)) => failure,
                Err(_) => Failure::new(progress.stage(), Cause::Silent),
            };
            let waited = now - progress.began();
            dialer.report_of(&loser.known, |board| board.late_failure(proxy, failure, key, waited, now.into_std()));
            dialer.doubt_name(&loser.known, failure);
        });
    }

    fn refusal(&self) -> Refusal {
        let now = Instant::now().into_std();
        let dial = Dial { target: self.key, failed: &self.failed, began: self.began.into_std() };
        let mut state = self.dialer.state();
        if state.order.is_empty() {
            return Refusal::NoProxies;
        }
        if self.is_second {
            state.board.no_other(&dial);
        } else {
            state.board.brought(self.brought, dial.began);
            state.board.brought(self.dialer.total.down(), now);
            state.board.exhausted(&dial, now);
        }
        if state.board.has_events() {
            self.dialer.publish(&mut state);
        }
        let missed = self.failed.iter().find_map(|(_, failure)| match failure.cause {
            Cause::Target(why) => Some(why),
            _ => None,
        });
        match (missed, self.failed.first()) {
            (Some(why), _) => Refusal::Target(why),
            _ if state.board.network_down() => Refusal::NoNetwork,
            _ if state.board.wants_sign_in() => Refusal::SignIn,
            (None, Some((_, failure))) => Refusal::Proxies(*failure),
            (None, None) => Refusal::AllBlocked { retry_in: state.board.retry_in(now) },
        }
    }
}

/// Returns when this computer's network has come back more often than so many times.
async fn network_returns(dialer: &Dialer, before: u64) {
    // The dialer outlives its connections.
    let _ = dialer.returns.subscribe().wait_for(|count| *count != before).await;
}
