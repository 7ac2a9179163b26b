//! Links that are a login and an address: SOCKS, HTTP, SSH.

use super::pieces::Pieces;
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::text::base64_plain_text;
use crate::{Host, Login, Name, Port, Protocol, Proxy, Secret, Ssh};

/// The longest user name and password of RFC 1929, in bytes.
const MAX_SOCKS5: usize = 255;

/// The protocols of this file that take the same link.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Socks5,
    Socks4,
    Socks4a,
    Http,
    Https,
}

impl Family {
    fn default_port(self) -> u16 {
        match self {
            Self::Socks5 | Self::Socks4 | Self::Socks4a => 1080,
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    fn is_socks(self) -> bool {
        matches!(self, Self::Socks5 | Self::Socks4 | Self::Socks4a)
    }
}

pub(super) fn parse(family: Family, rest: &str) -> Result<Proxy, LinkError> {
    let pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    let name = pieces.name(&mut params)?;
    if family.is_socks()
        && pieces.userinfo.is_none()
        && !pieces.address.contains([':', '.'])
        && let Some(decoded) = base64_plain_text(&format!("{}{}", pieces.address, pieces.path))
        && decoded.contains(':')
    {
        return base64_authority(family, &decoded, name);
    }
    let (host, port) = pieces.endpoint(Some(family.default_port()))?;
    build(family, host, port, name, pieces.login()?, params)
}

/// `user:pass@host:port` out of base64, where nothing is percent-encoded.
fn base64_authority(family: Family, decoded: &str, name: Option<Name>) -> Result<Proxy, LinkError> {
    let (login, address) = match decoded.rsplit_once('@') {
        Some((login, address)) => (Some(login), address),
        None => (None, decoded),
    };
    let (host, port) = super::pieces::endpoint(address, Some(family.default_port()))?;
    let login = login.filter(|text| !matches!(*text, "" | ":")).map(|text| {
        let (user, password) = text.split_once(':').unwrap_or((text, ""));
        (user.to_owned(), password.to_owned())
    });
    build(family, host, port, name, login, Params::default())
}

/// Puts a proxy of one of these protocols together; the login is in clear, `params` may hold TLS options.
pub(crate) fn build(
    family: Family,
    host: Host,
    port: Port,
    name: Option<Name>,
    login: Option<(String, String)>,
    mut params: Params,
) -> Result<Proxy, LinkError> {
    let login = login.filter(|(user, password)| !(user.is_empty() && password.is_empty()));
    let protocol = match family {
        Family::Socks5 => Protocol::Socks5(socks5_login(login)?),
        Family::Socks4 => Protocol::Socks4 { user: socks4_user(login)? },
        Family::Socks4a => Protocol::Socks4a { user: socks4_user(login)? },
        Family::Http => Protocol::Http(http_login(login)?),
        Family::Https => Protocol::Https { login: http_login(login)?, tls: super::tls_family::tls(&mut params)? },
    };
    Ok(Proxy { name, host, port, protocol })
}

/// RFC 1929 counts 1 to 255 bytes for each; an empty password is what services with tokens give out, so it passes.
fn socks5_login(login: Option<(String, String)>) -> Result<Option<Login>, LinkError> {
    let Some((user, password)) = login else { return Ok(None) };
    if user.is_empty() || user.len() > MAX_SOCKS5 {
        return Err(LinkError::new(Part::User, Expected::OneTo255Bytes));
    }
    if password.len() > MAX_SOCKS5 {
        return Err(LinkError::new(Part::Password, Expected::UpTo255Bytes));
    }
    Ok(Some(Login { user, password: Secret::new(password) }))
}

/// SOCKS4 ends the user id with a zero byte and knows no password.
fn socks4_user(login: Option<(String, String)>) -> Result<Option<String>, LinkError> {
    let Some((user, password)) = login else { return Ok(None) };
    if !password.is_empty() {
        return Err(LinkError::new(Part::Password, Expected::NoPassword));
    }
    if user.contains('\0') || user.len() > MAX_SOCKS5 {
        return Err(LinkError::new(Part::User, Expected::NoZeroByte));
    }
    Ok(Some(user))
}

/// RFC 7617: no colon in the user's name, no control characters.
fn http_login(login: Option<(String, String)>) -> Result<Option<Login>, LinkError> {
    let Some((user, password)) = login else { return Ok(None) };
    if user.contains(|c: char| c == ':' || c.is_control()) {
        return Err(LinkError::new(Part::User, Expected::NoColonOrControl));
    }
    if password.contains(char::is_control) {
        return Err(LinkError::new(Part::Password, Expected::NoControl));
    }
    Ok(Some(Login { user, password: Secret::new(password) }))
}

pub(super) fn parse_ssh(rest: &str) -> Result<Proxy, LinkError> {
    let pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    let name = pieces.name(&mut params)?;
    let (host, port) = pieces.endpoint(Some(22))?;
    build_ssh(host, port, name, pieces.login()?, params)
}

/// Puts an SSH proxy together.
pub(crate) fn build_ssh(
    host: Host,
    port: Port,
    name: Option<Name>,
    login: Option<(String, String)>,
    mut params: Params,
) -> Result<Proxy, LinkError> {
    let (user, password) = login.unwrap_or_default();
    if user.is_empty() {
        return Err(LinkError::new(Part::User, Expected::Missing));
    }
    let password = (!password.is_empty()).then(|| Secret::new(password));
    let key = params.take(&["key"])?;
    let host_key = params.take(&["hostkey"])?;
    if host_key.as_ref().is_some_and(|key| !is_host_key(key)) {
        let expected = Expected::HostKey;
        return Err(LinkError::new(Part::Parameter("hostkey"), expected));
    }
    let extra = params.rest()?;
    Ok(Proxy { name, host, port, protocol: Protocol::Ssh(Ssh { user, password, key, host_key, extra }) })
}

fn is_host_key(text: &str) -> bool {
    let digest = text.strip_prefix("SHA256:").unwrap_or_default();
    digest.len() == 43 && digest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/'))
}

/// TLS options that an `https://` link may carry and still be a proxy.
pub(super) const TLS_OPTIONS: &[&str] =
    &["sni", "peer", "alpn", "pcs", "pinsha256", "fp", "allowinsecure", "insecure", "remarks", "remark"];
