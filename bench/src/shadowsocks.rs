//! Shadowsocks beside the clients that others wrote: the same server, the same load, one run.

use std::fmt::Write;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::contender::{Contender, Running, find, free_port};
use crate::load::{Route, Way};
use crate::plan::median;
use crate::stand_in::StandIn;

const PASSWORD: &str = "a password for measurements";
const CIPHERS: [&str; 2] = ["chacha20-ietf-poly1305", "aes-256-gcm"];
const GIB: f64 = 1_073_741_824.0;

/// How much is done.
#[derive(Debug, Clone, Copy)]
pub struct Extent {
    /// Times that every client is measured.
    pub rounds: usize,
    /// Bytes of one measurement.
    pub bulk: u64,
    /// Idle connections.
    pub idle: u16,
}

/// A client of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Client {
    Paperwing,
    SsLocalRust,
    SsLocalLibev,
}

const CLIENTS: [Client; 3] = [Client::Paperwing, Client::SsLocalRust, Client::SsLocalLibev];
const WAYS: [(Way, u64, &str); 4] = [
    (Way::Down, 1, "down, 1 stream"),
    (Way::Down, 8, "down, 8 streams"),
    (Way::Up, 1, "up, 1 stream"),
    (Way::Up, 8, "up, 8 streams"),
];

// === impl Client ===

impl Client {
    fn name(self) -> &'static str {
        match self {
            Self::Paperwing => "Paperwing",
            Self::SsLocalRust => "sslocal (shadowsocks-rust)",
            Self::SsLocalLibev => "ss-local (shadowsocks-libev)",
        }
    }

    fn program(self) -> Option<PathBuf> {
        match self {
            Self::Paperwing => Contender::Paperwing.program(),
            Self::SsLocalRust => find("sslocal"),
            Self::SsLocalLibev => find("ss-local"),
        }
    }

    fn start(self, cipher: &str, server: SocketAddr, to: SocketAddr, directory: &Path) -> Result<Running> {
        let mut command = Command::new(self.program().context("it was looked for")?);
        let listen = SocketAddr::from(([127, 0, 0, 1], free_port()?));
        let (server_port, own_port) = (server.port().to_string(), listen.port().to_string());
        match self {
            Self::Paperwing => {
                let link = format!("ss://{cipher}:{}@{server}", PASSWORD.replace(' ', "%20"));
                command.args(["up", "--keyring", "none", "--proxy", &link, "--listen", &listen.to_string()]);
                command.arg("--profile").arg(directory.join("profile"));
            }
            Self::SsLocalRust => {
                command.args(["-b", &listen.to_string(), "-s", &server.to_string(), "-k", PASSWORD, "-m", cipher]);
            }
            Self::SsLocalLibev => {
                command.args(["-s", "127.0.0.1", "-p", &server_port, "-b", "127.0.0.1", "-l", &own_port]);
                command.args(["-k", PASSWORD, "-m", cipher, "-t", "600"]);
            }
        }
        Running::launch(command, &directory.join(self.name()), Route { through: listen, to })
    }
}

/// Measures all clients with all ciphers, and returns the page.
pub fn measure(extent: Extent, directory: &Path, say: &dyn Fn(&str)) -> Result<String> {
    let stand_in = StandIn::start()?;
    let clients: Vec<Client> = CLIENTS.into_iter().filter(|client| client.program().is_some()).collect();
    let mut page = format!(
        "# Shadowsocks beside other clients\n\nProcessor seconds per GiB, user and kernel mode, of the client alone: the \
         median of {} rounds, in which the clients\ntake turns. One server and one load for all, over loopback. \
         `make bench ARGS=--shadowsocks` measures anew.\n",
        extent.rounds
    );
    for cipher in CIPHERS {
        say(cipher);
        let (_server, server_at, server_name) = start_server(cipher, &stand_in, directory)?;
        let running = clients
            .iter()
            .map(|client| client.start(cipher, server_at, stand_in.target, &directory.join(cipher)))
            .collect::<Result<Vec<_>>>()?;
        // Before the bulk: what that leaves behind with an allocator would hide it.
        let idle = running.iter().map(|one| idle(one, extent.idle)).collect::<Result<Vec<_>>>()?;
        let mut samples = vec![vec![Vec::new(); WAYS.len()]; clients.len()];
        for round in 0..extent.rounds {
            say(&format!("{cipher}: round {} of {}", round + 1, extent.rounds));
            for (column, (way, streams, _)) in WAYS.into_iter().enumerate() {
                for (row, one) in running.iter().enumerate() {
                    samples[row][column].push(cost(one, way, streams, extent.bulk)?);
                }
            }
        }
        add_table(&mut page, cipher, server_name, &clients, &samples, &idle);
    }
    Ok(page)
}

/// shadowsocks-rust's server where there is one: it is the quicker, so that it holds up nobody.
fn start_server(cipher: &str, stand_in: &StandIn, directory: &Path) -> Result<(Running, SocketAddr, &'static str)> {
    let at = SocketAddr::from(([127, 0, 0, 1], free_port()?));
    let route = Route { through: at, to: stand_in.target };
    let (command, name) = if let Some(program) = find("ssserver") {
        let mut command = Command::new(program);
        command.args(["-s", &at.to_string(), "-k", PASSWORD, "-m", cipher]);
        (command, "ssserver (shadowsocks-rust)")
    } else {
        let mut command = Command::new(find("ss-server").context("neither ssserver nor ss-server is here")?);
        command.args(["-s", "127.0.0.1", "-p", &at.port().to_string(), "-k", PASSWORD, "-m", cipher]);
        (command, "ss-server (shadowsocks-libev)")
    };
    let running = Running::launch(command, &directory.join(format!("server-{cipher}")), route)?;
    Ok((running, at, name))
}

#[allow(clippy::cast_precision_loss)]
fn cost(one: &Running, way: Way, streams: u64, bytes: u64) -> Result<f64> {
    let before = one.family().processor_time()?;
    one.route.bulk(way, streams, bytes)?;
    sleep(Duration::from_millis(50));
    let took = one.family().processor_time()?.saturating_sub(before);
    Ok(took.as_secs_f64() * GIB / bytes as f64)
}

/// KiB resident more per idle connection.
#[allow(clippy::cast_precision_loss)]
fn idle(one: &Running, count: u16) -> Result<f64> {
    one.route.connections(64)?;
    sleep(Duration::from_millis(500));
    let before = one.family().resident()?;
    let held = (0..count).map(|_| one.route.idle()).collect::<Result<Vec<_>>>()?;
    sleep(Duration::from_millis(500));
    let after = one.family().resident()?;
    drop(held);
    Ok(after.saturating_sub(before) as f64 / 1024.0 / f64::from(count))
}

fn add_table(
    page: &mut String,
    cipher: &str,
    server: &str,
    clients: &[Client],
    samples: &[Vec<Vec<f64>>],
    idle: &[f64],
) {
    // Writing to a string cannot fail.
    let _ = write!(page, "\n## {cipher}\n\nServer: {server}.\n\n| | ");
    let titles: Vec<&str> = WAYS.iter().map(|(.., title)| *title).collect();
    let _ = writeln!(page, "{} | idle connection, KiB |", titles.join(" | "));
    let _ = writeln!(page, "|---|{}---|", "---|".repeat(WAYS.len()));
    let medians: Vec<Vec<f64>> =
        samples.iter().map(|row| row.iter().map(|cell| median(cell).unwrap_or(f64::NAN)).collect()).collect();
    for ((client, row), idle) in clients.iter().zip(&medians).zip(idle) {
        let cells: Vec<String> = row.iter().map(|cost| format!("{cost:.3}")).collect();
        let _ = writeln!(page, "| {} | {} | {idle:.2} |", client.name(), cells.join(" | "));
    }
    let ours = clients.iter().position(|client| *client == Client::Paperwing);
    for (place, client) in clients.iter().enumerate().filter(|(place, _)| Some(*place) != ours) {
        let Some(ours) = ours else { continue };
        let ratios: Vec<String> =
            medians[ours].iter().zip(&medians[place]).map(|(own, other)| format!("{:.2}", own / other)).collect();
        let _ = writeln!(page, "| Paperwing ÷ {} | {} | |", client.name(), ratios.join(" | "));
    }
}

/// Writes the page where the documents are.
pub fn write(page: &str) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/benchmarks-shadowsocks.md");
    fs::write(&path, page).with_context(|| path.display().to_string())?;
    eprintln!("written: {}", path.display());
    Ok(())
}
