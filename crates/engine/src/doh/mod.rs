//! DNS over HTTPS (RFC 8484), through a proxy that works: a second opinion on where another proxy is.
//!
//! The question never leaves this computer in any other way, and the server's certificate is always verified.

mod message;

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Weak};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{ACCEPT, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use paperwing_link::{CertificatePin, Host, Proxy, Tls};
use tokio::task::JoinSet;
use tokio::time::timeout;

use self::message::Kind;
use crate::failover::Dialer;
use crate::target::{Target, TargetHost};
use crate::upstream::{self, Connected, Opinion, Progress, Surroundings};

/// What questions and answers are (RFC 8484, 6).
const DNS_MESSAGE: &str = "application/dns-message";
/// No message of DNS is longer.
const MOST: usize = u16::MAX as usize;
/// A proxy that works is waited for so long: at the start nobody has carried yet.
const UNTIL_ONE_WORKS: Duration = Duration::from_secs(10);
/// From the connection to the proxy to the last answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer holds for its own time, within these bounds.
const HOLDS: (Duration, Duration) = (Duration::from_mins(5), Duration::from_hours(1));

/// A server that answers questions for addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DohServer {
    target: Target,
    host: Host,
    authority: String,
    path: String,
    /// In tests: its certificate.
    pin: Option<CertificatePin>,
}

/// Why a text names no such server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a DNS server must be an address of the form https://host[:port]/path")]
pub struct BadDohServer;

/// Asks a server, through a proxy of a list that works.
pub(crate) struct Doh {
    server: DohServer,
    /// The list keeps us, so we do not keep the list.
    dialer: Weak<Dialer>,
    until_one_works: Duration,
    patience: Duration,
}

// === impl DohServer ===

impl FromStr for DohServer {
    type Err = BadDohServer;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("https://").ok_or(BadDohServer)?;
        let (authority, path) = rest.split_at(rest.find('/').ok_or(BadDohServer)?);
        if !path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#') {
            return Err(BadDohServer);
        }
        let target = Target::parse_authority(authority)
            .or_else(|_| Target::parse_authority(&format!("{authority}:443")))
            .map_err(|_| BadDohServer)?;
        let host = match &target.host {
            TargetHost::Ip(ip) => Host::Ip(*ip),
            TargetHost::Domain(name) => name.parse().map_err(|_| BadDohServer)?,
        };
        Ok(Self { target, host, authority: authority.to_owned(), path: path.to_owned(), pin: None })
    }
}

impl fmt::Display for DohServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "https://{}{}", self.authority, self.path)
    }
}

// === impl Doh ===

impl Doh {
    pub(crate) fn new(server: DohServer, dialer: &Arc<Dialer>) -> Self {
        Self { server, dialer: Arc::downgrade(dialer), until_one_works: UNTIL_ONE_WORKS, patience: PATIENCE }
    }

    /// What the server says of the name of a proxy. `None` where no other proxy works, or no good answer comes.
    pub(crate) async fn ask(&self, name: &str) -> Option<Opinion> {
        let dialer = self.dialer.upgrade()?;
        let proxy = timeout(self.until_one_works, dialer.one_that_works_beside(name)).await.ok()??;
        let asked = timeout(self.patience, self.ask_through(&proxy, dialer.surroundings(), name)).await;
        let opinion = asked.ok().flatten();
        let found = opinion.as_ref().map_or(0, |opinion: &Opinion| opinion.addresses.len());
        tracing::debug!(found, "asked for a second opinion on a proxy's name");
        opinion
    }

    async fn ask_through(&self, proxy: &Proxy, surroundings: &Surroundings, name: &str) -> Option<Opinion> {
        let Connected { stream, early } =
            upstream::connect(proxy, &self.server.target, surroundings, &Progress::default()).await.ok()?;
        // A server waits to be greeted.
        if !early.is_empty() {
            return None;
        }
        // HTTP/1.1, which is here already; two questions gain nothing by more.
        let alpn = vec!["http/1.1".to_owned()];
        let tls = Tls { sni: None, alpn, pin: self.server.pin, fingerprint: None };
        let stream = upstream::secure(stream, &self.server.host, &tls).await.ok()?;
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.ok()?;
        // Ends with this function.
        let mut carrying = JoinSet::new();
        carrying.spawn(connection);
        let four = self.exchange(&mut sender, name, Kind::A).await?;
        let six = self.exchange(&mut sender, name, Kind::Aaaa).await;
        let ttl = six.as_ref().map_or(four.ttl, |six| four.ttl.min(six.ttl));
        let addresses = four.found.into_iter().chain(six.into_iter().flat_map(|six| six.found)).collect();
        Some(Opinion { addresses, holds: ttl.clamp(HOLDS.0, HOLDS.1) })
    }

    async fn exchange(
        &self,
        sender: &mut SendRequest<Full<Bytes>>,
        name: &str,
        kind: Kind,
    ) -> Option<message::Addresses> {
        let question = message::question(name, kind)?;
        let request = Request::post(&self.server.path)
            .header(HOST, &self.server.authority)
            .header(ACCEPT, DNS_MESSAGE)
            .header(CONTENT_TYPE, DNS_MESSAGE)
            .body(Full::new(Bytes::from(question)))
            .ok()?;
        sender.ready().await.ok()?;
        let response = sender.send_request(request).await.ok()?;
        let is_message =
            response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes() == DNS_MESSAGE.as_bytes());
        if response.status() != StatusCode::OK || !is_message {
            return None;
        }
        let answer = Limited::new(response.into_body(), MOST).collect().await.ok()?.to_bytes();
        message::addresses(&answer, name, kind)
    }
}

impl fmt::Debug for Doh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Doh").field("server", &self.server).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
