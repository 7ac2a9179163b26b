//! <https://github.com/shadowsocks/shadowsocks-rust>: Shadowsocks with SIP022's ciphers too, with users (SIP023), and with
//! datagrams.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::net::on_free_port;
use crate::process::{Running, tool};
use crate::tools;
use crate::trials::{Peer, Replaceable};

/// An ssserver of our own.
#[derive(Debug)]
pub struct SsServerRust {
    running: Running,
    port: u16,
    cipher: &'static str,
    /// The right password and a wrong one, as links write them.
    passwords: [String; 2],
    _dir: TempDir,
}

// === impl SsServerRust ===

impl SsServerRust {
    /// With a cipher, for whoever knows the first of these passwords.
    pub fn start(cipher: &'static str, passwords: [&str; 2]) -> Self {
        Self::told(cipher, &json!({ "password": passwords[0] }), passwords.map(str::to_owned))
    }

    /// With a key of its own and a user who has another (SIP023).
    pub fn with_user(cipher: &'static str, own: &str, passwords: [&str; 2]) -> Self {
        let users = json!([{ "name": "ann", "password": passwords[0] }]);
        let links = passwords.map(|password| format!("{own}:{password}"));
        Self::told(cipher, &json!({ "password": own, "users": users }), links)
    }

    fn told(cipher: &'static str, keys: &Value, passwords: [String; 2]) -> Self {
        let dir = TempDir::with_prefix("paperwing-ssserver-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            // Only servers of a list may have users.
            let mut server = json!({
                "address": "127.0.0.1", "port": port, "method": cipher, "mode": "tcp_and_udp", "timeout": 600,
            });
            for (key, value) in keys.as_object().expect("an object") {
                server[key] = value.clone();
            }
            let file = dir.path().join("ssserver.json");
            fs::write(&file, json!({ "servers": [server] }).to_string()).expect("the folder is ours");
            let mut command = tool(tools::find("ssserver").expect("it was looked for"));
            command.arg("-c").arg(file);
            Running::start(command)
        });
        Self { running, port, cipher, passwords, _dir: dir }
    }

    /// Stands still and hangs up on nobody: what is sent to it is taken by the system and swallowed.
    pub fn freeze(&self) {
        self.running.freeze();
    }

    fn link_with(&self, password: &str, port: u16) -> String {
        // What base64 has and addresses have a meaning for.
        let password = password.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D");
        format!("ss://{}:{password}@127.0.0.1:{port}", self.cipher)
    }
}

impl Peer for SsServerRust {
    fn link(&self) -> String {
        self.link_with(&self.passwords[0], self.port)
    }

    fn wrong_link(&self) -> String {
        self.link_with(&self.passwords[1], self.port)
    }

    fn kill(&mut self) {
        self.running.kill();
    }

    fn log(&self) -> String {
        self.running.story()
    }
}

impl Replaceable for SsServerRust {
    fn port(&self) -> u16 {
        self.port
    }

    fn link_at(&self, port: u16) -> String {
        self.link_with(&self.passwords[0], port)
    }
}
