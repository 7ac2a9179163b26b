//! `ss://`: SIP002, and the older form that is base64 as a whole.

use super::pieces::{Pieces, endpoint};
use super::tls_family::Place;
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::text::{base64_bytes, base64_text, decode};
use crate::{Plugin, Protocol, Proxy, Secret, Shadowsocks};

pub(super) fn parse(rest: &str) -> Result<Proxy, LinkError> {
    let pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    let name = pieces.name(&mut params)?;
    let Some(userinfo) = pieces.userinfo else {
        return parse_legacy(&pieces, params, name);
    };
    let (host, port) = pieces.endpoint(None)?;
    let clear = decode(userinfo, Part::Userinfo)?;
    let clear = if clear.contains(':') {
        clear
    } else {
        base64_text(&clear).ok_or(LinkError::new(Part::Userinfo, Expected::CipherAndPassword))?
    };
    let (cipher, password) = split(&clear)?;
    shadowsocks(Place { host, port, name }, cipher, password, params)
}

/// `base64(cipher:password@host:port)`, where nothing is percent-encoded and the password may hold any character.
fn parse_legacy(pieces: &Pieces<'_>, params: Params, name: Option<crate::Name>) -> Result<Proxy, LinkError> {
    let encoded = decode(&format!("{}{}", pieces.address, pieces.path), Part::Payload)?;
    // Base64 may hold slashes of its own, but one at the very end is a path.
    let clear = base64_text(&encoded)
        .or_else(|| encoded.strip_suffix('/').and_then(base64_text))
        .ok_or(LinkError::new(Part::Payload, Expected::WholeInBase64))?;
    let (login, address) =
        clear.trim().rsplit_once('@').ok_or(LinkError::new(Part::Payload, Expected::WholeInBase64))?;
    let (host, port) = endpoint(address, None)?;
    let (cipher, password) = split(login)?;
    shadowsocks(Place { host, port, name }, cipher, password, params)
}

fn split(clear: &str) -> Result<(&str, &str), LinkError> {
    clear.split_once(':').ok_or(LinkError::new(Part::Userinfo, Expected::ColonBetween))
}

pub(crate) fn shadowsocks(place: Place, cipher: &str, password: &str, mut params: Params) -> Result<Proxy, LinkError> {
    let cipher = cipher_name(cipher)?;
    if password.is_empty() && cipher != "none" {
        return Err(LinkError::new(Part::Password, Expected::Missing));
    }
    if !key_fits(&cipher, password) {
        return Err(LinkError::new(Part::Password, Expected::KeyOf2022));
    }
    // Panels write the transport of their other protocols into these links too. Shadowsocks itself has none.
    let transport = params.take_word(&["type"])?;
    if transport.is_some_and(|kind| kind != "tcp" && kind != "raw") {
        return Err(LinkError::new(Part::Parameter("type"), Expected::NoTransport));
    }
    if params.take_word(&["security"])?.is_some_and(|kind| kind != "none") {
        return Err(LinkError::new(Part::Parameter("security"), Expected::NoTls));
    }
    let plugin = params.take(&["plugin"])?.map(|text| plugin(&text)).transpose()?;
    let password = Secret::new(password);
    let extra = params.rest()?;
    Ok(place.proxy(Protocol::Shadowsocks(Shadowsocks { cipher, password, plugin, extra })))
}

fn cipher_name(text: &str) -> Result<String, LinkError> {
    let name = text.trim().to_ascii_lowercase();
    let fine = !name.is_empty()
        && name.len() <= 64
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if !fine {
        return Err(LinkError::new(Part::Cipher, Expected::CipherName));
    }
    Ok(match name.as_str() {
        "chacha20-poly1305" | "aead_chacha20_poly1305" => "chacha20-ietf-poly1305".to_owned(),
        "aead_aes_128_gcm" => "aes-128-gcm".to_owned(),
        "aead_aes_256_gcm" => "aes-256-gcm".to_owned(),
        "plain" | "dummy" => "none".to_owned(),
        _ => name,
    })
}

/// SIP022 takes a key instead of a password, and with identities several keys with colons between them.
fn key_fits(cipher: &str, password: &str) -> bool {
    let length = match cipher {
        "2022-blake3-aes-128-gcm" => 16,
        "2022-blake3-aes-256-gcm" | "2022-blake3-chacha20-poly1305" | "2022-blake3-chacha8-poly1305" => 32,
        _ => return true,
    };
    password.split(':').all(|key| base64_bytes(key).is_some_and(|bytes| bytes.len() == length))
}

fn plugin(text: &str) -> Result<Plugin, LinkError> {
    let (name, options) = text.split_once(';').unwrap_or((text, ""));
    if name.is_empty() {
        return Err(LinkError::new(Part::Parameter("plugin"), Expected::PluginName));
    }
    Ok(Plugin { name: name.to_owned(), options: options.to_owned() })
}
