//! What stands between clients and proxies: Paperwing, or whoever else listens somewhere.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use serde_json::Value;
use tempfile::TempDir;

use crate::client::TelegramDoor;
use crate::place::Place;

/// Which forwarder to look at.
#[derive(Clone, Debug)]
pub enum Choice {
    /// Paperwing, started afresh for each scenario.
    Paperwing(PathBuf),
    /// Another one, which somebody started and keeps. Loopback only.
    Peer(SocketAddr),
    /// Another one, started afresh for each scenario by a line for the shell, in which `{listen}` stands for the
    /// address to listen on and `{1}`, `{2}` and `{3}` for the proxies' addresses.
    Command(String),
}

/// A forwarder while it runs.
#[derive(Debug)]
pub struct Forwarder {
    address: SocketAddr,
    events: Events,
    tells: bool,
    _running: Option<Running>,
}

/// What it said, with the times at which it did.
#[derive(Clone, Debug, Default)]
pub struct Events(Arc<Mutex<Vec<(Instant, Value)>>>);

#[derive(Debug)]
struct Running {
    child: Child,
    _home: TempDir,
}

const START: Duration = Duration::from_secs(20);

// === impl Choice ===

impl Choice {
    /// `PAPERWING_BIN`, or what cargo built last in the workspace.
    pub fn paperwing() -> anyhow::Result<Self> {
        let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target");
        let built = ["release", "debug"].map(|profile| target.join(profile).join("paperwing"));
        let newest = built.into_iter().max_by_key(|path| path.metadata().and_then(|file| file.modified()).ok());
        let named = std::env::var_os("PAPERWING_BIN").map(PathBuf::from);
        match named.or(newest) {
            Some(path) if path.is_file() => Ok(Self::Paperwing(path)),
            Some(path) if std::env::var_os("PAPERWING_BIN").is_some() => bail!("{}: no such file", path.display()),
            _ => bail!("no paperwing: build it with `cargo build --release -p paperwing-cli`, or set PAPERWING_BIN"),
        }
    }
}

// === impl Forwarder ===

impl Forwarder {
    /// Starts it with proxies in order of preference, or takes the one that is there.
    pub fn start(choice: &Choice, place: &Arc<Place>, links: &[String]) -> anyhow::Result<Self> {
        match choice {
            Choice::Paperwing(binary) => Self::paperwing(binary, place, links),
            Choice::Command(line) => Self::command(line, place, links),
            Choice::Peer(address) => {
                Ok(Self { address: *address, events: Events::default(), tells: false, _running: None })
            }
        }
    }

    fn command(line: &str, place: &Arc<Place>, links: &[String]) -> anyhow::Result<Self> {
        let address = place.free_home_address()?;
        let home = TempDir::with_prefix("paperwing-lab-")?;
        let mut words = line.replace("{listen}", &address.to_string());
        for (index, link) in (1..).zip(links) {
            let bare = link.split_once("://").map_or(link.as_str(), |(_, rest)| rest);
            let bare = bare.split('#').next().unwrap_or(bare);
            words = words.replace(&format!("{{{index}}}"), bare);
        }
        let mut command = place.command(Path::new("/bin/sh"));
        command.arg("-c").arg(format!("exec {words}")).env("HOME", home.path());
        // Its complaints are for whoever wrote the line.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::inherit());
        let child = command.spawn().with_context(|| format!("start {words}"))?;
        let running = Running { child, _home: home };
        place.wait_for(address, START).with_context(|| format!("“{words}” does not listen on {address}"))?;
        Ok(Self { address, events: Events::default(), tells: false, _running: Some(running) })
    }

    fn paperwing(binary: &Path, place: &Place, links: &[String]) -> anyhow::Result<Self> {
        let home = TempDir::with_prefix("paperwing-lab-")?;
        let mut command = place.command(binary);
        command.args(["up", "--json", "--keyring", "none", "--listen", "127.0.0.1:0"]);
        command.arg("--profile").arg(home.path()).env("HOME", home.path()).current_dir(home.path());
        if let Some(path) = Place::path_with_shoes() {
            command.env("PATH", path);
        }
        for link in links {
            command.args(["--proxy", link]);
        }
        let complaints = home.path().join("stderr");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&complaints)?);
        let mut child = command.spawn().with_context(|| format!("start {}", binary.display()))?;
        let events = Events::default();
        let stdout = child.stdout.take();
        let mut running = Running { child, _home: home };
        events.read(stdout.context("its output")?);
        let begun = Instant::now();
        let has_telegrams = links.iter().any(|link| link.starts_with("tg:"));
        let address = loop {
            if let Some(address) = events.address().filter(|_| !has_telegrams || events.telegram().is_some()) {
                break address;
            }
            if let Some(status) = running.child.try_wait()? {
                let words = std::fs::read_to_string(&complaints)?;
                bail!("paperwing ended with {status}: {}", words.trim());
            }
            if begun.elapsed() > START {
                bail!("paperwing did not listen within {START:?}");
            }
            thread::sleep(Duration::from_millis(5));
        };
        Ok(Self { address, events, tells: true, _running: Some(running) })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its port for Telegram, if it has one.
    pub fn telegram(&self) -> Option<TelegramDoor> {
        self.events.telegram()
    }

    /// What it said so far.
    pub fn events(&self) -> Vec<(Instant, Value)> {
        self.events.all().clone()
    }

    /// Whether it says what it does.
    pub fn tells(&self) -> bool {
        self.tells
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

// === impl Events ===

impl Events {
    fn all(&self) -> MutexGuard<'_, Vec<(Instant, Value)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read(&self, from: impl Read + Send + 'static) {
        let events = self.clone();
        thread::spawn(move || {
            for line in BufReader::new(from).lines().map_while(Result::ok) {
                let now = Instant::now();
                if let Ok(event) = serde_json::from_str(&line) {
                    events.all().push((now, event));
                }
            }
        });
    }

    fn address(&self) -> Option<SocketAddr> {
        let all = self.all();
        let listening = all.iter().find(|(_, event)| event["event"] == "listening")?;
        listening.1["address"].as_str()?.parse().ok()
    }

    fn telegram(&self) -> Option<TelegramDoor> {
        let all = self.all();
        let (_, open) = all.iter().find(|(_, event)| event["event"] == "telegram")?;
        let address = open["address"].as_str()?.parse().ok()?;
        // Sixteen bytes behind the mark of the padded transport.
        let (_, secret) = open["link"].as_str()?.split_once("secret=dd")?;
        let key = u128::from_str_radix(secret.get(..32)?, 16).ok()?.to_be_bytes();
        Some(TelegramDoor { address, key })
    }
}
