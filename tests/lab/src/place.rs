//! Where a scenario is played: on loopback, or between two networks that exist for it alone.

use std::fs::File;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tun_rs::SyncDevice;

use crate::proxy::{DISTANCE, shoes};
use crate::shuttle;

/// Where a scenario is played.
#[derive(Debug)]
pub enum Place {
    /// Addresses of this computer that nobody else uses. Needs no rights.
    Loopback(Block),
    /// Two network namespaces with a line between them. Needs root.
    Networks(Networks),
}

/// 254 addresses in 127.0.0.0/8: a port that one scenario's proxy gives up for a while is not taken by another's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block(u8, u8);

/// The two ends of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Clients and the forwarder.
    Home,
    /// Proxies and origins.
    World,
}

/// What the kernel does to the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Packets to and from a proxy vanish.
    Blackhole(u32),
    /// Every packet to a proxy is answered with a reset.
    Reset(u32),
    /// Packets to and from everything vanish: the line is broken further away.
    Everything,
    /// The interface is switched off.
    InterfaceDown,
    /// All is well again.
    Healed,
}

/// Two network namespaces and the line between them. Dropped, they are gone.
#[derive(Debug)]
pub struct Networks {
    home: String,
    world: String,
    settings: PathBuf,
    /// How long a packet takes, where that is not nothing.
    late: Option<Duration>,
}

const NETNS: &str = "/run/netns";
const PREFIX: &str = "paperwing-lab-";
const LINE: &str = "line0";
const HOME: Ipv4Addr = Ipv4Addr::new(10, 77, 2, 1);
const ORIGIN: u8 = 200;
const WITHOUT: &str = "PAPERWING_WITHOUT";
const TOOLS: &str = "/usr/sbin:/sbin:/usr/bin:/bin";
static COUNT: AtomicU32 = AtomicU32::new(0);

/// Where the name server listens, in [`Place::Networks`].
pub(crate) const NAME_SERVER: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 53);

// === impl Block ===

impl Block {
    /// For those who have to know it before.
    pub const FIXED: Self = Self(77, 0);

    /// Another one for each scenario of this process, and mostly another one than other processes'.
    fn next() -> Self {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let process = std::process::id() % 128;
        Self(128 + u8::try_from(process).unwrap_or(0), u8::try_from(count % 256).unwrap_or(0))
    }

    fn address(self, last: u8) -> IpAddr {
        Ipv4Addr::new(127, self.0, self.1, last).into()
    }
}

// === impl Place ===

impl Place {
    /// Addresses of this computer, for one scenario.
    pub fn loopback() -> Self {
        Self::Loopback(Block::next())
    }

    /// A place of the kind that is asked for, or why this process cannot have it.
    pub fn networks() -> anyhow::Result<Self> {
        Networks::new(None).map(Self::Networks)
    }

    /// The same with a line that takes so long one way.
    pub fn far(late: Duration) -> anyhow::Result<Self> {
        Networks::new(Some(late)).map(Self::Networks)
    }

    /// How long a proxy takes for each of its answers, as if it were far away, where the line itself takes no time.
    pub(crate) fn distance(&self) -> Duration {
        match self {
            Self::Networks(Networks { late: Some(_), .. }) => Duration::ZERO,
            _ => DISTANCE,
        }
    }

    /// The address of a proxy, counted from 1. No two have the same.
    pub fn proxy(&self, index: u32) -> IpAddr {
        let last = u8::try_from(index).unwrap_or(u8::MAX);
        match self {
            Self::Loopback(block) => block.address(last),
            Self::Networks(_) => Ipv4Addr::new(10, 77, 0, last).into(),
        }
    }

    /// The address of the origins.
    pub fn origin(&self) -> IpAddr {
        match self {
            Self::Loopback(block) => block.address(ORIGIN),
            Self::Networks(_) => Ipv4Addr::new(10, 77, 1, 1).into(),
        }
    }

    /// Moves the calling thread to one end of the line; sockets that it opens from then on are there.
    pub fn enter(&self, side: Side) -> io::Result<()> {
        let Self::Networks(networks) = self else { return Ok(()) };
        let namespace = File::open(Path::new(NETNS).join(networks.name(side)))?;
        move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(())
    }

    /// A program at the clients' end. It dies with the thread that starts it.
    pub fn command(&self, program: &Path) -> Command {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL", "--"]);
        if let Self::Networks(networks) = self {
            command.args(["ip", "netns", "exec", &networks.home]);
        }
        command.arg(program).env_clear().envs([("PATH", TOOLS), ("LANG", "C.UTF-8")]);
        // A build from which defences can be taken out (scripts/defences.py) is asked to do without one.
        command.envs(std::env::var_os(WITHOUT).map(|defence| (WITHOUT, defence)));
        command
    }

    /// Where programs are found that need shoes, if it is installed.
    pub(crate) fn path_with_shoes() -> Option<String> {
        let folder = shoes::find()?.parent()?.to_str()?.to_owned();
        Some(format!("{TOOLS}:{folder}"))
    }

    /// An address at the clients' end where nobody listens.
    pub fn free_home_address(self: &Arc<Self>) -> anyhow::Result<SocketAddr> {
        self.at_home(|| Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?))
    }

    /// Waits until somebody listens at the clients' end.
    pub fn wait_for(self: &Arc<Self>, address: SocketAddr, patience: Duration) -> anyhow::Result<()> {
        self.at_home(move || {
            let begun = Instant::now();
            while let Err(error) = TcpStream::connect(address) {
                if begun.elapsed() > patience {
                    return Err(error.into());
                }
                thread::sleep(Duration::from_millis(10));
            }
            Ok(())
        })
    }

    /// Does something at the clients' end.
    pub(crate) fn at_home<T: Send + 'static>(
        self: &Arc<Self>,
        act: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let place = Arc::clone(self);
        let acting = thread::spawn(move || {
            place.enter(Side::Home)?;
            act()
        });
        acting.join().map_err(|_| anyhow::anyhow!("a thread in the lab's network panicked"))?
    }

    /// Does something to the line. On loopback there is none.
    pub fn cut(&self, cut: Cut) -> anyhow::Result<()> {
        match self {
            Self::Loopback(_) => bail!("loopback has no line that could be cut"),
            Self::Networks(networks) => networks.cut(cut, |index| self.proxy(index)),
        }
    }
}

// === impl Networks ===

impl Networks {
    fn new(late: Option<Duration>) -> anyhow::Result<Self> {
        if !rustix::process::geteuid().is_root() {
            bail!("making networks needs root");
        }
        remove_leftovers();
        let name = format!("{PREFIX}{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let (home, world) = (format!("{name}-home"), format!("{name}-world"));
        let networks = Self { settings: Path::new("/etc/netns").join(&home), home, world, late };
        networks.build().context("make the lab's networks")?;
        Ok(networks)
    }

    fn name(&self, side: Side) -> &str {
        match side {
            Side::Home => &self.home,
            Side::World => &self.world,
        }
    }

    fn build(&self) -> anyhow::Result<()> {
        let (home, world) = (&self.home, &self.world);
        ip(&format!("netns add {home}"))?;
        ip(&format!("netns add {world}"))?;
        match self.late {
            None => ip(&format!("link add {LINE} netns {home} type veth peer name {LINE} netns {world}"))?,
            Some(late) => shuttle::carry(self.device(Side::Home)?, self.device(Side::World)?, late),
        }
        for (namespace, addresses) in [(home, vec![HOME]), (world, vec![NAME_SERVER, Ipv4Addr::new(10, 77, 1, 1)])] {
            for address in addresses {
                ip(&format!("-n {namespace} addr add {address}/16 dev {LINE}"))?;
            }
            ip(&format!("-n {namespace} link set lo up"))?;
            ip(&format!("-n {namespace} link set {LINE} up"))?;
        }
        for last in 1..=4 {
            ip(&format!("-n {world} addr add 10.77.0.{last}/16 dev {LINE}"))?;
        }
        // `ip netns exec` puts what is in this folder in the place of the files of /etc.
        // Another lab that ends may take the empty folder above away in the same moment.
        while let Err(error) = std::fs::create_dir_all(&self.settings) {
            if error.kind() != io::ErrorKind::NotFound {
                return Err(error.into());
            }
        }
        std::fs::write(
            self.settings.join("resolv.conf"),
            format!("nameserver {NAME_SERVER}\noptions timeout:1 attempts:2\n"),
        )?;
        Ok(())
    }

    fn device(&self, side: Side) -> anyhow::Result<SyncDevice> {
        let namespace = File::open(Path::new(NETNS).join(self.name(side)))?;
        let opening = thread::spawn(move || {
            move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network))?;
            shuttle::device(LINE)
        });
        Ok(opening.join().map_err(|_| anyhow::anyhow!("a thread in the lab's network panicked"))??)
    }

    fn cut(&self, cut: Cut, address: impl Fn(u32) -> IpAddr) -> anyhow::Result<()> {
        match cut {
            Cut::Blackhole(proxy) => {
                let proxy = address(proxy);
                self.filter(
                    &format!("ip saddr {HOME} ip daddr {proxy} drop"),
                    &format!("ip saddr {proxy} ip daddr {HOME} drop"),
                )
            }
            Cut::Reset(proxy) => {
                let proxy = address(proxy);
                self.filter(&format!("ip saddr {HOME} ip daddr {proxy} meta l4proto tcp reject with tcp reset"), "")
            }
            Cut::Everything => self.filter(&format!("ip saddr {HOME} drop"), &format!("ip daddr {HOME} drop")),
            Cut::InterfaceDown => ip(&format!("-n {} link set {LINE} down", self.home)),
            Cut::Healed => {
                self.nft("flush ruleset")?;
                ip(&format!("-n {} link set {LINE} up", self.home))
            }
        }
    }

    fn filter(&self, input: &str, output: &str) -> anyhow::Result<()> {
        self.nft(&format!(
            "flush ruleset\ntable ip lab {{\n chain in {{ type filter hook input priority 0;\n {input}\n }}\n \
             chain out {{ type filter hook output priority 0;\n {output}\n }}\n}}"
        ))
    }

    fn nft(&self, rules: &str) -> anyhow::Result<()> {
        let mut child = Command::new("ip")
            .args(["netns", "exec", &self.world, "nft", "-f", "-"])
            .env("PATH", TOOLS)
            .stdin(Stdio::piped())
            .spawn()
            .context("nft")?;
        if let Some(mut stdin) = child.stdin.take() {
            io::Write::write_all(&mut stdin, rules.as_bytes())?;
        }
        if !child.wait()?.success() {
            bail!("nft did not take: {rules}");
        }
        Ok(())
    }
}

impl Drop for Networks {
    fn drop(&mut self) {
        for namespace in [&self.home, &self.world] {
            if self.late.is_some() {
                // The device holds on to its namespace, and whoever reads from it to the device.
                let _ = ip(&format!("-n {namespace} link del {LINE}"));
            }
            let _ = ip(&format!("netns del {namespace}"));
        }
        let _ = std::fs::remove_dir_all(&self.settings);
        // The folder above is only ours if nothing else is in it.
        let _ = std::fs::remove_dir("/etc/netns");
    }
}

/// Networks of a lab that was killed. Their names hold its process id.
fn remove_leftovers() {
    for dir in [NETNS, "/etc/netns"] {
        for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let Some(pid) = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next()) else { continue };
            if Path::new("/proc").join(pid).exists() {
                continue;
            }
            let _ = if dir == NETNS {
                ip(&format!("netns del {name}")).is_ok()
            } else {
                std::fs::remove_dir_all(entry.path()).is_ok()
            };
        }
    }
}

fn ip(words: &str) -> anyhow::Result<()> {
    let output = Command::new("ip").args(words.split(' ')).env("PATH", TOOLS).output().context("ip")?;
    if !output.status.success() {
        bail!("ip {words}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
