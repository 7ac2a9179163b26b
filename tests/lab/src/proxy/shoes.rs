//! `VMess`, `AnyTLS`, and VLESS in REALITY, of which the lab speaks none: a server that it did not write does, shoes
//! (<https://github.com/cfal/shoes>).
//!
//! The way of a byte: the proxy's own port, where the mood is played as a censor would, on a connection whose bytes say nothing;
//! shoes; a SOCKS5 proxy of the lab's that is always well, so that origins know who asks; the origin.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use super::client::Client;
use super::serve::close;
use super::{ID, Inner, LOGIN, Speaks, carry};
use crate::certificates::Tls;
use crate::mood::Mood;

/// A server of one of these protocols. Dropped, it ends.
#[derive(Debug)]
pub(super) struct Shoes {
    address: SocketAddr,
    child: Child,
    /// What it was told, and what it shows.
    _folder: TempDir,
}

const PROGRAM: &str = "shoes";
const START: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(10);
const PATIENCE: Duration = Duration::from_secs(30);
const FIRST_BYTES: usize = 4096;
/// By `shoes generate-reality-keypair`. Nothing hangs on them.
const PRIVATE_KEY: &str = "D60WbnmkvAIJEbSAmW8IRGUStsHXflo92eCK48KNhgM";
const PUBLIC_KEY: &str = "vbrwOc_yCAxglJb5AXUU1m73XPzBIcQY45ZRZGdowGQ";
const SHORT_ID: &str = "0123456789abcdef";
/// Whose face REALITY shows. It has to be a name that everybody finds.
const FACE: &str = "localhost";

/// The program, where it is installed.
pub(crate) fn find() -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(PROGRAM)).find(|file| file.is_absolute() && file.is_file())
}

/// As a link, for one of these protocols.
pub(super) fn link(speaks: Speaks, place: &str, tls: &Tls, name: &str) -> String {
    let (id, password, pin) = (format!("{ID:032x}"), LOGIN.1, &tls.pin);
    match speaks {
        Speaks::Vmess => format!("vmess://{id}@{place}?encryption=aes-128-gcm#{name}"),
        Speaks::Anytls => format!("anytls://{password}@{place}?sni=proxy.lab&pcs={pin}#{name}"),
        _ => format!(
            "vless://{id}@{place}?encryption=none&security=reality&sni={FACE}&pbk={PUBLIC_KEY}&sid={SHORT_ID}\
             &flow=xtls-rprx-vision#{name}"
        ),
    }
}

/// One client, from its first byte to its last.
pub(super) async fn serve(inner: &Inner, mut client: Client, shoes: &Shoes) -> io::Result<()> {
    let mood = inner.mood();
    if mood == Mood::ClosesAfterConnect {
        inner.harm();
        let _ = timeout(PATIENCE, client.read(&mut [0; FIRST_BYTES])).await??;
        sleep(inner.distance).await;
        return close(&mut client).await;
    }
    let mut server = TcpStream::connect(shoes.address).await?;
    server.set_nodelay(true)?;
    if mood == Mood::BlackData {
        inner.harm();
        tokio::io::copy(&mut client, &mut server).await?;
        return Ok(());
    }
    carry::both_ways(inner, &mut client, &mut server).await
}

// === impl Shoes ===

impl Shoes {
    /// Waits until it listens, on the proxy's own address. It dies with the thread that starts it.
    pub(super) fn start(speaks: Speaks, ip: IpAddr, behind: SocketAddr, tls: &Tls) -> io::Result<Self> {
        let folder = TempDir::with_prefix("paperwing-lab-")?;
        let address = TcpListener::bind((ip, 0))?.local_addr()?;
        let config = json!([{
            "address": address.to_string(),
            "protocol": protocol(speaks, folder.path(), tls)?,
            "rules": [{
                "masks": ["0.0.0.0/0"], "action": "allow",
                "client_chain": { "address": behind.to_string(), "protocol": { "type": "socks" } },
            }],
        }]);
        let file = folder.path().join("shoes.yaml");
        // JSON is YAML.
        std::fs::write(&file, config.to_string())?;
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--", PROGRAM, "--threads", "1", "--no-reload"]).arg(file);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut shoes = Self { address, child: command.spawn()?, _folder: folder };
        let begun = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            if shoes.child.try_wait()?.is_some() || begun.elapsed() > START {
                return Err(io::Error::other("shoes does not listen"));
            }
            thread::sleep(POLL);
        }
        Ok(shoes)
    }
}

impl Drop for Shoes {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn protocol(speaks: Speaks, folder: &Path, tls: &Tls) -> io::Result<Value> {
    let id = format!("{ID:032x}");
    Ok(match speaks {
        Speaks::Vmess => json!({ "type": "vmess", "cipher": "aes-128-gcm", "user_id": id }),
        Speaks::Anytls => {
            let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
            std::fs::write(&certificate, &tls.certificate_pem)?;
            std::fs::write(&key, &tls.key_pem)?;
            let inner = json!({ "type": "anytls", "users": [{ "password": LOGIN.1 }] });
            json!({ "type": "tls", "default_tls_target": { "cert": certificate, "key": key, "protocol": inner } })
        }
        _ => {
            let target = json!({
                "private_key": PRIVATE_KEY, "short_ids": [SHORT_ID], "dest": format!("{FACE}:{}", face(tls)?),
                "vision": true, "protocol": { "type": "vless", "user_id": id },
            });
            json!({ "type": "tls", "reality_targets": { FACE: target } })
        }
    })
}

/// A server whose handshakes REALITY shows as its own, until the runtime ends.
fn face(tls: &Tls) -> io::Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let port = listener.local_addr()?.port();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let acceptor = TlsAcceptor::from(Arc::clone(&tls.server));
    tokio::spawn(async move {
        loop {
            let Ok((stream, _)) = listener.accept().await else { continue };
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let mut stream = acceptor.accept(stream).await?;
                tokio::io::copy(&mut stream, &mut tokio::io::sink()).await
            });
        }
    });
    Ok(port)
}
