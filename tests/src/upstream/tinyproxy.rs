//! <https://tinyproxy.github.io>: HTTP CONNECT, with or without a password.

use std::fs;

use tempfile::TempDir;

use crate::canary::PASSWORD;
use crate::net::on_free_port;
use crate::process::{Running, tool};
use crate::upstream::USER;

/// A tinyproxy of our own.
#[derive(Debug)]
pub struct Tinyproxy {
    running: Running,
    port: u16,
    login: TinyLogin,
    _dir: TempDir,
}

/// Who may use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TinyLogin {
    /// Everybody on this computer.
    Open,
    /// [`USER`] with [`PASSWORD`].
    Locked,
}

// === impl Tinyproxy ===

impl Tinyproxy {
    /// On a free port.
    pub fn start(login: TinyLogin) -> Self {
        let dir = TempDir::with_prefix("paperwing-tinyproxy-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("tinyproxy.conf");
            let wanted = match login {
                TinyLogin::Open => String::new(),
                TinyLogin::Locked => format!("BasicAuth {USER} {PASSWORD}\n"),
            };
            let text =
                format!("Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 300\nLogLevel Info\n{wanted}");
            fs::write(&file, text).expect("the folder is ours");
            let mut command = tool("tinyproxy");
            command.arg("-d").arg("-c").arg(&file);
            Running::start(command)
        });
        Self { running, port, login, _dir: dir }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// With the login that it wants.
    pub fn link(&self) -> String {
        match self.login {
            TinyLogin::Open => format!("http://127.0.0.1:{}", self.port),
            TinyLogin::Locked => self.link_with(USER, PASSWORD),
        }
    }

    /// With a login.
    pub fn link_with(&self, user: &str, password: &str) -> String {
        format!("http://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// What it did so far.
    pub fn log(&self) -> String {
        self.running.stdout.text() + &self.running.stderr.text()
    }
}
