//! The session bus.

use std::time::Duration;

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;

/// The longest wait for an answer: the bus may have to start a service first.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn session() -> zbus::Result<Connection> {
    Builder::session()?.method_timeout(PATIENCE).build()
}
