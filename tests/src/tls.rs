//! Certificates of our own, and TLS in front of a server that knows none: haproxy.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::net::on_free_port;
use crate::pattern::digest;
use crate::process::{Running, run, tool};

/// An authority, and a certificate that it gave to `localhost` and 127.0.0.1.
#[derive(Debug)]
pub struct Authority {
    dir: TempDir,
}

/// TLS in front of a server.
#[derive(Debug)]
pub struct TlsFront {
    _running: Running,
    address: SocketAddr,
    _dir: TempDir,
}

// === impl Authority ===

impl Authority {
    /// A new one.
    pub fn new() -> Self {
        let dir = TempDir::with_prefix("paperwing-tls-").expect("a temporary folder");
        let authority = Self { dir };
        let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
        authority.openssl(|command| {
            command.args(["req", "-x509", "-days", "7", "-subj", "/CN=Paperwing test authority"]).args(key);
            command.args(["-keyout", "ca.key", "-out", "ca.pem", "-addext", "keyUsage=critical,keyCertSign,cRLSign"]);
        });
        authority.openssl(|command| {
            command.args(["req", "-new", "-subj", "/CN=localhost"]).args(key);
            command.args(["-keyout", "leaf.key", "-out", "leaf.csr"]);
        });
        let extensions = "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n\
                          keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n";
        fs::write(authority.path("leaf.ext"), extensions).expect("the folder is ours");
        authority.openssl(|command| {
            command.args(["x509", "-req", "-days", "7", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key"]);
            command.args(["-CAcreateserial", "-extfile", "leaf.ext", "-out", "leaf.pem"]);
        });
        authority.openssl(|command| {
            command.args(["x509", "-in", "leaf.pem", "-outform", "der", "-out", "leaf.der"]);
        });
        let both = ["leaf.pem", "leaf.key"].map(|name| fs::read(authority.path(name)).expect("it was made"));
        fs::write(authority.path("both.pem"), both.concat()).expect("the folder is ours");
        authority
    }

    fn openssl(&self, describe: impl FnOnce(&mut Command)) {
        let mut command = tool("openssl");
        command.current_dir(self.dir.path());
        describe(&mut command);
        run(command).succeeded();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// Its own certificate: whoever trusts it trusts the other.
    pub fn certificate(&self) -> PathBuf {
        self.path("ca.pem")
    }

    /// The certificate that it gave.
    pub fn server_certificate(&self) -> PathBuf {
        self.path("leaf.pem")
    }

    /// The key that goes with it.
    pub fn server_key(&self) -> PathBuf {
        self.path("leaf.key")
    }

    /// The SHA-256 digest of the certificate that it gave, as links pin it.
    pub fn pin(&self) -> String {
        digest(fs::File::open(self.path("leaf.der")).expect("it was made")).0
    }

    /// TLS in front of a server, with the certificate.
    pub fn front(&self, server: SocketAddr) -> TlsFront {
        TlsFront::start(&self.path("both.pem"), server)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

// === impl TlsFront ===

impl TlsFront {
    fn start(certificate: &Path, server: SocketAddr) -> Self {
        let dir = TempDir::with_prefix("paperwing-haproxy-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("haproxy.cfg");
            let text = format!(
                "global\n  maxconn 500\ndefaults\n  mode tcp\n  timeout connect 10s\n  timeout client 5m\n  \
                 timeout server 5m\nlisten front\n  bind 127.0.0.1:{port} ssl crt {}\n  server behind {server}\n",
                certificate.display()
            );
            fs::write(&file, text).expect("the folder is ours");
            let mut command = tool("haproxy");
            command.arg("-db").arg("-f").arg(&file);
            Running::start(command)
        });
        Self { _running: running, address: SocketAddr::from(([127, 0, 0, 1], port)), _dir: dir }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}
