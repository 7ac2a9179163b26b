//! What is known of one name, and the order in which its addresses are tried.

use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

/// How long a looked-up address is used without asking again.
pub(super) const FRESH: Duration = Duration::from_mins(1);

/// Where a name may lead, in the order to try it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::upstream) struct Addresses {
    pub(in crate::upstream) first: Vec<IpAddr>,
    /// The system's word where it has led nowhere: for when the others do not answer either.
    pub(in crate::upstream) last: Vec<IpAddr>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// What the system said last.
    pub(super) addresses: Vec<IpAddr>,
    pub(super) looked_up: Option<Instant>,
    /// Where the proxy was last met. A lookup that is answered by a liar does not make it forgotten.
    pub(super) good: Option<IpAddr>,
    /// What the system says has led nowhere, and has not led to the proxy since.
    pub(super) is_doubted: bool,
    /// What somebody else said last.
    pub(super) second: Vec<IpAddr>,
    /// Until when nobody else is asked, and what was said is believed.
    pub(super) second_until: Option<Instant>,
}

// === impl Known ===

impl Known {
    pub(super) fn has_any(&self) -> bool {
        !self.addresses.is_empty() || !self.second.is_empty()
    }

    /// Whether it can be used without asking the system. Where its word leads nowhere, that of somebody else is used for as
    /// long as it holds.
    pub(super) fn is_fresh(&self) -> bool {
        let is_recent = self.looked_up.is_some_and(|at| at.elapsed() < FRESH);
        let holds =
            self.is_doubted && !self.second.is_empty() && self.second_until.is_some_and(|at| Instant::now() < at);
        is_recent || holds
    }

    /// Where the system's word is doubted: where the proxy was last met, then what somebody else says, and its word last.
    pub(super) fn in_order(&self) -> Addresses {
        if !self.is_doubted {
            return Addresses { first: order(&self.addresses, self.good), last: Vec::new() };
        }
        let good = self.good.into_iter();
        let second = order(&self.second, None).into_iter().filter(|address| Some(*address) != self.good);
        let first: Vec<IpAddr> = good.chain(second).collect();
        let mut last = order(&self.addresses, None);
        last.retain(|address| !first.contains(address));
        if first.is_empty() { Addresses { first: last, last: first } } else { Addresses { first, last } }
    }
}

/// The families by turns, beginning with the resolver's favourite (RFC 8305, 4); an address that worked before and was not
/// named this time comes second, for when the answer was a lie.
pub(super) fn order(addresses: &[IpAddr], good: Option<IpAddr>) -> Vec<IpAddr> {
    let first_is_v6 = addresses.first().is_some_and(IpAddr::is_ipv6);
    let (mut same, mut other): (Vec<IpAddr>, Vec<IpAddr>) =
        addresses.iter().partition(|address| address.is_ipv6() == first_is_v6);
    same.reverse();
    other.reverse();
    let mut ordered = Vec::with_capacity(addresses.len() + 1);
    while !same.is_empty() || !other.is_empty() {
        ordered.extend(same.pop());
        ordered.extend(other.pop());
    }
    if let Some(good) = good.filter(|good| !ordered.contains(good)) {
        ordered.insert(ordered.len().min(1), good);
    }
    ordered
}
