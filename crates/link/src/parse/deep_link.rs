//! Links that hand another link to a program: our own scheme and other clients'.

use super::{Link, PlainProtocol, SubscriptionLink, name_of, parse_nested};
use crate::error::{Expected, LinkError, Part};
use crate::foreign::refusal;
use crate::params::Params;
use crate::text::{base64_text, decode};
use crate::{Name, Proxy};

pub(super) fn parse(scheme: &str, rest: &str, plain: PlainProtocol, depth: u8) -> Result<Link, LinkError> {
    let (before, fragment) = rest.split_once('#').map_or((rest, None), |(before, name)| (before, Some(name)));
    let (action, query) = before.split_once('?').unwrap_or((before, ""));
    let action = action.trim_end_matches('/');
    match scheme {
        "paperwing" => ours(action, query, fragment, plain, depth),
        "clash" | "clashmeta" | "clash-verge" | "mihomo" | "stash" | "flclash" | "karing" | "v2rayn" | "v2rayng"
        | "v2box" | "sing-box" | "nekoray" | "hiddify" | "streisand" | "happ" => {
            theirs(before, action, query, fragment, plain, depth)
        }
        // Whatever else SagerNet and its kin write under their scheme is packed, and only they unpack it.
        "sn" if action.eq_ignore_ascii_case("subscription") && has_address(query) => {
            theirs(before, action, query, fragment, plain, depth)
        }
        "ssconf" => SubscriptionLink::new(&format!("https://{before}"), name_of(fragment)).map(Link::Subscription),
        "sub" => {
            let address = base64_text(action).ok_or(LinkError::new(Part::Payload, Expected::AddressInBase64))?;
            SubscriptionLink::new(address.trim(), name_of(fragment)).map(Link::Subscription)
        }
        _ => Err(LinkError::new(Part::Scheme, unknown(scheme))),
    }
}

/// Why a scheme is not taken, where people are likely to try it.
fn unknown(scheme: &str) -> Expected {
    match scheme {
        "file" => Expected::NoFile,
        _ => refusal(scheme).unwrap_or(Expected::KnownScheme),
    }
}

fn ours(action: &str, query: &str, fragment: Option<&str>, plain: PlainProtocol, depth: u8) -> Result<Link, LinkError> {
    let mut params = Params::from_query(query)?;
    let given = params.take(&["name"])?.as_deref().and_then(Name::new).or_else(|| name_of(fragment));
    if action.eq_ignore_ascii_case("import") {
        let url = params.take(&["url"])?.ok_or(LinkError::new(Part::Parameter("url"), Expected::Missing))?;
        return SubscriptionLink::new(&url, given).map(Link::Subscription);
    }
    if action.eq_ignore_ascii_case("add") {
        let link = params.take(&["link"])?.ok_or(LinkError::new(Part::Parameter("link"), Expected::Missing))?;
        return parse_nested(&link, plain, depth + 1).map(|link| named(link, given));
    }
    Err(LinkError::new(Part::Path, Expected::OwnLink))
}

/// `…://install-config?url=…&name=…`, or `…://import/ADDRESS#name`.
fn theirs(
    before: &str,
    action: &str,
    query: &str,
    fragment: Option<&str>,
    plain: PlainProtocol,
    depth: u8,
) -> Result<Link, LinkError> {
    let inner = ["import/", "add/"]
        .iter()
        .find_map(|verb| before.get(..verb.len()).filter(|start| start.eq_ignore_ascii_case(verb)))
        .map(|verb| &before[verb.len()..]);
    if let Some(inner) = inner {
        let inner = if inner.contains("://") { inner.to_owned() } else { decode(inner, Part::Path)? };
        let is_web = ["http://", "https://"]
            .iter()
            .any(|scheme| inner.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
        if is_web {
            return SubscriptionLink::new(&inner, name_of(fragment)).map(Link::Subscription);
        }
        return parse_nested(&inner, plain, depth + 1).map(|link| named(link, name_of(fragment)));
    }
    let mut params = Params::from_query(query)?;
    let url = params.take(&["url"])?.ok_or(LinkError::new(
        if action.is_empty() { Part::Path } else { Part::Parameter("url") },
        Expected::ListAddress,
    ))?;
    let name = params.take(&["name"])?.as_deref().and_then(Name::new).or_else(|| name_of(fragment));
    SubscriptionLink::new(&url, name).map(Link::Subscription)
}

/// Whether a query says in clear where a list is.
fn has_address(query: &str) -> bool {
    Params::from_query(query).is_ok_and(|params| params.peek("url").is_some())
}

/// The outer link's name goes to what has none of its own.
fn named(link: Link, given: Option<Name>) -> Link {
    match link {
        Link::Proxy(proxy) => Link::Proxy(Proxy { name: proxy.name.or(given), ..proxy }),
        Link::Subscription(list) => Link::Subscription(SubscriptionLink { name: list.name.or(given), ..list }),
    }
}
