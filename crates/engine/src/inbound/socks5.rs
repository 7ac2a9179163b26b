//! SOCKS5 as a client speaks it (RFC 1928, RFC 1929). Handshakes may come byte by byte or all at once.

use std::io;

use bytes::Bytes;
use paperwing_link::Login;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::gate::Gate;
use super::reply::{Reply, close_heard};
use super::{MOST, NoRequest, Request};
use crate::failover::Refusal;
use crate::outcome::TargetFailure;
use crate::received::Received;
use crate::target::Target;

pub(super) const VERSION: u8 = 5;
pub(super) const SUCCEEDED: u8 = 0;
pub(super) const GENERAL_FAILURE: u8 = 1;
pub(super) const NOT_ALLOWED: u8 = 2;
pub(super) const COMMAND_NOT_SUPPORTED: u8 = 7;
const ADDRESS_NOT_SUPPORTED: u8 = 8;

const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xFF;
const AUTHENTICATION_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const UDP_ASSOCIATE: u8 = 3;

/// A reply with this code. The bound address is of no use to a client that asked for CONNECT, and some clients take no
/// other kind than IPv4 here.
pub(super) fn reply(code: u8) -> [u8; 10] {
    [VERSION, code, 0, 1, 0, 0, 0, 0, 0, 0]
}

/// The code that says why no proxy carries (RFC 1928, 6).
pub(super) fn reply_code(why: &Refusal) -> u8 {
    match why {
        Refusal::Target(TargetFailure::NotAllowed) => NOT_ALLOWED,
        Refusal::Target(TargetFailure::NetworkUnreachable) | Refusal::NoNetwork => 3,
        Refusal::Target(TargetFailure::HostUnreachable) => 4,
        Refusal::Target(TargetFailure::Refused) => 5,
        Refusal::Target(TargetFailure::TimedOut) => 6,
        Refusal::Target(TargetFailure::CommandNotSupported) => COMMAND_NOT_SUPPORTED,
        Refusal::Target(TargetFailure::AddressNotSupported) => ADDRESS_NOT_SUPPORTED,
        Refusal::Target(TargetFailure::General)
        | Refusal::NoProxies
        | Refusal::AllBlocked { .. }
        | Refusal::SignIn
        | Refusal::Proxies(_) => GENERAL_FAILURE,
    }
}

/// The server's side of a handshake on a stream of its own, for a SOCKS5 server that is not the local port: who may use
/// it, and up to the request. Returns the target and what the client sent without waiting; the caller answers with ten
/// bytes, `05 REP 00 01` and six zeros.
pub async fn serve_handshake(stream: &mut TcpStream, login: Option<&Login>) -> io::Result<(Target, Bytes)> {
    let gate = Gate { login: login.cloned(), surroundings: std::sync::Arc::default() };
    let mut received = Received::at_most(MOST);
    received.need(stream, 1).await?;
    match read_request(stream, received, &gate).await {
        Ok(Request::Tunnel { target, early, .. }) => Ok((target, early)),
        Ok(Request::Associate(_)) => {
            stream.write_all(&reply(COMMAND_NOT_SUPPORTED)).await?;
            Err(io::ErrorKind::Unsupported.into())
        }
        Ok(Request::Forward(_)) => Err(io::ErrorKind::InvalidData.into()),
        Err(NoRequest::Broken(error)) => Err(error),
        Err(NoRequest::Refused(why)) => Err(io::Error::new(io::ErrorKind::PermissionDenied, why)),
    }
}

/// Reads the greeting, the login where one is due, and the request.
pub(super) async fn read_request(
    stream: &mut TcpStream,
    mut received: Received,
    gate: &Gate,
) -> Result<Request, NoRequest> {
    let count = usize::from(received.need(stream, 2).await?[1]);
    let offered = &received.need(stream, 2 + count).await?[2..];
    let wanted = if gate.login.is_some() { USER_AND_PASSWORD } else { NO_AUTHENTICATION };
    // Some clients offer nothing but a password, whether one is needed or not.
    let method = match gate.login {
        None if !offered.contains(&wanted) && offered.contains(&USER_AND_PASSWORD) => USER_AND_PASSWORD,
        _ if offered.contains(&wanted) => wanted,
        _ => NONE_ACCEPTABLE,
    };
    received.take(2 + count);
    stream.write_all(&[VERSION, method]).await?;
    match method {
        NONE_ACCEPTABLE => return refuse(stream, None, "no acceptable way to log in").await,
        USER_AND_PASSWORD => authenticate(stream, &mut received, gate).await?,
        _ => {}
    }
    let head = received.need(stream, 5).await?;
    let (version, command, kind, length) = (head[0], head[1], head[3], usize::from(head[4]));
    if version != VERSION {
        return Err(NoRequest::Refused("not a SOCKS5 request"));
    }
    let (from, until) = match kind {
        1 => (4, 8),
        3 => (5, 5 + length),
        4 => (4, 20),
        _ => return refuse(stream, Some(ADDRESS_NOT_SUPPORTED), "unknown kind of address").await,
    };
    let whole = received.need(stream, until + 2).await?;
    let port = u16::from_be_bytes([whole[until], whole[until + 1]]);
    let target = match kind {
        1 => <[u8; 4]>::try_from(&whole[from..until]).map(|ip| (ip, port).into()).map(Target::from_socket),
        4 => <[u8; 16]>::try_from(&whole[from..until]).map(|ip| (ip, port).into()).map(Target::from_socket),
        _ => Ok(Target::new(&whole[from..until], port)),
    };
    received.take(until + 2);
    match command {
        CONNECT => {}
        UDP_ASSOCIATE => return Ok(Request::Associate(port)),
        _ => return refuse(stream, Some(COMMAND_NOT_SUPPORTED), "BIND is not offered").await,
    }
    let Ok(Ok(target)) = target else {
        return refuse(stream, Some(GENERAL_FAILURE), "the target is no address and no name").await;
    };
    if gate.is_loop(&target) {
        return refuse(stream, Some(NOT_ALLOWED), "the target is this port").await;
    }
    Ok(Request::Tunnel { target, reply: Reply::Socks5, early: received.rest() })
}

async fn authenticate(stream: &mut TcpStream, received: &mut Received, gate: &Gate) -> Result<(), NoRequest> {
    let user_len = usize::from(received.need(stream, 2).await?[1]);
    let password_len = usize::from(received.need(stream, 3 + user_len).await?[2 + user_len]);
    let message = received.need(stream, 3 + user_len + password_len).await?;
    let admitted = gate.admits(&message[2..2 + user_len], &message[3 + user_len..]);
    received.take(3 + user_len + password_len);
    stream.write_all(&[AUTHENTICATION_VERSION, u8::from(!admitted)]).await?;
    if admitted { Ok(()) } else { refuse(stream, None, "wrong user name or password").await }
}

async fn refuse<T>(stream: &mut TcpStream, code: Option<u8>, why: &'static str) -> Result<T, NoRequest> {
    if let Some(code) = code {
        stream.write_all(&reply(code)).await?;
    }
    close_heard(stream).await?;
    Err(NoRequest::Refused(why))
}
