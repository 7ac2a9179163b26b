//! The addresses of proxies' own names: looked up, kept for a while, and remembered when they worked.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::lookup_host;
use tokio::time::{Instant, timeout};

/// How long a looked-up address is used without asking again.
const FRESH: Duration = Duration::from_mins(1);

/// A resolver that takes longer is not waited for where an earlier answer is known.
const PATIENCE: Duration = Duration::from_secs(1);

/// What is known of proxies' names.
#[derive(Debug, Default)]
pub(super) struct Names {
    known: Mutex<HashMap<String, Known>>,
}

#[derive(Clone, Debug)]
struct Known {
    addresses: Vec<IpAddr>,
    looked_up: Instant,
    /// The address that a connection was last opened to. A lookup that is answered by a liar does not make it forgotten.
    good: Option<IpAddr>,
}

impl Names {
    /// The addresses to try, in the order to try them. Empty where the name has none and never had.
    pub(super) async fn addresses(&self, name: &str) -> Vec<IpAddr> {
        let before = self.known().get(name).cloned();
        if let Some(known) = &before
            && known.looked_up.elapsed() < FRESH
        {
            return order(&known.addresses, known.good);
        }
        let lookup =
            async { lookup_host((name, 0)).await.map(|all| all.map(|one| one.ip()).collect()).unwrap_or_default() };
        let found = if before.is_some() { timeout(PATIENCE, lookup).await.unwrap_or_default() } else { lookup.await };
        self.learn(name, found, before)
    }

    fn learn(&self, name: &str, found: Vec<IpAddr>, before: Option<Known>) -> Vec<IpAddr> {
        let good = before.as_ref().and_then(|known| known.good);
        if found.is_empty() {
            let Some(known) = before else { return Vec::new() };
            let ordered = order(&known.addresses, good);
            // Used for a while, so that a resolver that is silent does not delay every connection.
            self.known().insert(name.to_owned(), Known { looked_up: Instant::now(), ..known });
            return ordered;
        }
        let ordered = order(&found, good);
        self.known().insert(name.to_owned(), Known { addresses: found, looked_up: Instant::now(), good });
        ordered
    }

    /// A connection was opened to one of a name's addresses.
    pub(super) fn worked(&self, name: &str, address: IpAddr) {
        if let Some(known) = self.known().get_mut(name) {
            known.good = Some(address);
        }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The families by turns, beginning with the resolver's favourite (RFC 8305, 4); an address that worked before and was not
/// named this time comes second, for when the answer was a lie.
fn order(addresses: &[IpAddr], good: Option<IpAddr>) -> Vec<IpAddr> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn ips(texts: &[&str]) -> Vec<IpAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    #[test]
    fn families_take_turns() {
        let found = ips(&["2001:db8::1", "2001:db8::2", "192.0.2.1", "192.0.2.2", "192.0.2.3"]);
        let expected = ips(&["2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "192.0.2.3"]);
        assert_eq!(order(&found, None), expected);
    }

    #[tokio::test]
    async fn a_lying_answer_does_not_make_the_good_address_forgotten() {
        let names = Names::default();
        names.learn("p.example", ips(&["192.0.2.1"]), None);
        names.worked("p.example", ips(&["192.0.2.1"])[0]);
        let before = names.known().get("p.example").cloned();
        assert_eq!(
            names.learn("p.example", ips(&["203.0.113.9", "203.0.113.10"]), before).get(1),
            ips(&["192.0.2.1"]).first()
        );
        let before = names.known().get("p.example").cloned();
        assert_eq!(names.learn("p.example", Vec::new(), before).len(), 3, "no answer at all neither");
    }
}
