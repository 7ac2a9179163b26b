//! A small process of our own that outlives us. It holds the end of a pipe; when the other end closes without a word we
//! were killed, and it puts the setting back.

use std::ffi::{OsStr, OsString};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitCode, Stdio};

use super::journal::Journal;
use super::{Place, SettingError, restore};

/// `PROGRAM --guard-system-proxy DIR TOKEN`.
const GUARD: &str = "--guard-system-proxy";
/// `PROGRAM --restore-system-proxy`, at login.
pub(super) const RESTORE: &str = "--restore-system-proxy";
const READY: u8 = b'r';

/// The guard, seen from the process that it guards. Dropped, it ends.
#[derive(Debug)]
pub(super) struct Guard {
    child: Child,
}

// === impl Guard ===

impl Guard {
    /// Starts it, and returns when nothing that ends us ends it too.
    pub(super) fn start(place: &Place, token: &str) -> io::Result<Self> {
        let own = own_program()?;
        // A program with a window has the libraries of windows in its memory, whatever it does.
        let small = small_program(&own).and_then(|program| Self::run(&program, place, token).ok());
        small.map_or_else(|| Self::run(&own, place, token), Ok)
    }

    fn run(program: &Path, place: &Place, token: &str) -> io::Result<Self> {
        let mut command = Command::new(program);
        command.arg(GUARD).arg(place.dir()).arg(token);
        // A folder on a stick could not be taken out while it is somebody's.
        command.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        apart(&mut command);
        let mut guard = Self { child: command.spawn()? };
        let mut said = [0];
        let output = guard.child.stdout.take().ok_or(io::ErrorKind::BrokenPipe)?;
        io::BufReader::new(output).read_exact(&mut said)?;
        if said == [READY] { Ok(guard) } else { Err(io::ErrorKind::InvalidData.into()) }
    }

    /// Whether it is still there.
    pub(super) fn watches(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // With the journal gone the end of the pipe means that all is well.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// What the arguments ask for where they are none that a person types. To be called before anything else in `main`, with
/// the program's arguments without its name.
pub fn errand(arguments: impl IntoIterator<Item = OsString>) -> Option<ExitCode> {
    let mut arguments = arguments.into_iter();
    let first = arguments.next()?;
    if first == OsStr::new(RESTORE) {
        let restored = Place::usual().and_then(|place| restore(&place));
        return Some(match restored {
            // Whoever has the setting in hand looks after it.
            Ok(_) | Err(SettingError::InUse { .. }) => ExitCode::SUCCESS,
            Err(_) => ExitCode::FAILURE,
        });
    }
    if first != OsStr::new(GUARD) {
        return None;
    }
    let (Some(dir), Some(token)) = (arguments.next(), arguments.next()) else { return Some(ExitCode::from(2)) };
    Some(keep_guard(Path::new(&dir), &token.to_string_lossy()))
}

fn keep_guard(dir: &Path, token: &str) -> ExitCode {
    stand_apart();
    let ready = io::stdout().write_all(&[READY]).and_then(|()| io::stdout().flush());
    if ready.is_err() {
        return ExitCode::FAILURE;
    }
    // Nothing is ever written: this is the wait for the end.
    let _ = io::stdin().read_to_end(&mut Vec::new());
    let is_left = || Journal::read(dir).ok().flatten().is_some_and(|journal| journal.token == token);
    if !is_left() {
        return ExitCode::SUCCESS;
    }
    match restore(&Place::at(dir)) {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::warn!(%error, "the setting was not put back");
            ExitCode::FAILURE
        }
    }
}

/// Away from the terminal and the process group, whose end would be ours too, and deaf to polite requests: whoever asks
/// everybody to end asks the one we guard as well, and that is what we wait for.
#[cfg(unix)]
fn stand_apart() {
    let _ = rustix::process::setsid();
    let _ = nix::sys::signal::SigSet::all().thread_block();
}

#[cfg(not(unix))]
fn stand_apart() {}

/// Without the console of ours, whose end, and whose Ctrl+C, would be the guard's too.
#[cfg(windows)]
fn apart(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    std::os::windows::process::CommandExt::creation_flags(command, CREATE_NEW_PROCESS_GROUP | CREATE_NO_WINDOW);
}

/// Elsewhere it goes by itself.
#[cfg(not(windows))]
fn apart(_command: &mut Command) {}

/// The command line of the same installation, where we are not that. Whether it can be a guard, it says itself.
fn small_program(own: &Path) -> Option<PathBuf> {
    let small = own.with_file_name("paperwing").with_extension(std::env::consts::EXE_EXTENSION);
    (small != own && own.parent() != Some(Path::new("/proc/self")) && small.is_file()).then_some(small)
}

/// This program, also where its file was removed since it was started.
fn own_program() -> io::Result<PathBuf> {
    let path = std::env::current_exe()?;
    if cfg!(target_os = "linux") && !path.exists() { Ok("/proc/self/exe".into()) } else { Ok(path) }
}
