//! Tells when the setting changes. Sleeps until then.

use std::future::{pending, poll_fn};
use std::pin::Pin;

use super::desktop::Sign;

/// Waits for changes of the setting. Needs a tokio runtime.
#[derive(Debug)]
pub struct Watch {
    sign: Sign,
    bus: Option<Bus>,
}

// === impl Watch ===

impl Watch {
    pub(super) fn new(sign: Sign) -> Self {
        Self { sign, bus: None }
    }

    /// Waits for the next change. Where nothing can tell of one, it waits for ever. May be dropped and called anew.
    pub async fn changed(&mut self) {
        match &self.sign {
            Sign::Bus(rule) => {
                if self.bus.is_none() {
                    match Bus::open(rule).await {
                        Ok(bus) => self.bus = Some(bus),
                        Err(error) => {
                            tracing::warn!(%error, "changes of the setting will not be seen");
                            return pending().await;
                        }
                    }
                    // What changed before somebody listened has not been heard.
                    return;
                }
                let Some(bus) = &mut self.bus else { return };
                bus.heard().await;
            }
        }
    }
}

/// A connection that hears one kind of signal.
#[derive(Debug)]
struct Bus {
    messages: zbus::MessageStream,
}

impl Bus {
    async fn open(rule: &str) -> zbus::Result<Self> {
        let connection = zbus::Connection::session().await?;
        let messages = zbus::MessageStream::from(&connection);
        // Asked for by hand: a rule with a path in an argument, as zbus reads it, matches the very same path only.
        let bus = "org.freedesktop.DBus";
        connection.call_method(Some(bus), "/org/freedesktop/DBus", Some(bus), "AddMatch", &rule).await?;
        Ok(Self { messages })
    }

    /// Waits for a signal; of those that nobody asks for, the bus sends only its own.
    async fn heard(&mut self) {
        use zbus::export::futures_core::Stream;
        loop {
            let next = poll_fn(|context| Pin::new(&mut self.messages).poll_next(context)).await;
            // Without a bus there is no session any more.
            let Some(message) = next else { return pending().await };
            let Ok(message) = message else { continue };
            let header = message.header();
            let is_signal = message.message_type() == zbus::message::Type::Signal;
            if is_signal && header.interface().is_some_and(|name| !name.starts_with("org.freedesktop.DBus")) {
                return;
            }
        }
    }
}
