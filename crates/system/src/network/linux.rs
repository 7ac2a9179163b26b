//! Linux: the kernel's messages about links, addresses and routes (rtnetlink(7)), and its tables in /proc.

use std::future::pending;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::os::fd::OwnedFd;

use async_io::Async;
use nix::ifaddrs::{InterfaceAddress, getifaddrs};
use nix::net::if_::InterfaceFlags;
use rustix::net::netlink::SocketAddrNetlink;
use rustix::net::{AddressFamily, RecvFlags, SocketFlags, SocketType};

use super::Change;
use super::sleep::{Naps, Sleep};

/// `RTMGRP_LINK`, `RTMGRP_IPV4_IFADDR`, `RTMGRP_IPV4_ROUTE`, `RTMGRP_IPV6_IFADDR`, `RTMGRP_IPV6_ROUTE` of
/// linux/rtnetlink.h.
const GROUPS: u32 = 0x1 | 0x10 | 0x40 | 0x100 | 0x400;

#[derive(Debug)]
pub(super) struct Changes {
    kernel: Option<Async<OwnedFd>>,
    sleep: Sleep,
    naps: Naps,
}

// === impl Changes ===

impl Changes {
    pub(super) fn listen() -> Self {
        let kernel = socket().map_err(|error| tracing::warn!(%error, "changes of the network will not be seen")).ok();
        Self { kernel, sleep: Sleep::default(), naps: Naps::new() }
    }

    pub(super) async fn next(&mut self) -> Change {
        let told = kernel_told(self.kernel.as_ref());
        let woke = self.sleep.over();
        // What both say at once is a wake-up, which says more.
        let change = futures_lite::future::or(
            async {
                woke.await;
                Change::Woke
            },
            async {
                told.await;
                Change::Network
            },
        );
        let change = change.await;
        // Where no bus tells of sleep, the clocks do, as soon as anything else wakes us.
        if self.naps.happened() { Change::Woke } else { change }
    }
}

fn socket() -> io::Result<Async<OwnedFd>> {
    let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
    // Without a protocol it is NETLINK_ROUTE, whose number is 0.
    let socket = rustix::net::socket_with(AddressFamily::NETLINK, SocketType::RAW, flags, None)?;
    rustix::net::bind(&socket, &SocketAddrNetlink::new(0, GROUPS))?;
    Async::new(socket)
}

/// What exactly changed does not matter: whoever hears of it looks at how things are now.
async fn kernel_told(kernel: Option<&Async<OwnedFd>>) {
    let Some(kernel) = kernel else { return pending().await };
    if kernel.readable().await.is_err() {
        return pending().await;
    }
    let mut message = [0; 8192];
    loop {
        match rustix::net::recv(kernel.get_ref(), &mut message, RecvFlags::DONTWAIT) {
            // Messages that did not fit were lost: those are changes too.
            Ok(_) | Err(rustix::io::Errno::NOBUFS | rustix::io::Errno::INTR) => {}
            Err(_) => return,
        }
    }
}

/// Whether the interface with an address has its cable in, or its radio connected.
pub(super) fn is_connected(own: IpAddr) -> bool {
    let Ok(interfaces) = getifaddrs() else { return true };
    let mut interfaces = interfaces.filter(|interface| address(interface) == Some(own)).peekable();
    interfaces.peek().is_none() || interfaces.any(|interface| interface.flags.contains(InterfaceFlags::IFF_RUNNING))
}

pub(super) fn has_interface() -> bool {
    let is_one = |interface: InterfaceAddress| {
        let is_reachable = address(&interface).is_some_and(|address| match address {
            IpAddr::V4(v4) => !v4.is_loopback() && !v4.is_link_local(),
            IpAddr::V6(v6) => !v6.is_loopback() && !v6.is_unicast_link_local(),
        });
        is_reachable && interface.flags.contains(InterfaceFlags::IFF_RUNNING)
    };
    getifaddrs().is_ok_and(|mut interfaces| interfaces.any(is_one))
}

fn address(interface: &InterfaceAddress) -> Option<IpAddr> {
    let address = interface.address.as_ref()?;
    let v4 = address.as_sockaddr_in().map(|it| IpAddr::V4(it.ip()));
    v4.or_else(|| address.as_sockaddr_in6().map(|it| IpAddr::V6(it.ip())))
}

/// The way out: its interface, its gateway, and the gateway's hardware address, for half the world's routers are called
/// 192.168.1.1. That is known once anything was sent there; until then the network has no identity.
pub(super) fn identity() -> Option<String> {
    let routes = std::fs::read_to_string("/proc/net/route").ok()?;
    let Some((interface, gateway)) = default_route(&routes) else { return identity_v6() };
    // A line with two ends only has nobody to ask for an address.
    if gateway.is_unspecified() {
        return Some(interface.to_owned());
    }
    let neighbours = std::fs::read_to_string("/proc/net/arp").ok()?;
    let hardware = hardware_address(&neighbours, gateway)?;
    Some(format!("{interface} {gateway} {hardware}"))
}

fn identity_v6() -> Option<String> {
    let routes = std::fs::read_to_string("/proc/net/ipv6_route").ok()?;
    let default = |line: &str| {
        let words: Vec<_> = line.split_whitespace().collect();
        let [to, prefix, _, _, gateway, .., interface] = words[..] else { return None };
        let is_default = to.bytes().all(|byte| byte == b'0') && prefix == "00" && interface != "lo";
        is_default.then(|| format!("{interface} {gateway}"))
    };
    routes.lines().find_map(default)
}

/// Of several the one with the least metric.
fn default_route(routes: &str) -> Option<(&str, Ipv4Addr)> {
    let route = |line| {
        let words: Vec<&str> = str::split_whitespace(line).collect();
        let [interface, to, gateway, _, _, _, metric, mask, ..] = words[..] else { return None };
        let gateway = u32::from_str_radix(gateway, 16).ok()?;
        let metric: u32 = metric.parse().ok()?;
        let is_default = to == "00000000" && mask == "00000000";
        is_default.then(|| (metric, (interface, Ipv4Addr::from(gateway.to_ne_bytes()))))
    };
    routes.lines().filter_map(route).min_by_key(|(metric, _)| *metric).map(|(_, route)| route)
}

fn hardware_address(neighbours: &str, of: Ipv4Addr) -> Option<&str> {
    let of = of.to_string();
    neighbours.lines().find_map(|line| {
        let mut words = line.split_whitespace();
        (words.next() == Some(&of)).then(|| words.nth(2)).flatten().filter(|address| *address != "00:00:00:00:00:00")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROUTES: &str = "\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0100000A\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
";

    #[test]
    fn of_several_ways_out_the_one_that_is_used_counts() {
        assert_eq!(default_route(ROUTES), Some(("eth0", Ipv4Addr::new(10, 0, 0, 1))));
        assert_eq!(default_route(ROUTES.lines().next().unwrap_or_default()), None);
    }

    #[test]
    fn the_gateways_hardware_address_is_used_where_it_is_known() {
        let neighbours = "IP address HW type Flags HW address Mask Device\n\
                          10.0.0.1 0x1 0x2 02:00:5e:10:00:01 * eth0\n10.0.0.2 0x1 0x0 00:00:00:00:00:00 * eth0\n";
        assert_eq!(hardware_address(neighbours, Ipv4Addr::new(10, 0, 0, 1)), Some("02:00:5e:10:00:01"));
        assert_eq!(hardware_address(neighbours, Ipv4Addr::new(10, 0, 0, 2)), None);
    }
}
