//! Systems other than Linux: changes of addresses, as the system tells of them.

use std::future::{pending, poll_fn};
use std::net::IpAddr;

use if_watch::smol::IfWatcher;

use super::Change;

#[derive(Debug)]
pub(super) struct Changes {
    watcher: Option<IfWatcher>,
}

// === impl Changes ===

impl Changes {
    pub(super) fn listen() -> Self {
        let watcher = IfWatcher::new();
        let watcher = watcher.map_err(|error| tracing::warn!(%error, "changes of the network will not be seen")).ok();
        Self { watcher }
    }

    /// After a sleep the addresses come anew, so a wake-up is heard too.
    pub(super) async fn next(&mut self) -> Change {
        let Some(watcher) = &mut self.watcher else { return pending().await };
        match poll_fn(|context| watcher.poll_if_event(context)).await {
            Ok(_) => Change::Network,
            Err(error) => {
                tracing::warn!(%error, "changes of the network will not be seen any more");
                self.watcher = None;
                pending().await
            }
        }
    }
}

/// Routes go with their interface here.
pub(super) fn is_connected(_own: IpAddr) -> bool {
    true
}

/// Not looked into: a way out is asked for instead.
pub(super) fn has_interface() -> bool {
    false
}

/// The addresses that this computer has in the network: another network gives it others.
pub(super) fn identity() -> Option<String> {
    let own: Vec<_> = super::ANYWHERE.into_iter().filter_map(super::own_address).map(|it| it.to_string()).collect();
    (!own.is_empty()).then(|| own.join(" "))
}
