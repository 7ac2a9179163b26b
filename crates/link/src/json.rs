//! Proxies and documents as JSON objects, for `paperwing link parse --json`. They hold the credentials: a person asked.

use serde_json::{Map, Value, json};

use crate::{Document, Extra, Login, Protocol, Proxy, Secret, Security, Tls, Transport};

/// One proxy. Keys that do not apply are absent.
pub fn proxy_to_json(proxy: &Proxy) -> Value {
    let mut object = Object::default();
    object.text("protocol", proxy.protocol.name());
    object.text("host", &proxy.host.to_string());
    object.0.insert("port".into(), proxy.port.get().into());
    match &proxy.protocol {
        Protocol::Socks5(login) | Protocol::Http(login) => object.login(login.as_ref()),
        Protocol::Socks4 { user } | Protocol::Socks4a { user } => object.maybe("username", user.as_deref()),
        Protocol::Https { login, tls } => {
            object.login(login.as_ref());
            object.tls(tls);
        }
        Protocol::Shadowsocks(it) => {
            object.text("cipher", &it.cipher);
            object.text("password", it.password.reveal());
            if let Some(plugin) = &it.plugin {
                object.text("plugin", &plugin.name);
                object.maybe("plugin_options", Some(plugin.options.as_str()).filter(|text| !text.is_empty()));
            }
            object.extra(&it.extra);
        }
        Protocol::Trojan(it) => {
            object.text("password", it.password.reveal());
            object.tls(&it.tls);
            object.transport(&it.transport);
            object.extra(&it.extra);
        }
        Protocol::Vless(it) => {
            object.text("uuid", it.id.reveal());
            object.maybe("flow", it.flow.as_ref().map(|flow| flow.0.as_str()));
            object.maybe("encryption", it.encryption.as_deref());
            object.security(&it.security);
            object.transport(&it.transport);
            object.extra(&it.extra);
        }
        Protocol::Vmess(it) => {
            object.text("uuid", it.id.reveal());
            object.text("cipher", &it.cipher);
            object.0.insert("alter_id".into(), it.alter_id.into());
            object.maybe("header", it.header.as_deref());
            object.security(&it.security);
            object.transport(&it.transport);
            object.extra(&it.extra);
        }
        Protocol::Hysteria2(it) => {
            object.maybe("password", it.auth.as_ref().map(Secret::reveal));
            object.maybe("hop_ports", it.hop_ports.as_deref());
            object.maybe("obfs", it.obfs.as_deref());
            object.maybe("obfs_password", it.obfs_password.as_ref().map(Secret::reveal));
            object.tls(&it.tls);
            object.extra(&it.extra);
        }
        Protocol::Tuic(it) => {
            object.text("uuid", it.id.reveal());
            object.text("password", it.password.reveal());
            object.maybe("congestion_control", it.congestion.as_deref());
            object.maybe("udp_relay_mode", it.udp_relay.as_deref());
            object.tls(&it.tls);
            object.extra(&it.extra);
        }
        Protocol::Anytls(it) => {
            object.text("password", it.password.reveal());
            object.tls(&it.tls);
            object.extra(&it.extra);
        }
        Protocol::Ssh(it) => {
            object.text("username", &it.user);
            object.maybe("password", it.password.as_ref().map(Secret::reveal));
            object.maybe("key", it.key.as_deref());
            object.maybe("host_key", it.host_key.as_deref());
            object.extra(&it.extra);
        }
        Protocol::Mtproto(secret) => object.text("secret", secret.hex.reveal()),
    }
    object.maybe("name", proxy.name.as_ref().map(crate::Name::as_str));
    object.maybe("unsupported", proxy.support().why_not().as_deref());
    Value::Object(object.0)
}

/// A document: its format, what it says of itself, its proxies, its subscriptions and what was skipped.
pub fn document_to_json(document: &Document) -> Value {
    let about = &document.about;
    let mut object = Object::default();
    object.text("format", document.format.name());
    object.maybe("title", about.title.as_ref().map(crate::Name::as_str));
    if let Some(interval) = about.update_interval {
        object.0.insert("update_interval_s".into(), interval.as_secs().into());
    }
    if let Some(usage) = &about.usage {
        let mut inner = Map::new();
        inner.insert("used_bytes".into(), usage.used.into());
        if let Some(total) = usage.total {
            inner.insert("total_bytes".into(), total.into());
        }
        if let Some(expires) = usage.expires {
            inner.insert("expires".into(), expires.into());
        }
        object.0.insert("usage".into(), Value::Object(inner));
    }
    object.maybe("support_url", about.support_url.as_deref());
    object.0.insert("proxies".into(), document.proxies.iter().map(proxy_to_json).collect());
    if !document.subscriptions.is_empty() {
        let lists = document.subscriptions.iter();
        let lists = lists.map(|list| match &list.name {
            Some(name) => json!({ "url": list.url.reveal(), "name": name.as_str() }),
            None => json!({ "url": list.url.reveal() }),
        });
        object.0.insert("subscriptions".into(), lists.collect());
    }
    let skipped = document.skipped.iter();
    let skipped = skipped.map(|it| json!({ "line": it.line, "text": it.text, "reason": it.reason.to_string() }));
    object.0.insert("skipped".into(), skipped.collect());
    if document.skipped_count > document.skipped.len() {
        object.0.insert("skipped_count".into(), document.skipped_count.into());
    }
    Value::Object(object.0)
}

#[derive(Default)]
struct Object(Map<String, Value>);

impl Object {
    fn text(&mut self, key: &str, value: &str) {
        self.0.insert(key.to_owned(), Value::String(value.to_owned()));
    }

    fn maybe(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.text(key, value);
        }
    }

    fn login(&mut self, login: Option<&Login>) {
        if let Some(login) = login {
            self.text("username", &login.user);
            self.text("password", login.password.reveal());
        }
    }

    fn tls(&mut self, tls: &Tls) {
        self.maybe("sni", tls.sni.as_ref().map(ToString::to_string).as_deref());
        if !tls.alpn.is_empty() {
            self.0.insert("alpn".into(), tls.alpn.clone().into());
        }
        self.maybe("fingerprint", tls.fingerprint.as_deref());
        self.maybe("certificate_sha256", tls.pin.map(|pin| pin.to_string()).as_deref());
    }

    fn security(&mut self, security: &Security) {
        match security {
            Security::None => self.text("security", "none"),
            Security::Tls(tls) => {
                self.text("security", "tls");
                self.tls(tls);
            }
            Security::Reality(it) => {
                self.text("security", "reality");
                self.maybe("sni", it.sni.as_ref().map(ToString::to_string).as_deref());
                self.maybe("fingerprint", it.fingerprint.as_deref());
                self.text("public_key", &it.public_key);
                self.maybe("short_id", Some(it.short_id.as_str()).filter(|id| !id.is_empty()));
                self.maybe("spider", it.spider.as_deref());
            }
        }
    }

    fn transport(&mut self, transport: &Transport) {
        match transport {
            Transport::Tcp => self.text("transport", "tcp"),
            Transport::WebSocket { path, host } => {
                self.text("transport", "ws");
                self.text("path", path);
                self.maybe("host_header", host.as_deref());
            }
            Transport::Grpc { service } => {
                self.text("transport", "grpc");
                self.text("service", service);
            }
            Transport::Other { kind, path, host } => {
                self.text("transport", kind);
                self.maybe("path", path.as_deref());
                self.maybe("host_header", host.as_deref());
            }
        }
    }

    fn extra(&mut self, extra: &Extra) {
        if !extra.is_empty() {
            let pairs = extra.iter().map(|(key, value)| (key.to_owned(), Value::String(value.reveal().to_owned())));
            self.0.insert("extra".into(), Value::Object(pairs.collect()));
        }
    }
}
