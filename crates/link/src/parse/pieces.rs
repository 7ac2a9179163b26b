//! A link's outer shape: userinfo, address, path, query, fragment.

use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::text::{base64_plain_text, decode};
use crate::{Host, Name, Port};

/// A link after `scheme://`, split but not decoded.
#[derive(Clone, Copy)]
pub(crate) struct Pieces<'a> {
    pub(crate) userinfo: Option<&'a str>,
    /// Host and port.
    pub(crate) address: &'a str,
    /// Empty, or beginning with a slash.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) fragment: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    /// Splits a proxy's link. It has no path to speak of, so a slash before the last `@` belongs to the userinfo:
    /// base64 and careless passwords have such slashes.
    pub(crate) fn of_proxy(rest: &'a str) -> Self {
        let (rest, fragment) = split(rest, '#');
        let (rest, query) = split(rest, '?');
        let (userinfo, after) = match rest.rsplit_once('@') {
            Some((userinfo, after)) => (Some(userinfo), after),
            None => (None, rest),
        };
        let (address, path) = split_path(after);
        Self { userinfo, address, path, query, fragment }
    }

    /// Splits a web address (RFC 3986): the first slash ends the authority.
    pub(crate) fn of_web(rest: &'a str) -> Self {
        let (rest, fragment) = split(rest, '#');
        let (rest, query) = split(rest, '?');
        let (authority, path) = split_path(rest);
        let (userinfo, address) = match authority.rsplit_once('@') {
            Some((userinfo, address)) => (Some(userinfo), address),
            None => (None, authority),
        };
        Self { userinfo, address, path, query, fragment }
    }

    /// The parameters.
    pub(crate) fn params(&self) -> Result<Params, LinkError> {
        Params::from_query(self.query.unwrap_or(""))
    }

    /// The name: the fragment, or the parameter that some clients use for it.
    pub(crate) fn name(&self, params: &mut Params) -> Result<Option<Name>, LinkError> {
        let remarks = params.take(&["remarks", "remark"])?;
        Ok(super::name_of(self.fragment).or_else(|| remarks.and_then(|text| Name::new(&text))))
    }

    /// Host and port of a proxy; fails where something follows them.
    pub(crate) fn endpoint(&self, default: Option<u16>) -> Result<(Host, Port), LinkError> {
        if !matches!(self.path, "" | "/") {
            return Err(LinkError::new(Part::Path, Expected::NothingAfterPort));
        }
        endpoint(self.address, default)
    }

    /// The whole userinfo, percent-decoded.
    pub(crate) fn whole_userinfo(&self, part: Part) -> Result<Option<String>, LinkError> {
        self.userinfo.filter(|text| !text.is_empty()).map(|text| decode(text, part)).transpose()
    }

    /// User and password, percent-encoded or base64; `None` where both are empty.
    pub(crate) fn login(&self) -> Result<Option<(String, String)>, LinkError> {
        let Some(userinfo) = self.userinfo.filter(|text| !matches!(*text, "" | ":")) else { return Ok(None) };
        if let Some((user, password)) = userinfo.split_once(':') {
            return Ok(Some((decode(user, Part::User)?, decode(password, Part::Password)?)));
        }
        let user = decode(userinfo, Part::User)?;
        if let Some((user, password)) = base64_plain_text(&user).as_deref().and_then(|text| text.split_once(':')) {
            return Ok(Some((user.to_owned(), password.to_owned())));
        }
        Ok(Some((user, String::new())))
    }
}

/// Splits `host:port`, an IPv6 host in brackets.
pub(crate) fn endpoint(text: &str, default: Option<u16>) -> Result<(Host, Port), LinkError> {
    let (host, port) = match text.strip_prefix('[') {
        Some(inner) => {
            let end = inner.find(']').ok_or(LinkError::new(Part::Host, Expected::ClosedBracket))?;
            let after = &inner[end + 1..];
            let port = after.strip_prefix(':');
            if port.is_none() && !after.is_empty() {
                return Err(LinkError::new(Part::Port, Expected::PortAfterBracket));
            }
            (&text[..end + 2], port)
        }
        None => match text.split_once(':') {
            Some((_, port)) if port.contains(':') => {
                let bare_v6 = text.parse::<std::net::Ipv6Addr>().is_ok();
                let expected = if bare_v6 { Expected::Brackets } else { Expected::OneColon };
                return Err(LinkError::new(Part::Host, expected));
            }
            Some((host, port)) => (host, Some(port)),
            None => (text, None),
        },
    };
    let host = host.parse()?;
    let port = match (port, default) {
        (Some(port), _) => port.parse()?,
        (None, Some(default)) => Port::try_from(default)?,
        (None, None) => return Err(LinkError::new(Part::Port, Expected::Missing)),
    };
    Ok((host, port))
}

fn split(text: &str, at: char) -> (&str, Option<&str>) {
    text.split_once(at).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn split_path(text: &str) -> (&str, &str) {
    text.find('/').map_or((text, ""), |at| text.split_at(at))
}
