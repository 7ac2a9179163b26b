//! What a program and its processes use.

use std::collections::HashMap;
use std::fs;

/// What a program and all processes that it started use at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time since they began, in ticks of 1/100 s (`utime + stime`).
    pub ticks: u64,
    /// Resident memory, KiB; what several processes share counts for each.
    pub resident_kib: u64,
    /// Their share of memory (PSS), KiB.
    pub share_kib: u64,
    /// Memory that nothing else shares (private clean and dirty), KiB.
    pub private_kib: u64,
    /// How often they were woken (voluntary context switches of all threads).
    pub wakes: u64,
    /// Their names and process ids.
    pub processes: Vec<(String, u32)>,
}

// === impl Usage ===

impl Usage {
    /// Of a process and all that descend from it.
    pub fn of(pid: u32) -> Self {
        let mut usage = Self::default();
        for pid in family(pid) {
            usage.add(pid);
        }
        usage
    }

    fn add(&mut self, pid: u32) {
        let read = |file: &str| fs::read_to_string(format!("/proc/{pid}/{file}")).unwrap_or_default();
        let kib = |text: &str, key: &str| {
            let line = text.lines().find(|line| line.starts_with(key));
            line.and_then(|line| line.split_ascii_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or_default()
        };
        let stat = read("stat");
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_ascii_whitespace().collect()).unwrap_or_default();
        let field = |index: usize| fields.get(index).and_then(|text| text.parse::<u64>().ok()).unwrap_or_default();
        self.ticks += field(11) + field(12);
        self.resident_kib += kib(&read("status"), "VmRSS:");
        let memory = read("smaps_rollup");
        self.share_kib += kib(&memory, "Pss:");
        self.private_kib += kib(&memory, "Private_Clean:") + kib(&memory, "Private_Dirty:");
        for task in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let status = fs::read_to_string(task.path().join("status")).unwrap_or_default();
            self.wakes += kib(&status, "voluntary_ctxt_switches:");
        }
        self.processes.push((read("comm").trim().to_owned(), pid));
    }
}

/// A process and its descendants.
fn family(pid: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(child) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_ascii_whitespace().nth(1)?.parse().ok());
        if let Some(parent) = parent {
            children.entry(parent).or_default().push(child);
        }
    }
    let mut all = vec![pid];
    let mut next = 0;
    while let Some(pid) = all.get(next).copied() {
        all.extend(children.remove(&pid).unwrap_or_default());
        next += 1;
    }
    all
}
