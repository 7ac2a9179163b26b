//! Events as sentences.

use std::time::SystemTime;

use jiff::ZonedDateTime;
use paperwing_app::Event;
use paperwing_app::report::Heard;
use paperwing_app::system_proxy::SystemProxyNow;

use super::style::{Style, Tone, safe};
use super::words;

const TIME: &str = "%H:%M:%S";
const DATE_AND_TIME: &str = "%Y-%m-%d %H:%M:%S";

/// The event as a person would tell it.
pub(crate) fn sentence(event: &Event) -> (Tone, String) {
    let (tone, text) = match event {
        Event::Listening { address } => (Tone::Plain, format!("Listening on {address}.")),
        Event::Switched { from, to, why: Some(why), took } => {
            (Tone::Doubtful, format!("{from} {why}. Switched to {to} {}.", words::within(*took)))
        }
        Event::Switched { from, to, why: None, .. } => (Tone::Plain, format!("Switched from {from} to {to}.")),
        Event::Blocked { proxy, why, retry_in } => {
            let again = words::duration(*retry_in);
            (Tone::Bad, format!("{proxy} is blocked: it {why}. It is left alone for {again}."))
        }
        Event::Rejected { proxy, why } => {
            (Tone::Bad, format!("{proxy} {why}. It is not tried again until you change it."))
        }
        Event::Recovered { proxy } => (Tone::Good, format!("{proxy} works again.")),
        Event::NoNetwork => (Tone::Bad, "No internet: this computer's own network is down.".to_owned()),
        Event::NetworkBack => (Tone::Good, "The network is back.".to_owned()),
        Event::AllBlocked => {
            let text = "All proxies are blocked: traffic is stopped. They are tried again by and by; add another one with                         `paperwing import`.";
            (Tone::Bad, text.to_owned())
        }
        Event::SignInNeeded => {
            let text = "This network seems to want you to sign in first: something else answers in every proxy's place, and \
                        traffic is stopped. Sign in with a browser that does not go through Paperwing.";
            (Tone::Bad, text.to_owned())
        }
        Event::SignInOver => (Tone::Good, "The network's sign-in page is gone.".to_owned()),
        Event::TelegramBlocked => {
            let text = "All proxies for Telegram are blocked: its traffic is stopped. They are tried again by and by.";
            (Tone::Bad, text.to_owned())
        }
        Event::Refreshed { list, added, removed, kept } => {
            let parts = [(added, "new"), (removed, "gone"), (kept, "gone from it but kept")];
            let told: Vec<_> =
                parts.iter().filter(|(count, _)| **count > 0).map(|(count, it)| format!("{count} {it}")).collect();
            let told = if told.is_empty() { "other names".to_owned() } else { told.join(", ") };
            (Tone::Plain, format!("The list {list} was fetched again: {told}."))
        }
        Event::Reloaded { proxies, chosen } => {
            let preferred = chosen.as_ref().map_or_else(String::new, |name| format!(", {name} preferred"));
            (Tone::Plain, format!("The list changed: {} in use{preferred}.", words::proxies(*proxies)))
        }
        Event::SystemProxy { now } => system_proxy(now),
        Event::Trouble { what } => (Tone::Doubtful, format!("Note: {what}.")),
        _ => (Tone::Plain, "Something happened that this version has no words for.".to_owned()),
    };
    (tone, safe(&text))
}

fn system_proxy(now: &SystemProxyNow) -> (Tone, String) {
    match now {
        SystemProxyNow::On { address } => {
            (Tone::Good, format!("The system's proxy setting points at {address} now: most programs follow it."))
        }
        SystemProxyNow::Off { kept } if kept.is_empty() => {
            (Tone::Plain, "The system's proxy setting is as it was before.".to_owned())
        }
        SystemProxyNow::Off { kept } => {
            let kept = kept.join(", ");
            let text = format!("The system's proxy setting is put back, but for what was changed meanwhile: {kept}.");
            (Tone::Doubtful, text)
        }
        SystemProxyNow::ChangedByOther => {
            let text = "Another program changed the system's proxy setting. It stays as that set it; programs may go around \
                        the proxies.";
            (Tone::Bad, text.to_owned())
        }
    }
}

/// `21:04:10 Oslo refused the connection. Switched to Riga in 0.04 s.`
pub(crate) fn line(time: &str, event: &Event, style: Style) -> String {
    let (tone, text) = sentence(event);
    format!("{} {}", style.paint(Tone::Faint, time), style.paint(tone, &text))
}

/// Something heard from a running `up`, in the form in which it prints it itself.
pub(crate) fn heard(heard: &Heard, style: Style) -> String {
    match heard {
        Heard::Told(told) => line(&time_of(told.at), &told.event, style),
        Heard::Missed(count) => style.paint(Tone::Doubtful, &format!("({count} events were missed.)")),
    }
}

/// The wall clock's time of day.
pub(crate) fn time_of_day() -> String {
    ZonedDateTime::now().strftime(TIME).to_string()
}

/// A moment of the past: its time of day, after its date where that is not today's.
pub(crate) fn time_of(at: SystemTime) -> String {
    ZonedDateTime::try_from(at).map_or_else(|_| "long ago".to_owned(), |at| moment(&at, &ZonedDateTime::now()))
}

fn moment(at: &ZonedDateTime, now: &ZonedDateTime) -> String {
    at.strftime(if at.date() == now.date() { TIME } else { DATE_AND_TIME }).to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use paperwing_app::{AppError, Cause, Code, Failure, Stage};

    use super::*;

    #[test]
    fn a_switch_is_one_sentence_of_cause_and_one_of_effect() {
        let event = Event::Switched {
            from: "Oslo".to_owned(),
            to: "Riga".to_owned(),
            why: Some(Failure::new(Stage::Connect, Cause::Refused).into()),
            took: Duration::from_millis(40),
        };
        let shown = line("21:04:10", &event, Style::PLAIN);
        assert_eq!(shown, "21:04:10 Oslo refused the connection. Switched to Riga in 0.04 s.");
    }

    #[test]
    fn a_sign_in_page_is_told_with_what_to_do() {
        let needed = line("21:04:10", &Event::SignInNeeded, Style::PLAIN);
        assert!(needed.contains("sign in first") && needed.contains("does not go through Paperwing"), "{needed}");
        assert!(!needed.contains("blocked") && !needed.contains("  "), "{needed}");
        assert_eq!(line("21:04:10", &Event::SignInOver, Style::PLAIN), "21:04:10 The network's sign-in page is gone.");
    }

    #[test]
    fn what_was_not_today_has_its_date() {
        let at = |text: &str| text.parse::<ZonedDateTime>().expect("a time");
        let now = at("2026-02-01T00:00:09+00:00[UTC]");
        assert_eq!(moment(&at("2026-02-01T00:00:01+00:00[UTC]"), &now), "00:00:01");
        assert_eq!(moment(&at("2026-01-31T23:59:59+00:00[UTC]"), &now), "2026-01-31 23:59:59");
    }

    #[test]
    fn every_other_event_is_a_sentence_too() {
        let why = Failure::new(Stage::Greet, Cause::Silent).into();
        let proxy = "Oslo".to_owned();
        for (event, text) in [
            (
                Event::Blocked { proxy: proxy.clone(), why, retry_in: Duration::from_secs(31) },
                "Oslo is blocked: it did not answer. It is left alone for 31 s.",
            ),
            (Event::Recovered { proxy }, "Oslo works again."),
            (Event::Reloaded { proxies: 1, chosen: None }, "The list changed: 1 proxy in use."),
            (
                Event::Reloaded { proxies: 2, chosen: Some("Riga".to_owned()) },
                "The list changed: 2 proxies in use, Riga preferred.",
            ),
            (Event::Trouble { what: AppError::new(Code::LeftOut, "left\x1b[2J out") }, "Note: left\u{FFFD}[2J out."),
        ] {
            assert_eq!(sentence(&event).1, text);
        }
    }
}
