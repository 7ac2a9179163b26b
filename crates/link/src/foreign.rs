//! Kinds of proxies that people are sent and that are not taken, with what is said of each.

use crate::error::Expected;

/// Why a scheme of a link, or a type in a list, is not taken; `None` where nobody has heard of it.
pub(crate) fn refusal(kind: &str) -> Option<Expected> {
    Some(match kind {
        "ssr" => Expected::Other { name: "ShadowsocksR", ask: &["Shadowsocks (ss://)"] },
        "hysteria" => Expected::Other { name: "Hysteria 1", ask: &["Hysteria 2 (hysteria2://)"] },
        "wireguard" | "wg" | "warp" | "amneziawg" | "tailscale" | "openvpn" => Expected::NoVpn,
        "naive+https" | "naive+quic" | "naive" => Expected::NoNaive,
        "snell" => Expected::Other { name: "Snell", ask: &["Shadowsocks", "Trojan"] },
        "shadowtls" | "shadow-tls" => Expected::Other { name: "ShadowTLS", ask: &["Shadowsocks", "Trojan"] },
        "juicity" => Expected::Other { name: "Juicity", ask: &["Trojan", "VLESS"] },
        "mieru" => Expected::Other { name: "mieru", ask: &["Trojan", "VLESS"] },
        "tor" => Expected::NoTor,
        _ => return None,
    })
}
