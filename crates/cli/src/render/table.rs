//! Columns that line up, whatever script the names are in.

use paperwing_app::Health;
use unicode_width::UnicodeWidthStr;

use super::style::{Style, Tone};

/// Rows of cells. The last column is never padded.
pub(crate) struct Table {
    head: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// A text and its tone.
pub(crate) struct Cell {
    text: String,
    tone: Tone,
}

/// Between two columns.
const GAP: usize = 2;

// === impl Table ===

impl Table {
    pub(crate) fn new(head: &[&'static str]) -> Self {
        Self { head: head.to_vec(), rows: Vec::new() }
    }

    pub(crate) fn row(&mut self, cells: Vec<Cell>) {
        self.rows.push(cells);
    }

    /// The lines, without blanks at their ends.
    pub(crate) fn lines(&self, style: Style) -> Vec<String> {
        let widths: Vec<usize> = (0..self.head.len())
            .map(|column| {
                let cells = self.rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.text.width());
                cells.chain([self.head[column].width()]).max().unwrap_or_default()
            })
            .collect();
        let head: Vec<_> = self.head.iter().map(|text| Cell::toned(*text, Tone::Faint)).collect();
        std::iter::once(&head).chain(&self.rows).map(|row| line(row, &widths, style)).collect()
    }
}

fn line(row: &[Cell], widths: &[usize], style: Style) -> String {
    let last = row.iter().rposition(|cell| !cell.text.is_empty()).unwrap_or_default();
    let mut line = String::new();
    for (place, (cell, width)) in row.iter().zip(widths).enumerate().take(last + 1) {
        line += &style.paint(cell.tone, &cell.text);
        if place < last {
            line += &" ".repeat(width - cell.text.width() + GAP);
        }
    }
    line
}

// === impl Cell ===

impl Cell {
    pub(crate) fn plain(text: impl Into<String>) -> Self {
        Self::toned(text, Tone::Plain)
    }

    /// A proxy's health, with its sign.
    pub(crate) fn health(health: Health) -> Self {
        let (tone, sign) = match health {
            Health::Untested => (Tone::Faint, "·"),
            Health::Healthy => (Tone::Good, "✓"),
            Health::Suspect | Health::Probation => (Tone::Doubtful, "?"),
            Health::Blocked | Health::Rejected => (Tone::Bad, "✗"),
        };
        Self::toned(format!("{sign} {}", health.name()), tone)
    }

    pub(crate) fn toned(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_what_is_seen() {
        let mut table = Table::new(&["NAME", "HEALTH"]);
        table.row(vec![Cell::plain("东京"), Cell::toned("ok", Tone::Good)]);
        table.row(vec![Cell::plain("Riga"), Cell::plain("")]);
        assert_eq!(table.lines(Style::PLAIN), ["NAME  HEALTH", "东京  ok", "Riga"]);
    }
}
