//! The line to the program that stays: our standard input and output, which nobody else in this process gets to use.

use std::fs::File;
use std::io;

/// Both directions.
#[derive(Debug)]
pub struct Line {
    pub input: File,
    pub output: File,
}

// === impl Line ===

impl Line {
    /// Takes the line. What anybody else prints goes to standard error from now on.
    #[cfg(unix)]
    pub fn take() -> io::Result<Self> {
        use rustix::io::dup;
        use rustix::stdio::{dup2_stdin, dup2_stdout, stderr, stdin, stdout};
        let (input, output) = (dup(stdin())?, dup(stdout())?);
        for descriptor in [&input, &output] {
            // Not for WebKit's processes: the line ends when this one does.
            rustix::io::fcntl_setfd(descriptor, rustix::io::FdFlags::CLOEXEC)?;
        }
        dup2_stdin(File::open("/dev/null")?)?;
        dup2_stdout(stderr())?;
        Ok(Self { input: input.into(), output: output.into() })
    }

    /// Takes the line. What is no line of ours is left out on the other side.
    #[cfg(windows)]
    pub fn take() -> io::Result<Self> {
        use std::os::windows::io::AsHandle;
        let input = io::stdin().as_handle().try_clone_to_owned()?;
        let output = io::stdout().as_handle().try_clone_to_owned()?;
        Ok(Self { input: input.into(), output: output.into() })
    }
}
