//! `paperwing up --json` while it runs.

use std::net::SocketAddr;
use std::process::Command;

use rustix::process::Signal;
use serde_json::Value;

use crate::canary;
use crate::disk::Home;
use crate::process::{Running, eventually};

/// A running Paperwing. Dropped, it is killed; [`Paperwing::stop`] ends it as a person would.
#[derive(Debug)]
pub struct Paperwing {
    running: Running,
    home: Home,
    addresses: Vec<SocketAddr>,
    told: usize,
}

/// How to start one.
#[derive(Debug)]
pub struct Setup {
    home: Home,
    links: Vec<String>,
    listen: Vec<String>,
    most_files: Option<u32>,
}

// === impl Setup ===

impl Setup {
    /// On just these links, in order of preference.
    pub fn on(links: impl IntoIterator<Item = String>) -> Self {
        Self { links: links.into_iter().collect(), ..Self::in_home(&Home::new()) }
    }

    /// On the proxies of a profile.
    pub fn in_home(home: &Home) -> Self {
        Self { home: home.clone(), links: Vec::new(), listen: Vec::new(), most_files: None }
    }

    /// Listens there instead of on a free port of 127.0.0.1. Can be said several times.
    #[must_use]
    pub fn listen(mut self, address: &str) -> Self {
        self.listen.push(address.to_owned());
        self
    }

    /// With a variable in its environment.
    #[must_use]
    pub fn env(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.home = self.home.with_env(name, value);
        self
    }

    /// With at most so many open files, which it cannot raise.
    #[must_use]
    pub fn files(mut self, most: u32) -> Self {
        self.most_files = Some(most);
        self
    }

    /// What is typed. Everything is logged, that of the libraries too, so that a secret in a log is found.
    fn command(&self) -> Command {
        let mut words = vec!["up", "--json"];
        if !self.links.is_empty() {
            words.extend(["--keyring", "none"]);
        }
        let anywhere = ["127.0.0.1:0".to_owned()];
        for address in if self.listen.is_empty() { &anywhere[..] } else { &self.listen } {
            words.extend(["--listen", address]);
        }
        for link in &self.links {
            words.extend(["--proxy", link]);
        }
        let mut command = match self.most_files {
            Some(most) => self.home.command_with_files(most, &words),
            None => self.home.command(&words),
        };
        command.env("PAPERWING_LOG", "trace");
        command
    }

    /// Starts it and waits until it listens.
    pub fn up(self) -> Paperwing {
        self.up_by(|command| command)
    }

    /// The same, started in a way of the caller's.
    pub fn up_by(self, start: impl FnOnce(Command) -> Command) -> Paperwing {
        let running = Running::start(start(self.command()));
        let addresses = self.listen.len().max(1);
        let mut paperwing = Paperwing { running, home: self.home, addresses: Vec::new(), told: 0 };
        for _ in 0..addresses {
            let listening = paperwing.next("listening");
            let address = listening["address"].as_str().and_then(|address| address.parse().ok());
            paperwing.addresses.push(address.unwrap_or_else(|| panic!("no address in {listening}")));
        }
        canary::assert_silent_in_process_list(paperwing.running.pid());
        paperwing
    }
}

// === impl Paperwing ===

impl Paperwing {
    /// Starts one on just these links, in order of preference.
    pub fn up(links: impl IntoIterator<Item = String>) -> Self {
        Setup::on(links).up()
    }

    /// Where clients connect; the first one, where there are several.
    pub fn address(&self) -> SocketAddr {
        self.addresses[0]
    }

    /// Everywhere clients connect.
    pub fn addresses(&self) -> &[SocketAddr] {
        &self.addresses
    }

    /// As curl and browsers name it: `socks5h://127.0.0.1:PORT`.
    pub fn proxy(&self, scheme: &str) -> String {
        format!("{scheme}://{}", self.address())
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.running.pid()
    }

    /// Every event so far, in order.
    pub fn events(&self) -> Vec<Value> {
        let text = self.running.stdout.text();
        // The last line may still be on its way.
        let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
        let parse = |line| serde_json::from_str(line).unwrap_or_else(|_| panic!("not an event: {line}"));
        whole.lines().map(parse).collect()
    }

    /// The kinds of the events so far, in order.
    pub fn kinds(&self) -> Vec<String> {
        self.events().iter().map(|event| event["event"].as_str().expect("a kind").to_owned()).collect()
    }

    /// Waits for the next event of a kind; those before it have been waited for by then.
    pub fn next(&mut self, kind: &str) -> Value {
        let found = eventually(kind, || {
            let events = self.events();
            let later = events.iter().enumerate().skip(self.told);
            let found = later.clone().find(|(_, event)| event["event"] == kind).map(|(at, event)| (at, event.clone()));
            if found.is_none()
                && let Some(status) = self.running.ended()
            {
                panic!("no event “{kind}”: it ended with {status}\n{}", self.running.story());
            }
            found
        });
        self.told = found.0 + 1;
        found.1
    }

    /// Whether it is still there.
    pub fn runs(&mut self) -> bool {
        self.running.ended().is_none()
    }

    /// All that it wrote so far.
    pub fn written(&self) -> String {
        self.running.stdout.text() + &self.running.stderr.text()
    }

    /// What it said so far, for a failed test.
    pub fn story(&self) -> String {
        self.running.story()
    }

    /// Ends it as a system that shuts down does, and looks for secrets in all that it left.
    pub fn stop(mut self) {
        self.running.signal(Signal::TERM);
        let status = self.running.wait();
        assert_eq!(status.code(), Some(0), "it did not end well\n{}", self.running.story());
        canary::assert_silent("standard output", &self.running.stdout.bytes());
        canary::assert_silent("the log", &self.running.stderr.bytes());
        canary::assert_silent_on_disk(self.home.path());
    }
}
