//! The figures as a page.

use std::fmt::{self, Write};
use std::fs;

use crate::contender::Contender;
use crate::plan::{Extent, Figures, Metric};

/// A run, with what the page says of it.
#[derive(Debug)]
pub struct Report<'a> {
    /// Who was measured, in the order of the figures; Paperwing is among them or the goals are left out.
    pub present: &'a [Contender],
    /// Who was not on this machine.
    pub missing: &'a [Contender],
    /// What was measured.
    pub figures: &'a Figures,
    /// How much was done.
    pub extent: Extent,
    /// Seconds in which a document of 100,000 links was parsed.
    pub document: f64,
}

struct Column {
    metric: Metric,
    title: &'static str,
    digits: usize,
}

const COLUMNS: [Column; 9] = [
    Column { metric: Metric::Down(1), title: "down, 1 stream", digits: 3 },
    Column { metric: Metric::Down(8), title: "down, 8 streams", digits: 3 },
    Column { metric: Metric::Up(1), title: "up, 1 stream", digits: 3 },
    Column { metric: Metric::Up(8), title: "up, 8 streams", digits: 3 },
    Column { metric: Metric::Connection, title: "a connection, µs", digits: 1 },
    Column { metric: Metric::Delay, title: "delay, ms", digits: 3 },
    Column { metric: Metric::AtRest, title: "at rest, MiB", digits: 1 },
    Column { metric: Metric::Idle, title: "idle connection, KiB", digits: 2 },
    Column { metric: Metric::Start, title: "start, ms", digits: 1 },
];

/// Goals that are held against haproxy's best: what, by which figure, at most how many times haproxy's.
const AGAINST_HAPROXY: [(&str, Metric, f64); 5] = [
    ("processor time per GiB, down, 1 stream", Metric::Down(1), 0.8),
    ("processor time per GiB, down, 8 streams", Metric::Down(8), 0.8),
    ("processor time per GiB, up, 1 stream", Metric::Up(1), 0.8),
    ("processor time per GiB, up, 8 streams", Metric::Up(8), 0.8),
    ("processor time per connection, 64 at a time", Metric::Connection, 1.0),
];

/// Goals that stand by themselves: what, by which figure, at most how much, of what.
const BY_ITSELF: [(&str, Metric, f64, &str); 4] = [
    ("median time of a connection beyond one to the upstream directly", Metric::Delay, 0.15, "ms"),
    ("resident memory at rest", Metric::AtRest, 12.0, "MiB"),
    ("resident memory per idle connection", Metric::Idle, 4.0, "KiB"),
    ("`paperwing up` from start to listening", Metric::Start, 50.0, "ms"),
];

const DOCUMENT_GOAL: f64 = 0.5;

const METHOD: &str = "\
`make bench` writes this page; `make bench ARGS=--quick` prints a rough one in a minute. The figures are of one machine
on one day. The ratios travel better than the figures, and neither is a promise.

Everything runs on loopback, on one machine, in one run. Behind every forwarder stands the same process, a SOCKS5 proxy
that plays the target itself, so that only the forwarder's own cost differs. Clients speak SOCKS5. Contenders take turns
within each round, and each figure is the median of the rounds.

- **haproxy** (TCP mode) hands the client's SOCKS on to the upstream and reads none of it. It is measured with
  `option splice-auto` and without, on one thread and on as many as it takes by itself; the best of the four counts.
- **dante** goes through the upstream by a `route`. It serves with several processes, and memory that they share is
  counted for each.
- **microsocks** cannot go through an upstream: it connects to the target itself, and so has less to do.
- **shoes** goes through the upstream by a `client_chain`.

*Processor time* is user and kernel time of all its processes and threads, in the scheduler's nanoseconds; on loopback
the kernel does the receiver's work in the sender's time, which falls on all alike. *A connection* is connect, SOCKS5
handshake, a request of 16 bytes, its answer, close; 64 at a time. *Delay* is the median time of such a connection, one
at a time, less that of one to the upstream directly. *Idle connection* is the growth of resident memory (`VmRSS`) over
many connections that carried one small request each. *Start* is from starting the process until it takes connections;
contenders other than Paperwing are asked every 2 ms.
";

const NOTES: &str = "\
Carrying: once a plain connection shows bulk, its bytes go from socket to socket inside the kernel (splice) through a
pipe of 1 MiB, and a pipe is held only while there is something in it. The size of the pipe
matters most: through 64 KiB, as a pipe is by itself, splicing cost about as much as copying.

A connection: seven eighths of it is time in the kernel, for as many system calls as haproxy makes (27 each), although
haproxy reads no SOCKS. About a twentieth could be saved by sending a proxy the greeting and the request in one go, and
is not: there are servers in wide use that throw away what comes with a greeting, and the connection hangs.
";

// === impl Report ===

impl Report<'_> {
    fn own(&self, metric: Metric) -> Option<f64> {
        let own = self.present.iter().position(|contender| *contender == Contender::Paperwing)?;
        self.figures.median(own, metric)
    }

    fn best_of_haproxy(&self, metric: Metric) -> Option<f64> {
        let of_haproxy = self.present.iter().enumerate().filter(|(_, contender)| contender.is_haproxy());
        of_haproxy.filter_map(|(index, _)| self.figures.median(index, metric)).min_by(f64::total_cmp)
    }

    fn goals(&self, page: &mut impl Write) -> fmt::Result {
        writeln!(page, "## Goals\n\n| | goal | measured | |\n|---|---:|---:|---|")?;
        for (what, metric, goal) in AGAINST_HAPROXY {
            let (Some(own), Some(best)) = (self.own(metric), self.best_of_haproxy(metric)) else { continue };
            let ratio = own / best;
            writeln!(page, "| {what} | {goal:.1} x haproxy's best | {ratio:.2} x | {} |", verdict(ratio, goal))?;
        }
        for (what, metric, goal, unit) in BY_ITSELF {
            let Some(own) = self.own(metric) else { continue };
            writeln!(page, "| {what} | {goal} {unit} | {own:.2} {unit} | {} |", verdict(own, goal))?;
        }
        let (own, verdict) = (self.document, verdict(self.document, DOCUMENT_GOAL));
        writeln!(page, "| parsing a document of 100,000 links | {DOCUMENT_GOAL} s | {own:.2} s | {verdict} |\n")
    }

    fn table(&self, page: &mut impl Write) -> fmt::Result {
        writeln!(page, "## Side by side\n\nThe first four columns are processor seconds per GiB carried.\n")?;
        let titles: Vec<_> = COLUMNS.iter().map(|column| column.title).collect();
        writeln!(page, "| | {} |\n|---|{}", titles.join(" | "), "---:|".repeat(COLUMNS.len()))?;
        for (index, contender) in self.present.iter().enumerate() {
            write!(page, "| {} |", contender.name())?;
            for Column { metric, digits, .. } in COLUMNS {
                match self.figures.median(index, metric) {
                    Some(figure) => write!(page, " {figure:.digits$} |")?,
                    None => write!(page, " |")?,
                }
            }
            writeln!(page)?;
        }
        for contender in self.missing {
            writeln!(page, "\n{} was not on the machine.", contender.name())?;
        }
        writeln!(page)
    }

    fn circumstances(&self, page: &mut impl Write) -> fmt::Result {
        let processors = std::thread::available_parallelism().map_or(0, usize::from);
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        let kernel = kernel.split('-').next().unwrap_or_default().trim().to_owned();
        writeln!(page, "## Measured on\n")?;
        writeln!(page, "{processors} processors, Linux {kernel}; {} rounds.\n", self.extent.rounds)?;
        let mut versions: Vec<_> = self.present.iter().filter_map(|contender| contender.version()).collect();
        versions.dedup();
        versions.iter().try_for_each(|version| writeln!(page, "- {version}"))
    }
}

impl fmt::Display for Report<'_> {
    fn fmt(&self, page: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(page, "# Speed and memory, side by side with other forwarders\n\n{METHOD}")?;
        self.goals(page)?;
        self.table(page)?;
        writeln!(page, "## Where it goes\n\n{NOTES}")?;
        self.circumstances(page)
    }
}

fn verdict(figure: f64, goal: f64) -> String {
    if figure <= goal {
        return "reached".to_owned();
    }
    format!("**missed** by {:.0} %", (figure / goal - 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_goal_is_reached_or_the_page_says_by_how_much_it_is_missed() {
        assert_eq!(verdict(0.8, 0.8), "reached");
        assert_eq!(verdict(1.0, 0.8), "**missed** by 25 %");
    }
}
