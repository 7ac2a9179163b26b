//! What the pilot makes of this computer's own network: while there is none nobody is called blocked, and what was looked for is
//! looked for anew when it is back.

use std::iter::repeat;
use std::rc::Rc;

use paperwing_engine::Failure;
use paperwing_link::{Host, ProxyId};
use tokio::time::{Duration, Instant, sleep};

use super::Cockpit;
use super::flight::Course;
use crate::{Seeking, Subject, first_that_works, random};

/// So long after its return a network may know no names yet and lead nowhere, although the system has a way out again.
const SETTLES_IN: Duration = Duration::from_secs(5);

/// When to ask, after one time and another, whether a network that is there leads anywhere by now. Never in step.
const ASK_AFTER: [Duration; 4] =
    [Duration::from_secs(5), Duration::from_secs(20), Duration::from_mins(1), Duration::from_mins(5)];
/// And from then on.
const ASK_EVERY: Duration = Duration::from_mins(15);

/// So many are asked: one may be gone for good, and more would only show the list to whoever watches.
const ASKED: usize = 2;

// === impl Cockpit ===

impl Cockpit {
    /// Whether this computer has no network, as far as the pilot heeds it: [`Cockpit::follow_network`] says when.
    pub(super) fn is_offline(&self) -> bool {
        self.flight.borrow().as_ref().is_some_and(|flight| flight.no_network)
    }

    /// Whether a proxy that works is looked for, or was in vain.
    pub(super) fn is_looking(&self) -> bool {
        matches!(*self.course.borrow(), Course::Connecting { .. } | Course::Stranded)
    }

    /// To be called when the engine's state may have changed. The moment the network is back the search begins anew: attempts
    /// from before would hang for seconds, and those that failed say nothing. In one step, so that nobody ever sees a search
    /// that failed for want of a network beside a network that is there, and calls it "all blocked".
    pub(super) fn follow_network(self: &Rc<Self>) {
        let wished = {
            let mut flight = self.flight.borrow_mut();
            let Some(flight) = &mut *flight else { return };
            let is_gone = flight.engine.0.snapshot().borrow().no_network;
            let was_gone = std::mem::replace(&mut flight.no_network, is_gone);
            if !was_gone || is_gone {
                return;
            }
            flight.network_back = Some(Instant::now());
            flight.wished.clone()
        };
        if self.is_looking() {
            self.seek(wished);
        }
    }

    /// Whether a search in vain says nothing yet: the network came back a moment ago, and nobody was met.
    pub(super) fn may_be_settling(&self, failed: &[(ProxyId, Failure)]) -> bool {
        let flight = self.flight.borrow();
        let back = flight.as_ref().and_then(|flight| flight.network_back);
        back.is_some_and(|back| back.elapsed() < SETTLES_IN) && failed.iter().all(|(_, failure)| !failure.is_answer())
    }

    /// The system knows whether there is a way out, and nobody tells whether it leads anywhere. So the first of them are asked now
    /// and then. The engine hears of any answer, and what it makes of that ends this: see [`Cockpit::follow_network`].
    pub(super) async fn ask_now_and_then(&self, subjects: &[Subject]) {
        let page = self.test_page();
        let foremost = foremost(subjects);
        for wait in ASK_AFTER.into_iter().chain(repeat(ASK_EVERY)) {
            let jitter = random::up_to(super::convert::ms(wait) / 2);
            sleep(wait + Duration::from_millis(jitter.into())).await;
            let asked = first_that_works(foremost.clone(), &page, |news| {
                if let Seeking::Tried(tested) = news {
                    self.note_test(tested);
                }
            });
            let _ = asked.await;
        }
    }
}

/// The first of each host: those on one host are out of reach together.
fn foremost(subjects: &[Subject]) -> Vec<Subject> {
    let mut hosts: Vec<&Host> = Vec::new();
    let mut foremost = Vec::new();
    for subject in subjects {
        if let Ok(proxy) = &subject.proxy
            && hosts.len() < ASKED
            && !hosts.contains(&&proxy.host)
        {
            hosts.push(&proxy.host);
            foremost.push(subject.clone());
        }
    }
    foremost
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn two_are_asked_that_do_not_stand_on_one_host() {
        let subject = |link: &str| Subject { id: None, name: link.to_owned(), proxy: Ok(link.parse().unwrap()) };
        let unreadable = Subject { id: None, name: "sealed".to_owned(), proxy: Err("no key".to_owned()) };
        let list = ["socks5://a.example:1", "socks5://a.example:2", "socks5://b.example:1", "socks5://c.example:1"];
        let list: Vec<_> = [unreadable].into_iter().chain(list.map(subject)).collect();
        let names: Vec<_> = foremost(&list).into_iter().map(|subject| subject.name).collect();
        assert_eq!(names, ["socks5://a.example:1", "socks5://b.example:1"]);
    }
}
