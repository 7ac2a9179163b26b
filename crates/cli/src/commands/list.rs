//! `paperwing list`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use paperwing_app::link::Support;
use paperwing_app::{Health, Listing, PASSPHRASE_VAR, Row, SecretError};
use serde_json::Value;

use super::{Desk, Done};
use crate::args::List;
use crate::exit::complain;
use crate::out;
use crate::render::style::{Style, Tone, safe};
use crate::render::table::{Cell, Table};
use crate::render::{json, words};

pub(super) fn run(desk: &Desk, args: &List) -> Done {
    let profile = desk.profile_unasked()?;
    let Listing { rows, warning, sealed } = paperwing_app::listing(&profile);
    desk.warn(&warning);
    if let Some(why) = sealed.filter(|_| !desk.global.quiet) {
        complain(&not_looked_at(&why));
    }
    if args.json {
        return Ok(out::pretty_json(&Value::Array(rows.iter().map(json::row).collect()))?);
    }
    if rows.is_empty() {
        return desk.say("The list is empty. Add a proxy with `paperwing import LINK`, or try `paperwing demo`.");
    }
    Ok(out::lines(&table(&rows, desk.style, now()))?)
}

/// Some links stayed sealed, so of their proxies no more than the protocol was seen.
fn not_looked_at(why: &SecretError) -> String {
    let why = match why {
        SecretError::PassphraseMissing => {
            format!("their links take the passphrase, which `paperwing test` asks for (or set {PASSPHRASE_VAR})")
        }
        why => why.to_string(),
    };
    format!("whether all of these can be used was not looked at: {why}")
}

fn table(rows: &[Row], style: Style, now: u64) -> Vec<String> {
    let mut table = Table::new(&["NAME", "PROTOCOL", "ADDRESS", "HEALTH", "LAST"]);
    for row in rows {
        let mark = if row.is_chosen { " *" } else { "" };
        table.row(vec![
            Cell::toned(format!("{}{mark}", safe(&row.entry.name)), Tone::Strong),
            Cell::plain(title(&row.entry.protocol)),
            Cell::plain(row.entry.address()),
            health(row),
            Cell::plain(last(row, now)),
        ]);
    }
    let mut lines = table.lines(style);
    if rows.iter().any(|row| row.is_chosen) {
        lines.push("* is used while it works, because you asked for it; `paperwing use auto` ends that.".to_owned());
    }
    lines
}

/// What cannot be carried was not merely left untested, and how it did before says nothing.
fn health(row: &Row) -> Cell {
    match (&row.support, row.verdict.health) {
        (Support::TelegramOnly, Health::Untested) => Cell::toned("– Telegram only", Tone::Faint),
        (Support::Carried | Support::TelegramOnly, health) => Cell::health(health),
        _ => Cell::toned("– cannot be used", Tone::Faint),
    }
}

/// `84 ms, 2 min ago`, what went wrong and when, or why it cannot be used.
fn last(row: &Row, now: u64) -> String {
    if let Some(why_not) = row.support.why_not() {
        return safe(&why_not);
    }
    let record = &row.record;
    let when = if row.verdict.health == Health::Healthy { record.last_ok } else { record.last_failure };
    let what = match (&row.verdict.why, record.last_time_ms) {
        (Some(why), _) => Some(safe(why)),
        (None, Some(ms)) if row.verdict.health == Health::Healthy => {
            Some(words::duration(Duration::from_millis(ms.into())))
        }
        (None, _) => None,
    };
    let parts: Vec<_> = what.into_iter().chain(when.map(|when| words::ago(when, now))).collect();
    parts.join(", ")
}

/// A protocol's name as people write it, from the word in the list.
fn title(word: &str) -> String {
    match word {
        "socks5" | "socks4" | "http" | "https" | "tuic" | "vless" | "ssh" => word.to_uppercase(),
        "socks4a" => "SOCKS4a".to_owned(),
        "shadowsocks" => "Shadowsocks".to_owned(),
        "trojan" => "Trojan".to_owned(),
        "vmess" => "VMess".to_owned(),
        "hysteria2" => "Hysteria2".to_owned(),
        "anytls" => "AnyTLS".to_owned(),
        "mtproto" => "MTProto".to_owned(),
        other => safe(other),
    }
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
