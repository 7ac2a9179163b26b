//! What starts a session, and what is asked of a running one.

use std::net::SocketAddr;

use clap::{Args, Subcommand};

use super::examples;

/// `up`.
#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Where programs connect; may be given several times
    #[arg(long, value_name = "ADDR:PORT", value_parser = address)]
    pub(crate) listen: Vec<SocketAddr>,
    /// Use these links, in order of preference, and leave the profile alone; - reads them from standard input, @FILE
    /// from a file
    #[arg(long, value_name = "LINK")]
    pub(crate) proxy: Vec<String>,
    /// Also point the desktop's proxy setting here for as long as this runs
    #[arg(long)]
    pub(crate) system_proxy: bool,
    /// Print events as JSON, one a line
    #[arg(long)]
    pub(crate) json: bool,
}

fn address(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "expected an address and a port, such as 127.0.0.1:1090")
}

/// `status`.
#[derive(Debug, Args)]
pub(crate) struct Status {
    /// Also show where each open connection leads
    #[arg(long)]
    pub(crate) connections: bool,
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `telegram`.
#[derive(Debug, Args)]
pub(crate) struct Telegram {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Begin with the last N; all that are kept where it is not given, at most 500
    #[arg(short = 'n', long = "last", value_name = "N")]
    pub(crate) last: Option<usize>,
    /// Go on with what happens from now on, until Ctrl-C or until it stops
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Print JSON, one object a line, each with its time
    #[arg(long)]
    pub(crate) json: bool,
}

/// `system-proxy`.
#[derive(Debug, Subcommand)]
pub(crate) enum SystemProxy {
    /// Point it at the running Paperwing, until that stops
    #[command(after_help = examples::SYSTEM_PROXY_ON)]
    On,
    /// Put back what was there before
    #[command(after_help = examples::SYSTEM_PROXY_OFF)]
    Off,
    /// Say where it points
    #[command(after_help = examples::SYSTEM_PROXY_STATUS)]
    Status(SystemProxyStatus),
    /// Put back what was there before a Paperwing that was killed, or a power loss
    #[command(after_help = examples::SYSTEM_PROXY_RESTORE)]
    Restore,
}

/// `system-proxy status`.
#[derive(Debug, Args)]
pub(crate) struct SystemProxyStatus {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}
