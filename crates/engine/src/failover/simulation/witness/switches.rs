//! When the pick may change.

use std::collections::BTreeMap;
use std::time::Duration;

use paperwing_link::ProxyId;

use super::Witness;
use crate::failover::simulation::world::{At, Mood, World};
use crate::outcome::Failure;

#[derive(Debug, Default)]
pub(super) struct Picks {
    last_switch: Option<At>,
    person: Option<At>,
    /// The pick that an edit of the list left, whatever is known of it.
    given: Option<ProxyId>,
    /// The spells of trouble that a switch was made for: when last, and how often.
    spells: BTreeMap<(ProxyId, usize), (At, u32)>,
}

impl Picks {
    pub(super) fn person_acted(&mut self, now: At) {
        self.person = Some(now);
        // Another list and another wish may bring an old pick back.
        self.spells.clear();
    }

    pub(super) fn is_given(&mut self, pick: Option<ProxyId>) {
        self.given = pick;
    }

    pub(super) fn a_person_acted_since(&self, at: At) -> bool {
        self.person.is_some_and(|person| person >= at)
    }
}

impl Witness {
    /// One spell of trouble of the pick, one switch, or a few more at its edges, where news is late. Else only to the person's own proxy, or for speed, and that not
    /// before it settled. So switches are bounded by how often the truth changes.
    pub(super) fn no_switch_without_a_cause(
        &mut self,
        world: &World,
        from: ProxyId,
        to: ProxyId,
        why: Option<Failure>,
        now: At,
    ) {
        let rules = self.rules.clone();
        let last = self.picks.last_switch.replace(now);
        let was_given = self.picks.given.take() == Some(from);
        if self.choice == Some(to) || was_given || self.was_unlucky(from) {
            return;
        }
        if why.is_none() && self.belief(from).is_open() {
            if last.is_some_and(|last| now - last < rules.settle) {
                self.complain(now, || format!("{from:?} is left for speed {last:?} after the last switch"));
            }
            return;
        }
        let moods = &world.proxies[world.position(from)].moods.0;
        let Some(spell) = moods.iter().rposition(|(since, mood)| *since <= now && *mood != Mood::Works) else {
            return self.complain(now, || format!("{from:?} is left and was always well"));
        };
        let until = moods.get(spell + 1).map_or(At::MAX, |(at, _)| *at);
        let verdict = self.belief(from).verdict_at.unwrap_or(now);
        if verdict.saturating_sub(rules.window) > until {
            self.complain(now, || format!("{from:?} is left and was well since {until:?}, long before the verdict"));
        }
        let (before, times) = self.picks.spells.get(&(from, spell)).copied().unwrap_or_default();
        self.picks.spells.insert((from, spell), (now, times + 1));
        // News is late at both ends: connections from before a trouble still succeed in it, and silence is told after it.
        // A person's own proxy is returned to at each such success.
        let life = rules.handshake + rules.linger;
        let is_wanted = self.choice == Some(from);
        let is_late = (times <= 2 || is_wanted) && (now <= moods[spell].0 + life || now <= until.saturating_add(life));
        // Who reaches some targets, or is slow, carries again in the same spell: after a rest, or where a person wants it.
        let is_partial = matches!(moods[spell].1, Mood::Slow | Mood::Lies);
        let rest = if is_wanted { Duration::ZERO } else { rules.last_resort };
        if times > 0 && !is_late && !(is_partial && now - before >= rest) {
            self.complain(now, || format!("{from:?} is left twice for one trouble, before at {before:?}"));
        }
    }
}
