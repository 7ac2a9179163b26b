//! What can be typed, with the texts that teach it.
// The documentation here is what people read in their terminals, where backticks would only be seen.
#![allow(clippy::doc_markdown)]

mod examples;
mod proxies;
mod running;
mod subscriptions;
mod texts;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

pub(crate) use self::proxies::{Bare, Import, List, Remove, Rename, Share, Test, Use};
pub(crate) use self::running::{Events, Status, SystemProxy, SystemProxyStatus, Telegram, Up};
pub(crate) use self::subscriptions::{Subscription, SubscriptionAdd, SubscriptionRefresh, SubscriptionRemove};
pub(crate) use self::texts::{Completions, Link, Man, Parse};

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
