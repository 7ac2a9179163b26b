//! Protocols in which a client says at once who it is, where it wants to go and what for, and in which a proxy that
//! cannot or will not serve it says nothing: Shadowsocks, Trojan, VLESS. And SOCKS4, which at least has an answer.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use sha2::{Digest, Sha224};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::{sleep, timeout};

use super::address::{self, array, vector};
use super::client::Client;
use super::handshake::Asked;
use super::serve::FIRST_BYTES;
use super::{ID, Inner, LOGIN};
use crate::mood::Mood;
use crate::origin::NAME;

fn asked(target: Option<SocketAddr>) -> Option<Asked> {
    target.map(|target| Asked { target, early: Vec::new() })
}

/// What came was already opened with the key.
pub(super) async fn shadowsocks(inner: &Inner, client: &mut Client) -> io::Result<Option<Asked>> {
    if inner.mood() == Mood::AuthRevoked {
        inner.harm();
    }
    Ok(asked(address::target(inner, client).await?))
}

/// What a web server says to what is no HTTP, and a Trojan proxy's is handed what strangers say.
const PAGE: &[u8] =
    b"HTTP/1.1 400 Bad Request\r\nContent-Type: text/html\r\nContent-Length: 60\r\nConnection: close\r\n\r\n\
    <html><body><center><h1>400 Bad Request</h1></center></body>";
/// The first byte of a TLS hello.
const HELLO: u8 = 22;

/// <https://trojan-gfw.github.io/trojan/protocol>. Strangers who begin TLS behind their words find a web server, as behind
/// a real one. Others find nobody: a page could be what they asked for, and nobody can tell whose it is.
pub(super) async fn trojan(inner: &Inner, client: &mut Client) -> io::Result<Option<Asked>> {
    let said = vector(client, 56).await?;
    let digest = Sha224::digest(LOGIN.1.as_bytes());
    let is_known = digest.iter().flat_map(|byte| format!("{byte:02x}").into_bytes()).eq(said);
    let [_return, _newline, _command] = array(client).await?;
    let target = address::target(inner, client).await?;
    let [_return, _newline] = array(client).await?;
    if is_known && inner.mood() != Mood::AuthRevoked {
        return Ok(asked(target));
    }
    inner.harm();
    // Whoever waits for the target to speak first says nothing more.
    if let Ok(first) = timeout(FIRST_BYTES, client.read_u8()).await
        && first? == HELLO
    {
        sleep(inner.distance).await;
        client.write_all(PAGE).await?;
    }
    Ok(None)
}

/// <https://xtls.github.io/en/development/protocols/vless.html>.
pub(super) async fn vless(inner: &Inner, client: &mut Client) -> io::Result<Option<Asked>> {
    let [_version] = array(client).await?;
    let id: [u8; 16] = array(client).await?;
    if u128::from_be_bytes(id) != ID || inner.mood() == Mood::AuthRevoked {
        inner.harm();
        return Ok(None);
    }
    let [additions] = array(client).await?;
    vector(client, additions).await?;
    let [_command] = array(client).await?;
    let port = u16::from_be_bytes(array(client).await?);
    let host = address::host(inner, client, &address::VLESS).await?;
    Ok(asked(host.map(|host| SocketAddr::new(host, port))))
}

/// SOCKS4 and 4a.
pub(super) async fn socks4(inner: &Inner, client: &mut Client) -> io::Result<Option<Asked>> {
    let [_version, _command] = array(client).await?;
    let port = u16::from_be_bytes(array(client).await?);
    let ip: [u8; 4] = array(client).await?;
    let _user = text(client).await?;
    if inner.mood() == Mood::AuthRevoked {
        inner.harm();
        sleep(inner.distance).await;
        client.write_all(&[0, 0x5D, 0, 0, 0, 0, 0, 0]).await?;
        return Ok(None);
    }
    let name_follows = ip[..3] == [0, 0, 0] && ip[3] != 0;
    let host = match name_follows {
        true if text(client).await? == NAME.as_bytes() => Some(inner.origin),
        true => None,
        false => Some(IpAddr::from(Ipv4Addr::from(ip))),
    };
    Ok(asked(host.map(|host| SocketAddr::new(host, port))))
}

/// Up to a zero.
async fn text(client: &mut Client) -> io::Result<Vec<u8>> {
    let mut text = Vec::new();
    loop {
        match client.read_u8().await? {
            0 => return Ok(text),
            byte => text.push(byte),
        }
    }
}
