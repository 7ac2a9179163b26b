//! Networks of a test's own, in namespaces of the kernel's: what happens in them is felt by nobody else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::disk::Home;
use crate::process::{Running, eventually, run, tool, tool_with};
use crate::tools::{PYTHON, skip};

/// The address at the far end, of the proxy and of the page.
pub const FAR: &str = "10.79.0.1";
/// Another address at the far end, where nobody listens until somebody is started there.
pub const FAR_TOO: &str = "10.79.0.53";
/// What the page says.
pub const PAGE: &str = "it came through";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// Two network namespaces with a line between them, and a way to everything else through the far end. Dropped, they are
/// gone.
#[derive(Debug)]
pub struct Networks {
    home: String,
    world: String,
}

impl Networks {
    /// `None`, and a word why, where this process may not make any.
    pub fn make() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            skip("making networks needs root");
            return None;
        }
        let name = format!("paperwing-net-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let networks = Self { home: format!("{name}-home"), world: format!("{name}-world") };
        let Self { home, world } = &networks;
        ip(&format!("netns add {home}"));
        ip(&format!("netns add {world}"));
        ip(&format!("link add line0 netns {home} type veth peer name line0 netns {world}"));
        ip(&format!("-n {home} addr add 10.78.0.2/24 dev line0"));
        ip(&format!("-n {world} addr add 10.78.0.1/24 dev line0"));
        for namespace in [home, world] {
            ip(&format!("-n {namespace} link set lo up"));
            ip(&format!("-n {namespace} link set line0 up"));
        }
        for address in [FAR, FAR_TOO] {
            ip(&format!("-n {world} addr add {address}/32 dev lo"));
        }
        networks.at_home("route add default via 10.78.0.1");
        Some(networks)
    }

    /// What programs at home find in `/etc/resolv.conf`.
    pub fn resolve_by(&self, settings: &str) {
        self.write("resolv.conf", settings);
    }

    /// What programs at home find in `/etc/hosts`. To be called before they start; what is written later they find too.
    pub fn know(&self, hosts: &str) {
        self.write("hosts", hosts);
    }

    fn write(&self, file: &str, content: &str) {
        // Another test that ends may take the empty folder above away in the same moment.
        eventually("the folder for its settings", || fs::create_dir_all(self.settings()).ok());
        fs::write(self.settings().join(file), content).expect("the folder is ours");
    }

    /// Where `ip netns exec` looks for what stands in the place of the files of `/etc`.
    fn settings(&self) -> PathBuf {
        Path::new("/etc/netns").join(&self.home)
    }

    /// Changes addresses and routes at home, in the words of ip(8).
    pub fn at_home(&self, words: &str) {
        ip(&format!("-n {} {words}", self.home));
    }

    /// A program at home.
    pub fn home(&self, command: &Command) -> Command {
        Self::inside(&self.home, command)
    }

    /// A program at the far end.
    pub fn far(&self, command: &Command) -> Command {
        Self::inside(&self.world, command)
    }

    fn inside(namespace: &str, command: &Command) -> Command {
        let mut inside = tool("ip");
        inside.args(["netns", "exec", namespace]).arg(command.get_program()).args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                inside.env(name, value);
            }
        }
        if let Some(dir) = command.get_current_dir() {
            inside.current_dir(dir);
        }
        inside
    }

    /// A proxy and a page at the far end, on ports 1080 and 8000.
    pub fn world(&self, home: &Home) -> [Running; 2] {
        home.file("page", PAGE);
        let proxy = tool_with("microsocks", &["-i", FAR, "-p", "1080"]);
        let mut page = tool_with(PYTHON, &["-m", "http.server", "--bind", FAR, "8000"]);
        page.current_dir(home.path());
        let world = [proxy, page].map(|command| Running::start(self.far(&command)));
        for port in [1080, 8000] {
            self.wait_for(FAR, port);
        }
        world
    }

    /// Waits until somebody listens at the far end.
    pub fn wait_for(&self, address: &str, port: u16) {
        let line = format!("exec 3<>/dev/tcp/{address}/{port}");
        let probe = tool_with("bash", &["-c", &line]);
        eventually("it listens", || run(self.home(&probe)).code.filter(|code| *code == 0));
    }

    /// Asks for the page, through a proxy at home.
    pub fn fetch(&self, proxy: &str) -> String {
        run(self.fetching(proxy)).succeeded()
    }

    /// The program that asks for the page, through a proxy at home.
    pub fn fetching(&self, proxy: &str) -> Command {
        let url = format!("http://{FAR}:8000/page");
        self.home(&tool_with("curl", &["--silent", "--show-error", "--max-time", "20", "--proxy", proxy, &url]))
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for namespace in [&self.home, &self.world] {
            run(tool_with("ip", &["netns", "del", namespace]));
        }
        let _ = fs::remove_dir_all(self.settings());
        // The folder above is only ours if nothing else is in it.
        let _ = fs::remove_dir("/etc/netns");
    }
}

fn ip(words: &str) {
    run(tool_with("ip", &words.split(' ').collect::<Vec<_>>())).succeeded();
}
