//! Shadowsocks: SIP004's AEAD ciphers and SIP022's, over TCP or through a SIP003 plugin.
//!
//! The proxy never says whether it reached the target, nor whether it knows our password: one that does not understand
//! us is silent, or hangs up, so that nobody can find it by asking. So the client is answered as soon as there is a
//! connection, and everything else shows in the first byte. What cannot be opened with our key was not said by the
//! proxy.
//!
//! Ciphers are ring's, which this program has in it anyway for TLS: the `shadowsocks` crate brings a second
//! cryptographic library written in C, buffers of 64 KiB for each connection, and two system calls for each chunk.

mod blocks;
mod cipher;
mod down;
mod hello;
mod packets;
mod stream;
mod up;

use paperwing_link::Shadowsocks;
use tokio::net::TcpStream;

use self::cipher::{Cipher, Keys};
pub(crate) use self::packets::Packets;
pub(crate) use self::stream::ShadowsocksStream;
#[cfg(target_os = "linux")]
pub(crate) use self::up::Interrupted;
use crate::outcome::{Cause, Failure, Stage};
use crate::target::Target;

/// Whether the cipher is carried, and the plugin is one that we start.
pub(super) fn is_carried(proxy: &Shadowsocks) -> bool {
    let is_known = proxy.plugin.as_ref().is_none_or(|plugin| plugin.program().is_some());
    is_known && Cipher::named(&proxy.cipher).is_some()
}

/// Prepares to tell the proxy of a target. Nothing is sent before the client's first bytes, or a moment later.
pub(super) fn ask(tcp: TcpStream, proxy: &Shadowsocks, target: &Target) -> Result<ShadowsocksStream, Failure> {
    let keys = Keys::of(proxy).ok_or(Failure::new(Stage::Request, Cause::Unsupported))?;
    Ok(ShadowsocksStream::new(tcp, keys, target))
}

#[cfg(test)]
mod tests;
