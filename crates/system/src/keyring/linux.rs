//! The Secret Service on the session bus (<https://specifications.freedesktop.org/secret-service/>).

use std::future::{pending, poll_fn};
use std::pin::Pin;

use zbus::export::futures_core::Stream;
use zbus::zvariant::{OwnedObjectPath, OwnedValue};
use zbus::{Connection, MessageStream};

const SERVICE: &str = "org.freedesktop.secrets";

/// Whatever it says: services do not agree on which signal tells that a collection was opened.
const RULE: &str = "type='signal',sender='org.freedesktop.secrets'";

/// Hears the service.
#[derive(Debug)]
pub(super) struct Ear {
    signals: Option<Box<MessageStream>>,
    is_deaf: bool,
    /// Whether something was heard since it was asked last.
    is_news: bool,
    was_locked: bool,
}

// === impl Ear ===

impl Default for Ear {
    /// It was locked a moment ago, and may have been opened since.
    fn default() -> Self {
        Self { signals: None, is_deaf: false, is_news: true, was_locked: true }
    }
}

impl Ear {
    pub(super) async fn opened(&mut self) {
        if self.signals.is_none() && !self.is_deaf {
            match listen().await {
                Ok(signals) => self.signals = Some(Box::new(signals)),
                Err(error) => {
                    tracing::debug!(%error, "nobody tells when the keyring is opened");
                    self.is_deaf = true;
                }
            }
        }
        let Some(signals) = &mut self.signals else { return pending().await };
        loop {
            if !self.is_news {
                let next = poll_fn(|context| Pin::new(&mut **signals).poll_next(context)).await;
                if next.is_none() {
                    return pending().await;
                }
                self.is_news = true;
            }
            // One that does not answer is no more open than it was.
            let is_locked = is_locked().await.unwrap_or(true);
            self.is_news = false;
            if std::mem::replace(&mut self.was_locked, is_locked) && !is_locked {
                return;
            }
        }
    }
}

async fn listen() -> zbus::Result<MessageStream> {
    let bus = Connection::session().await?;
    MessageStream::for_match_rule(RULE, &bus, None).await
}

/// Over a connection of its own: a keyring that is opened tells it of every item, and an answer would come after what nobody
/// has read yet.
async fn is_locked() -> zbus::Result<bool> {
    let bus = Connection::session().await?;
    let ask = "org.freedesktop.Secret.Service";
    let answer = bus.call_method(Some(SERVICE), "/org/freedesktop/secrets", Some(ask), "ReadAlias", &"default").await?;
    let collection: OwnedObjectPath = answer.body().deserialize()?;
    let wanted = ("org.freedesktop.Secret.Collection", "Locked");
    let ask = "org.freedesktop.DBus.Properties";
    let answer = bus.call_method(Some(SERVICE), collection.as_str(), Some(ask), "Get", &wanted).await?;
    let locked: OwnedValue = answer.body().deserialize()?;
    Ok(bool::try_from(locked)?)
}
