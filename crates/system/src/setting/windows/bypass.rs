//! What goes around the proxy, in the words of `WinINet`: names and addresses, with `*` for any characters, between `;`. It
//! knows no networks, so those become patterns, and no letters but ASCII, so names are to be in that form. Pure.

use std::net::{IpAddr, Ipv4Addr};

/// The whole list. What has no pattern, as a network of IPv6 addresses, is left out: it goes through the proxy.
pub(super) fn list<'a>(hosts: impl Iterator<Item = &'a str>) -> String {
    hosts.filter(|host| host.is_ascii()).flat_map(patterns).collect::<Vec<_>>().join(";")
}

fn patterns(host: &str) -> Vec<String> {
    let (address, prefix) = host.split_once('/').map_or((host, None), |(address, prefix)| (address, Some(prefix)));
    match (address.parse(), prefix.map(str::parse)) {
        (Ok(IpAddr::V4(address)), Some(Ok(prefix @ 0..=32))) => network(address, prefix),
        (Ok(IpAddr::V6(address)), None | Some(Ok(128))) => vec![format!("[{address}]")],
        (Ok(IpAddr::V4(_)) | Err(_), None) => vec![host.to_owned()],
        _ => Vec::new(),
    }
}

/// At most 128 patterns, for a network that begins or ends within a number.
fn network(address: Ipv4Addr, prefix: u32) -> Vec<String> {
    if prefix == 0 {
        return vec!["*".to_owned()];
    }
    let whole = (prefix - 1) / 8;
    let free = 8 * (whole + 1) - prefix;
    let first = u32::from(address) & (u32::MAX << (32 - prefix));
    let pattern = |index: u32| {
        let numbers = Ipv4Addr::from(first | index << (24 - 8 * whole)).octets();
        let known: Vec<_> = numbers.iter().take(whole as usize + 1).map(u8::to_string).collect();
        known.join(".") + if whole < 3 { ".*" } else { "" }
    };
    (0..1 << free).map(pattern).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_become_patterns() {
        for (host, wanted) in [
            ("localhost", "localhost"),
            ("*.lan", "*.lan"),
            ("10.1.2.3", "10.1.2.3"),
            ("10.1.2.3/32", "10.1.2.3"),
            ("127.0.0.0/8", "127.*"),
            ("192.168.7.9/16", "192.168.*"),
            ("172.16.0.0/14", "172.16.*;172.17.*;172.18.*;172.19.*"),
            ("10.0.0.4/31", "10.0.0.4;10.0.0.5"),
            ("0.0.0.0/0", "*"),
            ("::1", "[::1]"),
            ("fd00::/8", ""),
            ("10.0.0.0/33", ""),
        ] {
            assert_eq!(list([host].into_iter()), wanted, "{host}");
        }
        assert_eq!(list(["172.16.0.0/12"].into_iter()).split(';').count(), 16);
        assert_eq!(list(["a", "fd00::/8", "почта.example", "b"].into_iter()), "a;b");
    }
}
