//! Opens the local port.

use std::io;
use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpSocket};

use super::holder::holder;

/// Why the local port could not be opened.
#[derive(Debug, thiserror::Error)]
#[error("{address}: {}", self.words())]
pub struct ListenError {
    /// Which address.
    pub address: SocketAddr,
    /// The program that has it, with its process id, where that can be found out.
    pub holder: Option<String>,
    /// The next address that is free, if the reason is that this one is taken.
    pub next_free: Option<SocketAddr>,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

const BACKLOG: u32 = 1024;
/// So many ports are tried to find a free one.
const NEIGHBOURS: u16 = 50;

impl ListenError {
    fn words(&self) -> String {
        match (&self.holder, self.source.kind()) {
            (Some(holder), _) => format!("the port is taken by {holder}"),
            (None, io::ErrorKind::AddrInUse) => "the port is taken by another program".to_owned(),
            (None, io::ErrorKind::PermissionDenied) => {
                "ports below 1024 are the system's; choose a higher one".to_owned()
            }
            (None, io::ErrorKind::AddrNotAvailable) => "this computer has no such address".to_owned(),
            _ => self.source.to_string(),
        }
    }
}

/// Listens on every address. IPv6 loopback may be missing where another address works: some computers have no IPv6.
/// Where two loopback addresses leave the port to the system, they get the same one.
pub(crate) fn listen(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let share_chosen_port = addresses.iter().filter(|address| address.port() == 0).count() > 1;
    for _ in 0..NEIGHBOURS {
        match listen_once(addresses) {
            // What is free at one address may be taken at another; the system chooses differently each time.
            Err(error) if share_chosen_port && error.source.kind() == io::ErrorKind::AddrInUse => {}
            done => return done,
        }
    }
    listen_once(addresses)
}

fn listen_once(addresses: &[SocketAddr]) -> Result<Vec<TcpListener>, ListenError> {
    let mut listeners: Vec<TcpListener> = Vec::new();
    for wanted in addresses {
        let mut address = *wanted;
        if address.port() == 0
            && let Some(first) = listeners.iter().filter_map(|one| one.local_addr().ok()).find(|first| {
                first.ip().is_loopback() && address.ip().is_loopback() && first.is_ipv4() != address.is_ipv4()
            })
        {
            address.set_port(first.port());
        }
        match bind(address) {
            Ok(listener) => listeners.push(listener),
            Err(error) if is_missing(address, &error) && !listeners.is_empty() => {
                tracing::debug!(%address, %error, "not listening there");
            }
            Err(source) => return Err(explain(address, source)),
        }
    }
    Ok(listeners)
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // On Windows this option means that others may take the port away.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Answers are small and wait for nothing. Linux hands the option on to every connection it accepts.
    socket.set_nodelay(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

fn is_missing(address: SocketAddr, error: &io::Error) -> bool {
    address.is_ipv6()
        && address.ip().is_loopback()
        && matches!(error.kind(), io::ErrorKind::AddrNotAvailable | io::ErrorKind::Unsupported | io::ErrorKind::Other)
        || error.raw_os_error() == Some(ADDRESS_FAMILY_NOT_SUPPORTED)
}

/// EAFNOSUPPORT, which has no `ErrorKind` of its own.
#[cfg(target_os = "linux")]
const ADDRESS_FAMILY_NOT_SUPPORTED: i32 = 97;
#[cfg(all(unix, not(target_os = "linux")))]
const ADDRESS_FAMILY_NOT_SUPPORTED: i32 = 47;
#[cfg(windows)]
const ADDRESS_FAMILY_NOT_SUPPORTED: i32 = 10047;

fn explain(address: SocketAddr, source: io::Error) -> ListenError {
    let is_taken = source.kind() == io::ErrorKind::AddrInUse;
    let next_free = || {
        (1..=NEIGHBOURS)
            .filter_map(|step| address.port().checked_add(step))
            .map(|port| SocketAddr::new(address.ip(), port))
            .find(|candidate| bind(*candidate).is_ok())
    };
    ListenError {
        address,
        holder: is_taken.then(|| holder(address.port())).flatten(),
        next_free: is_taken.then(next_free).flatten(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_names_its_holder_and_the_next_free_one() {
        let first = listen(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let address = first[0].local_addr().unwrap();
        let error = listen(&[address]).unwrap_err();
        assert!(error.to_string().contains("taken by"), "{error}");
        let next = error.next_free.unwrap();
        assert_ne!(next, address);
        assert!(listen(&[next]).is_ok());
    }

    #[tokio::test]
    async fn both_loopbacks_share_the_port_that_the_system_chose() {
        let both = listen(&["127.0.0.1:0".parse().unwrap(), "[::1]:0".parse().unwrap()]).unwrap();
        let ports: Vec<u16> = both.iter().map(|one| one.local_addr().unwrap().port()).collect();
        assert!(ports.iter().all(|port| *port == ports[0]), "{ports:?}");
    }
}
