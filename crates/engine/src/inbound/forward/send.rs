//! Sends one plain request and waits for its answer: over the kept connection where that leads to the target, else over
//! a new one, and through another proxy where the first brings nothing and the request may be sent twice.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{Either, Empty};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use paperwing_link::ProxyId;
use tokio::time::{Instant, sleep_until};

use super::{Forwarder, broken};
use crate::failover::Carried;
use crate::inbound::pages::{self, Page};
use crate::live::Connection;
use crate::metered::Metered;
use crate::outcome::{Cause, Failure, Stage};
use crate::relay::Progress;
use crate::rewound::Rewound;
use crate::target::Target;

/// A client's body, or none for a request that is sent again.
type Outgoing = Either<Incoming, Empty<Bytes>>;

/// A connection to a target that may serve another request.
pub(super) struct Kept {
    target: Target,
    proxy: ProxyId,
    patience: Patience,
    sender: SendRequest<Outgoing>,
}

type Answered = (Response<Incoming>, Kept);

/// How long a proxy may be silent before another is asked beside it.
#[derive(Clone, Copy, Debug)]
struct Patience {
    /// Where nobody's first byte comes through it.
    in_a_hush: Duration,
    full: Duration,
}

/// Why a kept connection did not bring an answer.
enum Stale {
    /// The request had not been sent, or may be sent twice: here it is.
    Again(Box<Request<Outgoing>>),
    Broken(hyper::Error),
}

impl Forwarder {
    pub(super) async fn send(&self, target: Target, request: Request<Incoming>) -> Result<Response<Incoming>, Page> {
        let spare = spare(&request);
        let mut request = request.map(Either::Left);
        let mut kept = self.kept.lock().await;
        if let Some(last) = self.usable(kept.take(), &target).await {
            match self.over_kept(last, request, spare.clone()).await {
                Ok((response, last)) => {
                    *kept = Some(last);
                    return Ok(response);
                }
                Err(Stale::Again(again)) => request = *again,
                Err(Stale::Broken(error)) => return Err(broken(&error)),
            }
        }
        let carried = self.door.dialer.dial(target.clone()).await.map_err(|why| pages::refusal(&why))?;
        let (proxy, patience, began) = (carried.proxy, self.patience(&carried), Instant::now());
        let first = self.over_new(&target, carried, request);
        let answered = match spare {
            Some(spare) => self.race(first, proxy, patience, &target, spare).await,
            None => first.await,
        };
        let (response, last) = answered.map_err(|error| {
            let failed = [(proxy, Failure::new(Stage::FirstByte, Cause::Closed))];
            self.door.dialer.unheard(&failed, &target, began);
            broken(&error)
        })?;
        *kept = Some(last);
        Ok(response)
    }

    /// The kept connection, if it leads to the target through the proxy that is in use, and still stands.
    async fn usable(&self, kept: Option<Kept>, target: &Target) -> Option<Kept> {
        let mut last = kept.filter(|last| last.target == *target && self.door.dialer.is_pick(last.proxy))?;
        last.sender.ready().await.ok().map(|()| last)
    }

    async fn over_kept(
        &self,
        mut last: Kept,
        request: Request<Outgoing>,
        spare: Option<Request<()>>,
    ) -> Result<Answered, Stale> {
        let (proxy, patience, target) = (last.proxy, last.patience, last.target.clone());
        let again = spare.clone();
        let first = async move {
            match last.sender.try_send_request(request).await {
                Ok(response) => Ok((response, last)),
                // The target had closed it meanwhile, as it may.
                Err(mut error) => Err(match error.take_message().or_else(|| again.map(without_body)) {
                    Some(unsent) => Stale::Again(Box::new(unsent)),
                    None => Stale::Broken(error.into_error()),
                }),
            }
        };
        let Some(spare) = spare else { return first.await };
        let mut first = Box::pin(first);
        tokio::select! {
            biased;
            ended = &mut first => return ended,
            () = self.waited_enough(proxy, &target, patience) => {}
        }
        tokio::select! {
            ended = &mut first => ended,
            Some(answered) = self.through_another(proxy, Cause::Silent, &target, spare) => Ok(answered),
        }
    }

    /// Waits for the first answer to a request that may be sent twice. Where the first proxy hangs up, or is silent for too
    /// long, a second gets it too.
    async fn race(
        &self,
        first: impl Future<Output = Result<Answered, hyper::Error>> + Send,
        proxy: ProxyId,
        patience: Patience,
        target: &Target,
        spare: Request<()>,
    ) -> Result<Answered, hyper::Error> {
        let mut first: Pin<Box<_>> = Box::pin(first);
        let ended = tokio::select! {
            biased;
            ended = &mut first => Some(ended),
            () = self.waited_enough(proxy, target, patience) => None,
        };
        match ended {
            Some(Ok(answered)) => Ok(answered),
            Some(Err(error)) => self.through_another(proxy, Cause::Closed, target, spare).await.ok_or(error),
            None => tokio::select! {
                ended = &mut first => ended,
                Some(answered) = self.through_another(proxy, Cause::Silent, target, spare) => Ok(answered),
            },
        }
    }

    fn patience(&self, carried: &Carried) -> Patience {
        let rules = self.door.dialer.rules();
        Patience { in_a_hush: carried.patience_in_a_hush(rules), full: carried.patience(rules) }
    }

    /// Returns when another proxy is to be asked beside one that is silent: at once where it is blocked for its silence
    /// meanwhile, early where nobody hears anything through it, else when it has had its time.
    async fn waited_enough(&self, proxy: ProxyId, target: &Target, patience: Patience) {
        let dialer = &self.door.dialer;
        let since = Instant::now();
        let mut snapshots = dialer.snapshot();
        let time = async {
            sleep_until(since + patience.in_a_hush).await;
            if !dialer.is_hush(proxy, target, since) {
                sleep_until(since + patience.full).await;
            }
        };
        tokio::select! {
            () = time => {}
            // The dialer outlives its connections.
            Ok(_) = snapshots.wait_for(|now| now.is_judged_silent(proxy)) => {}
        }
    }

    /// Sends the request through any proxy but the one that brought nothing. An answer speaks against that one.
    async fn through_another(
        &self,
        failed: ProxyId,
        cause: Cause,
        target: &Target,
        spare: Request<()>,
    ) -> Option<Answered> {
        let carried = self.door.dialer.dial_again(target.clone(), vec![failed]).await.ok()?;
        let answered = self.over_new(target, carried, without_body(spare)).await.ok()?;
        self.door.dialer.carried_elsewhere(failed, Failure::new(Stage::FirstByte, cause), target);
        Some(answered)
    }

    /// Sends a request over a new connection and waits for the head of its answer.
    async fn over_new(
        &self,
        target: &Target,
        carried: Carried,
        request: Request<Outgoing>,
    ) -> Result<Answered, hyper::Error> {
        let (proxy, patience) = (carried.proxy, self.patience(&carried));
        let progress = Arc::new(Progress::new(carried.meters));
        let connection = Connection { number: 0, target: target.clone(), proxy, progress: Arc::clone(&progress) };
        let listed = self.door.live.add(connection);
        let stream = Metered::new(Rewound::new(carried.early, carried.stream), progress, self.door.idle.open);
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .preserve_header_case(true)
            .handshake(TokioIo::new(stream))
            .await?;
        // Ends by itself once the sender is dropped.
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::debug!(%error, "plain HTTP to the target ended");
                },
                () = listed.closed() => tracing::debug!("closed: its proxy is blocked and silent"),
            }
        });
        let response = sender.send_request(request).await?;
        self.door.dialer.first_byte(proxy);
        Ok((response, Kept { target: target.clone(), proxy, patience, sender }))
    }
}

/// A copy of a request that may be sent twice: of a safe method and without a body (RFC 9110, 9.2.1).
fn spare(request: &Request<Incoming>) -> Option<Request<()>> {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    (is_safe && request.body().is_end_stream()).then(|| {
        let mut copy = Request::new(());
        *copy.method_mut() = request.method().clone();
        *copy.uri_mut() = request.uri().clone();
        *copy.headers_mut() = request.headers().clone();
        copy
    })
}

fn without_body(request: Request<()>) -> Request<Outgoing> {
    request.map(|()| Either::Right(Empty::new()))
}
