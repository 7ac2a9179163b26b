//! Where a running program of the person's can be reached by their other programs: a Unix socket, or a named pipe on Windows;
//! never TCP, where a web page could come too.

mod place;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use self::unix::{Listener, Mark, Stream, connect};
#[cfg(windows)]
pub(crate) use self::windows::{Listener, Mark, Stream, connect};

pub(crate) use self::place::{Peer, Purpose};
