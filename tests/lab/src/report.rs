//! Runs for people to look at.

use std::time::Duration;

mod picture;
mod table;

pub use picture::picture;
pub use table::{Row, markdown, terminal};

/// `1.24 s`.
pub fn seconds(time: Duration) -> String {
    format!("{:.2} s", time.as_secs_f64())
}

/// `124 ms`.
pub fn milliseconds(time: Duration) -> String {
    format!("{:.0} ms", time.as_secs_f64() * 1000.0)
}
