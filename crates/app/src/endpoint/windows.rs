//! A named pipe. Its default access list lets other users of the computer open it for reading at most: they can ask
//! nothing, and without a question nothing is said.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::net::windows::named_pipe::{ClientOptions, NamedPipeClient, NamedPipeServer, ServerOptions};
use tokio::time::sleep;

use super::place::{self, Peer, Purpose};

/// One end of a connection.
pub(crate) type Stream = NamedPipeClient;
/// One end of a connection, on the side of whoever is reached.
pub(crate) type Served = NamedPipeServer;

/// `ERROR_PIPE_BUSY`: whoever is reached has not yet made ready for the next one who asks.
const PIPE_BUSY: i32 = 231;
/// How often and after which pause a busy pipe is tried again.
const TRIES: usize = 40;
const PAUSE: Duration = Duration::from_millis(50);

/// Takes connections.
#[derive(Debug)]
pub(crate) struct Listener {
    path: String,
    /// The instance that the next one who asks will get.
    next: NamedPipeServer,
}

/// Nothing stays of a pipe that nobody holds open.
#[derive(Debug)]
pub(crate) struct Mark(());

// === impl Listener ===

impl Listener {
    /// Opens the pipe; fails where somebody else has it.
    pub(crate) fn open(dir: &Path, purpose: Purpose) -> io::Result<(Self, Mark)> {
        let path = path(dir, purpose)?;
        let next = ServerOptions::new().first_pipe_instance(true).reject_remote_clients(true).create(&path)?;
        Ok((Self { path, next }, Mark(())))
    }

    /// The next one who asks.
    pub(crate) async fn accept(&mut self) -> io::Result<(Served, Peer)> {
        let connected = self.next.connect().await;
        // Made before the connected one can be closed: while an instance is open, nobody else can take the name.
        let next = ServerOptions::new().reject_remote_clients(true).create(&self.path)?;
        let served = std::mem::replace(&mut self.next, next);
        connected.map(|()| (served, Peer::SameUser))
    }
}

/// Connects to whoever is there for a profile. Not found where nobody is.
pub(crate) async fn connect(dir: &Path, purpose: Purpose) -> io::Result<Stream> {
    let path = path(dir, purpose)?;
    for _ in 0..TRIES {
        match ClientOptions::new().open(&path) {
            Err(error) if error.raw_os_error() == Some(PIPE_BUSY) => sleep(PAUSE).await,
            done => return done,
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

fn path(dir: &Path, purpose: Purpose) -> io::Result<String> {
    Ok(format!(r"\\.\pipe\paperwing-{}", place::name(dir, purpose)?))
}
