//! Standard output. Unlike `println!` it does not panic when nobody reads any more.

use std::io::{self, Write};

/// One line, at once.
pub(crate) fn line(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.write_all(b"\n")?;
    out.flush()
}

/// Several lines.
pub(crate) fn lines<'a>(lines: impl IntoIterator<Item = &'a String>) -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in lines {
        writeln!(out, "{line}")?;
    }
    out.flush()
}

/// A JSON value on one line.
pub(crate) fn json(value: &serde_json::Value) -> io::Result<()> {
    line(&value.to_string())
}

/// A JSON value for eyes and programs alike.
pub(crate) fn pretty_json(value: &serde_json::Value) -> io::Result<()> {
    line(&format!("{value:#}"))
}
