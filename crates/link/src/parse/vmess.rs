//! `vmess://`: JSON in base64, and the two forms that look like other links.

use serde_json::{Map, Value};

use super::pieces::Pieces;
use super::tls_family::{Place, security, transport, user_id};
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::text::{base64_plain_text, base64_text};
use crate::{Name, Protocol, Proxy, Vmess};

pub(super) fn parse(rest: &str) -> Result<Proxy, LinkError> {
    let (before, fragment) = rest.split_once('#').map_or((rest, None), |(before, name)| (before, Some(name)));
    if let Some(text) = base64_text(before.trim_end_matches('/'))
        && text.trim_start().starts_with('{')
    {
        return parse_json(&text, fragment);
    }
    if let Some((clear, params)) = clear_authority(rest) {
        return parse_url(Pieces::of_proxy(&clear), params);
    }
    let pieces = Pieces::of_proxy(rest);
    if pieces.userinfo.is_none() {
        return Err(LinkError::new(Part::Payload, Expected::JsonInBase64));
    }
    let params = pieces.params()?;
    parse_url(pieces, params)
}

/// `vmess://uuid@host:port?type=ws&security=tls…`.
fn parse_url(pieces: Pieces<'_>, mut params: Params) -> Result<Proxy, LinkError> {
    let name = pieces.name(&mut params)?;
    let (host, port) = pieces.endpoint(None)?;
    let userinfo = pieces.whole_userinfo(Part::User)?;
    vmess(Place { host, port, name }, userinfo, params)
}

/// The form that v2rayN began: one JSON object, numbers as numbers or as strings.
fn parse_json(text: &str, fragment: Option<&str>) -> Result<Proxy, LinkError> {
    let object: Map<String, Value> =
        serde_json::from_str(text).map_err(|_| LinkError::new(Part::Payload, Expected::OneObject))?;
    let mut params = Params::default();
    for (key, value) in object {
        // Its names for two things are other links' names for two others.
        let key = match key.to_ascii_lowercase().as_str() {
            "v" => continue,
            "net" => "type".to_owned(),
            "type" => "headerType".to_owned(),
            "tls" => "security".to_owned(),
            "security" if !matches!(value.as_str(), Some("tls" | "reality" | "none")) => "scy".to_owned(),
            "verify_cert" => {
                params.push("allowInsecure", if value == Value::Bool(false) { "1" } else { "0" });
                continue;
            }
            _ => key,
        };
        match value {
            Value::String(text) => params.push(key, text),
            Value::Number(number) => params.push(key, number.to_string()),
            Value::Bool(yes) => params.push(key, yes.to_string()),
            Value::Null => {}
            Value::Array(items) => {
                let words: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
                params.push(key, words.join(","));
            }
            Value::Object(_) => return Err(LinkError::new(Part::Payload, Expected::FlatObject)),
        }
    }
    let host = params.take(&["add"])?.unwrap_or_default().trim_matches(['[', ']']).parse()?;
    let port = params.take(&["port"])?.unwrap_or_default().trim().parse()?;
    let title = params.take(&["ps"])?;
    let name = title.as_deref().and_then(Name::new).or_else(|| super::name_of(fragment));
    let id = params.take(&["id"])?;
    vmess(Place { host, port, name }, id, params)
}

pub(crate) fn vmess(place: Place, id: Option<String>, mut params: Params) -> Result<Proxy, LinkError> {
    let id = user_id(id)?;
    let alter_id = match params.take(&["aid", "alterId"])? {
        Some(text) => text.trim().parse().map_err(|_| LinkError::new(Part::Parameter("aid"), Expected::Number))?,
        None => 0,
    };
    let cipher = params.take_word(&["scy", "encryption", "cipher"])?.unwrap_or_else(|| "auto".to_owned());
    let security = security(&mut params)?;
    let transport = transport(&mut params)?;
    let header = params.take(&["headerType"])?;
    // Names that the JSON form uses for something else could not be told apart there.
    for name in ["v", "ps", "add", "port", "id", "net", "tls", "verify_cert"] {
        params.take(&[name])?;
    }
    let extra = params.rest()?;
    Ok(place.proxy(Protocol::Vmess(Vmess { id, alter_id, cipher, header, security, transport, extra })))
}

/// The form of another family of clients: `base64(cipher:uuid@host:port)?remarks=…&obfs=websocket&tls=1…`.
///
/// Gives the authority in clear (without the cipher) and the parameters under their usual names.
pub(super) fn clear_authority(rest: &str) -> Option<(String, Params)> {
    let before = rest.split('#').next().unwrap_or(rest);
    let (encoded, query) = before.split_once('?').unwrap_or((before, ""));
    if encoded.contains(['@', ':', '.']) {
        return None;
    }
    let clear = base64_plain_text(encoded.trim_end_matches('/'))?;
    let (userinfo, address) = clear.rsplit_once('@')?;
    let (cipher, id) = userinfo.split_once(':').unwrap_or(("", userinfo));
    let mut theirs = Params::from_query(query).ok()?;
    let mut params = Params::default();
    params.push("scy", cipher);
    let mut pass = |from: &'static str, to: &str| params.push_some(to, theirs.take(&[from]).ok().flatten());
    pass("alterId", "aid");
    pass("obfsParam", "host");
    let kind = theirs.take_word(&["obfs"]).ok()?.unwrap_or_default();
    params.push(
        "type",
        match kind.as_str() {
            "websocket" => "ws",
            "none" => "tcp",
            other => other,
        },
    );
    if theirs.take_yes(&["tls"]).ok()? {
        params.push("security", "tls");
    }
    for (key, value) in theirs.rest().ok()?.iter() {
        params.push(key, value.reveal());
    }
    let fragment = rest.split_once('#').map_or(String::new(), |(_, name)| format!("#{name}"));
    Some((format!("{id}@{address}{fragment}"), params))
}
