//! v2ray's and Xray's JSON: `outbounds` with a `protocol`; also a list of whole configurations.

use super::entry::Entry;
use super::{About, Collector, Format, Node};
use crate::params::Params;

/// Outbounds that lead nowhere else.
const NO_PROXIES: [&str; 4] = ["freedom", "blackhole", "dns", "loopback"];

pub(super) fn read(root: &Node, _: &mut About, collector: &mut Collector) -> Option<Format> {
    let many = root.items().iter().map(|config| &**config);
    let configs: Vec<&Node> = std::iter::once(root).chain(many).collect();
    let mut is_ours = false;
    for config in configs {
        let alone = config.get("outbound").filter(|it| it.get("protocol").is_some());
        let outbounds = config.get("outbounds").map(Node::items).unwrap_or_default();
        let title = config.any(&["remarks"]);
        for node in outbounds.iter().map(|it| &**it).chain(alone) {
            let Some(protocol) = node.text_at(&["protocol"]) else { continue };
            is_ours = true;
            if !NO_PROXIES.contains(&protocol) {
                read_outbound(protocol, node, title, collector);
            }
        }
    }
    is_ours.then_some(Format::V2ray)
}

/// One proxy for each server that the outbound names; the newest form names one without a list.
fn read_outbound(protocol: &str, node: &Node, title: Option<&str>, collector: &mut Collector) {
    let Some(settings) = node.get("settings") else {
        return Entry { kind: protocol, ..Entry::default() }.add_to(node, collector);
    };
    let servers = settings.get("vnext").or_else(|| settings.get("servers")).map(Node::items).unwrap_or_default();
    let servers: Vec<&Node> =
        if servers.is_empty() { vec![settings] } else { servers.iter().map(|it| &**it).collect() };
    for server in servers {
        let users = server.get("users").map(Node::items).unwrap_or_default();
        let user = users.first().map_or(server, |user| &**user);
        let mut params = Params::default();
        layers(node, &mut params);
        params.push_some("flow", user.any(&["flow"]));
        let (kind, name, password) = match protocol {
            "socks" => ("socks5", user.any(&["user"]), user.any(&["pass"])),
            "http" if params.peek("security") == Some("tls") => ("https", user.any(&["user"]), user.any(&["pass"])),
            "http" => ("http", user.any(&["user"]), user.any(&["pass"])),
            "shadowsocks" => ("shadowsocks", server.any(&["method"]), server.any(&["password"])),
            "vmess" => {
                params.push_some("aid", user.any(&["alterId"]));
                params.push_some("scy", user.any(&["security"]));
                ("vmess", user.any(&["id"]), None)
            }
            "vless" => {
                params.push_some("encryption", user.any(&["encryption"]));
                ("vless", user.any(&["id"]), None)
            }
            other => (other, None, server.any(&["password"])),
        };
        Entry {
            kind,
            host: server.any(&["address"]),
            port: server.any(&["port"]),
            name: title.or_else(|| node.any(&["tag"])),
            user: name,
            password,
            params,
        }
        .add_to(node, collector);
    }
}

fn layers(node: &Node, params: &mut Params) {
    let Some(stream) = node.get("streamSettings") else { return };
    let network = stream.any(&["network"]).unwrap_or("tcp");
    params.push("type", network);
    let options = match network {
        "tcp" | "raw" => "tcpSettings",
        "ws" | "websocket" => "wsSettings",
        "grpc" | "gun" => "grpcSettings",
        "http" | "h2" => "httpSettings",
        "kcp" | "mkcp" => "kcpSettings",
        "quic" => "quicSettings",
        "httpupgrade" => "httpupgradeSettings",
        _ => "xhttpSettings",
    };
    if let Some(options) = stream.get(options).or_else(|| stream.get("rawSettings")) {
        params.push_some("serviceName", options.text_at(&["serviceName"]));
        params.push_some("mode", options.text_at(&["mode"]));
        params.push_some("seed", options.text_at(&["seed"]));
        let header = options.text_at(&["header", "type"]).filter(|kind| *kind != "none");
        params.push_some("headerType", header);
        let path = options.text_at(&["path"]).or_else(|| options.text_at(&["header", "request", "path"]));
        params.push_some("path", path);
        let host = options.text_at(&["host"]).or_else(|| options.text_at(&["headers", "Host"]));
        params.push_some("host", host.or_else(|| options.text_at(&["header", "request", "headers", "Host"])));
    }
    let security = stream.any(&["security"]).unwrap_or("none");
    params.push("security", security);
    if security == "none" {
        return;
    }
    let settings = if security == "reality" { "realitySettings" } else { "tlsSettings" };
    if let Some(settings) = stream.get(settings) {
        params.push_some("sni", settings.text_at(&["serverName"]));
        params.push_some("alpn", settings.words_at(&["alpn"]));
        params.push_some("fp", settings.text_at(&["fingerprint"]));
        params.push_some("allowInsecure", settings.text_at(&["allowInsecure"]));
        params.push_some("pcs", settings.text_at(&["pinnedPeerCertSha256"]));
        params.push_some("pbk", settings.any(&["publicKey", "password"]));
        params.push_some("sid", settings.text_at(&["shortId"]));
        params.push_some("spx", settings.text_at(&["spiderX"]));
    }
}
