//! `paperwing list`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use paperwing_app::{Health, Row};
use serde_json::Value;

use super::{Desk, Done};
use crate::args::List;
use crate::out;
use crate::render::style::{Style, Tone, safe};
use crate::render::table::{Cell, Table};
use crate::render::{json, words};

pub(super) fn run(desk: &Desk, args: &List) -> Done {
    let profile = desk.profile()?;
    let (rows, warning) = paperwing_app::rows(&profile);
    desk.warn(&warning);
    if args.json {
        return Ok(out::pretty_json(&Value::Array(rows.iter().map(json::row).collect()))?);
    }
    if rows.is_empty() {
        return desk.say("The list is empty. Add a proxy with `paperwing import LINK`, or try `paperwing demo`.");
    }
    Ok(out::lines(&table(&rows, desk.style, now()))?)
}

fn table(rows: &[Row], style: Style, now: u64) -> Vec<String> {
    let mut table = Table::new(&["NAME", "PROTOCOL", "ADDRESS", "HEALTH", "LAST"]);
    for row in rows {
        let mark = if row.is_chosen { " *" } else { "" };
        table.row(vec![
            Cell::toned(format!("{}{mark}", safe(&row.entry.name)), Tone::Strong),
            Cell::plain(title(&row.entry.protocol)),
            Cell::plain(row.entry.address()),
            Cell::health(row.verdict.health),
            Cell::plain(last(row, now)),
        ]);
    }
    let mut lines = table.lines(style);
    if rows.iter().any(|row| row.is_chosen) {
        lines.push("* is used while it works, because you asked for it; `paperwing use auto` ends that.".to_owned());
    }
    lines
}

/// `84 ms, 2 min ago`, or what went wrong and when.
fn last(row: &Row, now: u64) -> String {
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
