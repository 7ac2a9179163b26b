//! <https://github.com/rofl0r/microsocks>: SOCKS5, with or without a password.

use crate::canary::PASSWORD;
use crate::net::on_free_port;
use crate::process::{Running, tool};
use crate::upstream::USER;

/// A microsocks of our own.
#[derive(Debug)]
pub struct Microsocks {
    running: Running,
    port: u16,
    login: Option<(&'static str, &'static str)>,
}

// === impl Microsocks ===

impl Microsocks {
    /// For everybody.
    pub fn open() -> Self {
        let (running, port) = on_free_port(|port| start(port, None));
        Self { running, port, login: None }
    }

    /// For [`USER`] with [`PASSWORD`].
    pub fn locked() -> Self {
        Self::locked_with(PASSWORD)
    }

    /// For [`USER`] with another password.
    pub fn locked_with(password: &'static str) -> Self {
        let login = Some((USER, password));
        let (running, port) = on_free_port(|port| start(port, login));
        Self { running, port, login }
    }

    /// With the login that it wants.
    pub fn link(&self) -> String {
        match self.login {
            Some((user, password)) => self.link_with(user, password),
            None => format!("socks5://127.0.0.1:{}", self.port),
        }
    }

    /// With a login.
    pub fn link_with(&self, user: &str, password: &str) -> String {
        format!("socks5://{user}:{password}@127.0.0.1:{}", self.port)
    }

    /// What a friend sends.
    pub fn telegram_link(&self) -> String {
        let login = self.login.map(|(user, password)| format!("&user={user}&pass={password}")).unwrap_or_default();
        format!("tg://socks?server=127.0.0.1&port={}{login}", self.port)
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// What it was asked to connect to so far, one a line.
    pub fn log(&self) -> String {
        self.running.stderr.text()
    }

    /// Ends at once, with all its connections.
    pub fn kill(&mut self) {
        self.running.kill();
    }

    /// Comes back on the same port, with the same login.
    pub fn restart(&mut self) {
        let (port, login) = (self.port, self.login);
        self.running.kill();
        self.running = start(port, login);
        crate::net::wait_for(&mut self.running, port);
    }

    /// Comes back with another password: the login that was good is not any more.
    pub fn change_password(&mut self, password: &'static str) {
        self.login = Some((USER, password));
        self.restart();
    }
}

fn start(port: u16, login: Option<(&str, &str)>) -> Running {
    let mut command = tool("microsocks");
    command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
    if let Some((user, password)) = login {
        command.args(["-u", user, "-P", password]);
    }
    Running::start(command)
}
