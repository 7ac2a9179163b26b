//! Proxies and origins, on a thread of their own.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::{Arc, mpsc};
use std::thread::{self, JoinHandle};

use anyhow::Context;
use tokio::sync::{oneshot, watch};

use crate::certificates::Tls;
use crate::names;
use crate::origin::{NAME, Origins};
use crate::place::{NAME_SERVER, Place, Side};
use crate::proxy::{Proxy, Speaks};

/// Everything on the far side of the forwarder. Dropped, all of it ends.
#[derive(Debug)]
pub struct World {
    /// The proxies, in order.
    pub proxies: Vec<Proxy>,
    /// What they lead to.
    pub origins: Origins,
    /// What the origins' certificate is trusted by.
    pub tls: Tls,
    first_proxys_name: watch::Sender<Ipv4Addr>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Where a poisoned name leads: to nobody.
const NOWHERE: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 66);

// === impl World ===

impl World {
    /// Proxies that speak these protocols. On free ports or, where one is given, SOCKS5 on that port, SOCKS5 with a
    /// login on the next, HTTP on the one behind it: so a peer's settings hold for every scenario.
    pub fn start(place: &Arc<Place>, speaks: &[Speaks], first_port: Option<u16>) -> anyhow::Result<Self> {
        let tls = Tls::new(&[NAME])?;
        let home = match place.proxy(1) {
            IpAddr::V4(ip) => ip,
            IpAddr::V6(_) => Ipv4Addr::UNSPECIFIED,
        };
        let (first_proxys_name, told) = watch::channel(home);
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = mpsc::channel();
        let thread = {
            let (place, speaks, tls) = (Arc::clone(place), speaks.to_vec(), tls.clone());
            thread::Builder::new().name("world".to_owned()).spawn(move || {
                let built = open(&place, &speaks, first_port, &tls, told);
                match built {
                    Ok((runtime, proxies, origins)) => {
                        let _ = ready.send(Ok((proxies, origins)));
                        let _ = runtime.block_on(stopped);
                        runtime.shutdown_background();
                    }
                    Err(error) => drop(ready.send(Err(error))),
                }
            })?
        };
        let (proxies, origins) = started.recv().context("the world did not start")??;
        Ok(Self { proxies, origins, tls, first_proxys_name, stop: Some(stop), thread: Some(thread) })
    }

    /// From now on the first proxy's name leads nowhere.
    pub fn poison_name(&self) {
        self.first_proxys_name.send_replace(NOWHERE);
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

type Opened = (tokio::runtime::Runtime, Vec<Proxy>, Origins);

fn open(
    place: &Place,
    speaks: &[Speaks],
    first_port: Option<u16>,
    tls: &Tls,
    name: watch::Receiver<Ipv4Addr>,
) -> anyhow::Result<Opened> {
    place.enter(Side::World)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (proxies, origins) = runtime.block_on(async {
        let origins = Origins::start(place.origin(), tls).await?;
        let mut proxies = Vec::new();
        for (index, &speaks) in (1_u32..).zip(speaks) {
            let port = first_port.map_or(0, |first| first + speaks as u16);
            let address = SocketAddr::new(place.proxy(index), port);
            let proxy = Proxy::start(index, address, speaks, place, (&origins, tls));
            proxies.push(proxy.with_context(|| format!("a proxy on {address}"))?);
        }
        if matches!(place, Place::Networks(_)) {
            names::serve(NAME_SERVER, name).await?;
        }
        anyhow::Ok((proxies, origins))
    })?;
    Ok((runtime, proxies, origins))
}
