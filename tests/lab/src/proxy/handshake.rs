//! The server side of SOCKS5 (RFC 1928, RFC 1929) and of HTTP CONNECT (RFC 9110, 9.3.6), as far as a client gets
//! before it asks for something.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::sleep;

use super::address::{self, array, vector};
use super::client::Client;
use super::{Inner, LOGIN, Speaks, early};
use crate::mood::Mood;
use crate::origin::NAME;

/// What a client asked for, and what it sent behind that.
pub(super) struct Asked {
    pub(super) target: SocketAddr,
    pub(super) early: Vec<u8>,
}

const MOST_HEAD: usize = 16 << 10;

/// Up to and with the request. `None` where the client was turned away.
pub(super) async fn take_request(inner: &Inner, client: &mut Client) -> io::Result<Option<Asked>> {
    match inner.speaks {
        Speaks::Socks5 => socks5(inner, client, 0).await,
        Speaks::Socks5WithLogin => socks5(inner, client, 2).await,
        Speaks::Http | Speaks::Https => http(inner, client).await,
        Speaks::Socks4 => early::socks4(inner, client).await,
        Speaks::Shadowsocks => early::shadowsocks(inner, client).await,
        Speaks::Trojan => early::trojan(inner, client).await,
        Speaks::Vless => early::vless(inner, client).await,
        // A session has no target, its channels come with theirs; and what shoes speaks, shoes hears.
        Speaks::Ssh | Speaks::Vmess | Speaks::Anytls | Speaks::Reality => Ok(None),
        // The client named a data centre, and there is one.
        Speaks::Mtproto | Speaks::MtprotoDisguised => {
            Ok(Some(Asked { target: SocketAddr::new(inner.origin, inner.data_centre), early: Vec::new() }))
        }
    }
}

async fn socks5(inner: &Inner, client: &mut Client, method: u8) -> io::Result<Option<Asked>> {
    let [_version, methods] = array(client).await?;
    let offered = vector(client, methods).await?;
    sleep(inner.distance).await;
    let is_revoked = inner.mood() == Mood::AuthRevoked;
    let wanted = if is_revoked { 2 } else { method };
    if !offered.contains(&wanted) {
        inner.harm();
        client.write_all(&[5, 0xFF]).await?;
        return Ok(None);
    }
    client.write_all(&[5, wanted]).await?;
    if wanted == 2 {
        let [_version, length] = array(client).await?;
        let user = vector(client, length).await?;
        let [length] = array(client).await?;
        let password = vector(client, length).await?;
        let is_right = (user.as_slice(), password.as_slice()) == (LOGIN.0.as_bytes(), LOGIN.1.as_bytes());
        sleep(inner.distance).await;
        if is_revoked || !is_right {
            inner.harm();
            client.write_all(&[1, 1]).await?;
            return Ok(None);
        }
        client.write_all(&[1, 0]).await?;
    }
    let [_version, _command, _reserved] = array(client).await?;
    let target = address::target(inner, client).await?;
    if target.is_none() {
        client.write_all(&[5, 4, 0, 1, 0, 0, 0, 0, 0, 0]).await?;
    }
    Ok(target.map(|target| Asked { target, early: Vec::new() }))
}

async fn http(inner: &Inner, client: &mut Client) -> io::Result<Option<Asked>> {
    let mut head = Vec::new();
    let end = loop {
        if let Some(at) = head.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            break at + 4;
        }
        if head.len() > MOST_HEAD || client.read_buf(&mut head).await? == 0 {
            return Ok(None);
        }
    };
    let early = head.split_off(end);
    if inner.mood() == Mood::AuthRevoked {
        inner.harm();
        sleep(inner.distance).await;
        let answer =
            b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n";
        client.write_all(answer).await?;
        return Ok(None);
    }
    let text = String::from_utf8_lossy(&head);
    let authority = text.strip_prefix("CONNECT ").and_then(|rest| rest.split(' ').next()).unwrap_or_default();
    let target = match authority.rsplit_once(':') {
        Some((NAME, port)) => port.parse().ok().map(|port| SocketAddr::new(inner.origin, port)),
        _ => authority.parse().ok(),
    };
    if target.is_none() {
        client.write_all(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n").await?;
    }
    Ok(target.map(|target| Asked { target, early }))
}

/// Says how it went: a SOCKS5 reply code (RFC 1928, 6) or the HTTP status that means the same.
pub(super) async fn reply(inner: &Inner, client: &mut Client, code: u8) -> io::Result<()> {
    let http = match code {
        0 => "200 OK",
        2 => "403 Forbidden\r\nContent-Length: 0",
        6 => "504 Gateway Timeout\r\nContent-Length: 0",
        _ => "502 Bad Gateway\r\nContent-Length: 0",
    };
    match inner.speaks {
        Speaks::Socks5 | Speaks::Socks5WithLogin => client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await,
        Speaks::Http | Speaks::Https => client.write_all(format!("HTTP/1.1 {http}\r\n\r\n").as_bytes()).await,
        Speaks::Socks4 => client.write_all(&[0, if code == 0 { 0x5A } else { 0x5B }, 0, 0, 0, 0, 0, 0]).await,
        // The header comes with the target's first bytes, so where there are none there is no header.
        Speaks::Vless if code == 0 && inner.mood() != Mood::BlackData => client.write_all(&[0, 0]).await,
        Speaks::Vless
        | Speaks::Shadowsocks
        | Speaks::Trojan
        | Speaks::Mtproto
        | Speaks::MtprotoDisguised
        | Speaks::Vmess
        | Speaks::Anytls
        | Speaks::Reality => Ok(()),
        Speaks::Ssh => {
            client.open_channel(code == 0).await;
            Ok(())
        }
    }
}
