//! What a test found, as one line.

use std::time::Duration;

use paperwing_app::{Outcome, Stage, Tested};
use unicode_width::UnicodeWidthStr;

use super::style::{Style, Tone, safe};
use super::words;

/// `Oslo  resolve 3 ms · connect 41 ms`, or `Oslo  failed at greet after 5.0 s: did not answer`. The name is padded to a
/// width.
pub(crate) fn line(tested: &Tested, width: usize, style: Style) -> String {
    let name = safe(&tested.name);
    let pad = " ".repeat(width.saturating_sub(name.width()));
    let (tone, sign, text) = match &tested.outcome {
        Outcome::Works { stages } => (Tone::Good, "✓", times(stages)),
        Outcome::Fails { stages, failure, after } => {
            let passed = if stages.is_empty() { String::new() } else { format!(" ({})", times(stages)) };
            let stopped = format!("failed at {} after {}: {failure}", failure.stage, words::duration(*after));
            (Tone::Bad, "✗", stopped + &passed)
        }
        Outcome::NotTried(why) => (Tone::Faint, "–", format!("not tried: {why}")),
    };
    let text = safe(&text);
    let text = if tone == Tone::Good { text } else { style.paint(tone, &text) };
    format!("{} {}{pad}  {text}", style.paint(tone, sign), style.paint(Tone::Strong, &name))
}

fn times(stages: &[(Stage, Duration)]) -> String {
    let shown: Vec<_> = stages.iter().map(|(stage, took)| format!("{stage} {}", words::duration(*took))).collect();
    shown.join(" · ")
}

#[cfg(test)]
mod tests {
    use paperwing_app::{Cause, Failure};

    use super::*;

    fn shown(outcome: Outcome) -> String {
        line(&Tested { id: None, name: "Oslo".to_owned(), outcome }, 6, Style::PLAIN)
    }

    #[test]
    fn every_stage_is_told_with_its_time() {
        let ms = Duration::from_millis;
        let stages = vec![(Stage::Resolve, ms(3)), (Stage::Connect, ms(41)), (Stage::FirstByte, ms(1500))];
        let wanted = "✓ Oslo    resolve 3 ms · connect 41 ms · first byte 1.5 s";
        assert_eq!(shown(Outcome::Works { stages }), wanted);
    }

    #[test]
    fn a_failure_names_its_stage() {
        let outcome = Outcome::Fails {
            stages: Vec::new(),
            failure: Failure::new(Stage::Greet, Cause::Silent),
            after: Duration::from_secs(5),
        };
        assert_eq!(shown(outcome), "✗ Oslo    failed at greet after 5.0 s: did not answer");
        let later = Outcome::NotTried("not supported yet: VLESS".to_owned());
        assert_eq!(shown(later), "– Oslo    not tried: not supported yet: VLESS");
    }
}
