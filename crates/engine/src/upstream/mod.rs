//! The protocols in which a proxy is asked to carry a connection. One file per protocol; none knows of clients.

mod http;
mod names;
mod pinned;
mod progress;
mod socks4;
mod socks5;
mod stream;
mod tcp;
mod tls;

use bytes::Bytes;
use paperwing_link::{Protocol, Proxy};

pub use progress::Progress;
pub use stream::Stream;
pub use tcp::Surroundings;

use crate::outcome::{Cause, Failure, Garbage, Stage};
use crate::target::Target;

/// A connection that a proxy agreed to carry.
#[derive(Debug)]
pub struct Connected {
    /// From here on, bytes to and from the target.
    pub stream: Stream,
    /// What the target already sent, read together with the proxy's last answer.
    pub early: Bytes,
}

/// Asks a proxy to carry a connection to a target, and marks each stage as it begins.
///
/// It sets no time limit of its own: whoever calls it knows how long is too long, and [`Progress`] tells where the
/// attempt stood when that one lost patience. Names of targets go to the proxy as they are.
pub async fn connect(
    proxy: &Proxy,
    target: &Target,
    surroundings: &Surroundings,
    progress: &Progress,
) -> Result<Connected, Failure> {
    if !is_carried(&proxy.protocol) {
        return Err(Failure::new(Stage::Resolve, Cause::Unsupported));
    }
    let mut tcp = tcp::connect(&proxy.host, proxy.port, surroundings, progress).await?;
    let (early, stream) = match &proxy.protocol {
        Protocol::Socks5(login) => (socks5::ask(&mut tcp, login.as_ref(), target, progress).await?, Stream::Tcp(tcp)),
        Protocol::Socks4 { user } | Protocol::Socks4a { user } => {
            (socks4::ask(&mut tcp, user.as_deref(), target, progress).await?, Stream::Tcp(tcp))
        }
        Protocol::Http(login) => (http::ask(&mut tcp, login.as_ref(), target, progress).await?, Stream::Tcp(tcp)),
        Protocol::Https { login, tls } => {
            let mut inside = tls::handshake(tcp, &proxy.host, tls, progress).await?;
            (http::ask(&mut inside, login.as_ref(), target, progress).await?, Stream::Tls(Box::new(inside)))
        }
        _ => return Err(Failure::new(Stage::Resolve, Cause::Unsupported)),
    };
    Ok(Connected { stream, early })
}

/// Whether this version can carry connections in a protocol.
pub fn is_carried(protocol: &Protocol) -> bool {
    matches!(
        protocol,
        Protocol::Socks5(_)
            | Protocol::Socks4 { .. }
            | Protocol::Socks4a { .. }
            | Protocol::Http(_)
            | Protocol::Https { .. }
    )
}

/// Turns an I/O error into a failure at a stage.
fn failed(stage: Stage) -> impl Fn(std::io::Error) -> Failure {
    move |error| Failure::from_io(stage, &error)
}

/// Names what answers with this first byte where a SOCKS version was due.
fn name_garbage(first: u8) -> Cause {
    Cause::Garbage(match first {
        b'H' | b'<' => Garbage::Http,
        0x14..=0x17 => Garbage::Tls,
        _ => Garbage::Other,
    })
}

#[cfg(test)]
mod tests;
