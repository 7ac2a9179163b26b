//! Programs that are started, listened to, and never left behind.

use std::ffi::OsStr;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use crate::tools::PATH;

/// The bound of every wait. Reaching it is a failure, so it is long enough for a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_mins(2);
const POLL: Duration = Duration::from_millis(10);

/// A program by its name, with nothing of this process's environment, so that neither a person's proxy settings nor
/// their files have a say. It dies with the thread that starts it, even if that is killed and cleans nothing up.
pub fn tool(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command.env_clear().envs([("PATH", PATH), ("LANG", "C.UTF-8")]);
    command
}

/// A program and its arguments.
pub fn tool_with(program: impl AsRef<OsStr>, words: &[&str]) -> Command {
    let mut command = tool(program);
    command.args(words);
    command
}

/// Asks until there is an answer.
pub fn eventually<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return answer;
        }
        assert!(begun.elapsed() < PATIENCE, "waited in vain: {what}");
        thread::sleep(POLL);
    }
}

/// What a program has written so far.
#[derive(Clone, Debug, Default)]
pub struct Heard(Arc<Mutex<Vec<u8>>>);

/// A program while it runs. Dropped, it and its children are killed.
#[derive(Debug)]
pub struct Running {
    name: String,
    child: Child,
    ended: Option<ExitStatus>,
    listeners: Vec<JoinHandle<()>>,
    /// Its standard output so far.
    pub stdout: Heard,
    /// Its standard error so far.
    pub stderr: Heard,
}

/// What a program left when it ended.
#[derive(Debug)]
pub struct Finished {
    /// Its exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: Vec<u8>,
    /// Its standard error.
    pub stderr: String,
}

// === impl Heard ===

impl Heard {
    fn to(&self, mut from: impl Read + Send + 'static) -> JoinHandle<()> {
        let heard = Arc::clone(&self.0);
        thread::spawn(move || {
            let mut buffer = vec![0; 64 << 10];
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                heard.lock().expect("nobody panics with it").extend_from_slice(&buffer[..read]);
            }
        })
    }

    /// As bytes.
    pub fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("nobody panics with it").clone()
    }

    /// As text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes()).into_owned()
    }
}

// === impl Running ===

impl Running {
    /// Starts a program in a process group of its own. Its standard input is empty.
    pub fn start(mut command: Command) -> Self {
        command.stdin(Stdio::null());
        Self::spawn(command).0
    }

    /// Starts a program that can be written to.
    pub fn start_with_input(mut command: Command) -> (Self, ChildStdin) {
        command.stdin(Stdio::piped());
        let (running, stdin) = Self::spawn(command);
        (running, stdin.expect("it was asked for"))
    }

    fn spawn(command: Command) -> (Self, Option<ChildStdin>) {
        let (mut running, stdin, output) = Self::spawn_unheard(command);
        running.listeners.push(running.stdout.to(output));
        (running, stdin)
    }

    fn spawn_unheard(mut command: Command) -> (Self, Option<ChildStdin>, ChildStdout) {
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).process_group(0);
        let name = format!("{command:?}");
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{name}: {error}"));
        let (stdout, stderr) = (Heard::default(), Heard::default());
        let listeners = vec![stderr.to(child.stderr.take().expect("it was asked for"))];
        let (stdin, output) = (child.stdin.take(), child.stdout.take().expect("it was asked for"));
        (Self { name, child, ended: None, listeners, stdout, stderr }, stdin, output)
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait().expect("it is ours");
        }
        self.ended
    }

    /// Sends it a signal.
    pub fn signal(&mut self, signal: Signal) {
        assert!(self.ended().is_none(), "it has ended already\n{}", self.story());
        kill_process(self.group(), signal).expect("it is ours");
    }

    /// Stands still with all its children, and hangs up on nobody.
    pub fn freeze(&self) {
        kill_process_group(self.group(), Signal::STOP).expect("it is ours");
    }

    /// Kills it, as a crash would.
    pub fn kill(&mut self) {
        if self.ended().is_none() {
            // Its children may have taken the group with them.
            let _ = kill_process_group(self.group(), Signal::KILL);
            self.ended = self.child.wait().ok();
        }
    }

    /// Waits until it ends by itself.
    pub fn wait(&mut self) -> ExitStatus {
        self.wait_for(PATIENCE)
    }

    fn wait_for(&mut self, patience: Duration) -> ExitStatus {
        let begun = Instant::now();
        while self.ended().is_none() {
            assert!(begun.elapsed() < patience, "it does not end\n{}", self.story());
            thread::sleep(POLL);
        }
        self.ended.expect("it has ended")
    }

    /// Waits until it ends by itself, and for the last word of its output.
    pub fn finish(self) -> Finished {
        self.finish_within(PATIENCE)
    }

    /// The same for what takes long.
    pub fn finish_within(mut self, patience: Duration) -> Finished {
        let status = self.wait_for(patience);
        // A child of it that still holds the pipe would keep us waiting for ever.
        let _ = kill_process_group(self.group(), Signal::KILL);
        for listener in self.listeners.drain(..) {
            listener.join().expect("it only reads");
        }
        Finished { code: status.code(), stdout: self.stdout.bytes(), stderr: self.stderr.text() }
    }

    /// What it is and what it said, for a failed test.
    pub fn story(&self) -> String {
        format!("{}\n--- stdout\n{}\n--- stderr\n{}", self.name, self.stdout.text(), self.stderr.text())
    }

    fn group(&self) -> Pid {
        Pid::from_child(&self.child)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Runs a program to its end with something to read.
pub fn run_with_input(command: Command, input: impl Read + Send + 'static) -> Finished {
    run_with_input_within(PATIENCE, command, input)
}

/// The same for what takes long.
pub fn run_with_input_within(patience: Duration, command: Command, mut input: impl Read + Send + 'static) -> Finished {
    let (running, mut stdin) = Running::start_with_input(command);
    let writer = thread::spawn(move || {
        // A program may end without having read everything.
        let _ = std::io::copy(&mut input, &mut stdin);
    });
    let finished = running.finish_within(patience);
    writer.join().expect("it only writes");
    finished
}

/// Runs a program to its end.
pub fn run(command: Command) -> Finished {
    Running::start(command).finish()
}

/// Runs a program to its end and hands its standard output to a reader instead of keeping it.
pub fn run_into<T>(mut command: Command, read: impl FnOnce(ChildStdout) -> T) -> (T, Finished) {
    command.stdin(Stdio::null());
    let (running, _, output) = Running::spawn_unheard(command);
    let read = read(output);
    (read, running.finish())
}

// === impl Finished ===

impl Finished {
    /// Its standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Its standard output, provided that it ended well.
    #[track_caller]
    pub fn succeeded(&self) -> String {
        assert_eq!(self.code, Some(0), "it failed\n{self}");
        self.text()
    }

    /// Its standard error, provided that it ended with this code.
    #[track_caller]
    pub fn failed_with(&self, code: i32) -> &str {
        assert_eq!(self.code, Some(code), "it ended in another way\n{self}");
        &self.stderr
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {:?}\n--- stdout\n{}\n--- stderr\n{}", self.code, self.text(), self.stderr)
    }
}
