//! What is done with the list.

use clap::{Args, ValueEnum, ValueHint};

/// `import`.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// A link, a file, a picture, a web address, or - for standard input
    #[arg(value_name = "WHAT", value_hint = ValueHint::AnyPath)]
    pub(crate) what: String,
    /// Add without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
    /// What lines without a scheme are (host:port, host:port:user:password)
    #[arg(long = "as", value_name = "PROTOCOL", default_value = "socks5")]
    pub(crate) bare: Bare,
}

/// What lines without a scheme are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Bare {
    /// SOCKS5
    #[default]
    Socks5,
    /// SOCKS4
    Socks4,
    /// SOCKS4a
    Socks4a,
    /// HTTP CONNECT
    Http,
    /// HTTP CONNECT inside TLS
    Https,
}

/// `list`.
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Print JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// `test`.
#[derive(Debug, Args)]
pub(crate) struct Test {
    /// Which ones; all where none is named
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) names: Vec<String>,
    /// The page to ask for through each proxy
    #[arg(long, value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) page: Option<String>,
    /// Print JSON, one object a line, in the order in which they finish
    #[arg(long)]
    pub(crate) json: bool,
}

/// `use`.
#[derive(Debug, Args)]
pub(crate) struct Use {
    /// The proxy's name, or auto
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) name: String,
}

/// `remove`.
#[derive(Debug, Args)]
pub(crate) struct Remove {
    /// Which ones
    #[arg(value_name = "NAME", value_hint = ValueHint::Other, required = true)]
    pub(crate) names: Vec<String>,
}

/// `rename`.
#[derive(Debug, Args)]
pub(crate) struct Rename {
    /// Which one
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) name: String,
    /// Its new name
    #[arg(value_name = "NEW_NAME", value_hint = ValueHint::Other)]
    pub(crate) to: String,
}

/// `share`.
#[derive(Debug, Args)]
pub(crate) struct Share {
    /// Which one
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) name: String,
    /// Draw a QR code for a phone's camera
    #[arg(long)]
    pub(crate) qr: bool,
}
