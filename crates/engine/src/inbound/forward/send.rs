//! Sends one plain request and waits for its answer: over the kept connection where that leads to the target, else over
//! a new one, and through another proxy where the first brings nothing and the request may be sent twice.

use bytes::Bytes;
use http_body_util::{Either, Empty};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::SendRequest;
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::time::timeout;

use super::{Forwarder, broken};
use crate::failover::Carried;
use crate::inbound::pages::{self, Page};
use crate::metered::Metered;
use crate::outcome::{Cause, Failure, Stage};
use crate::rewound::Rewound;
use crate::target::Target;

/// A client's body, or none for a request that is sent again.
type Outgoing = Either<Incoming, Empty<Bytes>>;

/// The connection to the target of the last request.
pub(super) struct Kept {
    target: Target,
    sender: SendRequest<Outgoing>,
}

type Answered = (Response<Incoming>, SendRequest<Outgoing>);

impl Forwarder {
    pub(super) async fn send(&self, target: Target, request: Request<Incoming>) -> Result<Response<Incoming>, Page> {
        let spare = spare(&request);
        let mut request = request.map(Either::Left);
        let mut kept = self.kept.lock().await;
        if let Some(mut last) = kept.take()
            && last.target == target
            && last.sender.ready().await.is_ok()
        {
            match last.sender.try_send_request(request).await {
                Ok(response) => {
                    *kept = Some(last);
                    return Ok(response);
                }
                // The target had closed it meanwhile. What was not sent, or may be sent twice, is sent again.
                Err(mut error) => match error.take_message().or_else(|| spare.clone().map(without_body)) {
                    Some(again) => request = again,
                    None => return Err(broken(error.error())),
                },
            }
        }
        let (response, sender) = match spare {
            Some(spare) => self.send_repeatable(&target, request, spare).await?,
            None => self.over(self.dial(&target).await?, request).await.map_err(|error| broken(&error))?,
        };
        *kept = Some(Kept { target, sender });
        Ok(response)
    }

    async fn dial(&self, target: &Target) -> Result<Carried, Page> {
        self.dialer.dial(target.clone()).await.map_err(|why| pages::refusal(&why))
    }

    /// Sends a request that may be sent twice. Where the first proxy hangs up, or is silent for too long, a second gets it
    /// too, and the first answer counts.
    async fn send_repeatable(
        &self,
        target: &Target,
        request: Request<Outgoing>,
        spare: Request<()>,
    ) -> Result<Answered, Page> {
        let carried = self.dial(target).await?;
        let (proxy, patience) = (carried.proxy, carried.patience(self.dialer.rules()));
        let mut first = Box::pin(self.over(carried, request));
        let second = async {
            let carried = self.dialer.dial_again(target.clone(), vec![proxy]).await.ok()?;
            self.over(carried, without_body(spare)).await.ok()
        };
        let failed = match timeout(patience, &mut first).await {
            Ok(Ok(answered)) => return Ok(answered),
            Ok(Err(error)) => error,
            Err(_) => {
                return tokio::select! {
                    answered = &mut first => answered.map_err(|error| broken(&error)),
                    Some(answered) = second => {
                        self.blame(proxy, Cause::Silent, target);
                        Ok(answered)
                    }
                };
            }
        };
        let answered = second.await.ok_or_else(|| broken(&failed))?;
        self.blame(proxy, Cause::Closed, target);
        Ok(answered)
    }

    fn blame(&self, proxy: paperwing_link::ProxyId, cause: Cause, target: &Target) {
        self.dialer.carried_elsewhere(proxy, Failure::new(Stage::FirstByte, cause), target);
    }

    /// Sends a request over a new connection and waits for the head of its answer.
    async fn over(&self, carried: Carried, request: Request<Outgoing>) -> Result<Answered, hyper::Error> {
        let proxy = carried.proxy;
        let stream = Metered::new(Rewound::new(carried.early, carried.stream), carried.meters);
        let (mut sender, connection) = hyper::client::conn::http1::Builder::new()
            .preserve_header_case(true)
            .handshake(TokioIo::new(stream))
            .await?;
        // Ends by itself once the sender is dropped.
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "plain HTTP to the target ended");
            }
        });
        let response = sender.send_request(request).await?;
        self.dialer.first_byte(proxy);
        Ok((response, sender))
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
