//! A link's parameters, one after the other.

use super::{push_encoded, security_word, transport_parts};
use crate::{Extra, Security, Tls, Transport};

/// Appends parameters to a link: `?` before the first, `&` before the others.
pub(super) struct Query<'a> {
    link: &'a mut String,
    separator: char,
}

impl<'a> Query<'a> {
    pub(super) fn new(link: &'a mut String) -> Self {
        Self { link, separator: '?' }
    }

    pub(super) fn add(&mut self, key: &str, value: &str) -> &mut Self {
        self.link.push(self.separator);
        self.separator = '&';
        push_encoded(self.link, key);
        self.link.push('=');
        push_encoded(self.link, value);
        self
    }

    pub(super) fn maybe(&mut self, key: &str, value: Option<&str>) -> &mut Self {
        match value {
            Some(value) => self.add(key, value),
            None => self,
        }
    }

    pub(super) fn tls(&mut self, tls: &Tls) -> &mut Self {
        self.tls_with_pin_as("pcs", tls)
    }

    /// TLS options, where the protocol's own links have another name for the certificate's digest.
    pub(super) fn tls_with_pin_as(&mut self, pin: &str, tls: &Tls) -> &mut Self {
        for (key, value) in tls_parts(tls) {
            self.add(if key == "pcs" { pin } else { key }, &value);
        }
        self
    }

    pub(super) fn security(&mut self, security: &Security) -> &mut Self {
        self.add("security", security_word(security));
        for (key, value) in security_parts(security) {
            self.add(key, &value);
        }
        self
    }

    pub(super) fn transport(&mut self, transport: &Transport) -> &mut Self {
        let (kind, path, host) = transport_parts(transport);
        let path_key = if kind == "grpc" { "serviceName" } else { "path" };
        self.add("type", kind).maybe(path_key, path).maybe("host", host)
    }

    pub(super) fn extra(&mut self, extra: &Extra) -> &mut Self {
        for (key, value) in extra.iter() {
            self.add(key, value.reveal());
        }
        self
    }
}

pub(super) fn tls_parts(tls: &Tls) -> impl Iterator<Item = (&'static str, String)> {
    [
        ("sni", tls.sni.as_ref().map(ToString::to_string)),
        ("alpn", Some(tls.alpn.join(",")).filter(|list| !list.is_empty())),
        ("fp", tls.fingerprint.clone()),
        ("pcs", tls.pin.map(|pin| pin.to_string())),
    ]
    .into_iter()
    .filter_map(|(key, value)| Some((key, value?)))
}

/// The parameters of a security layer, without its name.
pub(super) fn security_parts(security: &Security) -> Vec<(&'static str, String)> {
    match security {
        Security::None => Vec::new(),
        Security::Tls(tls) => tls_parts(tls).collect(),
        Security::Reality(it) => [
            ("sni", it.sni.as_ref().map(ToString::to_string)),
            ("fp", it.fingerprint.clone()),
            ("pbk", Some(it.public_key.clone())),
            ("sid", Some(it.short_id.clone()).filter(|id| !id.is_empty())),
            ("spx", it.spider.clone()),
        ]
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect(),
    }
}
