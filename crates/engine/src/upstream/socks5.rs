//! SOCKS5 (RFC 1928) with user name and password (RFC 1929).
//!
//! Each message waits for the answer to the one before it. The RFCs leave room to send them in one go where only one
//! method is offered, but servers in wide use (microsocks among them) read a greeting with one call and throw away
//! whatever came with it, and the connection then hangs.

use bytes::Bytes;
use paperwing_link::Login;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use zeroize::Zeroizing;

use super::address::{self, IPV4, IPV6, NAME};
use super::progress::Progress;
use super::{failed, name_garbage};
use crate::outcome::{Cause, Failure, Garbage, Stage, TargetFailure};
use crate::received::Received;
use crate::target::Target;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const USER_AND_PASSWORD: u8 = 2;
const NONE_ACCEPTABLE: u8 = 0xFF;
const AUTHENTICATION_VERSION: u8 = 1;
const CONNECT: u8 = 1;
const UDP_ASSOCIATE: u8 = 3;

/// The longest answers together: a method, a verdict on the login, a reply with a 255-byte name; and what the target
/// may send right behind them.
pub(super) const MOST: usize = 4096;

/// Greets a SOCKS5 proxy and logs in if it asks for that.
pub(super) async fn greet<S>(
    stream: &mut S,
    answer: &mut Received,
    login: Option<&Login>,
    progress: &Progress,
) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    progress.enter(Stage::Greet);
    let greeting: &[u8] = match login {
        None => &[VERSION, 1, NO_AUTHENTICATION],
        Some(_) => &[VERSION, 2, NO_AUTHENTICATION, USER_AND_PASSWORD],
    };
    send(stream, greeting, Stage::Greet).await?;
    let version = answer.need(stream, 1).await.map_err(failed(Stage::Greet))?[0];
    if version != VERSION {
        return Err(Failure::new(Stage::Greet, name_garbage(version)));
    }
    let method = answer.need(stream, 2).await.map_err(failed(Stage::Greet))?[1];
    answer.take(2);
    match (method, login) {
        (NO_AUTHENTICATION, _) => Ok(()),
        (USER_AND_PASSWORD, Some(login)) => authenticate(stream, answer, login, progress).await,
        (NONE_ACCEPTABLE | USER_AND_PASSWORD, None) => Err(Failure::new(Stage::Greet, Cause::CredentialsNeeded)),
        (NONE_ACCEPTABLE, Some(_)) => Err(Failure::new(Stage::Greet, Cause::CredentialsRejected)),
        _ => Err(Failure::new(Stage::Greet, Cause::Garbage(Garbage::Other))),
    }
}

/// Asks for a target. Returns what the target sent together with the proxy's reply.
pub(super) async fn ask<S>(stream: &mut S, mut answer: Received, target: &Target) -> Result<Bytes, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    send(stream, &request(target), Stage::Request).await?;
    read_reply(stream, &mut answer).await?;
    Ok(answer.rest())
}

/// Asks for a relay of datagrams, to be sent from wherever, and tells on which port of the proxy it is (RFC 1928, 7).
pub(super) async fn associate<S>(stream: &mut S, mut answer: Received) -> Result<u16, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    send(stream, &[VERSION, UDP_ASSOCIATE, 0, IPV4, 0, 0, 0, 0, 0, 0], Stage::Request).await?;
    read_reply(stream, &mut answer).await
}

async fn authenticate<S>(
    stream: &mut S,
    answer: &mut Received,
    login: &Login,
    progress: &Progress,
) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    progress.enter(Stage::Auth);
    let (user, password) = (login.user.as_bytes(), login.password.reveal().as_bytes());
    let (Ok(user_len), Ok(password_len)) = (u8::try_from(user.len()), u8::try_from(password.len())) else {
        return Err(Failure::new(Stage::Auth, Cause::CredentialsRejected));
    };
    let mut message = Zeroizing::new(Vec::with_capacity(3 + user.len() + password.len()));
    message.extend_from_slice(&[AUTHENTICATION_VERSION, user_len]);
    message.extend_from_slice(user);
    message.push(password_len);
    message.extend_from_slice(password);
    send(stream, &message, Stage::Auth).await?;
    // RFC 1929 wants version 1 in the answer; some servers say 5. Only the status decides.
    // Hanging up is no verdict on the password: a server that restarts does it, and a censor who reads it in clear too.
    let status = answer.need(stream, 2).await.map_err(failed(Stage::Auth))?[1];
    answer.take(2);
    if status == 0 { Ok(()) } else { Err(Failure::new(Stage::Auth, Cause::CredentialsRejected)) }
}

fn request(target: &Target) -> Vec<u8> {
    let mut message = Vec::with_capacity(262);
    message.extend_from_slice(&[VERSION, CONNECT, 0]);
    address::push(target, &mut message);
    message
}

/// The port of the address in the reply.
async fn read_reply<S>(stream: &mut S, answer: &mut Received) -> Result<u16, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stage = Stage::Request;
    let head = answer.need(stream, 2).await.map_err(failed(stage))?;
    let (version, code) = (head[0], head[1]);
    if version != VERSION {
        return Err(Failure::new(stage, name_garbage(version)));
    }
    if code != 0 {
        // The rest of a refusal is often cut short or missing, and says nothing that matters.
        return Err(Failure::new(stage, Cause::Target(target_failure(code))));
    }
    let head = answer.need(stream, 5).await.map_err(failed(stage))?;
    let address = match head[3] {
        IPV4 => 4,
        IPV6 => 16,
        NAME => 1 + usize::from(head[4]),
        _ => return Err(Failure::new(stage, Cause::Garbage(Garbage::Other))),
    };
    let whole = answer.need(stream, 4 + address + 2).await.map_err(failed(stage))?;
    let port = u16::from_be_bytes([whole[4 + address], whole[5 + address]]);
    answer.take(4 + address + 2);
    Ok(port)
}

fn target_failure(code: u8) -> TargetFailure {
    match code {
        2 => TargetFailure::NotAllowed,
        3 => TargetFailure::NetworkUnreachable,
        4 => TargetFailure::HostUnreachable,
        5 => TargetFailure::Refused,
        6 => TargetFailure::TimedOut,
        7 => TargetFailure::CommandNotSupported,
        8 => TargetFailure::AddressNotSupported,
        _ => TargetFailure::General,
    }
}

async fn send<S: AsyncWrite + Unpin>(stream: &mut S, message: &[u8], stage: Stage) -> Result<(), Failure> {
    stream.write_all(message).await.map_err(failed(stage))
}
