//! Plain HTTP by absolute URI: each request goes to its own target, over one kept connection where the targets agree.
//!
//! Headers that belong to one hop only are removed both ways (RFC 9110, 7.6.1), and nothing is added that would tell the
//! target of us. Bodies stream; nothing is kept.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::header::{CONNECTION, HOST, HeaderMap, HeaderName, HeaderValue, PROXY_AUTHORIZATION, UPGRADE};
use hyper::http::uri::Scheme;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, Uri};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

mod send;

use self::send::Kept;
use super::gate::Gate;
use super::http::admits;
use super::pages::{self, Page};
use crate::failover::Dialer;
use crate::relay::{Progress, Relay};
use crate::rewound::Rewound;
use crate::target::Target;

/// How long a kept connection waits for its next request.
const NEXT_REQUEST: Duration = Duration::from_mins(2);
const HTTP_PORT: u16 = 80;

/// Headers of one hop, besides those that `Connection` names. `Upgrade` goes too: what it would lead to is no HTTP.
const HOP: [&str; 7] =
    ["keep-alive", "proxy-connection", "proxy-authenticate", "proxy-authorization", "te", "trailer", "upgrade"];

type Body = BoxBody<Bytes, hyper::Error>;

/// One client's connection, and the connection to the target of its last request.
struct Forwarder {
    dialer: Arc<Dialer>,
    gate: Arc<Gate>,
    kept: Mutex<Option<Kept>>,
}

/// Serves a client's plain requests until it goes away. `head` is what was read of it already.
pub(super) async fn serve(stream: TcpStream, head: Bytes, dialer: Arc<Dialer>, gate: Arc<Gate>) {
    let forwarder = Arc::new(Forwarder { dialer, gate, kept: Mutex::new(None) });
    let service = service_fn(|request| {
        let forwarder = Arc::clone(&forwarder);
        async move { Ok::<_, Infallible>(forwarder.answer(request).await) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .preserve_header_case(true)
        .half_close(true)
        .timer(TokioTimer::new())
        .header_read_timeout(NEXT_REQUEST)
        .serve_connection(TokioIo::new(Rewound::new(head, stream)), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "plain HTTP ended");
    }
}

impl Forwarder {
    async fn answer(&self, request: Request<Incoming>) -> Response<Body> {
        match self.forward(request).await {
            Ok(response) => response,
            Err(page) => respond(&page),
        }
    }

    async fn forward(&self, mut request: Request<Incoming>) -> Result<Response<Body>, Page> {
        let credentials = request.headers().get(PROXY_AUTHORIZATION).map(HeaderValue::as_bytes);
        if !admits(&self.gate, credentials) {
            return Err(pages::LOGIN_NEEDED);
        }
        if request.method() == Method::CONNECT {
            return self.tunnel(request).await;
        }
        let target = target_of(request.uri())?;
        if self.gate.is_loop(&target) {
            return Err(pages::LOOP);
        }
        to_origin_form(&mut request)?;
        remove_hop_headers(request.headers_mut());
        let mut response = self.send(target, request).await?;
        remove_hop_headers(response.headers_mut());
        Ok(response.map(BodyExt::boxed))
    }

    /// A client may ask for a tunnel on a connection that it used for plain requests before.
    async fn tunnel(&self, request: Request<Incoming>) -> Result<Response<Body>, Page> {
        let authority = request.uri().authority().ok_or(pages::BAD_REQUEST)?;
        let target = Target::parse_authority(authority.as_str()).map_err(|_| pages::BAD_REQUEST)?;
        if self.gate.is_loop(&target) {
            return Err(pages::LOOP);
        }
        let carried = self.dialer.dial(target).await.map_err(|why| pages::refusal(&why))?;
        tokio::spawn(async move {
            let Ok(upgraded) = hyper::upgrade::on(request).await else { return };
            let Ok(parts) = upgraded.downcast::<TokioIo<Rewound<TcpStream>>>() else { return };
            let (unread, client) = parts.io.into_inner().into_parts();
            // What hyper read and did not use comes before what it had not read.
            let to_upstream = Bytes::from([parts.read_buf, unread].concat());
            let relay = Relay {
                client,
                upstream: carried.stream,
                to_upstream,
                to_client: carried.early,
                limits: crate::relay::IdleLimits::default(),
            };
            relay.run(Arc::new(Progress::new(carried.meters))).await;
        });
        Ok(Response::new(Full::default().map_err(|never| match never {}).boxed()))
    }
}

fn target_of(uri: &Uri) -> Result<Target, Page> {
    match (uri.scheme(), uri.host()) {
        (Some(scheme), Some(host)) if *scheme == Scheme::HTTP => {
            Target::new(host.as_bytes(), uri.port_u16().unwrap_or(HTTP_PORT)).map_err(|_| pages::BAD_REQUEST)
        }
        (Some(_), _) => Err(pages::ONLY_HTTP),
        (None, _) => Err(pages::NOT_A_WEB_SERVER),
    }
}

/// What a target expects: path and query in the request line, its authority in `Host`, whatever stood there before
/// (RFC 9112, 3.2.2).
fn to_origin_form(request: &mut Request<Incoming>) -> Result<(), Page> {
    let host = request.uri().authority().map(|authority| {
        let text = authority.as_str();
        text.rsplit_once('@').map_or(text, |(_, host)| host).to_owned()
    });
    let host = host.and_then(|host| HeaderValue::from_str(&host).ok()).ok_or(pages::BAD_REQUEST)?;
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    // An empty path with a query is written with its slash.
    let path = if path.starts_with('/') || path == "*" { path.to_owned() } else { format!("/{path}") };
    *request.uri_mut() = path.parse().map_err(|_| pages::BAD_REQUEST)?;
    request.headers_mut().insert(HOST, host);
    Ok(())
}

fn remove_hop_headers(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in named.iter().map(HeaderName::as_str).chain(HOP) {
        headers.remove(name);
    }
    headers.remove(CONNECTION);
    headers.remove(UPGRADE);
}

fn broken(error: &hyper::Error) -> Page {
    tracing::debug!(%error, "the target broke off");
    let text =
        if error.is_parse() { "Its answer was not HTTP." } else { "It closed the connection before it answered." };
    Page { text: text.to_owned(), ..pages::TARGET_BROKE_OFF }
}

fn respond(page: &Page) -> Response<Body> {
    let mut response = Response::builder().status(page.status);
    for (name, value) in page.headers() {
        response = response.header(name, value);
    }
    let body = Full::from(page.body()).map_err(|never: Infallible| match never {}).boxed();
    response.body(body).unwrap_or_else(|_| Response::new(Full::default().map_err(|never| match never {}).boxed()))
}
