//! Kinds of proxies that people are sent and that are not taken, with what is said of each.

use crate::error::Expected;

/// Why a scheme of a link, or a type in a list, is not taken; `None` where nobody has heard of it.
pub(crate) fn refusal(kind: &str) -> Option<Expected> {
    Some(match kind {
        "ssr" => Expected::Other { name: "ShadowsocksR", ask: &["Shadowsocks (ss://)"] },
        "hysteria" => Expected::Other { name: "Hysteria 1", ask: &["Hysteria 2 (hysteria2://)"] },
        "wireguard" | "wg" => Expected::NoVpn { name: "WireGuard" },
        "amneziawg" | "awg" => Expected::NoVpn { name: "AmneziaWG" },
        // The key that AmneziaVPN gives out, whatever it speaks.
        "vpn" => Expected::NoVpn { name: "AmneziaVPN" },
        "warp" => Expected::NoVpn { name: "Cloudflare WARP" },
        "openvpn" => Expected::NoVpn { name: "OpenVPN" },
        "tailscale" => Expected::NoVpn { name: "Tailscale" },
        "naive+https" | "naive+quic" | "naive" => Expected::NoNaive,
        "snell" => Expected::Other { name: "Snell", ask: &["Shadowsocks", "Trojan"] },
        "shadowtls" | "shadow-tls" => Expected::Other { name: "ShadowTLS", ask: &["Shadowsocks", "Trojan"] },
        "juicity" => Expected::Other { name: "Juicity", ask: &["Trojan", "VLESS"] },
        "mieru" => Expected::Other { name: "mieru", ask: &["Trojan", "VLESS"] },
        "brook" => Expected::Other { name: "Brook", ask: &["Shadowsocks", "Trojan"] },
        "sn" => Expected::NoSagerNet,
        "tor" => Expected::NoTor,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::parse_link;

    #[test]
    fn what_is_no_proxy_of_ours_is_called_by_its_name_with_what_to_ask_for() {
        for (link, told) in [
            ("wireguard://hunter2@a.example:51820?publickey=k", "WireGuard is a VPN, not a proxy"),
            ("WG://hunter2@a.example:51820", "WireGuard is a VPN, not a proxy"),
            ("awg://hunter2@a.example:51820", "AmneziaWG is a VPN, not a proxy"),
            ("amneziawg://hunter2@a.example:51820", "AmneziaWG is a VPN, not a proxy"),
            ("vpn://AAAH4Xjahunter2", "AmneziaVPN is a VPN, not a proxy"),
            ("warp://auto", "Cloudflare WARP is a VPN, not a proxy"),
            ("openvpn://import-profile/https://a.example/hunter2.ovpn", "OpenVPN is a VPN, not a proxy"),
            ("tailscale://a.example", "Tailscale is a VPN, not a proxy"),
            ("brook://server?server=a.example%3A1&password=hunter2", "Brook is not supported"),
            ("sn://vmess?eNpjYGBgYGBkhunter2", "only SagerNet and NekoBox read this form"),
            ("sn://subscription?eNpjYGBgYGBkhunter2", "only SagerNet and NekoBox read this form"),
            ("hiddify://import/sn://ss?eNpjYGBg", "only SagerNet and NekoBox read this form"),
        ] {
            let Err(error) = parse_link(link) else { panic!("{link} was read") };
            let error = error.to_string();
            assert!(error.starts_with(&format!("scheme: {told}; ask for a ")), "{link}: {error}");
            assert!(!error.contains("hunter2") && !error.contains('\n'), "{error}");
        }
    }
}
