//! Clash's and mihomo's YAML: `proxies:`, and `proxy-providers:` for further lists.

use super::entry::{Entry, skip};
use super::{About, Collector, Format, Node};
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::parse_link;

/// Keys at the left margin by which such a document is known.
const MARKS: [&str; 3] = ["proxies:", "proxy-providers:", "Proxy:"];

pub(super) fn is_clash(text: &str) -> bool {
    text.lines().any(|line| MARKS.iter().any(|mark| line.starts_with(mark)))
}

pub(super) fn read(root: &Node, _: &mut About, collector: &mut Collector) -> Option<Format> {
    let proxies = root.get("proxies").or_else(|| root.get("Proxy"));
    let providers = root.get("proxy-providers");
    let is_entry = |node: &Node| node.get("type").is_some() || node.text().is_some();
    let is_ours = proxies.is_some_and(|list| list.items().is_empty() || list.items().iter().any(|it| is_entry(it)));
    if !is_ours && providers.is_none() {
        return None;
    }
    for node in proxies.map(Node::items).unwrap_or_default() {
        match node.text() {
            // mihomo takes links among its entries.
            Some(link) => match parse_link(link) {
                Ok(link) => collector.add(link),
                Err(reason) => skip(node, reason, "", None, collector),
            },
            None => read_entry(node, collector),
        }
    }
    for (_, provider) in providers.map(Node::pairs).unwrap_or_default() {
        let links = provider.get("url").and_then(Node::text).map(subscription);
        match links {
            Some(Ok(link)) => collector.add(link),
            Some(Err(reason)) => skip(provider, reason, "provider", None, collector),
            None => {}
        }
    }
    Some(Format::Clash)
}

fn subscription(url: &str) -> Result<crate::Link, LinkError> {
    crate::SubscriptionLink::new(url, None).map(crate::Link::Subscription)
}

fn read_entry(node: &Node, collector: &mut Collector) {
    let kind = node.text_at(&["type"]).unwrap_or_default();
    let host = node.any(&["server"]);
    if let Some(reason) = refusal(kind, node) {
        return skip(node, reason, kind, host, collector);
    }
    let mut params = Params::default();
    if kind != "ss" {
        tls_params(node, &mut params);
    }
    let tls = node.yes_at(&["tls"]);
    let (kind, user) = match kind {
        "socks5" | "http" | "ssh" => (if kind == "http" && tls { "https" } else { kind }, node.any(&["username"])),
        "ss" => {
            params.push_some("plugin", plugin(node));
            ("shadowsocks", node.any(&["cipher"]))
        }
        "trojan" => {
            layers(node, &mut params);
            ("trojan", None)
        }
        "vless" | "vmess" => {
            layers(node, &mut params);
            if tls && params.peek("security").is_none() {
                params.push("security", "tls");
            }
            for (theirs, ours) in [
                ("flow", "flow"),
                ("encryption", "encryption"),
                ("alterId", "aid"),
                ("cipher", "scy"),
                ("packet-encoding", "packetEncoding"),
            ] {
                params.push_some(ours, node.any(&[theirs]));
            }
            (kind, node.any(&["uuid"]))
        }
        "hysteria2" => {
            for (theirs, ours) in [
                ("ports", "mport"),
                ("obfs", "obfs"),
                ("obfs-password", "obfs-password"),
                ("up", "up"),
                ("down", "down"),
            ] {
                params.push_some(ours, node.any(&[theirs]));
            }
            (kind, None)
        }
        "tuic" => {
            params.push_some("congestion_control", node.any(&["congestion-controller"]));
            params.push_some("udp_relay_mode", node.any(&["udp-relay-mode"]));
            (kind, node.any(&["uuid"]))
        }
        _ => (kind, None),
    };
    let first_of_ports = || node.any(&["ports"]).and_then(|ports| ports.split([',', '-']).next());
    Entry {
        kind,
        host,
        port: node.any(&["port"]).or_else(first_of_ports),
        name: node.any(&["name"]),
        user,
        password: node.any(&["password"]),
        params,
    }
    .add_to(node, collector);
}

/// What would be lost or laid open if the entry were taken for a proxy of ours.
fn refusal(kind: &str, node: &Node) -> Option<LinkError> {
    match kind {
        "socks5" if node.yes_at(&["tls"]) => Some(LinkError::new(Part::Parameter("tls"), Expected::NoTlsAround)),
        "ssh" if node.get("private-key").is_some_and(|key| key.text().is_some()) => {
            Some(LinkError::new(Part::Parameter("private-key"), Expected::NoKey))
        }
        "tuic" if node.get("token").is_some() && node.get("uuid").is_none() => {
            Some(LinkError::new(Part::User, Expected::Other { name: "TUIC 4", ask: &["TUIC 5"] }))
        }
        _ => None,
    }
}

fn tls_params(node: &Node, params: &mut Params) {
    params.push_some("sni", node.any(&["servername", "sni"]));
    params.push_some("alpn", node.words_at(&["alpn"]));
    params.push_some("fp", node.any(&["client-fingerprint"]));
    params.push_some("pcs", node.any(&["fingerprint"]));
    params.push_some("allowInsecure", node.any(&["skip-cert-verify"]));
}

/// `network:` with its options, and `reality-opts:`.
fn layers(node: &Node, params: &mut Params) {
    let network = node.any(&["network"]).unwrap_or("tcp");
    let (kind, path, host) = match network {
        "ws" => {
            let options = ["ws-opts"];
            let path = node.text_at(&["ws-opts", "path"]).or_else(|| node.any(&["ws-path"]));
            let host = header(node, "ws-opts", "Host").or_else(|| node.text_at(&["ws-headers", "Host"]));
            let upgrade = node.yes_at(&[options[0], "v2ray-http-upgrade"]);
            let early = node.text_at(&["ws-opts", "max-early-data"]).filter(|size| *size != "0");
            params.push_some("eh", node.text_at(&["ws-opts", "early-data-header-name"]));
            let path = path.map(|path| match early {
                Some(size) if !path.contains("ed=") => {
                    format!("{path}{}ed={size}", if path.contains('?') { '&' } else { '?' })
                }
                _ => path.to_owned(),
            });
            (if upgrade { "httpupgrade" } else { "ws" }, path, host)
        }
        "http" => {
            params.push("headerType", "http");
            let path = node.text_at(&["http-opts", "path"]).map(str::to_owned);
            ("tcp", path, header(node, "http-opts", "Host"))
        }
        "h2" => {
            let path = node.text_at(&["h2-opts", "path"]).map(str::to_owned);
            ("h2", path, node.text_at(&["h2-opts", "host"]))
        }
        "grpc" => {
            params.push_some("serviceName", node.text_at(&["grpc-opts", "grpc-service-name"]));
            ("grpc", None, None)
        }
        "xhttp" => {
            params.push_some("mode", node.text_at(&["xhttp-opts", "mode"]));
            let path = node.text_at(&["xhttp-opts", "path"]).map(str::to_owned);
            ("xhttp", path, node.text_at(&["xhttp-opts", "host"]))
        }
        other => (other, None, None),
    };
    params.push("type", kind);
    params.push_some("path", path);
    params.push_some("host", host);
    if let Some(reality) = node.get("reality-opts").filter(|options| !options.pairs().is_empty()) {
        params.push("security", "reality");
        params.push_some("pbk", reality.any(&["public-key"]));
        params.push_some("sid", reality.any(&["short-id"]));
        params.push_some("spx", reality.any(&["spider-x"]));
    }
}

/// A header's value among a transport's options, its name in either case.
fn header<'a>(node: &'a Node, options: &str, name: &str) -> Option<&'a str> {
    let lower = name.to_ascii_lowercase();
    node.text_at(&[options, "headers", name]).or_else(|| node.text_at(&[options, "headers", &lower]))
}

/// A plugin with its options, as SIP003 writes them.
fn plugin(node: &Node) -> Option<String> {
    let name = node.any(&["plugin"])?;
    let options = node.get("plugin-opts").map(Node::pairs).unwrap_or_default();
    let mut text = if name == "obfs" { "obfs-local".to_owned() } else { name.to_owned() };
    for (key, value) in options {
        let key = match (name, key.as_str()) {
            ("obfs", "mode") => "obfs",
            ("obfs", "host") => "obfs-host",
            (_, key) => key,
        };
        match value.text() {
            None | Some("" | "false") => {}
            Some("true") => text.extend([";", key]),
            Some(value) => text.extend([";", key, "=", &escaped(value)]),
        }
    }
    Some(text)
}

/// SIP003 sets a backslash before what separates options.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace(';', "\\;").replace('=', "\\=")
}
