//! This computer's own network goes and comes back: said at once, blamed on nobody, and over the moment it is back.
#![cfg(target_os = "linux")]

use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use paperwing_tests::disk::Home;
use paperwing_tests::process::{Running, eventually, run, tool, tool_with};
use paperwing_tests::tools::{PYTHON, skip};
use paperwing_tests::{needs, paperwing::Setup};

static COUNT: AtomicU32 = AtomicU32::new(0);
const FAR: &str = "10.79.0.1";
const PAGE: &str = "it came through";

/// Two network namespaces with a line between them, and a way to everything else through the far end. Dropped, they are
/// gone.
struct Networks {
    home: String,
    world: String,
}

impl Networks {
    /// `None`, and a word why, where this process may not make any.
    fn make() -> Option<Self> {
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
        ip(&format!("-n {world} addr add {FAR}/32 dev lo"));
        for namespace in [home, world] {
            ip(&format!("-n {namespace} link set lo up"));
            ip(&format!("-n {namespace} link set line0 up"));
        }
        networks.at_home("route add default via 10.78.0.1");
        Some(networks)
    }

    fn at_home(&self, words: &str) {
        ip(&format!("-n {} {words}", self.home));
    }

    fn command(namespace: &str, command: &Command) -> Command {
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

    /// A proxy and a page at the far end.
    fn world(&self, home: &Home) -> [Running; 2] {
        home.file("page", PAGE);
        let proxy = tool_with("microsocks", &["-i", FAR, "-p", "1080"]);
        let mut page = tool_with(PYTHON, &["-m", "http.server", "--bind", FAR, "8000"]);
        page.current_dir(home.path());
        let world = [proxy, page].map(|command| Running::start(Self::command(&self.world, &command)));
        for port in [1080, 8000] {
            let line = format!("exec 3<>/dev/tcp/{FAR}/{port}");
            let probe = tool_with("bash", &["-c", &line]);
            eventually("it listens", || run(Self::command(&self.home, &probe)).code.filter(|code| *code == 0));
        }
        world
    }

    fn fetch(&self, proxy: &str) -> String {
        let url = format!("http://{FAR}:8000/page");
        let curl = tool_with("curl", &["--silent", "--show-error", "--max-time", "20", "--proxy", proxy, &url]);
        run(Self::command(&self.home, &curl)).succeeded()
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for namespace in [&self.home, &self.world] {
            run(tool_with("ip", &["netns", "del", namespace]));
        }
    }
}

fn ip(words: &str) {
    run(tool_with("ip", &words.split(' ').collect::<Vec<_>>())).succeeded();
}

fn goes_and_comes_back(goes: &[&str], comes: &[&str]) {
    needs!("ip", "microsocks", "curl", "bash");
    let Some(networks) = Networks::make() else { return };
    let home = Home::new();
    let _world = networks.world(&home);
    let links = [format!("socks5://{FAR}:1080#Oslo")];
    let mut paperwing = Setup::on(links).up_by(|command| Networks::command(&networks.home, &command));
    let proxy = paperwing.proxy("socks5h");
    assert_eq!(networks.fetch(&proxy), PAGE);
    // Nobody asks for anything meanwhile: it is the kernel that tells.
    for words in goes {
        networks.at_home(words);
    }
    paperwing.next("no_network");
    for words in comes {
        networks.at_home(words);
    }
    paperwing.next("network_back");
    assert_eq!(networks.fetch(&proxy), PAGE);
    let blamed = paperwing.kinds().iter().any(|kind| kind == "blocked" || kind == "switched");
    assert!(!blamed, "{:?}", paperwing.events());
}

#[test]
fn a_line_that_is_cut_is_said_at_once_and_over_the_moment_it_is_back() {
    goes_and_comes_back(&["link set line0 down"], &["link set line0 up", "route add default via 10.78.0.1"]);
}

#[test]
fn without_a_way_out_there_is_no_internet_though_the_line_is_there() {
    goes_and_comes_back(&["route del default"], &["route add default via 10.78.0.1"]);
}
