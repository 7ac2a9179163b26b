//! What happens inside, on standard error, for those who ask for it.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

use crate::args::{Global, When};

/// The environment variable that says what to log, as in `paperwing_engine=debug`.
const VARIABLE: &str = "PAPERWING_LOG";

/// Logs nothing unless asked to.
pub(crate) fn start(global: &Global) {
    let asked = std::env::var(VARIABLE).ok().filter(|text| !text.is_empty());
    let directives = match (asked, global.verbose) {
        (Some(directives), _) => directives,
        (None, 0) => return,
        (None, 1) => "paperwing=info,paperwing_app=info,paperwing_engine=info,paperwing_profile=info".to_owned(),
        (None, _) => "paperwing=trace,paperwing_app=trace,paperwing_engine=trace,paperwing_profile=trace".to_owned(),
    };
    let colours = match global.color {
        When::Always => true,
        When::Never => false,
        When::Auto => std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none(),
    };
    let filter = EnvFilter::builder().parse_lossy(directives);
    tracing_subscriber::fmt().with_env_filter(filter).with_ansi(colours).with_writer(std::io::stderr).init();
}
