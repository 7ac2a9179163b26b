//! What is remembered of each network: blocking differs from provider to provider.
//!
//! A network is kept as a hash of what the system says of it, with a salt of the profile's own: the file does not show where
//! this computer has been, and two profiles cannot be compared.

use std::collections::BTreeMap;
use std::fmt;

use paperwing_link::ProxyId;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// So many networks are remembered. The one that was left longest ago is forgotten first.
pub const MOST_NETWORKS: usize = 32;

/// A network, by a salted hash of what the system says of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NetworkId([u8; 16]);

/// What is remembered of one network.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkRecord {
    /// When this computer was there last, seconds since 1970.
    pub last_seen: u64,
    /// The proxies that new connections used there.
    pub picks: Vec<ProxyId>,
    /// Those that were tried there.
    pub proxies: BTreeMap<ProxyId, ProxyThere>,
}

/// How a proxy did in one network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ProxyThere {
    /// Its usual time to become usable, ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<u32>,
    /// Whether it was blocked.
    pub is_blocked: bool,
}

/// All that is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Networks {
    salt: Option<[u8; 16]>,
    known: BTreeMap<NetworkId, NetworkRecord>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Stored {
    #[serde(skip_serializing_if = "Option::is_none")]
    salt: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    known: BTreeMap<String, StoredRecord>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct StoredRecord {
    last_seen: u64,
    picks: Vec<String>,
    proxies: BTreeMap<String, ProxyThere>,
}

// === impl Networks ===

impl Networks {
    /// The network that the system describes so. Equal descriptions are one network, in one profile; `None` where the system
    /// has no random numbers for the salt.
    pub fn id(&mut self, description: &[u8]) -> Option<NetworkId> {
        let salt = match self.salt {
            Some(salt) => salt,
            None => *self.salt.insert(crate::key::random().ok()?),
        };
        let hash = Sha256::new().chain_update(salt).chain_update(description).finalize();
        hash.first_chunk().copied().map(NetworkId)
    }

    /// What is remembered of a network.
    pub fn get(&self, id: NetworkId) -> Option<&NetworkRecord> {
        self.known.get(&id)
    }

    /// Remembers a network, and forgets what is too much.
    pub fn remember(&mut self, id: NetworkId, record: NetworkRecord) {
        self.known.insert(id, record);
        while self.known.len() > MOST_NETWORKS {
            let oldest = self.known.iter().min_by_key(|(_, record)| record.last_seen).map(|(id, _)| *id);
            oldest.and_then(|id| self.known.remove(&id));
        }
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Forgets proxies that are no longer in the list.
    pub(super) fn retain(&mut self, is_known: impl Fn(&ProxyId) -> bool) {
        for record in self.known.values_mut() {
            record.picks.retain(&is_known);
            record.proxies.retain(|id, _| is_known(id));
        }
    }
}

// === what is stored ===

impl From<&Networks> for Stored {
    fn from(networks: &Networks) -> Self {
        let record = |record: &NetworkRecord| StoredRecord {
            last_seen: record.last_seen,
            picks: record.picks.iter().map(ToString::to_string).collect(),
            proxies: record.proxies.iter().map(|(id, there)| (id.to_string(), *there)).collect(),
        };
        Self {
            salt: networks.salt.map(|salt| NetworkId(salt).to_string()),
            known: networks.known.iter().map(|(id, one)| (id.to_string(), record(one))).collect(),
        }
    }
}

impl From<Stored> for Networks {
    /// What cannot be read is left out. Hashes without their salt mean nothing.
    fn from(stored: Stored) -> Self {
        let Some(salt) = stored.salt.as_deref().and_then(bytes) else { return Self::default() };
        let id = |text: &String| crate::json::id_from_hex(text);
        let record = |record: StoredRecord| NetworkRecord {
            last_seen: record.last_seen,
            picks: record.picks.iter().filter_map(id).collect(),
            proxies: record.proxies.iter().filter_map(|(text, there)| Some((id(text)?, *there))).collect(),
        };
        let known = stored.known.into_iter().filter_map(|(id, one)| Some((NetworkId(bytes(&id)?), record(one))));
        Self { salt: Some(salt), known: known.collect() }
    }
}

impl fmt::Display for NetworkId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

fn bytes(hex: &str) -> Option<[u8; 16]> {
    let is_hex = hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| u128::from_str_radix(hex, 16).ok().map(u128::to_be_bytes)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen_at(last_seen: u64) -> NetworkRecord {
        NetworkRecord { last_seen, ..NetworkRecord::default() }
    }

    #[test]
    fn a_network_is_known_again_by_its_description_and_only_in_its_profile() {
        let (mut ours, mut others) = (Networks::default(), Networks::default());
        let home = ours.id(b"192.0.2.1 home").unwrap();
        assert_eq!(ours.id(b"192.0.2.1 home"), Some(home));
        assert_ne!(ours.id(b"192.0.2.1 work"), Some(home));
        assert_ne!(others.id(b"192.0.2.1 home"), Some(home));
    }

    #[test]
    fn the_network_that_was_left_longest_ago_is_forgotten_first() {
        let mut networks = Networks::default();
        let ids: Vec<_> = (0..40_u8).map(|number| networks.id(&[number]).unwrap()).collect();
        for (id, at) in ids.iter().zip(1000..) {
            networks.remember(*id, seen_at(at));
        }
        assert_eq!(networks.len(), MOST_NETWORKS);
        assert_eq!((networks.get(ids[7]), networks.get(ids[39])), (None, Some(&seen_at(1039))));
    }

    #[test]
    fn what_is_stored_is_read_again() {
        let mut networks = Networks::default();
        let home = networks.id(b"home").unwrap();
        let there = ProxyThere { time_ms: Some(40), is_blocked: true };
        let proxies = BTreeMap::from([(ProxyId(1), there)]);
        networks.remember(home, NetworkRecord { last_seen: 7, picks: vec![ProxyId(2)], proxies });
        let text = serde_json::to_string(&Stored::from(&networks)).unwrap();
        assert!(!text.contains("home"), "{text}");
        assert_eq!(Networks::from(serde_json::from_str::<Stored>(&text).unwrap()), networks);
    }

    #[test]
    fn nonsense_is_left_out_and_hashes_without_a_salt_are_forgotten() {
        let nonsense =
            r#"{"salt":"00112233445566778899aabbccddeeff","known":{"zz":{},"+0112233445566778899aabbccddeeff":{}}}"#;
        assert!(Networks::from(serde_json::from_str::<Stored>(nonsense).unwrap()).is_empty());
        let saltless = r#"{"known":{"00112233445566778899aabbccddeeff":{}}}"#;
        assert!(Networks::from(serde_json::from_str::<Stored>(saltless).unwrap()).is_empty());
    }
}
