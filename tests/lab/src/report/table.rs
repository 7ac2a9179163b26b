//! The table, scenario by scenario.

use std::fmt::Write;

use super::{milliseconds, seconds};
use crate::figures::{Check, Figure, Figures, judge};
use crate::scenario::Scenario;

/// A scenario and what it came to, over some runs.
#[derive(Clone, Debug)]
pub struct Row {
    /// Which.
    pub scenario: Scenario,
    /// Each of the runs.
    pub runs: Vec<Figures>,
    /// The worst of them.
    pub worst: Figures,
}

const COLUMNS: [&str; 13] = [
    "scenario",
    "sent",
    "failed",
    "of these repeatable",
    "over 500 ms",
    "longest",
    "over healthy",
    "median after",
    "verdict",
    "last to the bad",
    "back to normal",
    "switches",
    "to standbys",
];

// === impl Row ===

impl Row {
    /// Of runs of one scenario.
    pub fn new(scenario: Scenario, runs: Vec<Figures>) -> Self {
        Self { worst: Figures::worst(&runs), scenario, runs }
    }

    /// The worst figures against the goals.
    pub fn checks(&self) -> Vec<Check> {
        judge(&self.worst, &self.scenario.goals)
    }

    /// In how many of the runs every goal was met.
    pub fn runs_met(&self) -> usize {
        self.runs.iter().filter(|run| judge(run, &self.scenario.goals).iter().all(|check| check.met)).count()
    }

    /// Goals that were missed although they are known to be within reach.
    pub fn regressions(&self) -> Vec<Check> {
        let is_known = |check: &Check| self.scenario.not_yet.contains(&check.figure);
        self.checks().into_iter().filter(|check| !check.met && !is_known(check)).collect()
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let figures = &self.worst;
        let checks = self.checks();
        let mark = |figure: Figure| match checks.iter().find(|check| check.figure == figure) {
            Some(check) if check.met => " ✓",
            Some(_) => " ✗",
            None => "",
        };
        let or_none = |text: Option<String>| text.unwrap_or_else(|| "–".to_owned());
        let verdict = match figures.verdict {
            None if figures.tells && self.scenario.goals.verdict.is_some() => "never".to_owned(),
            verdict => or_none(verdict.map(seconds)),
        };
        [
            self.scenario.name.to_owned(),
            figures.sent.to_string(),
            match figures.unfinished {
                0 => figures.failed.to_string(),
                unfinished => format!("{} ({unfinished} unfinished)", figures.failed),
            },
            format!("{}{}", figures.failed_safe, mark(Figure::Failures)),
            figures.slow.to_string(),
            format!("{}{}", seconds(figures.longest), mark(Figure::Longest)),
            format!("{}{}", milliseconds(figures.over_healthy), mark(Figure::OverHealthy)),
            or_none(figures.after.map(|after| {
                format!("{} ({}){}", milliseconds(after), milliseconds(figures.healthy), mark(Figure::Calm))
            })),
            format!("{verdict}{}", mark(Figure::Verdict)),
            or_none(figures.elsewhere.map(seconds)),
            seconds(figures.back),
            or_none(figures.switches.map(|switches| format!("{switches}{}", mark(Figure::Switches)))),
            format!("{}{} of {}", figures.standbys, mark(Figure::Standbys), figures.standbys_in_all),
        ]
    }
}

/// For a terminal: columns in line.
pub fn terminal(rows: &[Row]) -> String {
    let mut lines = vec![COLUMNS.map(str::to_owned)];
    lines.extend(rows.iter().map(Row::cells));
    let widths: Vec<usize> =
        (0..COLUMNS.len()).map(|at| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0)).collect();
    let mut text = String::new();
    for line in &lines {
        for (at, (cell, &width)) in line.iter().zip(&widths).enumerate() {
            // Names to the left, figures to the right.
            let _ = if at == 0 { write!(text, "{cell:width$}") } else { write!(text, "  {cell:>width$}") };
        }
        text.push('\n');
    }
    text + "\n" + &missed(rows, "")
}

/// For a page: the table, what was missed, and the pictures' names.
pub fn markdown(rows: &[Row], about: &str) -> String {
    let mut text = format!("{about}\n\n| {} |\n|---{}|\n", COLUMNS.join(" | "), "|---:".repeat(COLUMNS.len() - 1));
    for row in rows {
        let mut cells = row.cells();
        cells[0] = format!("[{0}]({0}.svg): {1}", row.scenario.name, row.scenario.says);
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text + "\n" + &missed(rows, "- ")
}

/// Every goal that was missed, and by how much.
fn missed(rows: &[Row], bullet: &str) -> String {
    let mut text = String::new();
    for row in rows {
        let known = |check: &Check| if row.scenario.not_yet.contains(&check.figure) { " (known)" } else { "" };
        for check in row.checks() {
            let (name, what, measured, goal) = (row.scenario.name, check.figure.words(), &check.measured, &check.goal);
            if !check.met {
                let who = row.worst.who.words(check.figure);
                let _ =
                    writeln!(text, "{bullet}{name}: {what}: {measured}, goal {goal}: not met{}{who}", known(&check));
            } else if !known(&check).is_empty() {
                let _ = writeln!(text, "{bullet}{name}: {what}: {measured}, goal {goal}: met, and not expected");
            }
        }
        if row.runs.len() > 1 {
            let _ = writeln!(
                text,
                "{bullet}{}: all goals met in {} of {} runs",
                row.scenario.name,
                row.runs_met(),
                row.runs.len()
            );
        }
    }
    let (goals, met) =
        rows.iter().flat_map(Row::checks).fold((0, 0), |(all, met), check| (all + 1, met + usize::from(check.met)));
    let _ = writeln!(text, "\n{met} of {goals} goals met.");
    text
}
