//! What clients ask for. Knows the clients' protocols and no proxies.
//!
//! One port takes them all; the first byte tells them apart: 5 is SOCKS5, 4 is SOCKS4 or 4a, a letter is HTTP.

mod accept;
mod datagrams;
mod fds;
mod forward;
mod gate;
mod holder;
mod http;
mod listen;
mod pages;
mod reply;
mod socks4;
mod socks5;
pub(crate) mod telegram;

use std::io;

use bytes::Bytes;
use tokio::net::TcpStream;

pub(crate) use accept::{Door, accept};
pub(crate) use datagrams::MOST_ASSOCIATIONS;
pub(crate) use fds::raise_limit;
pub(crate) use gate::Gate;
pub use listen::ListenError;
pub(crate) use listen::listen;
pub(crate) use reply::Reply;
pub use socks5::serve_handshake;

use crate::received::Received;
use crate::target::Target;

/// What a client asked for.
#[derive(Debug)]
pub(crate) enum Request {
    /// A stream to a target.
    Tunnel {
        /// Where to.
        target: Target,
        /// How the client is told what came of it.
        reply: Reply,
        /// What the client sent without waiting for the answer.
        early: Bytes,
    },
    /// Datagrams, which will come from this port; 0 where the client does not say.
    Associate(u16),
    /// Plain HTTP by absolute URI; the bytes are the first request's head and what came with it.
    Forward(Bytes),
}

/// Why there is nothing to carry. The client has been told, where its protocol has words for it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoRequest {
    /// The client was refused.
    #[error("refused: {0}")]
    Refused(&'static str),
    /// The client went away or sent nonsense.
    #[error("{0}")]
    Broken(#[from] io::Error),
}

/// The longest head of a request.
const MOST: usize = 64 * 1024;

/// Reads what a client asks for, whichever protocol it speaks.
pub(crate) async fn read_request(stream: &mut TcpStream, gate: &Gate) -> Result<Request, NoRequest> {
    let mut received = Received::at_most(MOST);
    match received.need(stream, 1).await?[0] {
        socks5::VERSION => socks5::read_request(stream, received, gate).await,
        socks4::VERSION => socks4::read_request(stream, received, gate).await,
        first if first.is_ascii_alphabetic() => http::read_request(stream, received, gate).await,
        _ => Err(NoRequest::Refused("neither SOCKS nor HTTP")),
    }
}
