//! The real program in a home of its own.
#![allow(dead_code, clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use serde_json::Value;

/// Longer than anything takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_mins(1);

/// Where a home has its folder for sockets, if it has one.
const RUNTIME_DIR: &str = "run";

/// A home that nobody else uses and that is gone at the end.
pub struct Home(tempfile::TempDir);

impl Home {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    /// A path inside.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Whether anything at all was written.
    pub fn is_empty(&self) -> bool {
        std::fs::read_dir(self.0.path()).unwrap().next().is_none()
    }

    /// Every byte of every file, for looking for what must not be there.
    pub fn everything(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut folders = vec![self.0.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() { folders.push(path) } else { bytes.extend(std::fs::read(path).unwrap()) }
            }
        }
        bytes
    }

    /// The program, with nothing of this computer's settings.
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_paperwing"));
        command.args(args).env_clear().env("HOME", self.0.path()).env("TZ", "UTC").stdin(Stdio::null());
        if self.path(RUNTIME_DIR).exists() {
            command.env("XDG_RUNTIME_DIR", self.path(RUNTIME_DIR));
        }
        command
    }

    /// Gives the programs from now on a folder for their sockets, as a Linux session does.
    pub fn runtime_dir(&self) -> PathBuf {
        let dir = self.path(RUNTIME_DIR);
        std::fs::create_dir(&dir).unwrap();
        dir
    }

    /// Runs to the end.
    pub fn run(&self, args: &[&str]) -> Ended {
        Ended::of(&self.command(args).output().unwrap())
    }

    /// Runs to the end with something on standard input.
    pub fn run_with(&self, args: &[&str], input: &str) -> Ended {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        Ended::of(&child.wait_with_output().unwrap())
    }

    /// Starts `up --json` on a free port.
    pub fn up(&self, args: &[&str]) -> Up {
        let mut command = self.command(&["up", "--json", "--keyring", "file", "--listen", "127.0.0.1:0"]);
        let mut child = command.args(args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (tell, events) = mpsc::channel();
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| tell.send(line)));
        let mut up = Up { child, events, address: ([0, 0, 0, 0], 0).into() };
        let listening = up.event();
        assert_eq!(listening["event"], "listening", "{listening}");
        up.address = listening["address"].as_str().unwrap().parse().unwrap();
        up
    }
}

/// How a command ended.
pub struct Ended {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Ended {
    fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Self { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
    }

    /// It must have worked.
    pub fn ok(self) -> Self {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self
    }

    /// It must have ended so, with one line of complaint.
    pub fn failed(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
        assert!(self.err.starts_with("paperwing: "), "{}", self.err);
        self
    }
}

/// A running `up --json`, ended when dropped.
pub struct Up {
    child: Child,
    events: mpsc::Receiver<String>,
    pub address: SocketAddr,
}

impl Up {
    /// The next event; waits for it.
    pub fn event(&mut self) -> Value {
        let Ok(line) = self.events.recv_timeout(PATIENCE) else {
            let _ = self.child.kill();
            let mut err = String::new();
            self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
            panic!("no event: {err}");
        };
        serde_json::from_str(&line).unwrap()
    }

    /// The next event of a kind; what comes before is none of the test's business.
    pub fn event_of(&mut self, kind: &str) -> Value {
        loop {
            let event = self.event();
            if event["event"] == kind {
                return event;
            }
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Asks for a page through the port, as a browser with an HTTP proxy does.
    pub fn fetch(&self, url: &str) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let host = url.strip_prefix("http://").unwrap().split('/').next().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET {url} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// Ends it as Ctrl-C does; gives the exit code and everything that it said since.
    #[cfg(unix)]
    pub fn interrupt(mut self) -> Ended {
        use rustix::process::{Pid, Signal, kill_process};
        let pid = Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        kill_process(pid, Signal::INT).unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        self.events.iter().for_each(|line| out += &line);
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        Ended { code: self.child.wait().unwrap().code(), out, err }
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A web server on loopback that gives everybody the same answer. Ends with the test program.
pub fn web_server(body: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = BufReader::new(stream.try_clone().unwrap());
            let mut line = String::new();
            while request.read_line(&mut line).unwrap_or(0) > 2 {
                line.clear();
            }
            let head = "HTTP/1.1 200 OK\r\nProfile-Title: Friends\r\nConnection: close\r\n\
                        Subscription-Userinfo: upload=512; download=512; total=2048; expire=1000000000\r\n";
            let _ = write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len());
        }
    });
    address
}
