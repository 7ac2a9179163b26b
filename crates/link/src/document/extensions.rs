//! Exports of the browser extensions `FoxyProxy` and `SwitchyOmega`.

use super::entry::{Entry, skip};
use super::lines::unknown_kind;
use super::{About, Collector, Format, Node};

pub(super) fn read(root: &Node, _: &mut About, collector: &mut Collector) -> Option<Format> {
    if read_foxyproxy(root, collector) {
        return Some(Format::FoxyProxy);
    }
    read_switchyomega(root, collector).then_some(Format::SwitchyOmega)
}

/// Versions 8 (`data`), 3 (`proxySettings`) and 7 (each under a random key).
fn read_foxyproxy(root: &Node, collector: &mut Collector) -> bool {
    let list = ["data", "proxySettings"].iter().find_map(|key| root.get(key)).map(Node::items).unwrap_or_default();
    let loose = root.pairs().iter().map(|(_, node)| &**node);
    let entries: Vec<&Node> = list.iter().map(|it| &**it).chain(loose).filter(|it| is_foxyproxy(it)).collect();
    for node in &entries {
        let kind = match node.any(&["type"]).unwrap_or_default() {
            "1" | "http" => "http",
            "2" | "https" => "https",
            "3" | "socks5" | "socks" => "socks5",
            "4" | "socks4" => "socks4",
            // Direct, a PAC file, or the system's own: no proxies.
            "5" | "6" | "7" | "direct" | "pac" | "system" | "wpad" => continue,
            other => {
                skip(node, unknown_kind(other), other, None, collector);
                continue;
            }
        };
        Entry {
            kind,
            host: node.any(&["hostname", "address"]),
            port: node.any(&["port"]),
            name: node.any(&["title"]),
            user: node.any(&["username"]),
            password: node.any(&["password"]),
            ..Entry::default()
        }
        .add_to(node, collector);
    }
    !entries.is_empty()
}

fn is_foxyproxy(node: &Node) -> bool {
    node.get("type").is_some() && (node.get("hostname").is_some() || node.get("address").is_some())
}

/// Profiles of the type `FixedProfile`, each under a key that begins with a plus sign.
fn read_switchyomega(root: &Node, collector: &mut Collector) -> bool {
    let mut is_ours = false;
    for (_, profile) in root.pairs().iter().filter(|(key, _)| key.starts_with('+')) {
        if profile.get("profileType").is_none() {
            continue;
        }
        is_ours = true;
        for slot in ["fallbackProxy", "proxyForHttps", "proxyForHttp", "proxyForFtp"] {
            let Some(proxy) = profile.get(slot).filter(|proxy| proxy.get("host").is_some()) else { continue };
            Entry {
                kind: proxy.any(&["scheme"]).unwrap_or("http"),
                host: proxy.any(&["host"]),
                port: proxy.any(&["port"]),
                name: profile.any(&["name"]),
                user: profile.text_at(&["auth", slot, "username"]),
                password: profile.text_at(&["auth", slot, "password"]),
                ..Entry::default()
            }
            .add_to(proxy, collector);
        }
    }
    is_ours
}
