//! Telegram's links: `tg://socks`, `tg://proxy` and the same on t.me.

use zeroize::Zeroizing;

use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::text::{base64_bytes, from_hex, to_hex};
use crate::{Host, MtprotoSecret, Port, Protocol, Proxy, Secret};

use super::simple::{self, Family};

const HOSTS: [&str; 3] = ["t.me", "telegram.me", "telegram.dog"];

/// What follows `tg:` or `tg://`.
pub(super) fn parse_tg(rest: &str) -> Result<Proxy, LinkError> {
    let (rest, fragment) = rest.split_once('#').map_or((rest, None), |(rest, name)| (rest, Some(name)));
    let (kind, query) = rest.split_once('?').unwrap_or((rest, ""));
    by_kind(kind.trim_matches('/'), query, fragment)
}

/// An address on t.me, with or without `http(s)://`; `None` where the host is another one or no
/// path follows it: a proxy may well be called t.me.
pub(super) fn parse_web(text: &str) -> Option<Result<Proxy, LinkError>> {
    let bare = ["https://", "http://"]
        .into_iter()
        .find_map(|scheme| {
            text.get(..scheme.len()).filter(|start| start.eq_ignore_ascii_case(scheme)).map(|_| &text[scheme.len()..])
        })
        .unwrap_or(text);
    let end = bare.find(['/', '?', '#']).unwrap_or(bare.len());
    let (authority, rest) = bare.split_at(end);
    if !rest.starts_with('/') || matches!(rest.as_bytes().get(1), None | Some(b'?' | b'#')) {
        return None;
    }
    let (host, port) = authority.split_once(':').unwrap_or((authority, "443"));
    let host = host.get(..4).filter(|start| start.eq_ignore_ascii_case("www.")).map_or(host, |_| &host[4..]);
    if !HOSTS.iter().any(|known| known.eq_ignore_ascii_case(host)) {
        return None;
    }
    if !matches!(port, "80" | "443") {
        return Some(Err(LinkError::new(Part::Port, Expected::TelegramPort)));
    }
    Some(parse_tg(rest))
}

fn by_kind(kind: &str, query: &str, fragment: Option<&str>) -> Result<Proxy, LinkError> {
    let mut params = match kind.to_ascii_lowercase().as_str() {
        "socks" | "proxy" => Params::from_query(query)?,
        _ => return Err(LinkError::new(Part::Path, Expected::TelegramPath)),
    };
    let host: Host =
        params.take(&["server"])?.ok_or(LinkError::new(Part::Parameter("server"), Expected::Missing))?.parse()?;
    let port: Port =
        params.take(&["port"])?.ok_or(LinkError::new(Part::Parameter("port"), Expected::Missing))?.parse()?;
    let name = super::name_of(fragment);
    if kind.eq_ignore_ascii_case("socks") {
        let user = params.take(&["user"])?.unwrap_or_default();
        let password = params.take(&["pass"])?.unwrap_or_default();
        return simple::build(Family::Socks5, host, port, name, Some((user, password)), Params::default());
    }
    let text = params.take(&["secret"])?.ok_or(LinkError::new(Part::Secret, Expected::Missing))?;
    let secret = MtprotoSecret::parse(&text)?;
    Ok(Proxy { name, host, port, protocol: Protocol::Mtproto(secret) })
}

// === impl MtprotoSecret ===

impl MtprotoSecret {
    /// Reads hex, base64 or base64url, padded or not.
    pub fn parse(text: &str) -> Result<Self, LinkError> {
        let well_formed = |bytes: &Vec<u8>| is_well_formed(bytes);
        let bytes = from_hex(text)
            .filter(well_formed)
            .or_else(|| base64_bytes(text).filter(well_formed))
            .ok_or(LinkError::new(Part::Secret, Expected::TelegramSecret))?;
        Ok(Self { hex: Secret::new(to_hex(&bytes)) })
    }

    /// The 16 bytes that both sides know, whatever stands around them. `None` where the text is no secret, which
    /// [`MtprotoSecret::parse`] never makes.
    pub fn key(&self) -> Option<Zeroizing<[u8; 16]>> {
        let bytes = Zeroizing::new(from_hex(self.hex.reveal())?);
        let from = usize::from(bytes.len() > 16);
        let mut key = Zeroizing::new([0; 16]);
        key.copy_from_slice(bytes.get(from..from + 16)?);
        Some(key)
    }

    /// The site that the proxy pretends to be, where its secret begins with `ee`.
    pub fn disguise(&self) -> Option<String> {
        let bytes = from_hex(self.hex.reveal())?;
        let domain = bytes.strip_prefix(&[0xee]).and_then(|rest| rest.get(16..))?;
        String::from_utf8(domain.to_vec()).ok()
    }
}

/// Plain, padded (`dd`) and fake-TLS (`ee`, 16 bytes, the domain to pretend) secrets.
fn is_well_formed(bytes: &[u8]) -> bool {
    match bytes {
        [0xdd, rest @ ..] if rest.len() == 16 => true,
        [0xee, rest @ ..] if (17..=198).contains(&rest.len()) => std::str::from_utf8(&rest[16..])
            .is_ok_and(|tail| tail.is_ascii() && matches!(tail.parse::<Host>(), Ok(Host::Name(_)))),
        _ => bytes.len() == 16,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_a_key_with_or_without_a_disguise() {
        let key = "000102030405060708090a0b0c0d0e0f";
        let of = |text: String| MtprotoSecret::parse(&text).unwrap();
        let domain = "6578616d706c652e636f6d";
        for (text, disguise) in
            [(key.to_owned(), None), (format!("dd{key}"), None), (format!("ee{key}{domain}"), Some("example.com"))]
        {
            let secret = of(text);
            assert_eq!(secret.key().as_deref(), Some(&[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]));
            assert_eq!(secret.disguise().as_deref(), disguise);
        }
        // Sixteen bytes that happen to begin with the mark of another kind are still sixteen bytes.
        assert_eq!(of(format!("ee{}", &key[2..])).key().map(|key| key[0]), Some(0xee));
    }
}
