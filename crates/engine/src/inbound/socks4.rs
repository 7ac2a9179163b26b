//! SOCKS4 and 4a as a client speaks them.

use std::net::Ipv4Addr;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::gate::Gate;
use super::reply::{Reply, close_heard};
use super::{NoRequest, Request};
use crate::received::Received;
use crate::target::Target;

pub(super) const VERSION: u8 = 4;
pub(super) const GRANTED: [u8; 8] = [0, 0x5A, 0, 0, 0, 0, 0, 0];
pub(super) const REJECTED: [u8; 8] = [0, 0x5B, 0, 0, 0, 0, 0, 0];
const CONNECT: u8 = 1;
/// Version, command, port, address.
const HEAD: usize = 8;

/// Reads the request: an address, or with 4a a name behind the user id.
pub(super) async fn read_request(
    stream: &mut TcpStream,
    mut received: Received,
    gate: &Gate,
) -> Result<Request, NoRequest> {
    let head = received.need(stream, HEAD).await?;
    let command = head[1];
    let port = u16::from_be_bytes([head[2], head[3]]);
    let address = [head[4], head[5], head[6], head[7]];
    let user_end = received.until(stream, HEAD, 0).await?;
    let name_follows = address[..3] == [0, 0, 0] && address[3] != 0;
    let (target, length) = if name_follows {
        let name_end = received.until(stream, user_end + 1, 0).await?;
        (Target::new(&received.bytes()[user_end + 1..name_end], port), name_end + 1)
    } else {
        (Target::from_socket((Ipv4Addr::from(address), port).into()), user_end + 1)
    };
    received.take(length);
    let why = match &target {
        // The protocol has a user id and no password to go with it.
        _ if gate.login.is_some() => "SOCKS4 cannot log in",
        _ if command != CONNECT => "only CONNECT is offered",
        Err(_) => "the target is no address and no name",
        Ok(target) if gate.is_loop(target) => "the target is this port",
        Ok(target) => {
            return Ok(Request::Tunnel { target: target.clone(), reply: Reply::Socks4, early: received.rest() });
        }
    };
    stream.write_all(&REJECTED).await?;
    close_heard(stream).await?;
    Err(NoRequest::Refused(why))
}
