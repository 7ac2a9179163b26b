//! One program: started when it is needed, started again when it has ended, killed when it is dropped.

use std::env;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use paperwing_link::{Login, Program, Protocol, Proxy, Shadowsocks};
use tempfile::NamedTempFile;
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};

use super::{Door, find, plugin, shoes};
use crate::outcome::{Cause, Failure, Stage};

/// How long a program may take until it listens.
const START: Duration = Duration::from_secs(5);
/// How often it is tried meanwhile.
const POLL: Duration = Duration::from_millis(20);
/// A program that ended is left alone for this long at first, twice as long each time, and so long at most.
const REST: (Duration, Duration) = (Duration::from_secs(1), Duration::from_mins(1));
/// One that ran for so long is believed to be well.
const WELL: Duration = Duration::from_mins(1);
/// What a program sees of our environment: where it finds itself, its own files and the system's certificates.
const PASSED_ON: [&str; 9] =
    ["PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "SYSTEMROOT", "USERPROFILE", "TEMP"];

/// A program that leads to one proxy.
#[derive(Debug)]
pub(super) struct Beside {
    program: Program,
    proxy: Proxy,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    running: Option<Running>,
    /// How often in a row it ended soon.
    ended: u32,
    not_before: Option<Instant>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    listens: SocketAddr,
    since: Instant,
    /// What it was told in a file, until it has read it.
    brief: Option<NamedTempFile>,
    login: Option<Login>,
}

// === impl Beside ===

impl Beside {
    /// Starts nothing yet.
    pub(super) fn new(program: Program, proxy: Proxy) -> Self {
        Self { program, proxy, state: Mutex::default() }
    }

    /// Starts it where it does not run, and connects to it. Nothing connects to it but what carries: a program may dial
    /// its server for each connection, and that shows.
    pub(super) async fn connect(&self) -> Result<Door, Failure> {
        loop {
            let (listens, since) = self.running().await?;
            match TcpStream::connect(listens).await {
                Ok(stream) => {
                    stream.set_nodelay(true).map_err(|error| Failure::from_io(Stage::Connect, &error))?;
                    return Ok(Door { stream, login: self.listened().await });
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused && since.elapsed() < START => {
                    sleep(POLL).await;
                }
                Err(error) => {
                    tracing::warn!(program = %self.program, %error, "does not listen");
                    self.state.lock().await.end();
                    return Err(FAILED);
                }
            }
        }
    }

    /// It listens, so it has read what it was told. Returns the login of its port.
    async fn listened(&self) -> Option<Login> {
        let mut state = self.state.lock().await;
        let running = state.running.as_mut()?;
        running.brief = None;
        running.login.clone()
    }

    /// Where it listens, or will soon, and since when it runs.
    async fn running(&self) -> Result<(SocketAddr, Instant), Failure> {
        let mut state = self.state.lock().await;
        if let Some(running) = &mut state.running {
            match running.child.try_wait() {
                Ok(None) => return Ok((running.listens, running.since)),
                ended => {
                    tracing::warn!(program = %self.program, ?ended, "ended by itself");
                    state.end();
                }
            }
        }
        if state.not_before.is_some_and(|when| Instant::now() < when) {
            return Err(FAILED);
        }
        let missing = Failure::new(Stage::Connect, Cause::ProgramMissing(self.program));
        let path = find::find(self.program).ok_or(missing)?;
        let started = self.start(&path);
        let running = started.map_err(|error| {
            tracing::warn!(program = %self.program, %error, "does not start");
            state.end();
            FAILED
        })?;
        let found = (running.listens, running.since);
        state.running = Some(running);
        Ok(found)
    }

    fn start(&self, path: &Path) -> io::Result<Running> {
        let listens = free_port()?;
        let mut command = bound_to_us(path);
        command.env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        command.envs(PASSED_ON.iter().filter_map(|name| Some((name, env::var_os(name)?))));
        let (mut brief, mut login) = (None, None);
        match (&self.proxy.protocol, self.program) {
            (_, Program::Shoes) => {
                let briefed = shoes::configure(&mut command, &self.proxy, listens)?;
                (brief, login) = (Some(briefed.file), Some(briefed.login));
            }
            (Protocol::Shadowsocks(Shadowsocks { plugin: Some(plugin), .. }), _) => {
                plugin::configure(&mut command, &self.proxy, plugin, listens);
            }
            _ => {}
        }
        let child = command.spawn()?;
        tracing::info!(program = %self.program, pid = child.id(), "started");
        Ok(Running { child, listens, since: Instant::now(), brief, login })
    }
}

const FAILED: Failure = Failure::new(Stage::Connect, Cause::ProgramFailed);

// === impl State ===

impl State {
    /// It ended, or is of no use.
    fn end(&mut self) {
        let was_well = self.running.take().is_some_and(|running| running.since.elapsed() >= WELL);
        self.ended = if was_well { 1 } else { self.ended.saturating_add(1) };
        let (first, most) = REST;
        let rest = first.saturating_mul(1 << (self.ended - 1).min(10)).min(most);
        self.not_before = Some(Instant::now() + rest);
    }
}

/// A command that dies with us even if we are killed. Linux can be asked for that; elsewhere a program outlives us then, which
/// costs memory and tells nobody anything.
fn bound_to_us(path: &Path) -> Command {
    if cfg!(target_os = "linux")
        && let Some(setpriv) = find::on_path("setpriv")
    {
        let mut command = Command::new(setpriv);
        command.args(["--pdeathsig", "KILL", "--"]).arg(path);
        return command;
    }
    Command::new(path)
}

/// A port of loopback that nobody listened on just now.
fn free_port() -> io::Result<SocketAddr> {
    std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()
}
