//! What reads and writes text alone: links, completions, pages of the manual.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueHint};

use super::Bare;
use super::examples;

/// `link`.
#[derive(Debug, Subcommand)]
pub(crate) enum Link {
    /// Say what a link means, or name the part of it that is wrong
    #[command(after_help = examples::LINK_PARSE)]
    Parse(Parse),
}

/// `link parse`.
#[derive(Debug, Args)]
pub(crate) struct Parse {
    /// The link, or - for standard input
    #[arg(value_name = "LINK", value_hint = ValueHint::AnyPath)]
    pub(crate) link: String,
    /// Print JSON, with passwords
    #[arg(long)]
    pub(crate) json: bool,
    /// Read a whole list: lines, base64, Clash, sing-box, SIP008 and others
    #[arg(long)]
    pub(crate) document: bool,
    /// What lines without a scheme are (host:port, host:port:user:password)
    #[arg(long = "as", value_name = "PROTOCOL", default_value = "socks5")]
    pub(crate) bare: Bare,
}

/// `completions`.
#[derive(Debug, Args)]
pub(crate) struct Completions {
    /// Which shell
    pub(crate) shell: clap_complete::Shell,
}

/// `man`.
#[derive(Debug, Args)]
pub(crate) struct Man {
    /// Write the pages of all commands into this folder
    #[arg(long, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) out: Option<PathBuf>,
}
