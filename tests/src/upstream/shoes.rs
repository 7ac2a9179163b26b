//! <https://github.com/cfal/shoes>: a server of nearly everything.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::net::on_free_port;
use crate::process::{Running, tool};
use crate::tools;
use crate::trials::Peer;

/// A shoes of our own, as a server of one protocol.
#[derive(Debug)]
pub struct Shoes {
    running: Running,
    port: u16,
    link: String,
    wrong_link: String,
    _dir: TempDir,
}

/// What a client is given: a link for a port, with this password or id.
pub type Link<'l> = &'l dyn Fn(u16, &str) -> String;

// === impl Shoes ===

impl Shoes {
    /// Speaks a protocol as its configuration describes it; `secrets` are the right one and a wrong one for the link.
    pub fn start(protocol: &Value, link: Link<'_>, secrets: [&str; 2]) -> Self {
        Self::configured(&json!({ "protocol": protocol }), link, secrets)
    }

    /// The same with all that a server may be told, but for its address.
    pub fn configured(server: &Value, link: Link<'_>, [right, wrong]: [&str; 2]) -> Self {
        let dir = TempDir::with_prefix("paperwing-shoes-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("shoes.yaml");
            let mut server = server.clone();
            server["address"] = format!("127.0.0.1:{port}").into();
            // JSON is YAML.
            fs::write(&file, json!([server]).to_string()).expect("the folder is ours");
            let mut command = tool(tools::find("shoes").expect("it was looked for"));
            command.args(["--threads", "1", "--no-reload"]).arg(file);
            Running::start(command)
        });
        Self { running, port, link: link(port, right), wrong_link: link(port, wrong), _dir: dir }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

impl Peer for Shoes {
    fn link(&self) -> String {
        self.link.clone()
    }

    fn wrong_link(&self) -> String {
        self.wrong_link.clone()
    }

    fn kill(&mut self) {
        self.running.kill();
    }

    fn log(&self) -> String {
        self.running.story()
    }
}
