//! `paperwing import`.

use paperwing_app::link::Proxy;
use paperwing_app::{Entry, Known, support_here};

use super::{Desk, Done, block_on, source};
use crate::args::Import;
use crate::exit::Exit;
use crate::render::style::safe;
use crate::render::{preview, words};
use crate::{ask, keys, out};

/// So many names are said; the others are counted.
const MOST_NAMES: usize = 5;

pub(super) fn run(desk: &Desk, args: &Import) -> Done {
    let plain = args.bare.into();
    // First what was typed, then the profile: a mistake in a link must leave nothing behind.
    let source = source(&args.what, plain)?;
    let mut profile = desk.profile()?;
    let found = block_on(async { Ok(paperwing_app::read(source, plain, &profile).await?) })?;
    let preview = found.preview(&profile);
    if !desk.global.quiet {
        out::lines(&preview::lines(&found, &preview, desk.style))?;
    }
    let new = preview.candidates.iter().filter(|candidate| !matches!(candidate.known, Known::Yes(_))).count();
    if new == 0 {
        let why = if found.proxies.is_empty() { "Nothing to add." } else { "The list has all of them already." };
        return desk.say(why);
    }
    consent(desk, args.yes, &format!("Add {}?", words::proxies(new)))?;
    let (added, known) = keys::with_key(&mut profile, |profile| paperwing_app::add(profile, &found.proxies))?;
    desk.changed(&mut profile)?;
    desk.say(&report(&added, &known))?;
    // Whoever has more of them has found the way already.
    if added.len() == profile.entries().len() { desk.say(next_step(&found.proxies)) } else { Ok(()) }
}

/// Whoever runs a proxy sees much, so nothing is added without a yes.
pub(super) fn consent(desk: &Desk, is_given: bool, question: &str) -> Done {
    if is_given {
        return Ok(());
    }
    if !ask::is_somebody_there() {
        return Err(Exit::Input("nothing was added: nobody is there to be asked: say --yes to add".to_owned()));
    }
    if !desk.global.quiet {
        eprintln!("Whoever runs a proxy can see which sites you visit and your IP address.");
    }
    if ask::yes(question) { Ok(()) } else { Err(Exit::World("nothing was added".to_owned())) }
}

/// What to do with a first list.
fn next_step(proxies: &[Proxy]) -> &'static str {
    if proxies.iter().any(|proxy| support_here(proxy).why_not().is_none()) {
        "To use it, type: paperwing up"
    } else {
        "Nothing of it can be used as things are; what was found, above, says why."
    }
}

fn report(added: &[Entry], known: &[Entry]) -> String {
    let text = match added.len() {
        0 => "Nothing was added".to_owned(),
        count => format!("Added {}: {}", words::proxies(count), names(added)),
    };
    if known.is_empty() { format!("{text}.") } else { format!("{text}; in the list already: {}.", names(known)) }
}

/// The first names, and how many more.
pub(super) fn names(entries: &[Entry]) -> String {
    let shown: Vec<_> = entries.iter().take(MOST_NAMES).map(|entry| safe(&entry.name)).collect();
    let shown = shown.join(", ");
    match entries.len().checked_sub(MOST_NAMES) {
        Some(more @ 1..) => format!("{shown} and {more} more"),
        _ => shown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_nothing_that_can_be_used_is_not_sent_on() {
        let [works, not_yet] = ["socks5://h.example:1", "hysteria2://x@h.example:1"].map(|link| {
            let Ok(proxy) = link.parse::<Proxy>() else { panic!("{link}") };
            proxy
        });
        assert!(next_step(&[not_yet.clone(), works]).contains("paperwing up"));
        assert!(!next_step(&[not_yet]).contains("paperwing up"));
    }
}
