//! What lies between TCP and the protocols that need such layers: TLS, `WebSocket`.

use std::borrow::Cow;

use paperwing_link::{Protocol, Proxy, Security, Tls, Transport};
use tokio::net::TcpStream;

use super::progress::Progress;
use super::stream::Stream;
use super::{tls, websocket};
use crate::outcome::{Cause, Failure, Stage};

/// The layers of a proxy, from the ground up.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layers<'p> {
    tls: Option<&'p Tls>,
    websocket: Option<WebSocket<'p>>,
}

#[derive(Clone, Copy, Debug)]
struct WebSocket<'p> {
    path: &'p str,
    host: Option<&'p str>,
}

impl<'p> Layers<'p> {
    /// Those of a proxy; `None` where one of them is not carried.
    pub(super) fn of(protocol: &'p Protocol) -> Option<Self> {
        let (tls, transport) = match protocol {
            Protocol::Https { tls, .. } => (Some(tls), &Transport::Tcp),
            // Trojan's own links name other securities among their further parameters.
            Protocol::Trojan(it) if it.extra.get("security").is_none() => (Some(&it.tls), &it.transport),
            Protocol::Vless(it) if it.flow.is_none() && it.encryption.is_none() => match &it.security {
                Security::None => (None, &it.transport),
                Security::Tls(tls) => (Some(tls), &it.transport),
                Security::Reality(_) => return None,
            },
            Protocol::Trojan(_) | Protocol::Vless(_) => return None,
            _ => (None, &Transport::Tcp),
        };
        let websocket = match transport {
            Transport::Tcp => None,
            Transport::WebSocket { path, host } => Some(WebSocket { path, host: host.as_deref() }),
            _ => return None,
        };
        Some(Self { tls, websocket })
    }

    /// Puts them over a connection.
    pub(super) async fn over(self, tcp: TcpStream, proxy: &Proxy, progress: &Progress) -> Result<Stream, Failure> {
        let mut stream = match self.tls {
            None => Stream::Tcp(tcp),
            Some(tls) => {
                let tls = if self.websocket.is_some() { Cow::Owned(for_websocket(tls)) } else { Cow::Borrowed(tls) };
                Stream::Tls(Box::new(tls::handshake(tcp, &proxy.host, &tls, progress).await?))
            }
        };
        if let Some(WebSocket { path, host }) = self.websocket {
            let named = self.tls.and_then(|tls| tls.sni.as_ref()).unwrap_or(&proxy.host);
            let host = host.map_or_else(|| websocket::default_host(named), str::to_owned);
            let inside = Box::pin(websocket::handshake(stream, &host, path, progress)).await?;
            stream = Stream::WebSocket(Box::new(inside));
        }
        Ok(stream)
    }
}

/// A `WebSocket` begins with HTTP/1.1 (RFC 6455, 4.1), so nothing else is offered.
fn for_websocket(tls: &Tls) -> Tls {
    Tls { alpn: vec!["http/1.1".to_owned()], ..tls.clone() }
}

/// The failure of a proxy whose layers are not carried.
pub(super) const NOT_CARRIED: Failure = Failure::new(Stage::Resolve, Cause::Unsupported);
