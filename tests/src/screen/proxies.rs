//! Proxies that somebody has, and a page behind them, so that nothing leaves this computer.

use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;

use serde_json::json;

use super::Screen;
use crate::net::free_port;
use crate::origin::Origin;
use crate::upstream::Microsocks;

/// Proxies in somebody's list, in the order of their names. Dropped, they are gone.
#[derive(Debug)]
pub struct Proxies {
    /// The proxies, to be killed and restarted.
    pub running: Vec<Microsocks>,
    /// The page that tests ask for, and that clients may ask for too.
    pub page: Origin,
    /// Where the application listens once it is connected.
    pub port: SocketAddr,
}

impl Screen {
    /// Puts working proxies of these names into the list, and settles on a free port and a test page of our own.
    pub fn give_proxies(&self, names: &[&str]) -> Proxies {
        let page = Origin::start();
        let port = free_port();
        self.settle(port, &page.url("/"));
        let running: Vec<Microsocks> = names.iter().map(|_| Microsocks::open()).collect();
        let home = self.desktop().home();
        for (proxy, name) in running.iter().zip(names) {
            home.run(&["import", &format!("{}#{name}", proxy.link()), "--yes"]).succeeded();
        }
        Proxies { running, page, port: ([127, 0, 0, 1], port).into() }
    }

    /// Settles on a port and a test page, as in the window.
    pub fn settle(&self, port: u16, test_page: &str) {
        let profile = self.profile();
        // Nobody else looks into it, or the window says so.
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&profile).expect("the folder is ours");
        let preferences = json!({ "version": 1, "port": port, "test_page": test_page });
        std::fs::write(profile.join("preferences.json"), preferences.to_string()).expect("the folder is ours");
    }
}
