//! What was there before us and what we set, on disk before anything is set.

use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::desktop::{Changes, Image, Plan, Role, Values};
use super::{Owner, Point, SettingError};
use crate::disk;

const FILE: &str = "system-proxy.journal";
/// Where one that cannot be read is kept.
const DAMAGED: &str = "system-proxy.journal.damaged";
const VERSION: u32 = 1;

/// The journal of one switching on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Journal {
    version: u32,
    /// Tells this switching on from all others.
    pub(super) token: String,
    pub(super) owner: Owner,
    /// Which desktop's setting it is: whoever restores may run where no variable tells.
    pub(super) desktop: String,
    pub(super) point: Point,
    pub(super) groups: Vec<Group>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<Whole>,
}

/// Keys that are restored together or left together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Group {
    pub(super) role: Role,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) part: Option<String>,
    pub(super) keys: Vec<Key>,
}

/// One key of the setting; `None` is unset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Key {
    pub(super) name: String,
    pub(super) before: Option<String>,
    pub(super) ours: Option<String>,
    /// What was ours until it was moved.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) earlier: Vec<Option<String>>,
}

/// The file that the setting lies in, to the byte.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Whole {
    pub(super) before: Option<String>,
    pub(super) ours: String,
    /// What was ours until it was moved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) earlier: Option<String>,
}

// === impl Journal ===

impl Journal {
    /// Of what is there now and what is planned.
    pub(super) fn new(desktop: &str, point: &Point, now: &Values, plan: Plan, image: Option<Image>) -> Self {
        let holds = |(name, wanted): &(String, Option<String>)| now.get(name) == wanted.as_ref();
        // Where every key is as we would set it, it was us who set it, and the journal is lost: then the person had no
        // setting that could be known.
        let is_ours_already = plan.iter().flat_map(|group| &group.changes).all(holds);
        let before = |name: &String| if is_ours_already { None } else { now.get(name).cloned() };
        let key =
            |(name, ours): (String, Option<String>)| Key { before: before(&name), name, ours, earlier: Vec::new() };
        let groups = plan.into_iter();
        let groups =
            groups.map(|it| Group { role: it.role, part: it.part, keys: it.changes.into_iter().map(key).collect() });
        Self {
            version: VERSION,
            token: token(),
            owner: Owner::this_process(),
            desktop: desktop.to_owned(),
            point: point.clone(),
            groups: groups.collect(),
            image: image.filter(|_| !is_ours_already).map(|Image { before, after }| Whole {
                before,
                ours: after,
                earlier: None,
            }),
        }
    }

    /// The one for another address, of what is there now and what is planned. What was there before us stays that.
    pub(super) fn moved_to(&self, point: &Point, now: &Values, plan: Plan) -> Self {
        let known = |name: &String| self.keys().find(|key| key.name == *name);
        let key = |(name, ours): (String, Option<String>)| match known(&name) {
            Some(Key { before, ours: earlier, .. }) => {
                Key { before: before.clone(), ours, earlier: vec![earlier.clone()], name }
            }
            None => Key { before: now.get(&name).cloned(), ours, earlier: Vec::new(), name },
        };
        let groups = plan.into_iter();
        let mut groups: Vec<_> = groups
            .map(|it| Group { role: it.role, part: it.part, keys: it.changes.into_iter().map(key).collect() })
            .collect();
        let is_planned = |group: &Group| {
            let names: Vec<_> = groups.iter().flat_map(|it: &Group| &it.keys).map(|key| &key.name).collect();
            group.keys.iter().any(|key| names.contains(&&key.name))
        };
        let others: Vec<_> = self.groups.iter().filter(|group| !is_planned(group)).cloned().collect();
        groups.extend(others);
        Self { point: point.clone(), groups, image: None, ..self.clone() }
    }

    /// With the whole file as it will be, where there was one before.
    pub(super) fn with_image(self, earlier: Option<&Whole>, image: Option<Image>) -> Self {
        let whole = earlier.zip(image).map(|(earlier, image)| Whole {
            before: earlier.before.clone(),
            ours: image.after,
            earlier: Some(earlier.ours.clone()),
        });
        Self { image: whole, ..self }
    }

    /// What would be there now without us.
    pub(super) fn without_us(&self, now: &Values) -> Values {
        let mut values = now.clone();
        for Key { name, before, .. } in self.keys() {
            match before {
                Some(before) => drop(values.insert(name.clone(), before.clone())),
                None => drop(values.remove(name)),
            }
        }
        values
    }

    /// All that we set.
    pub(super) fn ours(&self) -> Changes {
        self.keys().map(|key| (key.name.clone(), key.ours.clone())).collect()
    }

    pub(super) fn keys(&self) -> impl Iterator<Item = &Key> {
        self.groups.iter().flat_map(|group| &group.keys)
    }

    /// Whether there is one on disk, whatever is in it.
    pub(super) fn is_there(dir: &Path) -> bool {
        dir.join(FILE).exists()
    }

    /// The one that is on disk; none where it is damaged, for nothing can be known from it.
    pub(super) fn read(dir: &Path) -> Result<Option<Self>, SettingError> {
        #[derive(Deserialize)]
        struct Head {
            version: u32,
        }
        let path = dir.join(FILE);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(source) => return Err(SettingError::Journal { path, source }),
        };
        if serde_json::from_slice::<Head>(&bytes).is_ok_and(|head| head.version > VERSION) {
            return Err(SettingError::NewerJournal { path });
        }
        Ok(serde_json::from_slice(&bytes).map_err(|error| tracing::warn!(%error, ?path, "a damaged journal")).ok())
    }

    /// Writes it so that it outlives a power loss from the moment this returns.
    pub(super) fn write(&self, dir: &Path) -> Result<(), SettingError> {
        let path = dir.join(FILE);
        let written =
            serde_json::to_vec_pretty(self).map_err(io::Error::other).and_then(|bytes| disk::replace(&path, &bytes));
        written.map_err(|source| SettingError::Journal { path, source })
    }

    /// Puts one aside that cannot be read, so that nobody stumbles over it again and somebody may still look at it. The lock
    /// must be held: a good one could otherwise have taken its place.
    pub(super) fn put_aside(dir: &Path) -> Result<(), SettingError> {
        let path = dir.join(FILE);
        match std::fs::rename(&path, dir.join(DAMAGED)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            moved => moved.map_err(|source| SettingError::Journal { path, source }),
        }
    }

    /// Takes it away, the same way.
    pub(super) fn remove(dir: &Path) -> Result<(), SettingError> {
        let path = dir.join(FILE);
        disk::remove(&path).map_err(|source| SettingError::Journal { path, source })
    }
}

fn token() -> String {
    let mut bytes = [0; 16];
    // Without randomness the time and the process still tell one from another.
    if getrandom::fill(&mut bytes).is_err() {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        bytes = (now.as_nanos() ^ u128::from(std::process::id()) << 96).to_le_bytes();
    }
    format!("{:032x}", u128::from_le_bytes(bytes))
}
