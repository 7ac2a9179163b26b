//! What the relay needs to know of an end beyond reading and writing.

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;

#[cfg(target_os = "linux")]
use crate::upstream::ShadowsocksStream;
use crate::upstream::Stream;

/// One end of a carried connection.
pub(super) trait End: AsyncRead + AsyncWrite + Unpin {
    /// The socket, when what goes over it is what was sent: then the kernel can move the bytes.
    fn plain(&self) -> Option<&TcpStream>;

    /// The stream, when it takes what it sends from a socket itself: that saves a copy.
    #[cfg(target_os = "linux")]
    fn sealing(&mut self) -> Option<&mut ShadowsocksStream> {
        None
    }
}

impl End for TcpStream {
    fn plain(&self) -> Option<&TcpStream> {
        Some(self)
    }
}

impl End for Stream {
    fn plain(&self) -> Option<&TcpStream> {
        match self {
            Self::Tcp(stream) => Some(stream),
            _ => None,
        }
    }

    #[cfg(target_os = "linux")]
    fn sealing(&mut self) -> Option<&mut ShadowsocksStream> {
        match self {
            Self::Shadowsocks(stream) => Some(stream),
            _ => None,
        }
    }
}

/// Makes the closing of a socket a reset (RST) instead of an orderly end (FIN).
pub(crate) fn reset_on_close(socket: &TcpStream) {
    // A socket that refuses the option is closed in order; there is nobody left to tell.
    let _ = socket2::SockRef::from(socket).set_linger(Some(std::time::Duration::ZERO));
}
