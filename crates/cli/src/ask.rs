//! Questions to the person, and where there is none.

use std::io::{self, BufRead, IsTerminal, Write};

use paperwing_app::link::Secret;

/// Whether there is somebody to ask: standard input is a keyboard and standard error is seen.
pub(crate) fn is_somebody_there() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

/// A question that `y` says yes to and everything else no.
pub(crate) fn yes(question: &str) -> bool {
    let answer = line(&format!("{question} [y/N] "));
    matches!(answer.trim().to_lowercase().as_str(), "y" | "yes")
}

/// A line of text; empty where the input ends.
pub(crate) fn line(prompt: &str) -> String {
    eprint!("{prompt}");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    let _ = io::stdin().lock().read_line(&mut answer);
    answer.trim().to_owned()
}

/// A passphrase, unseen; `None` where none is typed.
pub(crate) fn passphrase(prompt: &str) -> Option<Secret> {
    let typed = rpassword::prompt_password(prompt).ok()?;
    (!typed.is_empty()).then(|| Secret::new(typed))
}
