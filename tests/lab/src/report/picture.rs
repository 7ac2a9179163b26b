//! A run over time: each connection a dot where it began, as high as it waited.

use std::fmt::Write;
use std::time::Duration;

use super::{milliseconds, seconds};
use crate::figures::{Figures, verdict};
use crate::run::Run;
use crate::sample::{End, Sample};

const SIZE: (f64, f64) = (960.0, 420.0);
/// Left, top, right and bottom of the plot.
const PLOT: (f64, f64, f64, f64) = (84.0, 84.0, 944.0, 368.0);
/// Waits at the bottom and at the top, in seconds. The scale is logarithmic.
const WAITS: (f64, f64) = (0.005, 30.0);
const LINES: [(f64, &str); 4] = [(0.01, "10 ms"), (0.1, "100 ms"), (1.0, "1 s"), (10.0, "10 s")];

const STYLE: &str = "
:root{--paper:#fff;--ink:#1f2328;--faint:#656d76;--grid:#d8dee4;--shade:#fff1e5;--p1:#c2570c;--p2:#0969da;\
--p3:#1a7f37;--other:#8c959f;--fail:#cf222e}
@media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--faint:#9198a1;--grid:#30363d;--shade:#241a12;\
--p1:#f0883e;--p2:#58a6ff;--p3:#3fb950;--other:#6e7681;--fail:#ff7b72}}
text{font:13px system-ui,-apple-system,'Segoe UI',Roboto,sans-serif;fill:var(--ink)}
.title{font-weight:600;font-size:15px}.small{font-size:12px;fill:var(--faint)}.end{text-anchor:end}\
.mid{text-anchor:middle}
.paper{fill:var(--paper)}.shade{fill:var(--shade)}.grid{stroke:var(--grid);fill:none}
.mark{stroke:var(--ink);stroke-width:1.5;fill:none}.goal{stroke:var(--faint);stroke-dasharray:5 4;fill:none}
.dot{fill:none;stroke-width:5;stroke-linecap:round;stroke-opacity:.75}.p1{stroke:var(--p1)}.p2{stroke:var(--p2)}\
.p3{stroke:var(--p3)}.other{stroke:var(--other)}
.cross{fill:none;stroke-width:1.6;stroke:var(--other)}.fail{stroke:var(--fail);stroke-width:2}
";

/// What a mark in the picture stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    Carried(u32),
    CarriedBySomebody,
    Failed,
    Lost,
}

const MARKS: [(Mark, &str, &str); 6] = [
    (Mark::Carried(1), "dot p1", "carried by the pick"),
    (Mark::Carried(2), "dot p2", "by the first standby"),
    (Mark::Carried(3), "dot p3", "by the second"),
    (Mark::CarriedBySomebody, "dot other", "carried (echo)"),
    (Mark::Lost, "cross", "failed, could not be repeated"),
    (Mark::Failed, "cross fail", "failed, could be repeated"),
];

/// An SVG that is readable on light and on dark.
pub fn picture(run: &Run) -> String {
    let figures = Figures::of(run);
    let mut svg = String::new();
    let (width, height) = SIZE;
    let title = format!("{}: {}", run.scenario.name, run.scenario.says);
    // Writing to a string cannot fail.
    let _ = write!(
        svg,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         aria-label=\"{title}\">\
         <style>{STYLE}</style><rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\
         <text class=\"title\" x=\"16\" y=\"26\">{title}</text><text class=\"small\" x=\"16\" y=\"46\">{}</text>",
        summary(&figures)
    );
    let scale = Scale { end: run.last_start.as_secs_f64(), zero: run.bad_at.as_secs_f64() };
    frame(&mut svg, run, &figures, &scale);
    let mut legend = PLOT.0;
    for (mark, class, words) in MARKS {
        let marked = || run.samples.iter().filter(|sample| mark_of(sample) == Some(mark));
        if marked().next().is_none() {
            continue;
        }
        let is_dot = class.starts_with("dot");
        let path: String = marked().map(|sample| scale.mark(sample, is_dot)).collect();
        let sample = if is_dot { format!("M{legend} 62h0") } else { cross(legend, 62.0) };
        let _ = write!(
            svg,
            "<path class=\"{class}\" d=\"{path}\"/><path class=\"{class}\" d=\"{sample}\"/>\
             <text class=\"small\" x=\"{}\" y=\"66\">{words}</text>",
            legend + 9.0
        );
        legend += 28.0 + 6.1 * f64::from(u32::try_from(words.len()).unwrap_or(0));
    }
    svg + "</svg>\n"
}

fn summary(figures: &Figures) -> String {
    let mut words = format!(
        "{} connections, {} failed ({} of them repeatable), longest wait {}",
        figures.sent,
        figures.failed,
        figures.failed_safe,
        seconds(figures.longest)
    );
    if let Some(verdict) = figures.verdict {
        let _ = write!(words, ", verdict after {}", milliseconds(verdict));
    }
    if let Some(switches) = figures.switches {
        let _ = write!(words, ", switches: {switches}");
    }
    words
}

fn mark_of(sample: &Sample) -> Option<Mark> {
    match sample.end {
        // It is told so, and that is right.
        _ if sample.kind.is_meant_to_fail() => None,
        End::Done | End::Moving => Some(match sample.via {
            Some(via @ 1..=3) => Mark::Carried(via),
            _ => Mark::CarriedBySomebody,
        }),
        _ if sample.failed_safely_repeatable() => Some(Mark::Failed),
        _ => Some(Mark::Lost),
    }
}

fn cross(x: f64, y: f64) -> String {
    format!("M{:.1} {:.1}l7 7m-7 0l7-7", x - 3.5, y - 3.5)
}

/// Axes, the bad phase, and what happened when.
fn frame(svg: &mut String, run: &Run, figures: &Figures, scale: &Scale) {
    let (left, top, right, bottom) = PLOT;
    let bad = scale.x(run.bad_at);
    let healed = run.healed_at.map_or(right, |at| scale.x(at));
    let _ = write!(
        svg,
        "<rect class=\"shade\" x=\"{bad:.1}\" y=\"{top}\" width=\"{:.1}\" height=\"{}\"/>",
        healed - bad,
        bottom - top
    );
    for (wait, words) in LINES {
        let y = Scale::y(Duration::from_secs_f64(wait));
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{left} {y:.1}H{right}\"/>\
             <text class=\"small end\" x=\"{}\" y=\"{:.1}\">{words}</text>",
            left - 8.0,
            y + 4.0
        );
    }
    let goal = run.scenario.goals.longest.or(run.scenario.goals.over_healthy.map(|over| over + figures.healthy));
    if let Some(goal) = goal {
        let y = Scale::y(goal);
        let _ = write!(
            svg,
            "<path class=\"goal\" d=\"M{left} {y:.1}H{right}\"/>\
             <text class=\"small\" x=\"{}\" y=\"{:.1}\">goal {}</text>",
            left + 6.0,
            y - 5.0,
            seconds(goal)
        );
    }
    let mut second = -scale.zero.floor();
    while second <= scale.end - scale.zero {
        let x = scale.at(scale.zero + second);
        let _ = write!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} {bottom}v5\"/><text class=\"small mid\" x=\"{x:.1}\" y=\"{}\">{}</text>",
            bottom + 19.0,
            if second < 0.0 { format!("−{:.0}", -second) } else { format!("{second:.0}") }
        );
        second += 1.0;
    }
    let _ = write!(
        svg,
        "<path class=\"grid\" d=\"M{left} {top}V{bottom}H{right}\"/>\
         <text class=\"small mid\" x=\"{}\" y=\"{}\">seconds since the pick turned bad; a connection stands where it \
         began</text>\
         <text class=\"small mid\" transform=\"translate(16 {}) rotate(-90)\">wait for the first byte</text>",
        f64::midpoint(left, right),
        bottom + 40.0,
        f64::midpoint(top, bottom)
    );
    if let Some(at) = verdict(run).filter(|at| *at < run.last_start) {
        let x = scale.x(at);
        let _ = write!(
            svg,
            "<path class=\"mark\" d=\"M{x:.1} {top}V{bottom}\"/>\
             <text class=\"small\" x=\"{:.1}\" y=\"{}\">verdict</text>",
            x + 4.0,
            top + 13.0
        );
    }
}

/// From times to places.
struct Scale {
    end: f64,
    zero: f64,
}

// === impl Scale ===

impl Scale {
    fn at(&self, seconds: f64) -> f64 {
        PLOT.0 + (PLOT.2 - PLOT.0) * seconds / self.end
    }

    fn x(&self, time: Duration) -> f64 {
        self.at(time.as_secs_f64())
    }

    fn y(wait: Duration) -> f64 {
        let wait = wait.as_secs_f64().clamp(WAITS.0, WAITS.1);
        PLOT.3 - (PLOT.3 - PLOT.1) * (wait / WAITS.0).ln() / (WAITS.1 / WAITS.0).ln()
    }

    fn mark(&self, sample: &Sample, is_dot: bool) -> String {
        let wait = if is_dot { sample.wait() } else { sample.ended.saturating_sub(sample.start) };
        let (x, y) = (self.x(sample.start), Self::y(wait));
        if is_dot { format!("M{x:.1} {y:.1}h0") } else { cross(x, y) }
    }
}
