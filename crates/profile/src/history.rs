//! What is remembered of each proxy's health between runs. Losing it costs a few tests, nothing else.

mod networks;

use std::collections::{BTreeMap, HashSet};

use paperwing_link::ProxyId;
use serde::{Deserialize, Serialize};

use crate::disk::{self, Content};
use crate::profile::{Profile, io_at, take_write, write_json};
use crate::{ProfileError, Warning, place};

pub use networks::{MOST_NETWORKS, NetworkId, NetworkRecord, Networks, ProxyThere};

/// The health of every proxy that was ever tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct History {
    /// By proxy; those no longer in the list are dropped when it is saved.
    pub proxies: BTreeMap<ProxyId, HealthRecord>,
    /// What is remembered of each network that this computer was in.
    pub networks: Networks,
}

/// What is remembered of one proxy, whatever the network.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct HealthRecord {
    /// When it last carried something, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_ok: Option<u64>,
    /// When it last failed, seconds since 1970.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_failure: Option<u64>,
    /// How long it last took to become usable, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_time_ms: Option<u32>,
    /// What the last test or connection said, in the engine's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_verdict: Option<String>,
    /// Connections that worked.
    pub successes: u64,
    /// Connections that did not.
    pub failures: u64,
}

#[derive(Serialize, Deserialize)]
pub(crate) struct Stored {
    version: u32,
    proxies: BTreeMap<String, HealthRecord>,
    /// Absent in what was written before networks were told apart.
    #[serde(default)]
    networks: networks::Stored,
}

impl disk::Versioned for Stored {
    const VERSION: u32 = 1;
}

impl From<&History> for Stored {
    fn from(history: &History) -> Self {
        let proxies = history.proxies.iter().map(|(id, record)| (id.to_string(), record.clone())).collect();
        Self { version: <Self as disk::Versioned>::VERSION, proxies, networks: (&history.networks).into() }
    }
}

impl From<Stored> for History {
    fn from(stored: Stored) -> Self {
        let proxies = stored.proxies.into_iter();
        Self {
            proxies: proxies.filter_map(|(id, record)| Some((crate::json::id_from_hex(&id)?, record))).collect(),
            networks: stored.networks.into(),
        }
    }
}

const FILE: &str = "history.json";

impl Profile {
    /// What is remembered of the proxies' health; empty where nothing is or where it cannot be read, which the warning
    /// then says.
    pub fn history(&self) -> (History, Option<Warning>) {
        let path = self.dir.join(FILE);
        match disk::read::<Stored>(&path) {
            Ok(Content::Good(stored)) => (stored.into(), None),
            Ok(Content::Newer(_)) => (History::default(), Some(Warning::NewerHistory { path })),
            Ok(Content::Damaged(damage)) => {
                let _lock = take_write(&self.dir).ok();
                let aside = disk::set_aside(&path).ok();
                (History::default(), aside.map(|aside| Warning::SetAside { path, aside, damage }))
            }
            Ok(Content::Absent) | Err(_) => (History::default(), None),
        }
    }

    /// Remembers the proxies' health; those that are not in the list are left out.
    pub fn save_history(&self, history: &History) -> Result<(), ProfileError> {
        let path = self.dir.join(FILE);
        place::create(&self.dir).map_err(io_at("make the folder", &self.dir))?;
        let _lock = take_write(&self.dir)?;
        if let Ok(Content::Newer(version)) = disk::read::<Stored>(&path) {
            return Err(ProfileError::Newer { path, version });
        }
        let known: HashSet<_> = self.entries().iter().map(|entry| entry.id).collect();
        let mut kept = history.clone();
        kept.proxies.retain(|id, _| known.contains(id));
        kept.networks.retain(|id| known.contains(id));
        write_json(&path, &Stored::from(&kept))
    }
}
