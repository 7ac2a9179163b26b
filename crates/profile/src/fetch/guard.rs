//! Keeps a request, its redirects and what names resolve to away from places that it must not reach.

use std::error::Error;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::{Action, Attempt};
use url::{Host, Url};

use super::reach::{Forbidden, forbidden};
use crate::Trust;

/// Redirects followed, at most.
pub(super) const REDIRECTS: usize = 5;

/// Why a request goes no further. Inside `reqwest` it travels as the cause of its errors and is found there again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("it is neither https nor http")]
    Scheme,
    #[error("it leads to {0}")]
    Forbidden(Forbidden),
    #[error("it was redirected more than {REDIRECTS} times")]
    Redirects,
}

/// Whether a request may go to where an address points, as far as its letters tell.
pub(super) fn check(url: &Url, trust: Trust) -> Result<(), Refusal> {
    if !matches!(url.scheme(), "https" | "http") {
        return Err(Refusal::Scheme);
    }
    let kind = match url.host() {
        Some(Host::Ipv4(ip)) => forbidden(ip.into()),
        Some(Host::Ipv6(ip)) => forbidden(ip.into()),
        Some(Host::Domain(name)) => is_localhost(name).then_some(Forbidden::Loopback),
        None => return Err(Refusal::Scheme),
    };
    match kind {
        Some(kind) if trust == Trust::Received => Err(Refusal::Forbidden(kind)),
        _ => Ok(()),
    }
}

/// Follows a redirect; only the host that a person typed counts as typed.
pub(super) fn follow(attempt: Attempt<'_>, typed: Option<&Host>) -> Action {
    if attempt.previous().len() > REDIRECTS {
        return attempt.error(Refusal::Redirects);
    }
    let is_typed = typed.is_some() && attempt.url().host().map(|host| host.to_owned()).as_ref() == typed;
    match check(attempt.url(), if is_typed { Trust::Typed } else { Trust::Received }) {
        Ok(()) => attempt.follow(),
        Err(refusal) => attempt.error(refusal),
    }
}

/// Resolves as the system does and lets public addresses through. `localhost` passes for the one who typed it.
pub(super) struct PublicOnly {
    pub(super) typed_localhost: Option<String>,
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let is_typed = self.typed_localhost.as_deref() == Some(name.as_str());
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let mut last_forbidden = None;
            let public: Vec<SocketAddr> = found
                .filter(|address| {
                    let kind = forbidden(address.ip()).filter(|_| !is_typed);
                    last_forbidden = kind.or(last_forbidden);
                    kind.is_none()
                })
                .collect();
            match last_forbidden {
                Some(kind) if public.is_empty() => Err(Refusal::Forbidden(kind).into()),
                _ => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

pub(super) fn is_localhost(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    name == "localhost" || name.ends_with(".localhost")
}

/// The refusal among the causes of an error.
pub(super) fn refusal_in(error: &reqwest::Error) -> Option<Refusal> {
    let mut cause: Option<&(dyn Error + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return Some(refusal.clone());
        }
        cause = error.source();
    }
    None
}
