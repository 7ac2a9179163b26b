//! Between what the engine knows of the network it is in, and what the profile keeps of each.

use std::time::Duration;

use paperwing_engine::failover::{Memory, Remembered};
use paperwing_profile::{NetworkRecord, ProxyThere};

/// What the engine knows, to be kept.
pub(super) fn record_of(memory: Memory, now: u64) -> NetworkRecord {
    let there = |one: &Remembered| ProxyThere {
        time_ms: one.usual.and_then(|usual| u32::try_from(usual.as_millis()).ok()),
        is_blocked: one.is_blocked,
    };
    let proxies = memory.proxies.iter().map(|one| (one.proxy, there(one))).collect();
    NetworkRecord { last_seen: now, picks: memory.picks, proxies }
}

/// What was kept, for the engine.
pub(super) fn memory_of(record: &NetworkRecord) -> Memory {
    let remembered = record.proxies.iter().map(|(id, there)| Remembered {
        proxy: *id,
        usual: there.time_ms.map(|ms| Duration::from_millis(ms.into())),
        is_blocked: there.is_blocked,
    });
    Memory { picks: record.picks.clone(), proxies: remembered.collect() }
}

#[cfg(test)]
mod tests {
    use paperwing_link::ProxyId;

    use super::*;

    #[test]
    fn what_is_kept_comes_back() {
        let usual = Some(Duration::from_millis(40));
        let proxies = vec![
            Remembered { proxy: ProxyId(1), usual, is_blocked: false },
            Remembered { proxy: ProxyId(2), usual: None, is_blocked: true },
        ];
        let memory = Memory { picks: vec![ProxyId(1)], proxies };
        assert_eq!(memory_of(&record_of(memory.clone(), 7)), memory);
    }
}
