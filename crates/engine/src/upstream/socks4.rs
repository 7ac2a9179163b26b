//! SOCKS4 and its extension 4a, by which the proxy resolves names.
//!
//! A name is always sent the 4a way, to plain SOCKS4 proxies too: resolving it here would tell the network where the
//! person goes, and servers that really know nothing of 4a are hard to find. IPv6 addresses, for which the protocol has
//! no room, go as text in the place of a name.

use std::net::IpAddr;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::{failed, name_garbage};
use crate::outcome::{Cause, Failure, Stage, TargetFailure};
use crate::received::Received;
use crate::target::{Target, TargetHost};

const VERSION: u8 = 4;
const CONNECT: u8 = 1;
/// An address that no host has, which says that a name follows.
const NAME_FOLLOWS: [u8; 4] = [0, 0, 0, 1];
const REPLY_LEN: usize = 8;

/// Asks a SOCKS4 proxy for a target. Returns what the target sent together with the proxy's reply.
pub(super) async fn ask<S>(
    stream: &mut S,
    mut answer: Received,
    user: Option<&str>,
    target: &Target,
) -> Result<Bytes, Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stage = Stage::Request;
    stream.write_all(&request(user, target)).await.map_err(failed(stage))?;
    let version = answer.need(stream, 1).await.map_err(failed(stage))?[0];
    if version != 0 {
        return Err(Failure::new(stage, name_garbage(version)));
    }
    match answer.need(stream, 2).await.map_err(failed(stage))?[1] {
        0x5A => {}
        0x5B => return Err(Failure::new(stage, Cause::Target(TargetFailure::General))),
        0x5C | 0x5D => return Err(Failure::new(stage, Cause::CredentialsRejected)),
        other => return Err(Failure::new(stage, name_garbage(other))),
    }
    answer.need(stream, REPLY_LEN).await.map_err(failed(stage))?;
    answer.take(REPLY_LEN);
    Ok(answer.rest())
}

fn request(user: Option<&str>, target: &Target) -> Vec<u8> {
    let (address, name) = match &target.host {
        TargetHost::Ip(IpAddr::V4(ip)) => (ip.octets(), None),
        TargetHost::Ip(IpAddr::V6(ip)) => (NAME_FOLLOWS, Some(ip.to_string())),
        TargetHost::Domain(name) => (NAME_FOLLOWS, Some(name.to_string())),
    };
    let mut message = vec![VERSION, CONNECT];
    message.extend_from_slice(&target.port.get().to_be_bytes());
    message.extend_from_slice(&address);
    // A zero byte would end the field early and let the rest be read as a name.
    message.extend(user.unwrap_or_default().bytes().filter(|byte| *byte != 0));
    message.push(0);
    if let Some(name) = name {
        message.extend_from_slice(name.as_bytes());
        message.push(0);
    }
    message
}
