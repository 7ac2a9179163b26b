//! Which proxy a connection tries next.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use paperwing_link::{Host, ProxyId};

use super::board::{Board, Candidate, Footing};
use super::standing::{Circuit, Standing, Wait};
use crate::snapshot::Choice;

impl Board {
    /// The next proxy for a connection that has tried some already. A blocked proxy whose time has come is on trial from
    /// then on; its attempt must be reported.
    pub fn next(&mut self, tried: &[ProxyId], now: Instant) -> Option<Candidate> {
        let id = self
            .wanted(tried, now)
            .or_else(|| self.open(tried))
            .or_else(|| self.due(tried, now))
            .or_else(|| self.half_proven(tried))?;
        Some(self.candidate(id, now))
    }

    /// The person's own proxy, while it works or when its time has come; else the pick.
    fn wanted(&self, tried: &[ProxyId], now: Instant) -> Option<ProxyId> {
        let may = |id: &ProxyId| {
            !tried.contains(id)
                && self.standing(*id).is_some_and(|one| match one.circuit {
                    Circuit::Closed => true,
                    _ => one.resting(&self.rules, now).is_some_and(|wait| wait.is_over(now)),
                })
        };
        let chosen = match self.choice() {
            Choice::This(id) => Some(id),
            Choice::Automatic => None,
        };
        let pick = self.pick().filter(|id| self.standing(*id).is_some_and(Standing::is_open));
        chosen.filter(may).or_else(|| pick.filter(|id| !tried.contains(id)))
    }

    /// A standby: those first that have not failed since anything was carried, so that nobody waits for ever behind proxies
    /// that all fail; then unsuspected before suspected, the last good one first, the order of the list.
    pub(super) fn open(&self, tried: &[ProxyId]) -> Option<ProxyId> {
        self.standings
            .iter()
            .filter(|one| one.is_open() && !tried.contains(&one.id))
            .min_by_key(|one| {
                let failed = one.failed_at.filter(|at| self.carried_at.is_none_or(|carried| *at > carried));
                (failed, one.is_suspect(&self.rules), Reverse(one.last_success))
            })
            .map(|one| one.id)
    }

    /// Whether there is one that nothing speaks against.
    pub fn has_standby(&self, tried: &[ProxyId]) -> bool {
        self.open(tried).is_some()
    }

    /// A blocked proxy: one whose time has come, or, where nothing else is left to try, one that had a little rest. The pick
    /// first: that it is still the pick means that nothing has worked since.
    fn due(&self, tried: &[ProxyId], now: Instant) -> Option<ProxyId> {
        let nothing_open = !self.standings.iter().any(Standing::is_open);
        self.standings
            .iter()
            .filter(|one| !tried.contains(&one.id))
            .filter_map(|one| one.resting(&self.rules, now).map(|wait| (wait, one.id)))
            .filter(|(wait, _)| wait.is_over(now) || (nothing_open && wait.allows_last_resort(&self.rules, now)))
            .min_by_key(|(wait, id)| (self.pick != Some(*id), wait.since))
            .map(|(_, id)| id)
    }

    /// With nothing else left, a proxy on trial that carries small things, or may do, is better than nothing; and so is one that
    /// may reach this target, where no other is thought to work.
    fn half_proven(&self, tried: &[ProxyId]) -> Option<ProxyId> {
        let mut others = self.standings.iter().filter(|one| !tried.contains(&one.id));
        let nothing_open = !self.standings.iter().any(Standing::is_open);
        others.find(|one| one.is_half_proven() || (nothing_open && one.may_reach_others())).map(|one| one.id)
    }

    /// Those that are thought to work, the one that new connections use first.
    pub(super) fn working(&self) -> Vec<ProxyId> {
        let pick = self.pick().filter(|id| self.standing(*id).is_some_and(Standing::is_open));
        let others = self.standings.iter().filter(|one| one.is_open() && Some(one.id) != pick).map(|one| one.id);
        pick.into_iter().chain(others).collect()
    }

    /// One that has carried and that nothing speaks against, on another host: the pick, else the last good one.
    pub(super) fn proven_beside(&self, host: &Host) -> Option<ProxyId> {
        let is_proven = |one: &&Standing| {
            one.is_open() && !one.is_suspect(&self.rules) && one.last_success.is_some() && one.host != *host
        };
        let proven = self.standings.iter().filter(is_proven);
        proven.max_by_key(|one| (self.pick == Some(one.id), one.last_success)).map(|one| one.id)
    }

    fn candidate(&mut self, id: ProxyId, now: Instant) -> Candidate {
        let (least, most) = self.rules.hedge;
        let unknown = self.rules.hedge_unknown;
        let is_suspect = self.standing(id).is_some_and(|one| one.is_suspect(&self.rules));
        let mut candidate = Candidate { proxy: id, hedge_after: unknown, footing: Footing::Trusted };
        let rules = &self.rules;
        let Some(standing) = self.standings.iter_mut().find(|one| one.id == id) else { return candidate };
        if let Some(wait) = standing.resting(rules, now) {
            standing.begin_trial(wait, rules, now);
            candidate.footing = Footing::Trial;
        }
        candidate.hedge_after = match standing.usual.mean() {
            _ if candidate.footing == Footing::Trial => least,
            // Sooner than twice its usual time a hedge would outrun it, and condemn it, for being what it always was.
            Some(usual) if is_suspect => (usual * 2).clamp(least, unknown.max(least)),
            None if is_suspect => least,
            Some(usual) => (usual * 2).clamp(least, most),
            None => unknown,
        };
        candidate
    }

    /// How long until a blocked proxy may be tried again, for the page that says so.
    pub fn retry_in(&self, now: Instant) -> Option<Duration> {
        let nothing_open = !self.standings.iter().any(Standing::is_open);
        let length = |wait: Wait| if nothing_open { wait.last_resort(&self.rules) } else { wait.length };
        self.standings
            .iter()
            .filter_map(|one| match one.circuit {
                Circuit::Open(wait) => Some(length(wait).saturating_sub(now.duration_since(wait.since))),
                _ => None,
            })
            .min()
    }
}
