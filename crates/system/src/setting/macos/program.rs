//! The program.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use crate::setting::DesktopError;

/// How many questions are asked at once: each is a process that mostly waits.
const AT_ONCE: usize = 16;

#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
}

impl Program {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Asks many things, which takes little longer than one.
    pub(super) fn ask(&self, questions: &[Vec<&str>]) -> Result<Vec<String>, DesktopError> {
        let mut answers = Vec::with_capacity(questions.len());
        for questions in questions.chunks(AT_ONCE) {
            let asked: Vec<_> = questions.iter().map(|words| self.start(words)).collect();
            // All are waited for, also where one failed: none may stay behind.
            let said: Vec<_> = asked.into_iter().map(|child| child.and_then(said)).collect();
            for answer in said {
                answers.push(answer?);
            }
        }
        Ok(answers)
    }

    pub(super) fn tell(&self, words: &[String]) -> Result<(), DesktopError> {
        self.start(words).and_then(said).map(drop)
    }

    fn start(&self, words: &[impl AsRef<OsStr>]) -> Result<Child, DesktopError> {
        let mut command = Command::new(&self.path);
        command.args(words).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(trouble)
    }
}

/// What it said, unless that is that something went wrong. It says so on its output, and does not always end with an error.
fn said(child: Child) -> Result<String, DesktopError> {
    let Output { status, stdout, stderr } = child.wait_with_output().map_err(trouble)?;
    let said = String::from_utf8_lossy(&stdout).into_owned();
    if status.success() && !said.contains("** Error") {
        return Ok(said);
    }
    let why = said + &String::from_utf8_lossy(&stderr);
    Err(trouble(why.split_whitespace().collect::<Vec<_>>().join(" ")))
}

pub(super) fn trouble(why: impl std::fmt::Display) -> DesktopError {
    DesktopError::Program { program: "networksetup", why: why.to_string() }
}
