//! <https://trojan-gfw.github.io/trojan/>: Trojan's own server, with a web server behind it for strangers.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::json;
use tempfile::TempDir;

use crate::canary::PASSWORD;
use crate::net::on_free_port;
use crate::paperwing::Setup;
use crate::process::{Running, tool};
use crate::server::Server;
use crate::tls::Authority;
use crate::trials::{Peer, Replaceable};

/// A trojan of our own.
#[derive(Debug)]
pub struct TrojanServer {
    running: Running,
    port: u16,
    authority: Authority,
    _for_strangers: Server,
    _dir: TempDir,
}

// === impl TrojanServer ===

impl TrojanServer {
    /// For whoever knows [`PASSWORD`].
    pub fn start() -> Self {
        let (authority, strangers) = (Authority::new(), Server::start(harmless));
        let dir = TempDir::with_prefix("paperwing-trojan-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("trojan.json");
            let text = json!({
                "run_type": "server",
                "local_addr": "127.0.0.1", "local_port": port,
                "remote_addr": "127.0.0.1", "remote_port": strangers.address().port(),
                "password": [PASSWORD], "log_level": 0,
                "ssl": { "cert": authority.server_certificate(), "key": authority.server_key(), "alpn": ["http/1.1"] },
                "tcp": { "no_delay": true, "keep_alive": true },
            });
            fs::write(&file, text.to_string()).expect("the folder is ours");
            let mut command = tool("trojan");
            command.arg("-c").arg(&file);
            Running::start(command)
        });
        Self { running, port, authority, _for_strangers: strangers, _dir: dir }
    }

    /// The same, believed for its one certificate.
    pub fn pinned_link(&self) -> String {
        format!("trojan://{PASSWORD}@127.0.0.1:{}?sni=any.example&pcs={}", self.port, self.authority.pin())
    }
}

fn link_with(password: &str, port: u16) -> String {
    format!("trojan://{password}@localhost:{port}")
}

/// What strangers find: a web server, which understands no TLS here.
fn harmless(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 4096]);
    let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
}

impl Peer for TrojanServer {
    fn link(&self) -> String {
        link_with(PASSWORD, self.port)
    }

    fn wrong_link(&self) -> String {
        link_with("CANARY-the-wrong-one", self.port)
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

impl Replaceable for TrojanServer {
    fn port(&self) -> u16 {
        self.port
    }

    fn link_at(&self, port: u16) -> String {
        link_with(PASSWORD, port)
    }
}
