//! <https://github.com/shadowsocks/shadowsocks-libev>: Shadowsocks with SIP004's ciphers, and with SIP003 plugins.

use crate::canary::PASSWORD;
use crate::net::{free_port, on_free_port, wait_for};
use crate::process::{Running, tool};
use crate::trials::{Peer, Replaceable};

/// An ss-server of our own.
#[derive(Debug)]
pub struct SsServer {
    running: Running,
    port: u16,
    cipher: &'static str,
    plugin: Option<SsPlugin>,
}

/// A SIP003 plugin, at both ends.
#[derive(Clone, Copy, Debug)]
pub struct SsPlugin {
    /// The server's program and its options.
    pub server: (&'static str, &'static str),
    /// The client's, as links write them.
    pub client: &'static str,
}

// === impl SsServer ===

impl SsServer {
    /// With a cipher, for whoever knows [`PASSWORD`].
    pub fn start(cipher: &'static str) -> Self {
        let (running, port) = on_free_port(|port| start(port, cipher));
        Self { running, port, cipher, plugin: None }
    }

    /// The same behind a plugin.
    pub fn behind(plugin: SsPlugin, cipher: &'static str) -> Self {
        let port = free_port();
        let mut command = command(port, cipher);
        command.args(["--plugin", plugin.server.0, "--plugin-opts", plugin.server.1]);
        let mut running = Running::start(command);
        wait_for(&mut running, port);
        Self { running, port, cipher, plugin: Some(plugin) }
    }

    fn link_with(&self, password: &str, port: u16) -> String {
        let plugin = self.plugin.map(|plugin| format!("?plugin={}", plugin.client)).unwrap_or_default();
        format!("ss://{}:{password}@127.0.0.1:{port}{plugin}", self.cipher)
    }
}

impl Peer for SsServer {
    fn link(&self) -> String {
        self.link_with(PASSWORD, self.port)
    }

    fn wrong_link(&self) -> String {
        self.link_with("CANARY-the-wrong-one", self.port)
    }

    fn kill(&mut self) {
        self.running.kill();
    }

    fn log(&self) -> String {
        self.running.story()
    }
}

impl Replaceable for SsServer {
    fn port(&self) -> u16 {
        self.port
    }

    fn link_at(&self, port: u16) -> String {
        self.link_with(PASSWORD, port)
    }
}

fn start(port: u16, cipher: &str) -> Running {
    Running::start(command(port, cipher))
}

fn command(port: u16, cipher: &str) -> std::process::Command {
    let mut command = tool("ss-server");
    command.args(["-s", "127.0.0.1", "-p", &port.to_string(), "-k", PASSWORD, "-m", cipher, "-t", "600", "-u"]);
    command
}
