//! <https://www.inet.no/dante/>: SOCKS4, `SOCKS4a` and SOCKS5 on one port.

use std::fs;

use tempfile::TempDir;

use crate::net::on_free_port;
use crate::process::{Running, tool};

/// A danted of our own, for everybody on this computer.
#[derive(Debug)]
pub struct Dante {
    running: Running,
    port: u16,
    _dir: TempDir,
}

// === impl Dante ===

impl Dante {
    /// On a free port.
    pub fn start() -> Self {
        let dir = TempDir::with_prefix("paperwing-dante-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("danted.conf");
            let text = format!(
                "logoutput: stderr\ninternal: 127.0.0.1 port = {port}\nexternal: lo\nclientmethod: none\n\
                 socksmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n\
                 client pass {{ from: 127.0.0.0/8 to: 127.0.0.0/8 }}\n\
                 socks pass {{ from: 127.0.0.0/8 to: 0.0.0.0/0 log: connect }}\n"
            );
            fs::write(&file, text).expect("the folder is ours");
            let mut command = tool("danted");
            command.arg("-f").arg(&file).arg("-p").arg(dir.path().join("danted.pid")).args(["-N", "1"]);
            Running::start(command)
        });
        Self { running, port, _dir: dir }
    }

    /// `socks5`, `socks4` or `socks4a`.
    pub fn link(&self, scheme: &str) -> String {
        format!("{scheme}://127.0.0.1:{}", self.port)
    }

    /// Ends at once, with all its connections.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Stands still and hangs up on nobody: what is sent to it is taken by the system and swallowed.
    pub fn freeze(&self) {
        self.running.freeze();
    }

    /// What it did so far.
    pub fn log(&self) -> String {
        self.running.stderr.text()
    }
}
