//! Kinds of proxies that people are sent and that are not taken, with what is said of each.

/// Why a scheme of a link, or a type in a list, is not taken; `None` where nobody has heard of it.
pub(crate) fn refusal(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "ssr" => "ShadowsocksR is not supported; ask for a Shadowsocks link (ss://)",
        "hysteria" => "Hysteria 1 is not supported; ask for a Hysteria 2 link (hysteria2://)",
        "wireguard" | "wg" | "warp" | "amneziawg" => "WireGuard is a VPN, not a proxy",
        "tailscale" | "openvpn" => "a VPN, not a proxy",
        "naive+https" | "naive+quic" | "naive" => {
            "NaiveProxy is not supported; where its server speaks plain HTTP/1.1 too, an https:// link works"
        }
        "snell" => "Snell is not supported; ask for a Shadowsocks or Trojan link",
        "shadowtls" | "shadow-tls" => "ShadowTLS is not supported; ask for a Shadowsocks or Trojan link",
        "juicity" => "Juicity is not supported; ask for a Trojan or VLESS link",
        "mieru" => "mieru is not supported; ask for a Trojan or VLESS link",
        "tor" => "Tor is not supported as such; its own program has a SOCKS5 port (socks5://127.0.0.1:9050)",
        _ => return None,
    })
}
