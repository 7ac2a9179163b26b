//! Tells when the setting changes. Sleeps until then.

use std::ffi::OsString;
use std::future::{pending, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::pin::Pin;

use async_io::Async;
use rustix::fs::inotify;

use super::DesktopError;
use super::desktop::Sign;

/// Waits for changes of the setting.
#[derive(Debug)]
pub struct Watch {
    sign: Sign,
    ear: Option<Ear>,
}

#[derive(Debug)]
enum Ear {
    Bus(Box<Bus>),
    Folder(Folder),
}

// === impl Watch ===

impl Watch {
    pub(super) fn new(sign: Sign) -> Self {
        Self { sign, ear: None }
    }

    /// Whether every change is heard, so that none happens unseen.
    pub fn is_listening(&self) -> bool {
        self.ear.is_some()
    }

    /// Waits for the next change. Where nothing can tell of one, it waits for ever. May be dropped and called anew.
    pub async fn changed(&mut self) {
        match &mut self.ear {
            Some(Ear::Bus(bus)) => bus.heard().await,
            Some(Ear::Folder(folder)) => folder.changed().await,
            None => match Ear::open(&self.sign).await {
                // What changed before somebody listened has not been heard.
                Ok(ear) => self.ear = Some(ear),
                Err(error) => {
                    tracing::warn!(%error, "changes of the setting will not be seen");
                    pending::<()>().await;
                }
            },
        }
    }
}

impl Ear {
    async fn open(sign: &Sign) -> Result<Self, DesktopError> {
        match sign {
            Sign::Bus(rule) => Ok(Self::Bus(Box::new(Bus::open(rule).await?))),
            Sign::File(path) => {
                let folder = Folder::of(path);
                folder.map(Self::Folder).map_err(|source| DesktopError::File { path: path.clone(), source })
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

/// A folder in which one file is watched: a file that is replaced is another one each time.
#[derive(Debug)]
struct Folder {
    inotify: Async<OwnedFd>,
    name: OsString,
}

impl Folder {
    fn of(path: &Path) -> io::Result<Self> {
        let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else {
            return Err(io::ErrorKind::InvalidInput.into());
        };
        let inotify = inotify::init(inotify::CreateFlags::NONBLOCK | inotify::CreateFlags::CLOEXEC)?;
        let signs = inotify::WatchFlags::CLOSE_WRITE | inotify::WatchFlags::MOVED_TO | inotify::WatchFlags::DELETE;
        inotify::add_watch(&inotify, folder, signs)?;
        Ok(Self { inotify: Async::new(inotify)?, name: name.to_owned() })
    }

    async fn changed(&mut self) {
        loop {
            if self.inotify.readable().await.is_err() {
                return pending().await;
            }
            let mut buffer = [MaybeUninit::uninit(); 4096];
            let mut events = inotify::Reader::new(self.inotify.get_ref(), &mut buffer);
            let mut is_ours = false;
            while let Ok(event) = events.next() {
                let name = event.file_name().map(std::ffi::CStr::to_bytes);
                is_ours |=
                    name == Some(self.name.as_bytes()) || event.events().contains(inotify::ReadFlags::QUEUE_OVERFLOW);
            }
            if is_ours {
                return;
            }
        }
    }
}
