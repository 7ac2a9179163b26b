//! `http://` and `https://`: a proxy, a Telegram link, or the address of a list.

use std::fmt;

use super::pieces::Pieces;
use super::simple::{self, Family, TLS_OPTIONS};
use super::{Link, name_of, telegram};
use crate::error::{Expected, LinkError, Part};
use crate::text::tidy;
use crate::{Name, Secret};

/// An address from which a list of proxies can be fetched.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SubscriptionLink {
    /// The address, `http://` or `https://`, without a fragment. A secret: who knows it has the list.
    pub url: Secret,
    /// What the link calls it.
    pub name: Option<Name>,
}

// === impl SubscriptionLink ===

impl SubscriptionLink {
    /// Takes a web address for that of a list, even where [`crate::parse_link`] would take it for a proxy.
    pub fn new(address: &str, name: Option<Name>) -> Result<Self, LinkError> {
        let bad = LinkError::new(Part::Parameter("url"), Expected::WebAddress);
        let mut url = url::Url::parse(tidy(address)).map_err(|_| bad.clone())?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(bad);
        }
        let name = name.or_else(|| name_of(url.fragment()));
        url.set_fragment(None);
        Ok(Self { url: Secret::new(url), name })
    }

    /// Scheme and host, for showing: what follows them is often a key.
    pub fn origin(&self) -> String {
        url::Url::parse(self.url.reveal()).map(|url| url.origin().ascii_serialization()).unwrap_or_default()
    }
}

impl fmt::Display for SubscriptionLink {
    /// The name, or else scheme and host.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => name.fmt(f),
            None => f.write_str(&self.origin()),
        }
    }
}

/// A path, or a query that says more than how to do TLS, makes a web address out of it.
pub(super) fn parse(scheme: &str, rest: &str) -> Result<Link, LinkError> {
    if let Some(telegram) = telegram::parse_web(rest) {
        return telegram.map(Link::Proxy);
    }
    let pieces = Pieces::of_web(rest);
    let options: &[&str] = if scheme == "https" { TLS_OPTIONS } else { &["remarks", "remark"] };
    let knows = |pair: &str| {
        let key = pair.split_once('=').map_or(pair, |(key, _)| key);
        options.iter().any(|option| option.eq_ignore_ascii_case(key))
    };
    let query = pieces.query.unwrap_or("");
    let is_proxy = matches!(pieces.path, "" | "/") && query.split('&').filter(|pair| !pair.is_empty()).all(knows);
    if !is_proxy {
        return SubscriptionLink::new(&format!("{scheme}://{rest}"), None).map(Link::Subscription);
    }
    let family = if scheme == "https" { Family::Https } else { Family::Http };
    simple::parse(family, rest).map(Link::Proxy)
}
