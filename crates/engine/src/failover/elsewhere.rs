//! Proxies that were not met where their names lead: whether somebody else knows where they are.

use std::sync::Arc;

use paperwing_link::{Host, Proxy};
use tokio::time::Instant;

use super::dialer::{Dialer, Known};
use crate::outcome::Failure;

impl Dialer {
    /// A proxy failed. Where its name may have led to the wrong place, somebody else is asked meanwhile, if there is anybody,
    /// and what they know may be tried at once. Nobody waits for it.
    pub(super) fn doubt_name(self: &Arc<Self>, known: &Arc<Known>, failure: Failure) {
        if !failure.may_be_elsewhere() || self.state().board.network_down() {
            return;
        }
        let Some(asking) = self.surroundings.doubt(&known.proxy) else { return };
        let (dialer, known) = (Arc::clone(self), Arc::clone(known));
        tokio::spawn(async move {
            if asking.await {
                let now = Instant::now().into_std();
                dialer.report_of(&known, |board| board.found_elsewhere(known.id, now));
            }
        });
    }

    /// Waits until a proxy works that is not at a name, and gives that one: the pick, where it is such a one.
    pub(crate) async fn one_that_works_beside(&self, name: &str) -> Option<Proxy> {
        let host = Host::Name(name.to_owned());
        let mut news = self.snapshot();
        loop {
            let found = {
                let state = self.state();
                state.board.proven_beside(&host).and_then(|id| state.known(id))
            };
            if let Some(known) = found {
                return Some(known.proxy.clone());
            }
            news.changed().await.ok()?;
        }
    }
}
