//! sing-box' JSON: `outbounds` with a `type`.

use super::entry::{Entry, skip};
use super::{About, Collector, Format, Node};
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;

/// Outbounds that lead nowhere else, or choose among the others.
const NO_PROXIES: [&str; 6] = ["direct", "block", "dns", "selector", "urltest", "bypass"];

pub(super) fn read(root: &Node, _: &mut About, collector: &mut Collector) -> Option<Format> {
    let outbounds = root.get("outbounds").unwrap_or(root).items();
    if !outbounds.iter().any(|it| it.get("type").is_some() && it.get("protocol").is_none() && it.get("tag").is_some()) {
        return None;
    }
    for node in outbounds {
        let kind = node.text_at(&["type"]).unwrap_or_default();
        if !NO_PROXIES.contains(&kind) {
            read_entry(kind, node, collector);
        }
    }
    Some(Format::SingBox)
}

fn read_entry(kind: &str, node: &Node, collector: &mut Collector) {
    let host = node.any(&["server"]);
    if kind == "ssh" && ["private_key", "private_key_path"].iter().any(|key| node.get(key).is_some()) {
        let reason = LinkError::new(Part::Parameter("private_key"), Expected::KeyFile);
        return skip(node, reason, kind, host, collector);
    }
    let mut params = Params::default();
    let tls = node.yes_at(&["tls", "enabled"]);
    if tls {
        tls_params(kind, node, &mut params);
    }
    transport(node, &mut params);
    for (theirs, ours) in [
        ("flow", "flow"),
        ("alter_id", "aid"),
        ("packet_encoding", "packetEncoding"),
        ("congestion_control", "congestion_control"),
        ("udp_relay_mode", "udp_relay_mode"),
    ] {
        params.push_some(ours, node.any(&[theirs]));
    }
    let (kind, user) = match kind {
        "socks" => (
            match node.any(&["version"]) {
                Some("4") => "socks4",
                Some("4a") => "socks4a",
                _ => "socks5",
            },
            node.any(&["username"]),
        ),
        "http" => (if tls { "https" } else { "http" }, node.any(&["username"])),
        "ssh" => (kind, node.any(&["user"])),
        "shadowsocks" => {
            let plugin = node.any(&["plugin"]).map(|name| match node.any(&["plugin_opts"]) {
                Some(options) => format!("{name};{options}"),
                None => name.to_owned(),
            });
            params.push_some("plugin", plugin);
            (kind, node.any(&["method"]))
        }
        "vmess" => {
            params.push_some("scy", node.any(&["security"]));
            (kind, node.any(&["uuid"]))
        }
        "hysteria2" => {
            params.push_some("obfs", node.text_at(&["obfs", "type"]));
            params.push_some("obfs-password", node.text_at(&["obfs", "password"]));
            params.push_some("mport", node.words_at(&["server_ports"]).map(|ports| ports.replace(':', "-")));
            (kind, None)
        }
        _ => (kind, node.any(&["uuid"])),
    };
    let first_of_ports = || node.text_at(&["server_ports"]).and_then(|ports| ports.split([',', ':']).next());
    Entry {
        kind,
        host,
        port: node.any(&["server_port"]).or_else(first_of_ports),
        name: node.any(&["tag"]),
        user,
        password: node.any(&["password"]),
        params,
    }
    .add_to(node, collector);
}

fn tls_params(kind: &str, node: &Node, params: &mut Params) {
    let reality = node.yes_at(&["tls", "reality", "enabled"]);
    if reality || matches!(kind, "vless" | "vmess") {
        params.push("security", if reality { "reality" } else { "tls" });
    }
    params.push_some("sni", node.text_at(&["tls", "server_name"]));
    params.push_some("alpn", node.words_at(&["tls", "alpn"]));
    params.push_some("allowInsecure", node.text_at(&["tls", "insecure"]));
    params.push_some("fp", node.text_at(&["tls", "utls", "fingerprint"]));
    params.push_some("pcs", node.text_at(&["tls", "certificate_sha256"]));
    if reality {
        params.push_some("pbk", node.text_at(&["tls", "reality", "public_key"]));
        params.push_some("sid", node.text_at(&["tls", "reality", "short_id"]));
    }
}

fn transport(node: &Node, params: &mut Params) {
    let Some(transport) = node.get("transport") else { return };
    let kind = transport.text_at(&["type"]).unwrap_or_default();
    params.push("type", kind);
    params.push_some("serviceName", transport.text_at(&["service_name"]));
    let path = transport.text_at(&["path"]).map(|path| match transport.text_at(&["max_early_data"]) {
        Some(size) if size != "0" && kind == "ws" => {
            format!("{path}{}ed={size}", if path.contains('?') { '&' } else { '?' })
        }
        _ => path.to_owned(),
    });
    params.push_some("path", path);
    params.push_some("eh", transport.text_at(&["early_data_header_name"]));
    let host = transport.text_at(&["host"]).or_else(|| transport.text_at(&["headers", "Host"]));
    params.push_some("host", host.or_else(|| transport.text_at(&["headers", "host"])));
}
