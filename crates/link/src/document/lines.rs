//! A link or an address on each line, as people paste them together.

use super::collect::Collector;
use super::node::Node;
use super::{About, DocumentHint, Format};
use crate::error::{Expected, LinkError, Part};
use crate::foreign::refusal;
use crate::parse::pieces::{Pieces, endpoint};
use crate::text::tidy;
use crate::{Host, Link, PlainProtocol, parse_link_as};

pub(super) fn read(text: &str, hint: DocumentHint, collector: &mut Collector) {
    for (at, line) in text.lines().enumerate() {
        let line = tidy(line);
        if line.is_empty() || line.starts_with(['#', ';']) || line.starts_with("//") {
            continue;
        }
        read_line(line, at + 1, hint.as_protocol, collector);
    }
}

/// A JSON array of links.
pub(super) fn read_strings(root: &Node, _: &mut About, collector: &mut Collector) -> Option<Format> {
    let items = root.items();
    if items.is_empty() || items.iter().any(|item| item.text().is_none()) {
        return None;
    }
    for item in items {
        read_line(tidy(item.text()?), item.line, PlainProtocol::Socks5, collector);
    }
    Some(Format::Lines)
}

fn read_line(line: &str, number: usize, plain: PlainProtocol, collector: &mut Collector) {
    let bullet = ["- ", "* ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet));
    let line = bullet.map_or(line, str::trim_start);
    let candidates = links_in(line);
    if candidates.len() < 2 && candidates.first().is_none_or(|text| text.len() == line.len()) {
        match parse_link_as(line, plain) {
            Ok(found) => collector.add(found),
            Err(reason) => collector.skip(number, reason, || redact(line)),
        }
        return;
    }
    // Prose around links, or several of them in one line. A name may hold blanks, so a link reaches to the next one,
    // and only where it makes no sense so is it cut at the first blank.
    for text in candidates {
        let whole = parse_link_as(text, plain);
        let cut = text.split_whitespace().next().filter(|first| first.len() < text.len());
        let parsed = match (whole, cut) {
            (Err(reason), Some(first)) => parse_link_as(first, plain).map_err(|_| reason),
            (whole, _) => whole,
        };
        match parsed {
            // An address in prose is there to be visited.
            Ok(Link::Subscription(_)) => {}
            Ok(found) => collector.add(found),
            Err(reason) => collector.skip(number, reason, || redact(text)),
        }
    }
}

/// The links in a line: each begins at a word with `://` in it (or `tg:`, `t.me/`) and reaches to the next.
fn links_in(line: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let mut word_start = true;
    for (at, c) in line.char_indices() {
        if word_start && begins_link(&line[at..]) {
            starts.push(at);
        }
        word_start = c.is_whitespace();
    }
    let ends = starts.iter().skip(1).copied().chain([line.len()]);
    starts.iter().zip(ends).map(|(&start, end)| line[start..end].trim_end()).collect()
}

fn begins_link(text: &str) -> bool {
    let scheme =
        text.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))).unwrap_or(text.len());
    let (scheme, rest) = text.split_at(scheme);
    (rest.starts_with("://") && scheme.starts_with(|c: char| c.is_ascii_alphabetic()))
        || (scheme.eq_ignore_ascii_case("tg") && rest.starts_with(':'))
        || (scheme.eq_ignore_ascii_case("t.me") && rest.starts_with('/'))
}

/// As much of a line as can be shown: its scheme and its address, where they can be told for certain.
fn redact(line: &str) -> String {
    let (scheme, rest) = line.split_once("://").map_or((None, line), |(scheme, rest)| (Some(scheme), rest));
    let scheme = scheme.filter(|scheme| {
        scheme.len() <= 16 && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
    });
    let pieces = Pieces::of_proxy(rest);
    let telegram = pieces.params().ok().and_then(|params| params.peek("server").and_then(|text| text.parse().ok()));
    let host = endpoint(pieces.address, None).map(|(host, _)| host).ok().or(telegram).filter(is_telling);
    match (scheme, host) {
        (Some(scheme), Some(host)) => format!("{scheme}://…{host}…"),
        (Some(scheme), None) => format!("{scheme}://…"),
        (None, Some(host)) => format!("…{host}…"),
        (None, None) => format!("… ({} characters)", line.chars().count()),
    }
}

/// A word without a dot could as well be half of a password.
fn is_telling(host: &Host) -> bool {
    match host {
        Host::Ip(_) => true,
        Host::Name(name) => name.contains('.'),
    }
}

/// An entry of a document as it may be shown.
pub(super) fn entry_text(kind: Option<&str>, host: Option<&str>) -> String {
    let kind = kind.filter(|kind| kind.len() <= 16 && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'));
    let host = host.and_then(|host| host.parse::<Host>().ok());
    match (kind, host) {
        (Some(kind), Some(host)) => format!("{kind} {host}"),
        (Some(kind), None) => kind.to_owned(),
        (None, Some(host)) => host.to_string(),
        (None, None) => String::new(),
    }
}

/// An entry's type that no proxy of ours has.
pub(super) fn unknown_kind(kind: &str) -> LinkError {
    LinkError::new(Part::Scheme, refusal(kind).unwrap_or(Expected::KnownKind))
}
