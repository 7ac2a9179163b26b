//! Proxy to text. What is printed here parses to the same proxy; the property tests hold us to it.

mod query;
mod vmess;

use query::Query;

use crate::text::{encode, to_base64_url};
use crate::{Hysteria2, Login, Protocol, Proxy, Secret, Security, Shadowsocks, Transport, Trojan, Vless};

// === impl Proxy ===

impl Proxy {
    /// The proxy as a link that parses to the same proxy. Holds its credentials.
    pub fn to_link(&self) -> Secret {
        let mut link = String::with_capacity(128);
        match &self.protocol {
            Protocol::Socks5(login) => self.with_login(&mut link, "socks5", login.as_ref()),
            Protocol::Socks4 { user } => self.with_user(&mut link, "socks4", user.as_deref()),
            Protocol::Socks4a { user } => self.with_user(&mut link, "socks4a", user.as_deref()),
            Protocol::Http(login) => self.with_login(&mut link, "http", login.as_ref()),
            Protocol::Https { login, tls } => {
                self.with_login(&mut link, "https", login.as_ref());
                Query::new(&mut link).tls(tls);
            }
            Protocol::Shadowsocks(it) => self.shadowsocks(&mut link, it),
            Protocol::Trojan(it) => self.trojan(&mut link, it),
            Protocol::Vless(it) => self.vless(&mut link, it),
            Protocol::Vmess(it) => return vmess::to_link(self, it),
            Protocol::Hysteria2(it) => self.hysteria2(&mut link, it),
            Protocol::Tuic(it) => {
                link.push_str("tuic://");
                push_encoded(&mut link, it.id.reveal());
                link.push(':');
                self.at(&mut link, it.password.reveal());
                Query::new(&mut link)
                    .maybe("congestion_control", it.congestion.as_deref())
                    .maybe("udp_relay_mode", it.udp_relay.as_deref())
                    .tls(&it.tls)
                    .extra(&it.extra);
            }
            Protocol::Anytls(it) => {
                link.push_str("anytls://");
                self.at(&mut link, it.password.reveal());
                Query::new(&mut link).tls(&it.tls).extra(&it.extra);
            }
            Protocol::Ssh(it) => {
                link.push_str("ssh://");
                push_encoded(&mut link, &it.user);
                link.push(':');
                self.at(&mut link, it.password.as_ref().map_or("", Secret::reveal));
                Query::new(&mut link)
                    .maybe("key", it.key.as_deref())
                    .maybe("hostkey", it.host_key.as_deref())
                    .extra(&it.extra);
            }
            Protocol::Mtproto(secret) => {
                link.push_str("https://t.me/proxy");
                Query::new(&mut link)
                    .add("server", &self.host.to_string())
                    .add("port", &self.port.to_string())
                    .add("secret", secret.hex.reveal());
            }
        }
        self.push_name(&mut link);
        Secret::new(link)
    }

    /// The proxy as a link that Telegram opens, where Telegram can use it.
    pub fn to_telegram_link(&self) -> Option<Secret> {
        let mut link = String::with_capacity(128);
        match &self.protocol {
            Protocol::Socks5(login) => {
                link.push_str("https://t.me/socks");
                let mut query = Query::new(&mut link);
                query.add("server", &self.host.to_string()).add("port", &self.port.to_string());
                if let Some(login) = login {
                    query.add("user", &login.user);
                    query.maybe("pass", Some(login.password.reveal()).filter(|password| !password.is_empty()));
                }
                Some(Secret::new(link))
            }
            Protocol::Mtproto(_) => Some(Self { name: None, ..self.clone() }.to_link()),
            _ => None,
        }
    }

    /// Scheme, address and name, for showing and for logs: holds no credential.
    pub fn to_public_link(&self) -> String {
        let scheme = match &self.protocol {
            Protocol::Shadowsocks(_) => "ss",
            Protocol::Mtproto(_) => "tg",
            other => other.name(),
        };
        let mut link = format!("{scheme}://{}", self.address());
        self.push_name(&mut link);
        link
    }

    fn push_name(&self, link: &mut String) {
        if let Some(name) = &self.name {
            link.push('#');
            push_encoded(link, name.as_str());
        }
    }

    /// Ends a userinfo with its last part and goes on to the address.
    fn at(&self, link: &mut String, last: &str) {
        push_encoded(link, last);
        link.push('@');
        link.push_str(&self.address());
    }

    /// The colon stands even where the password is empty: without it the user might be taken for base64.
    fn with_login(&self, link: &mut String, scheme: &str, login: Option<&Login>) {
        link.push_str(scheme);
        link.push_str("://");
        match login {
            Some(login) => {
                push_encoded(link, &login.user);
                link.push(':');
                self.at(link, login.password.reveal());
            }
            None => link.push_str(&self.address()),
        }
    }

    fn with_user(&self, link: &mut String, scheme: &str, user: Option<&str>) {
        let login = user.map(|user| Login { user: user.to_owned(), password: Secret::new("") });
        self.with_login(link, scheme, login.as_ref());
    }

    /// SIP002: base64url without padding, but percent-encoding for the 2022 ciphers.
    fn shadowsocks(&self, link: &mut String, it: &Shadowsocks) {
        link.push_str("ss://");
        if it.cipher.starts_with("2022-") {
            link.push_str(&it.cipher);
            link.push(':');
            self.at(link, it.password.reveal());
        } else {
            link.push_str(&to_base64_url(&format!("{}:{}", it.cipher, it.password.reveal())));
            link.push('@');
            link.push_str(&self.address());
        }
        let plugin = it.plugin.as_ref().map(|plugin| {
            if plugin.options.is_empty() { plugin.name.clone() } else { format!("{};{}", plugin.name, plugin.options) }
        });
        Query::new(link).maybe("plugin", plugin.as_deref()).extra(&it.extra);
    }

    fn trojan(&self, link: &mut String, it: &Trojan) {
        link.push_str("trojan://");
        self.at(link, it.password.reveal());
        let mut query = Query::new(link);
        if it.extra.get("security").is_none() {
            query.add("security", "tls");
        }
        query.tls(&it.tls).transport(&it.transport).extra(&it.extra);
    }

    fn vless(&self, link: &mut String, it: &Vless) {
        link.push_str("vless://");
        self.at(link, it.id.reveal());
        Query::new(link)
            .add("encryption", it.encryption.as_deref().unwrap_or("none"))
            .maybe("flow", it.flow.as_ref().map(|flow| flow.0.as_str()))
            .security(&it.security)
            .transport(&it.transport)
            .extra(&it.extra);
    }

    /// Ports to hop between stand in place of the port where they begin with it, as the protocol's own links have it.
    fn hysteria2(&self, link: &mut String, it: &Hysteria2) {
        link.push_str("hysteria2://");
        if let Some(auth) = &it.auth {
            // A colon stands between user and password, and the protocol's own links leave it as it is.
            for (nth, piece) in auth.reveal().split(':').enumerate() {
                link.push_str(if nth > 0 { ":" } else { "" });
                push_encoded(link, piece);
            }
            link.push('@');
        }
        let address = self.address();
        let in_place = it.hop_ports.as_deref().filter(|ports| {
            let first = ports.split([',', '-']).next().unwrap_or(ports);
            first.len() < ports.len() && first.parse() == Ok(self.port)
        });
        match in_place {
            Some(ports) => {
                link.push_str(address.rsplit_once(':').map_or("", |(host, _)| host));
                link.push(':');
                link.push_str(ports);
            }
            None => link.push_str(&address),
        }
        Query::new(link)
            .maybe("mport", it.hop_ports.as_deref().filter(|_| in_place.is_none()))
            .maybe("obfs", it.obfs.as_deref())
            .maybe("obfs-password", it.obfs_password.as_ref().map(Secret::reveal))
            .tls_with_pin_as("pinSHA256", &it.tls)
            .extra(&it.extra);
    }
}

fn push_encoded(link: &mut String, text: &str) {
    link.extend(encode(text));
}

/// A transport as links write it: kind, path (or service) and host.
fn transport_parts(transport: &Transport) -> (&str, Option<&str>, Option<&str>) {
    match transport {
        Transport::Tcp => ("tcp", None, None),
        Transport::WebSocket { path, host } => ("ws", Some(path), host.as_deref()),
        Transport::Grpc { service } => ("grpc", Some(service.as_str()).filter(|name| !name.is_empty()), None),
        Transport::Other { kind, path, host } => (kind, path.as_deref(), host.as_deref()),
    }
}

fn security_word(security: &Security) -> &'static str {
    match security {
        Security::None => "none",
        Security::Tls(_) => "tls",
        Security::Reality(_) => "reality",
    }
}
