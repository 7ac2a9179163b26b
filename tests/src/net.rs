//! Ports of this computer: free ones, and who listens on which.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, Shutdown, SocketAddr, TcpListener, TcpStream};

use crate::process::{PATIENCE, Running, eventually};

const TRIES: usize = 5;
const LISTENING: &str = "0A";

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has free ports");
    listener.local_addr().expect("it is bound").port()
}

/// Starts a program that must be told its port, and waits until it listens there. Somebody may be quicker: then with
/// another port.
pub fn on_free_port(start: impl Fn(u16) -> Running) -> (Running, u16) {
    let mut story = String::new();
    for _ in 0..TRIES {
        let port = free_port();
        let mut running = start(port);
        if listens(&mut running, port) {
            return (running, port);
        }
        story = running.story();
    }
    panic!("it does not start on any port\n{story}");
}

/// Waits until a program listens on its port.
pub fn wait_for(running: &mut Running, port: u16) {
    assert!(listens(running, port), "it ended\n{}", running.story());
}

fn listens(running: &mut Running, port: u16) -> bool {
    eventually("it listens or gives up", || match running.ended() {
        Some(_) => Some(false),
        None => listening().iter().any(|(address, _)| address.port() == port).then_some(true),
    })
}

/// The addresses on which a process listens.
pub fn listening_of(pid: u32) -> Vec<SocketAddr> {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).expect("it is ours");
    let sockets: Vec<String> =
        files.flatten().filter_map(|file| fs::read_link(file.path()).ok()?.to_str().map(str::to_owned)).collect();
    let held = |inode: &str| sockets.iter().any(|socket| *socket == format!("socket:[{inode}]"));
    listening().into_iter().filter(|(_, inode)| held(inode)).map(|(address, _)| address).collect()
}

/// Every address of this computer that is listened on, with its inode. See proc(5).
fn listening() -> Vec<(SocketAddr, String)> {
    let rows = |table: &str| fs::read_to_string(table).unwrap_or_default();
    let tables = rows("/proc/net/tcp") + &rows("/proc/net/tcp6");
    let row = |line: &str| {
        let columns: Vec<&str> = line.split_ascii_whitespace().collect();
        let (local, state, inode) = (columns.get(1)?, columns.get(3)?, columns.get(9)?);
        let (ip, port) = local.rsplit_once(':')?;
        let port = u16::from_str_radix(port, 16).ok()?;
        // Words of four bytes in this computer's own order.
        let mut bytes = Vec::new();
        for word in 0..ip.len() / 8 {
            bytes.extend(u32::from_str_radix(&ip[word * 8..word * 8 + 8], 16).ok()?.to_ne_bytes());
        }
        let address = match <[u8; 4]>::try_from(bytes.as_slice()) {
            Ok(octets) => SocketAddr::from((Ipv4Addr::from(octets), port)),
            Err(_) => SocketAddr::from((Ipv6Addr::from(<[u8; 16]>::try_from(bytes).ok()?), port)),
        };
        (*state == LISTENING).then(|| (address, (*inode).to_owned()))
    };
    tables.lines().filter_map(row).collect()
}

/// A connection whose reads have a bound.
pub fn connect(to: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect_timeout(&to, PATIENCE).expect("somebody listens there");
    stream.set_read_timeout(Some(PATIENCE)).expect("a bound is no problem");
    stream.set_nodelay(true).expect("a TCP socket");
    stream
}

/// Sends everything, says that this was all, and reads to the end.
pub fn exchange(to: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = connect(to);
    stream.write_all(bytes).expect("it takes what is sent");
    // The other side may have closed already.
    let _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    answer
}
