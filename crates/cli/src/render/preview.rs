//! What was found, before anything is added.

use paperwing_app::link::Support;
use paperwing_app::{Candidate, Found, Known, Preview};

use super::style::{Style, Tone, safe};
use super::table::{Cell, Table};
use super::words;

/// So many proxies are shown; the others are counted.
const MOST_PROXIES: usize = 20;

/// So many skipped entries are shown; the others are counted.
const MOST_SKIPPED: usize = 20;

/// The table, and under it everything that was left out and why.
pub(crate) fn lines(found: &Found, preview: &Preview, style: Style) -> Vec<String> {
    let mut lines = vec![format!("From {}: {}", safe(&found.from), words::proxies(found.proxies.len()))];
    let mut table = Table::new(&["NAME", "PROTOCOL", "ADDRESS", ""]);
    for candidate in preview.candidates.iter().take(MOST_PROXIES) {
        table.row(vec![
            Cell::plain(safe(&candidate.label)),
            Cell::plain(candidate.proxy.protocol.title()),
            Cell::plain(candidate.proxy.address()),
            remark(candidate),
        ]);
    }
    if !preview.candidates.is_empty() {
        lines.extend(table.lines(style).into_iter().map(|line| format!("  {line}")));
    }
    if let Some(more @ 1..) = preview.candidates.len().checked_sub(MOST_PROXIES) {
        lines.push(format!("  … and {more} more"));
    }
    if found.duplicate_count > 0 {
        lines.push(format!("Left out because they repeat one of these: {}", found.duplicate_count));
    }
    if found.skipped_count > 0 {
        lines.push(format!("Not understood: {}", found.skipped_count));
        for skipped in found.skipped.iter().take(MOST_SKIPPED) {
            let line = format!("  line {}: {} ({})", skipped.line, safe(&skipped.text), skipped.reason);
            lines.push(style.paint(Tone::Doubtful, &line));
        }
        if found.skipped_count > MOST_SKIPPED {
            lines.push(format!("  and {} more", found.skipped_count - MOST_SKIPPED.min(found.skipped.len())));
        }
    }
    for subscription in &found.subscriptions {
        let name = safe(&subscription.to_string());
        lines.push(format!("It also points to the list {name}: add that with `paperwing subscription add`."));
    }
    lines.extend(
        found
            .warnings
            .iter()
            .map(|warning| style.paint(Tone::Doubtful, &format!("Note: {}.", safe(&warning.to_string())))),
    );
    lines
}

fn remark(candidate: &Candidate) -> Cell {
    match (&candidate.known, &candidate.support) {
        (Known::Yes(name), _) => Cell::toned(format!("in the list already: {}", safe(name)), Tone::Faint),
        (_, Support::Needs(_) | Support::NotYet(_) | Support::Never(_) | Support::TelegramOnly) => {
            Cell::toned(safe(&candidate.support.to_string()), Tone::Doubtful)
        }
        (Known::SameAddress(name), Support::Carried) => {
            Cell::toned(format!("same address as {}", safe(name)), Tone::Faint)
        }
        (Known::No, Support::Carried) => Cell::plain(""),
    }
}
