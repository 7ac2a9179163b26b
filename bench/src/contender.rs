//! The forwarders that are measured: how each is set up, started and stopped.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::load::Route;
use crate::stand_in::StandIn;
use crate::usage::Family;

/// A forwarder that can be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// This project's.
    Paperwing,
    /// TCP mode: it hands the client's SOCKS on to the upstream and reads none of it.
    Haproxy { splice: bool, threads: Threads },
    /// A SOCKS server that goes through the upstream ("server chaining").
    Dante,
    /// A SOCKS server that cannot go through an upstream: it connects to the target itself.
    Microsocks,
    /// A proxy in Rust that goes through the upstream.
    Shoes,
}

/// How many threads haproxy is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threads {
    /// One.
    One,
    /// As many as it takes by itself: one per processor.
    Own,
}

/// A forwarder while it runs; dropped, it ends.
#[derive(Debug)]
pub struct Running {
    process: Child,
    /// From starting the process until it took connections.
    pub ready_after: Duration,
    /// The way through it.
    pub route: Route,
}

/// Every contender, Paperwing first.
pub const ALL: [Contender; 8] = [
    Contender::Paperwing,
    Contender::Haproxy { splice: true, threads: Threads::One },
    Contender::Haproxy { splice: false, threads: Threads::One },
    Contender::Haproxy { splice: true, threads: Threads::Own },
    Contender::Haproxy { splice: false, threads: Threads::Own },
    Contender::Dante,
    Contender::Microsocks,
    Contender::Shoes,
];

// === impl Contender ===

impl Contender {
    /// As the table calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paperwing => "Paperwing",
            Self::Haproxy { splice: true, threads: Threads::One } => "haproxy, splice, 1 thread",
            Self::Haproxy { splice: false, threads: Threads::One } => "haproxy, copy, 1 thread",
            Self::Haproxy { splice: true, threads: Threads::Own } => "haproxy, splice",
            Self::Haproxy { splice: false, threads: Threads::Own } => "haproxy, copy",
            Self::Dante => "dante",
            Self::Microsocks => "microsocks (no upstream)",
            Self::Shoes => "shoes",
        }
    }

    /// Whether it is one of those that Paperwing is held against.
    pub fn is_haproxy(self) -> bool {
        matches!(self, Self::Haproxy { .. })
    }

    /// Where its program is, if it is on this machine.
    pub fn program(self) -> Option<PathBuf> {
        match self {
            Self::Paperwing => {
                std::env::var_os("PAPERWING_BIN").map(PathBuf::from).or_else(built).filter(|path| path.is_file())
            }
            Self::Haproxy { .. } => find("haproxy"),
            Self::Dante => find("danted").or_else(|| find("sockd")),
            Self::Microsocks => find("microsocks"),
            Self::Shoes => find("shoes"),
        }
    }

    /// Its version, in its own words.
    pub fn version(self) -> Option<String> {
        let argument = match self {
            Self::Paperwing | Self::Shoes => "--version",
            Self::Haproxy { .. } | Self::Dante => "-v",
            // It has no way to tell.
            Self::Microsocks => return None,
        };
        let output = Command::new(self.program()?).arg(argument).stdin(Stdio::null()).output().ok()?;
        let text = if output.stdout.is_empty() { output.stderr } else { output.stdout };
        String::from_utf8_lossy(&text).lines().next().map(|line| line.trim().to_owned())
    }

    /// Starts it before the stand-in, with its files in a directory of this run, and waits until it takes connections.
    pub fn start(self, stand_in: &StandIn, directory: &Path) -> Result<Running> {
        let program = self.program().with_context(|| format!("{} is not on this machine", self.name()))?;
        let directory = directory.join(self.name().replace([',', ' ', '(', ')'], "-"));
        fs::create_dir_all(&directory)?;
        let port = free_port()?;
        let listen = SocketAddr::from(([127, 0, 0, 1], port));
        let mut command = Command::new(program);
        self.configure(&mut command, &directory, listen, stand_in.proxy)?;
        command.stdin(Stdio::null()).stderr(File::create(directory.join("stderr"))?).process_group(0);
        let announces = self == Self::Paperwing;
        command.stdout(if announces { Stdio::piped() } else { File::create(directory.join("stdout"))?.into() });
        let begun = Instant::now();
        let process = command.spawn().with_context(|| format!("{} does not start", self.name()))?;
        let mut running =
            Running { process, ready_after: Duration::ZERO, route: Route { through: listen, to: stand_in.target } };
        if announces { running.wait_for_event() } else { running.wait_for_port() }
            .with_context(|| format!("{}: {}", self.name(), complaint(&directory)))?;
        running.ready_after = begun.elapsed();
        Ok(running)
    }

    fn configure(self, command: &mut Command, directory: &Path, listen: SocketAddr, proxy: SocketAddr) -> Result<()> {
        let (port, upstream) = (listen.port(), proxy.port());
        let file = directory.join("config");
        match self {
            Self::Paperwing => {
                command.args(["up", "--json", "--keyring", "none", "--proxy", &format!("socks5://{proxy}")]);
                command.args(["--listen", &listen.to_string(), "--profile"]).arg(directory);
            }
            Self::Haproxy { splice, threads } => {
                let threads = if threads == Threads::One { "nbthread 1" } else { "" };
                let splice = if splice { "option splice-auto" } else { "" };
                let text = format!(
                    "global\n  {threads}\n  maxconn 4000\ndefaults\n  mode tcp\n  {splice}\n  timeout connect 5s\n  \
                     timeout client 30m\n  timeout server 30m\nfrontend in\n  bind {listen}\n  default_backend out\n\
                     backend out\n  server upstream {proxy}\n"
                );
                fs::write(&file, text)?;
                command.args(["-db", "-f"]).arg(file);
            }
            Self::Dante => {
                let text = format!(
                    "logoutput: stderr\ninternal: 127.0.0.1 port = {port}\nexternal: 127.0.0.1\n\
                     clientmethod: none\nsocksmethod: none\nuser.privileged: root\nuser.unprivileged: nobody\n\
                     client pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\nsocks pass {{ from: 0.0.0.0/0 to: 0.0.0.0/0 }}\n\
                     route {{ from: 0.0.0.0/0 to: 0.0.0.0/0 via: 127.0.0.1 port = {upstream} \
                     proxyprotocol: socks_v5 }}\n"
                );
                fs::write(&file, text)?;
                command.arg("-f").arg(file).arg("-p").arg(directory.join("pid"));
            }
            Self::Microsocks => {
                command.args(["-i", "127.0.0.1", "-p", &port.to_string()]);
            }
            Self::Shoes => {
                let text = format!(
                    "- address: \"{listen}\"\n  protocol:\n    type: socks\n  rules:\n    - masks: \"0.0.0.0/0\"\n      \
                     action: allow\n      client_chain:\n        - address: \"{proxy}\"\n          protocol:\n            \
                     type: socks\n"
                );
                fs::write(&file, text)?;
                command.arg("--no-reload").arg(file);
            }
        }
        Ok(())
    }
}

/// Where a program is.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    let system = ["/usr/local/sbin", "/usr/sbin", "/sbin"].map(PathBuf::from);
    std::env::split_paths(&path).chain(system).map(|place| place.join(program)).find(|candidate| candidate.is_file())
}

/// Beside this program, where cargo puts it.
fn built() -> Option<PathBuf> {
    Some(std::env::current_exe().ok()?.with_file_name("paperwing"))
}

/// A port of loopback that was free just now.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

/// The last thing it said on standard error.
fn complaint(directory: &Path) -> String {
    let text = fs::read_to_string(directory.join("stderr")).unwrap_or_default();
    text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("did not say why").to_owned()
}

// === impl Running ===

impl Running {
    /// Starts a program that is set up already, and waits until it takes connections.
    pub fn launch(mut command: Command, directory: &Path, route: Route) -> Result<Self> {
        fs::create_dir_all(directory)?;
        command.stdin(Stdio::null()).stdout(File::create(directory.join("stdout"))?).process_group(0);
        command.stderr(File::create(directory.join("stderr"))?);
        let begun = Instant::now();
        let process = command.spawn()?;
        let mut running = Self { process, ready_after: Duration::ZERO, route };
        running.wait_for_port().with_context(|| complaint(directory))?;
        running.ready_after = begun.elapsed();
        Ok(running)
    }

    /// Its processes.
    pub fn family(&self) -> Family {
        Family(self.pid())
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.process.id().cast_signed())
    }

    fn wait_for_event(&mut self) -> Result<()> {
        let output = self.process.stdout.take().context("no output")?;
        let mut lines = BufReader::new(output);
        let mut line = String::new();
        loop {
            line.clear();
            if lines.read_line(&mut line)? == 0 {
                bail!("ended before it listened");
            }
            let event: serde_json::Value =
                serde_json::from_str(&line).with_context(|| format!("not an event: {line}"))?;
            if event["event"] == "listening" {
                break;
            }
        }
        // Events go on being read, so that a full pipe does not stop it.
        std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
        Ok(())
    }

    fn wait_for_port(&mut self) -> Result<()> {
        let limit = Instant::now() + Duration::from_secs(10);
        while TcpStream::connect(self.route.through).is_err() {
            if let Some(status) = self.process.try_wait()? {
                bail!("ended with {status}");
            }
            if Instant::now() > limit {
                bail!("takes no connections");
            }
            sleep(Duration::from_millis(2));
        }
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = killpg(self.pid(), Signal::SIGTERM);
        for _ in 0..30 {
            if self.process.try_wait().is_ok_and(|status| status.is_some()) {
                break;
            }
            sleep(Duration::from_millis(100));
        }
        // The rest of the group, and the process itself if it did not heed.
        let _ = killpg(self.pid(), Signal::SIGKILL);
        let _ = self.process.wait();
    }
}
