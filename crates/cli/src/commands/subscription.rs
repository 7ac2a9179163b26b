//! `paperwing subscription`.

use paperwing_app::link::PlainProtocol;
use paperwing_app::{Error, Merged, Profile, ProfileError, Refreshed, Source, Subscription};
use serde_json::Value;

use super::import::{consent, names};
use super::list::now;
use super::{Desk, Done, block_on, source};
use crate::args::{List, SubscriptionAdd, SubscriptionRefresh, SubscriptionRemove};
use crate::exit::{Exit, complain};
use crate::render::style::{Tone, safe};
use crate::render::table::{Cell, Table};
use crate::render::{json, preview, words};
use crate::{keys, out};

pub(super) fn add(desk: &Desk, args: &SubscriptionAdd) -> Done {
    let plain = PlainProtocol::default();
    let source @ Source::Web { .. } = address(&args.url, plain)? else {
        return Err(Error::Profile(ProfileError::BadUrl).into());
    };
    let mut profile = desk.profile()?;
    let found = block_on(async { Ok(paperwing_app::read(source, plain, &profile).await?) })?;
    let preview = found.preview(&profile);
    if !desk.global.quiet {
        out::lines(&preview::lines(&found, &preview, desk.style))?;
    }
    consent(desk, args.yes, &format!("Keep this list of {}?", words::proxies(found.proxies.len())))?;
    let name = args.name.as_deref();
    let (subscription, added) =
        keys::with_key(&mut profile, |profile| paperwing_app::add_subscription(profile, &found, name))?;
    desk.changed(&mut profile)?;
    let added = if added.is_empty() { "no new proxy".to_owned() } else { names(&added) };
    desk.say(&format!("Added the list {}: {added}.", safe(&subscription.name)))
}

/// On standard input an address stands alone; in a list it would be one line among others.
fn address(what: &str, plain: PlainProtocol) -> Result<Source, Exit> {
    match source(what, plain)? {
        Source::Bytes { bytes, .. } => Ok(paperwing_app::tell(&String::from_utf8_lossy(&bytes), plain)?),
        other => Ok(other),
    }
}

pub(super) fn refresh(desk: &Desk, args: &SubscriptionRefresh) -> Done {
    let mut profile = desk.profile()?;
    if profile.subscriptions().is_empty() {
        return desk.say("There is no subscription. Add one with `paperwing subscription add URL`.");
    }
    let refreshed = block_on(async { Ok(paperwing_app::refresh(&mut profile, &args.names).await?) })?;
    desk.changed(&mut profile)?;
    let mut has_failed = false;
    for one in &refreshed {
        match &one.result {
            Ok(merged) => desk.say(&news(one, merged.as_ref()))?,
            Err(error) => {
                has_failed = true;
                complain(&format!("{}: the last list stays", about(&one.name, &error.to_string())));
            }
        }
    }
    if has_failed { Err(Exit::Said) } else { Ok(()) }
}

/// Many a list is called as its host, which many an error names already.
fn about(name: &str, error: &str) -> String {
    if error.starts_with(name) { error.to_owned() } else { format!("{name}: {error}") }
}

fn news(refreshed: &Refreshed, merged: Option<&Merged>) -> String {
    let name = safe(&refreshed.name);
    let Some(merged) = merged else { return format!("{name}: nothing new.") };
    let parts = [
        (merged.added.len(), "new"),
        (merged.removed.len(), "gone"),
        (merged.renamed.len(), "renamed"),
        (merged.kept.len(), "gone from the list but kept"),
        (refreshed.skipped_count, "not understood"),
    ];
    let told: Vec<_> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    if told.is_empty() { format!("{name}: nothing new.") } else { format!("{name}: {}.", told.join(", ")) }
}

pub(super) fn list(desk: &Desk, args: &List) -> Done {
    let profile = desk.profile()?;
    let count = |subscription: &Subscription| count(&profile, subscription);
    if args.json {
        let all = profile.subscriptions().iter().map(|it| json::subscription(it, count(it)));
        return Ok(out::pretty_json(&Value::Array(all.collect()))?);
    }
    if profile.subscriptions().is_empty() {
        return desk.say("There is no subscription. Add one with `paperwing subscription add URL`.");
    }
    let mut table = Table::new(&["NAME", "FROM", "PROXIES", "FETCHED", "USED", "EXPIRES"]);
    for subscription in profile.subscriptions() {
        table.row(vec![
            Cell::toned(safe(&subscription.name), Tone::Strong),
            Cell::plain(safe(&subscription.host)),
            Cell::plain(count(subscription).to_string()),
            Cell::plain(subscription.news.fetched.map_or_else(|| "never".to_owned(), |then| words::ago(then, now()))),
            Cell::plain(allowance(subscription)),
            expiry(subscription, now()),
        ]);
    }
    Ok(out::lines(&table.lines(desk.style))?)
}

fn count(profile: &Profile, subscription: &Subscription) -> usize {
    profile.entries().iter().filter(|entry| entry.subscription == Some(subscription.id)).count()
}

fn allowance(subscription: &Subscription) -> String {
    let Some(usage) = subscription.news.usage else { return String::new() };
    let used = json::used(usage).map(words::bytes);
    match (used, usage.total.map(words::bytes)) {
        (Some(used), Some(total)) => format!("{used} of {total}"),
        (Some(used), None) => used,
        (None, Some(total)) => format!("of {total}"),
        (None, None) => String::new(),
    }
}

fn expiry(subscription: &Subscription, now: u64) -> Cell {
    match subscription.news.usage.and_then(|usage| usage.expires) {
        Some(end) if end > now => Cell::plain(format!("in {}", words::span(end - now))),
        Some(end) => Cell::toned(words::ago(end, now), Tone::Bad),
        None => Cell::plain(""),
    }
}

pub(super) fn remove(desk: &Desk, args: &SubscriptionRemove) -> Done {
    let mut profile = desk.profile()?;
    let (subscription, gone) = paperwing_app::remove_subscription(&mut profile, &args.name)?;
    desk.changed(&mut profile)?;
    desk.say(&format!("Removed the list {} and {}.", safe(&subscription.name), words::proxies(gone)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_gave_its_name_to_the_list_is_named_once() {
        assert_eq!(about("list.example", "list.example took more than 30 s"), "list.example took more than 30 s");
        assert_eq!(about("Friends", "list.example took more than 30 s"), "Friends: list.example took more than 30 s");
    }
}
