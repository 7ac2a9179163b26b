//! Colours, where they are wanted.

use std::io::IsTerminal;

use crate::args::When;

/// Whether and how to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    colours: bool,
}

/// What a colour means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Plain,
    Faint,
    Strong,
    Good,
    Doubtful,
    Bad,
}

// === impl Style ===

impl Style {
    /// No colours at all.
    #[cfg(test)]
    pub(crate) const PLAIN: Self = Self { colours: false };

    /// What fits standard output. `NO_COLOR` as in <https://no-color.org>.
    pub(crate) fn of_stdout(when: When) -> Self {
        Self::for_terminal(when, std::io::stdout().is_terminal())
    }

    fn for_terminal(when: When, is_terminal: bool) -> Self {
        let colours = match when {
            When::Always => true,
            When::Never => false,
            When::Auto => {
                let refused = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
                is_terminal && !refused && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        };
        Self { colours }
    }

    /// The text in its tone.
    pub(crate) fn paint(self, tone: Tone, text: &str) -> String {
        let code = match tone {
            Tone::Plain => return text.to_owned(),
            Tone::Faint => "2",
            Tone::Strong => "1",
            Tone::Good => "32",
            Tone::Doubtful => "33",
            Tone::Bad => "31",
        };
        if self.colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}

/// A text from elsewhere, safe on a terminal: control characters become `�`.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_unless_asked_for() {
        assert_eq!(Style::for_terminal(When::Auto, false), Style::PLAIN);
        assert_eq!(Style::for_terminal(When::Never, true), Style::PLAIN);
        assert_eq!(Style::for_terminal(When::Always, false).paint(Tone::Bad, "x"), "\x1b[31mx\x1b[0m");
        assert_eq!(Style::PLAIN.paint(Tone::Bad, "x"), "x");
    }

    #[test]
    fn a_text_cannot_steer_the_terminal() {
        assert_eq!(safe("a\x1b[2Jb\r\n"), "a\u{FFFD}[2Jb\u{FFFD}\u{FFFD}");
    }
}
