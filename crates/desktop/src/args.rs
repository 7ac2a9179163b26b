//! What the program can be told when it is started.

use std::path::PathBuf;

use clap::Parser;

/// A proxy switcher: one local port, your list of proxies behind it.
#[derive(Debug, Clone, Parser)]
#[command(name = "paperwing-desktop", version)]
pub struct Args {
    /// Start without showing the window; with no tray to wait in, the window is shown all the same
    #[arg(long)]
    pub hidden: bool,
    /// The folder of settings and proxies, instead of the usual one
    #[arg(long, value_name = "DIR")]
    pub profile: Option<PathBuf>,
    /// Put the system's proxy setting back as it was before Paperwing changed it, and end
    #[arg(long)]
    pub restore_system_proxy: bool,
    /// Links and files to look at: a preview is shown, and nothing is contacted or kept before you say so
    #[arg(value_name = "LINK|FILE")]
    pub handed: Vec<String>,
}
