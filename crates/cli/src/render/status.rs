//! The state of a running `up`, for people.

use std::time::SystemTime;

use paperwing_app::Health;
use paperwing_app::report::{Carried, ProxyStatus, Status};

use super::style::{Style, Tone, safe};
use super::table::{Cell, Table};
use super::words;

/// Sentences, then a table of the proxies, then one of the connections where they were asked for.
pub(crate) fn lines(status: &Status, style: Style) -> Vec<String> {
    let mut lines = sentences(status, style);
    lines.push(String::new());
    lines.extend(proxies(status, style));
    if let Some(connections) = status.connections.as_ref().filter(|connections| !connections.is_empty()) {
        lines.push(String::new());
        lines.extend(carried(connections, style));
        if status.open > connections.len() {
            lines.push(format!("… and {} more.", status.open - connections.len()));
        }
    }
    lines
}

fn sentences(status: &Status, style: Style) -> Vec<String> {
    let addresses: Vec<_> = status.listening.iter().map(ToString::to_string).collect();
    let age = SystemTime::now().duration_since(status.since).unwrap_or_default();
    let listens = format!(
        "Paperwing listens on {}, for {} (process {}).",
        addresses.join(" and "),
        words::span(age.as_secs()),
        status.pid
    );
    let mut lines = vec![style.paint(Tone::Strong, &listens)];
    if status.runs_on_practice {
        lines.push("The list is empty: these are practice proxies. They hide nothing.".to_owned());
    }
    lines.push(match (status.no_network, status.sign_in, status.all_blocked) {
        (true, ..) => style.paint(Tone::Bad, "No internet: this computer's own network is down."),
        (false, true, _) => {
            let text = "This network seems to want you to sign in first: traffic is stopped. Sign in with a browser that does \
                        not go through Paperwing.";
            style.paint(Tone::Bad, text)
        }
        (false, false, true) => style.paint(Tone::Bad, "All proxies are blocked: traffic is stopped."),
        (false, false, false) => going(status),
    });
    if let Some(address) = status.telegram {
        let through =
            status.telegram_pick.as_ref().map_or_else(String::new, |pick| format!(", through {}", safe(pick)));
        lines.push(format!("Telegram connects to {address}{through}: `paperwing telegram` prints the link."));
    }
    let (received, sent) = (words::bytes(status.received), words::bytes(status.sent));
    lines.push(format!("{} open; {received} received, {sent} sent since the start.", words::connections(status.open)));
    lines
}

/// Where new connections go and by whose will.
fn going(status: &Status) -> String {
    let Some(pick) = &status.pick else { return "No connection was made yet.".to_owned() };
    let text = match &status.chosen {
        None => format!("New connections go through {pick}."),
        Some(chosen) if chosen == pick => format!("New connections go through {pick}, which you asked for."),
        Some(chosen) => format!("New connections go through {pick}, until {chosen}, which you asked for, works again."),
    };
    safe(&text)
}

fn proxies(status: &Status, style: Style) -> Vec<String> {
    let mut table = Table::new(&["NAME", "HEALTH", "LAST", "RECEIVED", "SENT"]);
    for proxy in &status.proxies {
        let is_pick = [&status.pick, &status.telegram_pick].iter().any(|pick| pick.as_ref() == Some(&proxy.name));
        let mark = if is_pick { " <" } else { "" };
        table.row(vec![
            Cell::toned(format!("{}{mark}", safe(&proxy.name)), Tone::Strong),
            Cell::health(proxy.health),
            Cell::plain(last(proxy)),
            Cell::plain(words::bytes(proxy.received)),
            Cell::plain(words::bytes(proxy.sent)),
        ]);
    }
    table.lines(style)
}

/// What went wrong, or the usual time of one that works.
fn last(proxy: &ProxyStatus) -> String {
    match (&proxy.why, proxy.usual) {
        (Some(why), _) => safe(&why.text),
        (None, Some(usual)) if proxy.health == Health::Healthy => words::duration(usual),
        (None, _) => String::new(),
    }
}

fn carried(connections: &[Carried], style: Style) -> Vec<String> {
    let mut table = Table::new(&["TARGET", "THROUGH", "OPEN FOR", "RECEIVED", "SENT"]);
    for one in connections {
        table.row(vec![
            Cell::plain(safe(&one.target)),
            Cell::plain(safe(&one.proxy)),
            Cell::plain(words::span(one.age.as_secs())),
            Cell::plain(words::bytes(one.received)),
            Cell::plain(words::bytes(one.sent)),
        ]);
    }
    table.lines(style)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use paperwing_app::{Cause, Failure, Stage};

    use super::*;

    fn status() -> Status {
        let proxy = |name: &str, health, why: Option<Failure>| ProxyStatus {
            name: name.to_owned(),
            health,
            why: why.map(Into::into),
            usual: Some(Duration::from_millis(84)),
            received: 2048,
            sent: 12,
        };
        Status {
            version: "1.2.3".to_owned(),
            pid: 47,
            since: SystemTime::now() - Duration::from_mins(125),
            listening: vec![([127, 0, 0, 1], 1080).into()],
            pick: Some("Riga".to_owned()),
            chosen: None,
            telegram: None,
            telegram_pick: None,
            runs_on_practice: false,
            no_network: false,
            sign_in: false,
            all_blocked: false,
            proxies: vec![
                proxy("Oslo", Health::Blocked, Some(Failure::new(Stage::Connect, Cause::Refused))),
                proxy("Riga", Health::Healthy, None),
            ],
            received: 2048,
            sent: 12,
            open: 1,
            connections: None,
        }
    }

    #[test]
    fn the_state_is_told_in_sentences_and_a_table() {
        assert_eq!(
            lines(&status(), Style::PLAIN),
            [
                "Paperwing listens on 127.0.0.1:1080, for 2 h (process 47).",
                "New connections go through Riga.",
                "1 connection is open; 2.0 KiB received, 12 B sent since the start.",
                "",
                "NAME    HEALTH     LAST                    RECEIVED  SENT",
                "Oslo    ✗ blocked  refused the connection  2.0 KiB   12 B",
                "Riga <  ✓ healthy  84 ms                   2.0 KiB   12 B",
            ]
        );
    }

    #[test]
    fn what_stops_traffic_is_said_instead_of_where_it_goes() {
        let text = |status: &Status| sentences(status, Style::PLAIN)[1].clone();
        let blocked = Status { all_blocked: true, ..status() };
        assert!(text(&blocked).contains("traffic is stopped"));
        let page = Status { sign_in: true, ..blocked.clone() };
        assert!(text(&page).contains("sign in first") && !text(&page).contains("blocked"));
        assert!(text(&Status { no_network: true, ..blocked }).contains("No internet"));
        let chosen = |name: &str| Status { chosen: Some(name.to_owned()), ..status() };
        assert!(text(&chosen("Riga")).ends_with("Riga, which you asked for."));
        assert!(text(&chosen("Oslo")).ends_with("until Oslo, which you asked for, works again."));
    }

    #[test]
    fn connections_are_shown_where_they_are_told_and_cannot_steer_the_terminal() {
        let one = Carried {
            target: "a\x1b[2J.example:443".to_owned(),
            proxy: "Riga".to_owned(),
            age: Duration::from_millis(61_900),
            received: 5,
            sent: 6,
        };
        let shown = lines(&Status { open: 9, connections: Some(vec![one]), ..status() }, Style::PLAIN);
        assert_eq!(
            shown[8..],
            [
                "TARGET             THROUGH  OPEN FOR  RECEIVED  SENT",
                "a\u{FFFD}[2J.example:443  Riga     1 min     5 B       6 B",
                "… and 8 more.",
            ]
        );
    }
}
