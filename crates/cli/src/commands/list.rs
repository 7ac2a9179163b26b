//! `paperwing list`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use paperwing_app::link::Program;
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

/// What cannot be carried was not merely left untested.
fn health(row: &Row) -> Cell {
    match unusable(&row.entry.protocol) {
        Some(why) if row.verdict.health == Health::Untested => Cell::toned(format!("– {why}"), Tone::Faint),
        _ => Cell::health(row.verdict.health),
    }
}

/// Told by the protocol alone, for the rest of a proxy may be sealed.
fn unusable(protocol: &str) -> Option<&'static str> {
    match protocol {
        "socks5" | "socks4" | "socks4a" | "http" | "https" | "shadowsocks" | "trojan" | "vless" | "ssh" => None,
        "mtproto" => Some("for Telegram only"),
        "vmess" | "anytls" if paperwing_app::is_installed(Program::Shoes) => None,
        "vmess" | "anytls" => Some("needs the shoes engine"),
        _ => Some("not supported yet"),
    }
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

#[cfg(test)]
mod tests {
    use paperwing_app::link::{Proxy, Support};

    use super::*;

    #[test]
    fn the_list_knows_which_protocols_are_carried() {
        for link in [
            "socks5://h.example:1",
            "socks4://h.example:1",
            "socks4a://h.example:1",
            "http://h.example:1",
            "https://h.example:1",
            "ss://YWVzLTI1Ni1nY206eA@h.example:1",
            "trojan://x@h.example:1",
            "vless://id@h.example:1",
            "tg://proxy?server=h.example&port=1&secret=00000000000000000000000000000000",
        ] {
            let Ok(proxy) = link.parse::<Proxy>() else { panic!("{link}") };
            let wanted = match proxy.support() {
                Support::Carried | Support::Needs(_) => None,
                Support::NotYet(_) => Some("not supported yet"),
                Support::TelegramOnly => Some("for Telegram only"),
                Support::Never(_) => Some("never supported"),
            };
            assert_eq!(unusable(proxy.protocol.name()), wanted, "{link}");
        }
    }
}
