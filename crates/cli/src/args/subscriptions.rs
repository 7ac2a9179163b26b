//! Lists that somebody else keeps.

use clap::{Args, Subcommand, ValueHint};

use super::{List, examples};

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
