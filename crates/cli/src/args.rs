//! What can be typed, with the texts that teach it.
// The documentation here is what people read in their terminals, where backticks would only be seen.
#![allow(clippy::doc_markdown)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

mod examples;

/// A proxy switcher: one local port, a list of proxies behind it, and the next one when one gets blocked.
#[derive(Debug, Parser)]
#[command(
    name = "paperwing",
    version,
    about = "One local port, a list of proxies behind it, and the next one when one gets blocked.",
    after_help = examples::PAPERWING,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    max_term_width = 100
)]
pub(crate) struct Paperwing {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Everywhere")]
pub(crate) struct Global {
    /// The folder with the list of proxies and the settings, instead of the usual one
    #[arg(long, global = true, value_name = "DIR", value_hint = ValueHint::DirPath)]
    pub(crate) profile: Option<PathBuf>,
    /// Where the key to the passwords is kept
    #[arg(long, global = true, value_name = "WHERE")]
    pub(crate) keyring: Option<Keyring>,
    /// Colours: on a terminal only, always, never (NO_COLOR works too)
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto", hide_default_value = true)]
    pub(crate) color: When,
    /// Say only what was asked for, and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Say on standard error what happens inside; twice for more. PAPERWING_LOG sets it finer
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

/// Where the key to the passwords is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Keyring {
    /// Nowhere: nothing is asked for, and passwords can be neither kept nor read
    None,
    /// In a file beside the list: who can read your files can read the passwords
    File,
    /// In the system's keyring
    Os,
    /// Behind a passphrase, which is asked for or in PAPERWING_PASSPHRASE
    Passphrase,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum When {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Add proxies from a link, a file, a picture of a QR code, a web address or standard input
    #[command(after_help = examples::IMPORT)]
    Import(Import),
    /// Show the proxies and how each did the last time
    #[command(after_help = examples::LIST)]
    List(List),
    /// Try proxies stage by stage and say what exactly fails
    #[command(after_help = examples::TEST)]
    Test(Test),
    /// Open the local port and carry traffic until Ctrl-C
    #[command(after_help = examples::UP)]
    Up(Up),
    /// Ask the running Paperwing which proxy it uses, how each one does and what it carries
    #[command(after_help = examples::STATUS)]
    Status(Status),
    /// Ask the running Paperwing what happened: switches, blocked proxies, the network
    #[command(after_help = examples::EVENTS)]
    Events(Events),
    /// Print the link that makes Telegram use the running Paperwing
    #[command(after_help = examples::TELEGRAM)]
    Telegram(Telegram),
    /// Prefer one proxy while it works, or let Paperwing choose again
    #[command(after_help = examples::USE)]
    Use(Use),
    /// Take a proxy off the list
    #[command(after_help = examples::REMOVE)]
    Remove(Remove),
    /// Give a proxy another name
    #[command(after_help = examples::RENAME)]
    Rename(Rename),
    /// Print a proxy as a link or a QR code, with its password
    #[command(after_help = examples::SHARE)]
    Share(Share),
    /// Look into a link or a list without adding anything
    #[command(subcommand)]
    Link(Link),
    /// Lists of proxies that are fetched from a web address
    #[command(subcommand)]
    Subscription(Subscription),
    /// The desktop's own proxy setting, which most programs follow
    #[command(subcommand)]
    SystemProxy(SystemProxy),
    /// See a failover in 20 seconds: practice proxies, no network, one gets blocked
    #[command(after_help = examples::DEMO)]
    Demo,
    /// Print the completion script for a shell
    #[command(after_help = examples::COMPLETIONS)]
    Completions(Completions),
    /// Print the manual page
    #[command(after_help = examples::MAN)]
    Man(Man),
}

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

/// `subscription`.
#[derive(Debug, Subcommand)]
pub(crate) enum Subscription {
    /// Fetch a list, show it, and keep its address
    #[command(after_help = examples::SUBSCRIPTION_ADD)]
    Add(SubscriptionAdd),
    /// Fetch lists again
    #[command(after_help = examples::SUBSCRIPTION_REFRESH)]
    Refresh(SubscriptionRefresh),
    /// Show the lists
    List(List),
    /// Forget a list and its proxies
    Remove(SubscriptionRemove),
}

/// `subscription add`.
#[derive(Debug, Args)]
pub(crate) struct SubscriptionAdd {
    /// The list's web address
    #[arg(value_name = "URL", value_hint = ValueHint::Url)]
    pub(crate) url: String,
    /// What to call it, instead of what it calls itself
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) name: Option<String>,
    /// Add without asking
    #[arg(short, long)]
    pub(crate) yes: bool,
}

/// `subscription refresh`.
#[derive(Debug, Args)]
pub(crate) struct SubscriptionRefresh {
    /// Which ones; all where none is named
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) names: Vec<String>,
}

/// `subscription remove`.
#[derive(Debug, Args)]
pub(crate) struct SubscriptionRemove {
    /// Which one
    #[arg(value_name = "NAME", value_hint = ValueHint::Other)]
    pub(crate) name: String,
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definitions_are_sound() {
        Paperwing::command().debug_assert();
    }

    #[test]
    fn every_command_says_what_it_does() {
        fn check(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{}", command.get_name());
            for argument in command.get_arguments() {
                assert!(argument.get_help().is_some(), "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Paperwing::command());
    }

    #[test]
    fn examples_in_the_help_texts_can_be_typed() {
        for line in examples::ALL.iter().flat_map(|text| text.lines()) {
            let Some(line) = line.trim_start().strip_prefix("paperwing ") else { continue };
            let typed = line.split("  #").next().unwrap().split(" > ").next().unwrap().split(" < ").next().unwrap();
            let words =
                std::iter::once("paperwing").chain(typed.split_whitespace().map(|word| word.trim_matches('\'')));
            if let Err(error) = Paperwing::try_parse_from(words) {
                panic!("{line}\n{error}");
            }
        }
    }
}
