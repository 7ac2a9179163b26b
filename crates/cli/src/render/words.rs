//! Times and figures in words.

use std::time::Duration;

/// `3 ms`, `1.25 s`, `2 min`.
pub(crate) fn duration(duration: Duration) -> String {
    let ms = duration.as_millis();
    match ms {
        0 => "< 1 ms".to_owned(),
        1..1000 => format!("{ms} ms"),
        1000..10_000 => format!("{:.1} s", duration.as_secs_f64()),
        10_000..120_000 => format!("{} s", ms / 1000),
        _ => format!("{} min", ms / 60_000),
    }
}

/// `at once`, `in 0.04 s`, as sentences have it.
pub(crate) fn within(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match duration.as_millis() {
        0..10 => "at once".to_owned(),
        10..10_000 => format!("in {seconds:.2} s"),
        _ => format!("in {seconds:.0} s"),
    }
}

/// `just now`, `2 min ago`, `3 days ago`; both in seconds since 1970.
pub(crate) fn ago(then: u64, now: u64) -> String {
    match now.saturating_sub(then) {
        0..10 => "just now".to_owned(),
        passed => format!("{} ago", span(passed)),
    }
}

/// `2 min`, `3 days`: a length of time in seconds, in one unit.
pub(crate) fn span(seconds: u64) -> String {
    let (count, unit) = match seconds {
        0..60 => (seconds, "s"),
        60..3600 => (seconds / 60, "min"),
        3600..86_400 => (seconds / 3600, "h"),
        86_400..172_800 => (1, "day"),
        _ => (seconds / 86_400, "days"),
    };
    format!("{count} {unit}")
}

/// `No connection is`, `2 connections are`, to be followed by what they are.
pub(crate) fn connections(count: usize) -> String {
    match count {
        0 => "No connection is".to_owned(),
        1 => "1 connection is".to_owned(),
        _ => format!("{count} connections are"),
    }
}

/// `1 proxy`, `2 proxies`.
pub(crate) fn proxies(count: usize) -> String {
    if count == 1 { "1 proxy".to_owned() } else { format!("{count} proxies") }
}

/// `512 B`, `1.5 GiB`.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 5] = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    // Losing the last bits of a number that is shown with one decimal harms nothing.
    #[allow(clippy::cast_precision_loss)]
    let mut value = count as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_as_exact_as_they_are_useful() {
        let shown = |ms| duration(Duration::from_millis(ms));
        assert_eq!([shown(0), shown(41), shown(5000), shown(180_000)], ["< 1 ms", "41 ms", "5.0 s", "3 min"]);
        let told = [2, 40, 83_000].map(|ms| within(Duration::from_millis(ms)));
        assert_eq!(told, ["at once", "in 0.04 s", "in 83 s"]);
    }

    #[test]
    fn the_past_is_told_in_one_unit() {
        let shown = |passed: u64| ago(1_000_000 - passed, 1_000_000);
        assert_eq!([shown(3), shown(59), shown(125), shown(7200)], ["just now", "59 s ago", "2 min ago", "2 h ago"]);
        assert_eq!([shown(90_000), shown(200_000)], ["1 day ago", "2 days ago"]);
        assert_eq!(ago(5, 3), "just now");
    }

    #[test]
    fn bytes_are_counted_in_binary_units() {
        assert_eq!([bytes(1023), bytes(1536), bytes(3 << 30)], ["1023 B", "1.5 KiB", "3.0 GiB"]);
    }
}
