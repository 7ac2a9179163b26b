//! Telegram: a data centre of our own, a proxy that others wrote before it, and a client that others wrote.

use std::fs;

use tempfile::TempDir;

use crate::net::on_free_port;
use crate::process::{Finished, Running, eventually, run};
use crate::python::script;

/// What the proxies here and their users know.
pub const KEY: &str = "5ec2e7a11b0d1e5f0123456789abcdef";
const ANOTHER: &str = "00112233445566778899aabbccddeeff";
/// `example.com`, the site that disguised ones pretend to be.
const SITE: &str = "6578616d706c652e636f6d";

/// Answers what any client asks first, and sends back everything else.
#[derive(Debug)]
pub struct DataCentre {
    _running: Running,
    port: String,
}

/// <https://github.com/alexbers/mtprotoproxy> before a data centre.
#[derive(Debug)]
pub struct Mtprotoproxy {
    running: Running,
    port: u16,
    _dir: TempDir,
}

/// Which secret a link has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Sixteen bytes.
    Plain,
    /// The same behind `dd`.
    Padded,
    /// The same between `ee` and a site.
    Disguised,
    /// One that the proxy does not know.
    Wrong,
}

// === impl DataCentre ===

impl DataCentre {
    /// On a free port.
    pub fn start() -> Self {
        let running = Running::start(script("data_centre.py", &[]));
        let port = eventually("the data centre says its port", || {
            let said = running.stdout.text();
            said.strip_suffix('\n').map(str::to_owned)
        });
        Self { _running: running, port }
    }
}

// === impl Mtprotoproxy ===

impl Mtprotoproxy {
    /// On a free port.
    pub fn before(data_centre: &DataCentre) -> Self {
        let dir = TempDir::with_prefix("paperwing-mtproto-").expect("a temporary folder");
        let (running, port) = on_free_port(|port| {
            let file = dir.path().join("config.py");
            let text = format!(
                "PORT = {port}\nUSERS = {{\"ann\": \"{KEY}\"}}\nTLS_DOMAIN = \"example.com\"\nMASK = False\n\
                 CLIENT_HANDSHAKE_TIMEOUT = 3\n"
            );
            fs::write(&file, text).expect("the folder is ours");
            let file = file.to_str().expect("a name in ASCII");
            Running::start(script("mtprotoproxy_here.py", &[file, &data_centre.port]))
        });
        Self { running, port, _dir: dir }
    }

    /// What a friend sends.
    pub fn link(&self, secret: Secret, name: &str) -> String {
        let secret = match secret {
            Secret::Plain => KEY.to_owned(),
            Secret::Padded => format!("dd{KEY}"),
            Secret::Disguised => format!("ee{KEY}{SITE}"),
            Secret::Wrong => format!("ee{ANOTHER}{SITE}"),
        };
        format!("tg://proxy?server=127.0.0.1&port={}&secret={secret}#{name}", self.port)
    }

    /// What it said so far.
    pub fn log(&self) -> String {
        self.running.story()
    }

    /// Ends at once, with all its connections.
    pub fn kill(&mut self) {
        self.running.kill();
    }
}

/// Asks a data centre with Telethon who it is.
pub fn ask(link: &str) -> Finished {
    run(script("telegram_client.py", &[link, "ask"]))
}

/// Whether the data centre answered.
#[track_caller]
pub fn assert_answers(link: &str) {
    assert_eq!(ask(link).succeeded(), "ResPQ True\n");
}

/// Has so many bytes sent to a data centre and back.
pub fn carry(link: &str, bytes: u64) -> Running {
    Running::start(script("telegram_client.py", &[link, "carry", &bytes.to_string()]))
}
