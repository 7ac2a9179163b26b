//! Telling a running session that the list changed.
//!
//! A session sleeps when there is no traffic, so it is woken: by SIGUSR1, which it takes from its first moment on. (Not
//! SIGHUP: that means that the terminal is gone, and ends the session.)

use std::path::Path;

/// What a change of the list means for a session that runs on the same profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// Nobody runs on this profile.
    NobodyRuns,
    /// The running one was told; the change holds from now on.
    Told,
    /// The running one cannot be told on this system: the change holds with its next event or start.
    Later,
}

/// To be called after a change was written.
pub fn after_change(dir: &Path) -> Reload {
    match paperwing_profile::running(dir) {
        None => Reload::NobodyRuns,
        Some(holder) => tell(holder.pid, &holder.program),
    }
}

#[cfg(unix)]
fn tell(pid: u32, program: &str) -> Reload {
    use rustix::process::{Pid, Signal, kill_process};

    // The lock is held, but between taking it and signing it a killed predecessor's signature may still be there, and
    // its number may be somebody else's by now.
    if !is_program(pid, program) {
        return Reload::Later;
    }
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    match pid.map(|pid| kill_process(pid, Signal::USR1)) {
        Some(Ok(())) => Reload::Told,
        Some(Err(_)) | None => Reload::Later,
    }
}

#[cfg(not(unix))]
fn tell(_pid: u32, _program: &str) -> Reload {
    Reload::Later
}

/// Whether a process is of a program, as far as the system tells: Linux keeps the first 15 bytes of the name.
#[cfg(target_os = "linux")]
fn is_program(pid: u32, program: &str) -> bool {
    let name = std::fs::read(format!("/proc/{pid}/comm")).unwrap_or_default();
    let program = &program.as_bytes()[..program.len().min(15)];
    name.strip_suffix(b"\n").unwrap_or(&name) == program
}

#[cfg(all(unix, not(target_os = "linux")))]
fn is_program(_pid: u32, _program: &str) -> bool {
    true
}
