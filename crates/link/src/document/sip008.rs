//! SIP008 (`servers`), Shadowsocks' older `configs`, and one server alone as Outline hands it out.

use super::entry::Entry;
use super::headers::Usage;
use super::{About, Collector, Format, Node};
use crate::params::Params;

pub(super) fn read(root: &Node, about: &mut About, collector: &mut Collector) -> Option<Format> {
    let alone = is_server(root).then_some(root);
    let list = root.get("servers").or_else(|| root.get("configs")).unwrap_or(root);
    let servers = list.items().iter().map(|server| &**server);
    let servers: Vec<&Node> = servers.chain(alone).collect();
    if servers.is_empty() || !servers.iter().any(|server| is_server(server)) {
        return None;
    }
    for server in servers {
        let mut params = Params::default();
        let plugin = server.any(&["plugin"]);
        let options = server.any(&["plugin_opts", "plugin-opts"]);
        params.push_some(
            "plugin",
            plugin.map(|name| match options {
                Some(options) => format!("{name};{options}"),
                None => name.to_owned(),
            }),
        );
        params.push_some("prefix", server.any(&["prefix"]));
        Entry {
            kind: "shadowsocks",
            host: server.any(&["server"]),
            port: server.any(&["server_port"]),
            name: server.any(&["remarks", "name", "tag"]),
            user: server.any(&["method"]),
            password: server.any(&["password"]),
            params,
        }
        .add_to(server, collector);
    }
    let bytes = |key: &str| root.get(key).and_then(Node::text).and_then(|text| text.parse::<u64>().ok());
    if let Some(used) = bytes("bytes_used") {
        let total = bytes("bytes_remaining").map(|left| used.saturating_add(left));
        about.usage = Some(Usage { used, total, expires: None });
    }
    Some(Format::Sip008)
}

fn is_server(node: &Node) -> bool {
    node.get("server").is_some() && node.get("server_port").is_some() && node.get("method").is_some()
}
