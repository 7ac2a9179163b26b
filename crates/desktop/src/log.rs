//! What happens inside, in a file for whoever looks for a mistake. No secret is ever written: those have no printed form.

use std::path::PathBuf;

use tracing_appender::rolling::{RollingFileAppender, Rotation};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The environment variable that says what to log, as in `paperwing_engine=debug`.
const VARIABLE: &str = "PAPERWING_LOG";
/// Events of the engine tell which proxies failed and so go to memory only; what is written is how the program itself does.
const USUAL: &str = "warn,paperwing_desktop=info";
/// So many days are kept.
const DAYS: usize = 3;

/// Where the files are: the person's folder for the state of programs, where the system has one.
pub fn dir() -> Option<PathBuf> {
    dirs::state_dir().or_else(dirs::data_local_dir).map(|dir| dir.join("paperwing"))
}

/// Begins to log. Where no file can be written there is no log, and nothing else suffers.
pub fn start() -> Option<()> {
    let dir = dir()?;
    std::fs::create_dir_all(&dir).ok()?;
    let file = RollingFileAppender::builder()
        .rotation(Rotation::DAILY)
        .filename_prefix("desktop")
        .filename_suffix("log")
        .max_log_files(DAYS)
        .build(dir)
        .ok()?;
    let asked = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    let filter = EnvFilter::builder().parse_lossy(asked.as_deref().unwrap_or(USUAL));
    let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(file);
    tracing_subscriber::registry().with(filter).with(lines).try_init().ok()
}
