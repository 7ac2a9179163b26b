//! <https://asyncssh.readthedocs.io>: an SSH server that knows a password without an account on this computer.

use std::fs;

use tempfile::TempDir;

use crate::canary::PASSWORD;
use crate::net::on_free_port;
use crate::process::{Running, tool};
use crate::tools::PYTHON;
use crate::trials::Peer;
use crate::upstream::USER;

/// A server of our own.
#[derive(Debug)]
pub struct AsyncSsh {
    running: Running,
    port: u16,
    _dir: TempDir,
}

const SCRIPT: &str = r#"
import asyncio, asyncssh, sys

class Server(asyncssh.SSHServer):
    def begin_auth(self, username): return True
    def password_auth_supported(self): return True
    def validate_password(self, username, password):
        print("tried a password", flush=True)
        return username == sys.argv[2] and password == open(sys.argv[3]).read()
    def connection_requested(self, host, port, orig_host, orig_port): return True

async def main():
    key = asyncssh.generate_private_key("ssh-ed25519")
    server = await asyncssh.create_server(
        Server, "127.0.0.1", int(sys.argv[1]), server_host_keys=[key], rekey_bytes=int(sys.argv[4]))
    await server.wait_closed()

asyncio.run(main())
"#;

// === impl AsyncSsh ===

impl AsyncSsh {
    /// For [`USER`] with [`PASSWORD`].
    pub fn start() -> Self {
        Self::with_new_keys_after(1 << 30)
    }

    /// The same, which renews a session's keys when it has sent so many bytes.
    pub fn with_new_keys_after(bytes: u64) -> Self {
        let dir = TempDir::with_prefix("paperwing-asyncssh-").expect("a temporary folder");
        let (script, password) = (dir.path().join("server.py"), dir.path().join("password"));
        fs::write(&script, SCRIPT).expect("the folder is ours");
        fs::write(&password, PASSWORD).expect("the folder is ours");
        let (running, port) = on_free_port(|port| {
            let mut command = tool(PYTHON);
            command.arg(&script).arg(port.to_string()).arg(USER).arg(&password).arg(bytes.to_string());
            Running::start(command)
        });
        Self { running, port, _dir: dir }
    }

    fn link_with(&self, password: &str) -> String {
        format!("ssh://{USER}:{password}@127.0.0.1:{}", self.port)
    }

    /// How often somebody tried a password.
    pub fn tries(&self) -> usize {
        self.running.stdout.text().matches("tried a password").count()
    }
}

impl Peer for AsyncSsh {
    fn link(&self) -> String {
        self.link_with(PASSWORD)
    }

    fn wrong_link(&self) -> String {
        self.link_with("CANARY-the-wrong-one")
    }

    fn kill(&mut self) {
        self.running.kill();
    }

    fn log(&self) -> String {
        self.running.story()
    }
}
