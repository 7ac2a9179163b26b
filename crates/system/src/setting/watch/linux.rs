//! Signals on the session bus, and inotify(7).

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

use crate::setting::DesktopError;
use crate::setting::desktop::Sign;

#[derive(Debug)]
pub(super) enum Ear {
    Bus(Box<Bus>),
    Folder(Folder),
}

impl Ear {
    pub(super) async fn open(sign: &Sign) -> Result<Self, DesktopError> {
        match sign {
            Sign::Bus(rule) => Ok(Self::Bus(Box::new(Bus::open(rule).await?))),
            Sign::File(path) => {
                let folder = Folder::of(path);
                folder.map(Self::Folder).map_err(|source| DesktopError::File { path: path.clone(), source })
            }
            #[cfg(test)]
            Sign::Registry(_) | Sign::Store(_) => Err(DesktopError::NotOurs),
        }
    }

    pub(super) async fn changed(&mut self) {
        match self {
            Self::Bus(bus) => bus.heard().await,
            Self::Folder(folder) => folder.changed().await,
        }
    }
}

/// A connection that hears one kind of signal.
#[derive(Debug)]
pub(super) struct Bus {
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
pub(super) struct Folder {
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
