//! OpenSSH's server, with keys of its own.

use std::fs;
use std::path::{Path, PathBuf};

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;

use crate::net::{on_free_port, wait_for};
use crate::process::{Running, run, tool};
use crate::trials::Peer;

/// An sshd of our own, for whoever starts the tests.
#[derive(Debug)]
pub struct Sshd {
    running: Running,
    port: u16,
    dir: TempDir,
}

// === impl Sshd ===

impl Sshd {
    /// With a new host key and a new key for its one user.
    pub fn start() -> Self {
        let dir = TempDir::with_prefix("paperwing-sshd-").expect("a temporary folder");
        for name in ["host", "other-host", "user", "stranger"] {
            let mut keygen = tool("ssh-keygen");
            keygen.args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(dir.path().join(name));
            run(keygen).succeeded();
        }
        // Where it runs as root it wants this one, and packages make it when the machine starts.
        let _ = fs::create_dir_all("/run/sshd");
        let (running, port) = on_free_port(|port| start(dir.path(), port, "host"));
        Self { running, port, dir }
    }

    /// A key file: `user` may log in, `stranger` may not.
    pub fn key(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// A link with more or other parameters.
    pub fn link_with(&self, parameters: &str) -> String {
        format!("ssh://{}@127.0.0.1:{}{parameters}", user(), self.port)
    }

    fn link_with_key(&self, name: &str) -> String {
        self.link_with(&format!("?key={}", self.key(name).display()))
    }

    /// Comes back on the same port with another host key.
    pub fn change_host_key(&mut self) {
        self.kill();
        self.running = start(self.dir.path(), self.port, "other-host");
        wait_for(&mut self.running, self.port);
    }

    /// Stands still with all its sessions, and hangs up on nobody.
    pub fn freeze(&self) {
        for pid in children(self.running.pid()).into_iter().chain(as_pid(self.running.pid())) {
            let _ = kill_process(pid, Signal::STOP);
        }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }
}

fn user() -> String {
    run(tool_with_id()).text().trim().to_owned()
}

fn tool_with_id() -> std::process::Command {
    let mut id = tool("id");
    id.arg("-un");
    id
}

fn start(dir: &Path, port: u16, host_key: &str) -> Running {
    let file = dir.join("sshd_config");
    let text = format!(
        "Port {port}\nListenAddress 127.0.0.1\nHostKey {0}/{host_key}\nPidFile none\nAuthorizedKeysFile {0}/user.pub\n\
         StrictModes no\nUsePAM no\nPasswordAuthentication no\nPermitRootLogin prohibit-password\nLogLevel VERBOSE\n\
         MaxStartups 100\n",
        dir.display()
    );
    fs::write(&file, text).expect("the folder is ours");
    // It wants to be called by its whole name.
    let mut command = tool("/usr/sbin/sshd");
    command.args(["-D", "-e", "-f"]).arg(file);
    Running::start(command)
}

/// The processes that a process started, and theirs.
fn children(pid: u32) -> Vec<Pid> {
    let listed = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let own = listed.split_whitespace().filter_map(|child| child.parse::<u32>().ok());
    own.flat_map(|child| children(child).into_iter().chain(as_pid(child)).collect::<Vec<_>>()).collect()
}

fn as_pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

impl Drop for Sshd {
    fn drop(&mut self) {
        self.kill();
    }
}

impl Peer for Sshd {
    fn link(&self) -> String {
        self.link_with_key("user")
    }

    fn wrong_link(&self) -> String {
        self.link_with_key("stranger")
    }

    fn kill(&mut self) {
        // Each session has a process of its own, in a group of its own.
        let sessions = children(self.running.pid());
        self.running.kill();
        for pid in sessions {
            let _ = kill_process(pid, Signal::KILL);
        }
    }

    fn log(&self) -> String {
        self.running.story()
    }
}
