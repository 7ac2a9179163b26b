//! Where a client wants to go, as the protocols write it.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::io::AsyncReadExt;

use super::Inner;
use super::client::Client;
use crate::origin::NAME;

/// What stands before an address and says its kind.
pub(super) struct Kinds {
    pub(super) ipv4: u8,
    pub(super) name: u8,
    pub(super) ipv6: u8,
}

/// SOCKS5 (RFC 1928, 4), Shadowsocks and Trojan.
pub(super) const SOCKS: Kinds = Kinds { ipv4: 1, name: 3, ipv6: 4 };
/// VLESS.
pub(super) const VLESS: Kinds = Kinds { ipv4: 1, name: 2, ipv6: 3 };

/// The host. `None` for a name that nobody but the origins has.
pub(super) async fn host(inner: &Inner, client: &mut Client, kinds: &Kinds) -> io::Result<Option<IpAddr>> {
    let [kind] = array(client).await?;
    if kind == kinds.ipv4 {
        return Ok(Some(Ipv4Addr::from(array::<4>(client).await?).into()));
    }
    if kind == kinds.ipv6 {
        return Ok(Some(Ipv6Addr::from(array::<16>(client).await?).into()));
    }
    if kind != kinds.name {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let [length] = array(client).await?;
    let name = vector(client, length).await?;
    Ok((name == NAME.as_bytes()).then_some(inner.origin))
}

/// Host and port, in this order.
pub(super) async fn target(inner: &Inner, client: &mut Client) -> io::Result<Option<SocketAddr>> {
    let host = host(inner, client, &SOCKS).await?;
    let port = u16::from_be_bytes(array(client).await?);
    Ok(host.map(|host| SocketAddr::new(host, port)))
}

pub(super) async fn array<const N: usize>(client: &mut Client) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}

pub(super) async fn vector(client: &mut Client, length: u8) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length.into()];
    client.read_exact(&mut bytes).await?;
    Ok(bytes)
}
