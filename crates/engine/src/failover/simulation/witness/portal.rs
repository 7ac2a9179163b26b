//! The page that answers in every proxy's place.

use super::Witness;
use crate::failover::simulation::world::At;

/// What was said of a page.
#[derive(Debug, Default)]
pub(super) struct Belief {
    is_there: bool,
}

impl Witness {
    /// It is told of once until it is gone, and only where there are two who could agree.
    pub(super) fn a_page_is_told_of_once(&mut self, now: At) {
        if std::mem::replace(&mut self.portal.is_there, true) {
            self.complain(now, || "a page is told of twice".to_owned());
        }
        if self.beliefs.len() < 2 {
            self.complain(now, || "one proxy alone is taken for the network's page".to_owned());
        }
        self.tally.pages += 1;
    }

    /// It goes once, with the first success, and takes its blame along.
    pub(super) fn a_page_is_gone(&mut self, now: At) {
        if !std::mem::take(&mut self.portal.is_there) {
            self.complain(now, || "a page is gone that nobody told of".to_owned());
        }
        if !self.beliefs.values().any(|belief| belief.carried_at == Some(now)) {
            self.complain(now, || "a page is gone and nobody was carried".to_owned());
        }
        self.beliefs.values_mut().for_each(|belief| belief.was_somebody_else(now));
    }
}
