//! <https://www.v2fly.org>: v2ray as a server of VLESS, in each of its layers.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::net::on_free_port;
use crate::paperwing::Setup;
use crate::process::{Running, tool};
use crate::tls::Authority;
use crate::trials::{Peer, Replaceable};

/// The user's id at every server that wants one.
pub const USER_ID: &str = "c3a9f71e-0000-4000-8000-ca9a9ca9a9ca";
const ANOTHER_ID: &str = "00000000-0000-4000-8000-000000000000";

/// A v2ray of our own.
#[derive(Debug)]
pub struct V2ray {
    running: Running,
    port: u16,
    layers: V2rayLayers,
    authority: Authority,
    _dir: TempDir,
}

/// What lies between VLESS and TCP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum V2rayLayers {
    /// Nothing.
    Bare,
    /// TLS.
    Tls,
    /// A WebSocket in TLS.
    TlsWebSocket,
    /// A WebSocket.
    WebSocket,
}

// === impl V2ray ===

impl V2ray {
    /// For whoever knows [`USER_ID`].
    pub fn start(layers: V2rayLayers) -> Self {
        let authority = Authority::new();
        let dir = TempDir::with_prefix("paperwing-v2ray-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("v2ray.json");
            let text = json!({
                "log": { "loglevel": "info" },
                "inbounds": [{
                    "listen": "127.0.0.1", "port": port, "protocol": "vless",
                    "settings": { "clients": [{ "id": USER_ID }], "decryption": "none" },
                    "streamSettings": layers.settings(&authority),
                }],
                "outbounds": [{ "protocol": "freedom" }],
            });
            fs::write(&file, text.to_string()).expect("the folder is ours");
            let mut command = tool("v2ray");
            command.arg("-config").arg(&file);
            Running::start(command)
        });
        Self { running, port, layers, authority, _dir: dir }
    }

    fn link_with(&self, id: &str, port: u16) -> String {
        format!("vless://{id}@localhost:{port}?encryption=none&{}", self.layers.parameters())
    }
}

impl V2rayLayers {
    fn settings(self, authority: &Authority) -> Value {
        let network = if matches!(self, Self::WebSocket | Self::TlsWebSocket) { "ws" } else { "tcp" };
        let security = if matches!(self, Self::Tls | Self::TlsWebSocket) { "tls" } else { "none" };
        let certificate = json!({
            "certificateFile": authority.server_certificate(), "keyFile": authority.server_key(),
        });
        json!({
            "network": network, "security": security,
            "tlsSettings": { "certificates": [certificate] },
            "wsSettings": { "path": "/way/in" },
        })
    }

    fn parameters(self) -> &'static str {
        match self {
            Self::Bare => "security=none&type=tcp",
            Self::Tls => "security=tls&type=tcp",
            Self::TlsWebSocket => "security=tls&type=ws&path=%2Fway%2Fin&host=front.example",
            Self::WebSocket => "security=none&type=ws&path=%2Fway%2Fin",
        }
    }
}

impl Peer for V2ray {
    fn link(&self) -> String {
        self.link_with(USER_ID, self.port)
    }

    fn wrong_link(&self) -> String {
        self.link_with(ANOTHER_ID, self.port)
    }

    fn kill(&mut self) {
        self.running.kill();
    }

    fn log(&self) -> String {
        self.running.story()
    }

    fn setup(&self, links: Vec<String>) -> Setup {
        Setup::on(links).env("SSL_CERT_FILE", self.authority.certificate().display().to_string())
    }
}

impl Replaceable for V2ray {
    fn port(&self) -> u16 {
        self.port
    }

    fn link_at(&self, port: u16) -> String {
        self.link_with(USER_ID, port)
    }
}
