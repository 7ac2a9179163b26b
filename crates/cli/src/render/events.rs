//! Events as sentences.

use paperwing_app::Event;

use super::style::{Style, Tone, safe};
use super::words;

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
        Event::AllBlocked => (Tone::Bad, "All proxies are blocked: traffic is stopped.".to_owned()),
        Event::Reloaded { proxies, chosen } => {
            let preferred = chosen.as_ref().map_or_else(String::new, |name| format!(", {name} preferred"));
            (Tone::Plain, format!("The list changed: {} in use{preferred}.", words::proxies(*proxies)))
        }
        Event::Trouble { text } => (Tone::Doubtful, format!("Note: {text}.")),
        _ => (Tone::Plain, "Something happened that this version has no words for.".to_owned()),
    };
    (tone, safe(&text))
}

/// `21:04:10 Oslo refused the connection. Switched to Riga in 0.04 s.`
pub(crate) fn line(time: &str, event: &Event, style: Style) -> String {
    let (tone, text) = sentence(event);
    format!("{} {}", style.paint(Tone::Faint, time), style.paint(tone, &text))
}

/// The wall clock's time of day.
pub(crate) fn time_of_day() -> String {
    jiff::ZonedDateTime::now().strftime("%H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use paperwing_app::{Cause, Failure, Stage};

    use super::*;

    #[test]
    fn a_switch_is_one_sentence_of_cause_and_one_of_effect() {
        let event = Event::Switched {
            from: "Oslo".to_owned(),
            to: "Riga".to_owned(),
            why: Some(Failure::new(Stage::Connect, Cause::Refused)),
            took: Duration::from_millis(40),
        };
        let shown = line("21:04:10", &event, Style::PLAIN);
        assert_eq!(shown, "21:04:10 Oslo refused the connection. Switched to Riga in 0.04 s.");
    }

    #[test]
    fn every_other_event_is_a_sentence_too() {
        let why = Failure::new(Stage::Greet, Cause::Silent);
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
            (Event::Trouble { text: "left\x1b[2J out".to_owned() }, "Note: left\u{FFFD}[2J out."),
        ] {
            assert_eq!(sentence(&event).1, text);
        }
    }
}
