//! What a client of Telegram wants carried: to which data centre, and what it has said so far. It grows while proxies are
//! tried, and each of them gets all of it.

use tokio::sync::watch;

/// More than this of what a client said is not kept to be said again. Telegram's largest message is 1 MiB; it is kept until the
/// first answer comes, and no longer.
pub(crate) const MOST_FLIGHT: usize = 1024 * 1024 + 16 * 1024;

/// See the module. Clones hear the same client.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    /// The data centre's number; negative for one that serves media.
    pub(crate) dc: i16,
    pub(crate) flight: watch::Receiver<Vec<u8>>,
}

/// The client's end of a [`Call`].
#[derive(Debug)]
pub(crate) struct Caller(watch::Sender<Vec<u8>>);

impl Call {
    pub(crate) fn new(dc: i16, flight: Vec<u8>) -> (Caller, Self) {
        let (sender, flight) = watch::channel(flight);
        (Caller(sender), Self { dc, flight })
    }
}

impl Caller {
    /// The client said more.
    pub(crate) fn say(&self, more: &[u8]) {
        self.0.send_modify(|flight| flight.extend_from_slice(more));
    }

    /// All that the client has said.
    pub(crate) fn said(&self) -> watch::Ref<'_, Vec<u8>> {
        self.0.borrow()
    }
}
