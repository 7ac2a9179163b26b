//! One connection on its way, as [`super::super::dialing`] keeps it.

use paperwing_link::ProxyId;

use super::world::{At, Fate};
use crate::failover::board::Footing;
use crate::failover::rules::Rules;
use crate::outcome::{Blame, Failure, Stage};

#[derive(Debug)]
pub(super) struct Connection {
    pub(super) index: usize,
    pub(super) target: usize,
    pub(super) began: At,
    /// When its client gives up.
    pub(super) leaves: At,
    pub(super) running: Vec<Attempt>,
    pub(super) tried: Vec<ProxyId>,
    pub(super) failed: Vec<(ProxyId, Failure)>,
    pub(super) none_left: bool,
    /// How often the network had come back when its attempts began.
    pub(super) returns: u64,
    pub(super) hush_at: Option<At>,
    /// The pick it found, where that had long been well.
    pub(super) calm_pick: Option<ProxyId>,
}

#[derive(Debug)]
pub(super) struct Attempt {
    pub(super) proxy: ProxyId,
    pub(super) began: At,
    pub(super) hedge_at: At,
    pub(super) footing: Footing,
    pub(super) fate: Fate,
}

impl Connection {
    pub(super) fn new(index: usize, target: usize, began: At, leaves: At) -> Self {
        let (running, tried, failed) = (Vec::new(), Vec::new(), Vec::new());
        let (none_left, returns, hush_at, calm_pick) = (false, 0, None, None);
        Self { index, target, began, leaves, running, tried, failed, none_left, returns, hush_at, calm_pick }
    }

    pub(super) fn deadline(&self, rules: &Rules) -> At {
        self.began + rules.patience
    }

    pub(super) fn may_start(&self, rules: &Rules) -> bool {
        !self.none_left && self.tried.len() < rules.attempts
    }

    /// When another attempt may start, if it may go on.
    pub(super) fn hedge_at(&self, rules: &Rules, now: At) -> At {
        let all_silent = self.running.iter().map(|attempt| attempt.hedge_at).max().unwrap_or(self.began);
        if self.running.len() < rules.together {
            return all_silent;
        }
        let oldest = &self.running[0];
        let asks = oldest.fate.stage(now.max(all_silent)) >= Stage::Request;
        if asks { all_silent.max(oldest.began + rules.unanswered) } else { all_silent }
    }

    /// The attempts that not even the proxy's computer has answered.
    pub(super) fn out_of_reach(&self, now: At) -> Vec<(ProxyId, At)> {
        let is_out_of_reach = |attempt: &&Attempt| attempt.fate.stage(now) <= Stage::Connect;
        self.running.iter().filter(is_out_of_reach).map(|attempt| (attempt.proxy, attempt.began)).collect()
    }

    /// The proxies that said they could not reach the target.
    pub(super) fn missed(&self) -> usize {
        self.failed.iter().filter(|(_, failure)| failure.blame() == Blame::Target).count()
    }

    pub(super) fn ended(&self, now: At) -> Option<(usize, Result<(), Failure>)> {
        self.running.iter().enumerate().find_map(|(index, attempt)| Some((index, attempt.fate.ended(now)?)))
    }

    /// When the next attempt has been silent for too long.
    pub(super) fn next_limit(&self, rules: &Rules) -> At {
        let deadline = self.deadline(rules);
        let limits = self.running.iter().filter_map(|attempt| {
            let limit = attempt.began + rules.handshake;
            (attempt.fate.stage(limit) < Stage::Request).then_some(limit)
        });
        limits.chain([deadline]).min().unwrap_or(deadline)
    }

    /// When anything happens to it next, if nobody does anything.
    pub(super) fn next_event(&self) -> At {
        let ends = self.running.iter().filter_map(|attempt| attempt.fate.ends.map(|(at, _)| at));
        ends.chain([self.leaves]).min().unwrap_or(self.leaves)
    }

    pub(super) fn out_of_time(&self, rules: &Rules, now: At) -> Option<(usize, Failure)> {
        let is_over = |attempt: &Attempt| {
            let slow_to_greet = attempt.fate.stage(now) < Stage::Request && now >= attempt.began + rules.handshake;
            now >= self.deadline(rules) || slow_to_greet
        };
        let index = self.running.iter().position(is_over)?;
        Some((index, self.running[index].fate.silence(now)))
    }
}
