//! `vmess://base64(json)`, the form that every client reads.

use serde_json::{Map, Value};

use super::query::security_parts;
use super::{security_word, transport_parts};
use crate::text::to_base64;
use crate::{Name, Proxy, Secret, Security, Vmess};

/// Version 2 of the JSON; all values are strings but the version's, as v2rayN writes them.
pub(super) fn to_link(proxy: &Proxy, it: &Vmess) -> Secret {
    let (kind, path, host) = transport_parts(&it.transport);
    let mut object = Map::new();
    let mut put = |key: &str, value: &str| {
        object.insert(key.to_owned(), Value::String(value.to_owned()));
    };
    put("v", "2");
    put("ps", proxy.name.as_ref().map_or("", Name::as_str));
    put("add", &proxy.host.to_string());
    put("port", &proxy.port.to_string());
    put("id", it.id.reveal());
    put("aid", &it.alter_id.to_string());
    put("scy", &it.cipher);
    put("net", kind);
    put("type", it.header.as_deref().unwrap_or("none"));
    put("host", host.unwrap_or(""));
    put("path", path.unwrap_or(""));
    put("tls", if it.security == Security::None { "" } else { security_word(&it.security) });
    for (key, value) in security_parts(&it.security) {
        put(key, &value);
    }
    for (key, value) in it.extra.iter() {
        put(key, value.reveal());
    }
    Secret::new(format!("vmess://{}", to_base64(&Value::Object(object).to_string())))
}
