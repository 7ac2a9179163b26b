//! What a process and its children cost.

use std::collections::HashMap;
use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};
use nix::time::clock_getcpuclockid;
use nix::unistd::Pid;

/// A process with everything it started.
#[derive(Debug, Clone, Copy)]
pub struct Family(pub Pid);

// === impl Family ===

impl Family {
    /// Processor time so far, in user and kernel mode, of all threads, those that have ended among them, in the
    /// scheduler's own nanoseconds. Of children that have ended only clock ticks (10 ms) are known.
    pub fn processor_time(self) -> Result<Duration> {
        let living = |pid| Some(Duration::from(clock_getcpuclockid(pid).ok()?.now().ok()?));
        let ended = |pid| ended_children(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?);
        // A member may end while it is looked at; then it is among its parent's ended children the next time.
        let of = |pid| living(pid).unwrap_or_default() + ended(pid).unwrap_or_default();
        Ok(self.members()?.into_iter().map(of).sum())
    }

    /// Resident memory in bytes (`VmRSS`). Pages that a family shares are counted for each of its members.
    pub fn resident(self) -> Result<u64> {
        self.members()?.into_iter().map(resident).sum()
    }

    fn members(self) -> Result<Vec<Pid>> {
        let mut children: HashMap<Pid, Vec<Pid>> = HashMap::new();
        for entry in fs::read_dir("/proc")? {
            let Some(pid) = entry?.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
            // A process may be gone by the time it is looked at.
            let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { continue };
            let parent = parent(&stat).with_context(|| format!("/proc/{pid}/stat: no parent in {stat:?}"))?;
            children.entry(parent).or_default().push(Pid::from_raw(pid));
        }
        let mut members = vec![self.0];
        let mut next = 0;
        while let Some(member) = members.get(next) {
            members.extend(children.remove(member).unwrap_or_default());
            next += 1;
        }
        Ok(members)
    }
}

/// The fourth field of /proc/PID/stat; the second may itself hold spaces and brackets.
fn parent(stat: &str) -> Option<Pid> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok().map(Pid::from_raw)
}

/// Fields 16 and 17 of /proc/PID/stat: user and kernel time of children that were waited for.
fn ended_children(stat: &str) -> Option<Duration> {
    /// Linux shows every program a hundred ticks a second, whatever its own clock does.
    const TICK: Duration = Duration::from_millis(10);
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(13);
    let (user, kernel): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(TICK * (user + kernel))
}

fn resident(pid: Pid) -> Result<u64> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).with_context(|| path.clone())?;
    let line =
        status.lines().find_map(|line| line.strip_prefix("VmRSS:")).with_context(|| format!("{path}: no VmRSS"))?;
    let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().with_context(|| format!("{path}: {line}"))?;
    Ok(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_parent_is_found_behind_an_unusual_name() {
        assert_eq!(parent("12 (a) b (c)) S 7 12 12 0"), Some(Pid::from_raw(7)));
        assert_eq!(parent("12"), None);
    }

    #[test]
    fn ended_children_count_in_ticks() {
        let stat = "12 (a b) S 7 12 12 0 -1 4194560 1 2 3 4 50 60 7 8 20 0 1 0 100";
        assert_eq!(ended_children(stat), Some(Duration::from_millis(150)));
    }

    #[test]
    fn work_costs_processor_time_and_pages_are_memory() {
        let own = Family(Pid::this());
        let before = own.processor_time().unwrap();
        let pages = vec![1_u8; 32 * 1024 * 1024];
        assert_eq!(pages.iter().map(|&byte| u64::from(byte)).sum::<u64>(), 32 * 1024 * 1024);
        assert!(own.processor_time().unwrap() > before);
        assert!(own.resident().unwrap() > 32 * 1024 * 1024);
    }
}
