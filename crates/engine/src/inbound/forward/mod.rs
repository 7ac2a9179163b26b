//! Plain HTTP by absolute URI: each request goes to its own target, over one kept connection where the targets agree.
//!
//! Nothing is added that would tell the target of us. Bodies stream; nothing is kept.

mod headers;
mod send;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, combinators::BoxBody};
use hyper::body::Incoming;
use hyper::header::{HeaderValue, PROXY_AUTHORIZATION};
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Method, Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio::sync::Mutex;

use self::headers::{remove_hop_headers, target_of, to_origin_form};
use self::send::Kept;
use super::accept::Door;
use super::http::admits;
use super::pages::{self, Page};
use crate::failover::Carried;
use crate::rewound::Rewound;
use crate::target::Target;

/// How long a kept connection waits for its next request.
const NEXT_REQUEST: Duration = Duration::from_mins(2);

type Body = BoxBody<Bytes, hyper::Error>;

/// One client's connection, and the connection to the target of its last request.
struct Forwarder {
    door: Door,
    kept: Mutex<Option<Kept>>,
    asked: Mutex<Option<Asked>>,
}

/// A tunnel that was asked for, once the client's connection is handed over.
struct Asked {
    handed_over: OnUpgrade,
    target: Target,
    carried: Carried,
}

/// A tunnel that a client asked for on a connection that it had used for plain requests.
pub(super) struct Tunnel {
    pub(super) client: TcpStream,
    pub(super) target: Target,
    pub(super) carried: Carried,
    /// What the client sent without waiting.
    pub(super) early: Bytes,
}

/// Serves a client's plain requests until it goes away or asks for a tunnel. `head` is what was read of it already.
pub(super) async fn serve(stream: TcpStream, head: Bytes, door: Door) -> Option<Tunnel> {
    let forwarder = Arc::new(Forwarder { door, kept: Mutex::default(), asked: Mutex::default() });
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
        return None;
    }
    let Asked { handed_over, target, carried } = forwarder.asked.lock().await.take()?;
    let parts = handed_over.await.ok()?.downcast::<TokioIo<Rewound<TcpStream>>>().ok()?;
    let (unread, client) = parts.io.into_inner().into_parts();
    // What hyper read and did not use comes before what it had not read.
    let early = Bytes::from([parts.read_buf, unread].concat());
    Some(Tunnel { client, target, carried, early })
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
        if !admits(&self.door.gate, credentials) {
            return Err(pages::LOGIN_NEEDED);
        }
        if request.method() == Method::CONNECT {
            return self.tunnel(request).await;
        }
        let target = target_of(request.uri())?;
        if self.door.gate.is_loop(&target) {
            return Err(pages::LOOP);
        }
        to_origin_form(&mut request)?;
        let mut response = self.send(target, request).await?;
        remove_hop_headers(response.headers_mut());
        Ok(response.map(BodyExt::boxed))
    }

    async fn tunnel(&self, request: Request<Incoming>) -> Result<Response<Body>, Page> {
        let authority = request.uri().authority().ok_or(pages::BAD_REQUEST)?;
        let target = Target::parse_authority(authority.as_str()).map_err(|_| pages::BAD_REQUEST)?;
        if self.door.gate.is_loop(&target) {
            return Err(pages::LOOP);
        }
        let carried = self.door.dialer.dial(target.clone()).await.map_err(|why| pages::refusal(&why))?;
        *self.asked.lock().await = Some(Asked { handed_over: hyper::upgrade::on(request), target, carried });
        Ok(Response::new(empty()))
    }
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
    response.body(body).unwrap_or_else(|_| Response::new(empty()))
}

fn empty() -> Body {
    Full::default().map_err(|never: Infallible| match never {}).boxed()
}
