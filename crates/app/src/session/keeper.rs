//! The profile of a running session: read again when it changes, and given what was learnt of the proxies.
//!
//! Disks and keyrings may take seconds, traffic shares its thread with us: so everything here that touches a file runs
//! on a thread of its own.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paperwing_engine::failover::Memory;
use paperwing_engine::{Engine, Health, Snapshot};
use paperwing_link::{Host, Port, Protocol, ProxyId};
use paperwing_profile::{History, KeyOptions, Merged, NetworkId, OpenMode, Profile, ProfileError, SubscriptionId};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::Instant;

use super::places::{memory_of, record_of};
use super::upstreams::{self, Loaded};
use crate::open::lost_list;
use crate::subscription::{Errand, Refreshed, now, take_in};
use crate::{AppError, Error, Verdict, open};

/// The history is written at most this often.
const EVERY: Duration = Duration::from_mins(1);

/// See the module.
#[derive(Debug)]
pub(super) struct Keeper {
    profile: Arc<Mutex<Profile>>,
    history: History,
    /// The network that this computer is in; `None` while nobody has said which.
    network: Option<NetworkId>,
    /// Something was put away of a network since the history was written.
    is_unwritten: bool,
    /// Bytes that each proxy had carried when the history was last brought up to date.
    carried: HashMap<ProxyId, u64>,
    /// When to write; `None` while there is nothing new.
    due: Option<Instant>,
    last_written: Instant,
}

// === impl Keeper ===

impl Keeper {
    /// Opens the profile for running, and reads it.
    pub(super) async fn open(dir: Option<PathBuf>, keys: KeyOptions) -> Result<(Loaded, Self), Error> {
        let opened = spawn_blocking(move || {
            let (mut profile, warnings) = open(dir.as_deref(), OpenMode::Run, keys)?;
            let (history, warning) = profile.history();
            let mut loaded = upstreams::of_profile(&profile, &history)?;
            if loaded.is_empty_list
                && let Some(aside) = lost_list(profile.dir())
            {
                return Err(Error::LostList { aside });
            }
            loaded.troubles.extend(warnings.iter().chain(&warning).map(AppError::from));
            loaded.settle_telegram(&mut profile);
            Ok((loaded, profile, history))
        });
        let (loaded, profile, history) = opened.await.unwrap_or_else(|_| Err(interrupted()))?;
        let keeper = Self {
            profile: Arc::new(Mutex::new(profile)),
            history,
            network: None,
            is_unwritten: false,
            carried: HashMap::new(),
            due: None,
            last_written: Instant::now(),
        };
        Ok((loaded, keeper))
    }

    /// Says in the profile's folder where we take connections.
    pub(super) async fn announce(&self, addresses: Vec<SocketAddr>) {
        let profile = self.profile.clone();
        let announced = spawn_blocking(move || lock(&profile).announce(&addresses)).await;
        if let Ok(Err(error)) = announced {
            tracing::warn!(%error, "other commands will not find this one");
        }
    }

    /// The profile's folder.
    pub(super) fn dir(&self) -> PathBuf {
        lock(&self.profile).dir().to_owned()
    }

    /// Whether the files changed since they were read; no answer while they are being read.
    pub(super) fn is_outdated(&self) -> bool {
        self.profile.try_lock().is_ok_and(|profile| profile.changed())
    }

    /// Reads the list again; where keys are given, with a key that is asked for anew in their way.
    pub(super) fn load(&self, keys: Option<KeyOptions>) -> JoinHandle<Result<Loaded, Error>> {
        let (profile, history) = (self.profile.clone(), self.history.clone());
        spawn_blocking(move || {
            let mut profile = lock(&profile);
            if let Some(keys) = keys {
                profile.use_keys(keys);
            }
            let warnings = profile.reload()?;
            let mut loaded = upstreams::of_profile(&profile, &history)?;
            loaded.troubles.extend(warnings.iter().map(AppError::from));
            loaded.settle_telegram(&mut profile);
            Ok(loaded)
        })
    }

    /// Writes down which key an SSH server has, in every entry that leads to it and knows of none.
    pub(super) fn pin_host_key(&self, host: Host, port: Port, fingerprint: String) {
        let profile = self.profile.clone();
        spawn_blocking(move || {
            let mut profile = lock(&profile);
            let entries: Vec<_> =
                profile.entries().iter().filter(|entry| (&entry.host, entry.port) == (&host, port)).cloned().collect();
            for entry in entries {
                let Ok(mut proxy) = profile.proxy(&entry) else { continue };
                let Protocol::Ssh(ssh) = &mut proxy.protocol else { continue };
                if ssh.host_key.is_some() {
                    continue;
                }
                ssh.host_key = Some(fingerprint.clone());
                if let Err(error) = profile.replace(entry.id, &proxy) {
                    tracing::warn!(%error, "the server's key was not written down");
                }
            }
        });
    }

    /// Waits until something was learnt and may be written, and writes it. Nothing happens while nothing is learnt.
    pub(super) async fn keep(&mut self, snapshots: &mut [watch::Receiver<Snapshot>; 2], engine: &Engine) {
        let [snapshot, telegram] = snapshots;
        let due = if let Some(due) = self.due {
            due
        } else {
            let changed = tokio::select! {
                changed = snapshot.changed() => changed,
                changed = telegram.changed() => changed,
            };
            if changed.is_err() {
                return std::future::pending().await;
            }
            *self.due.insert(self.last_written + EVERY)
        };
        tokio::time::sleep_until(due).await;
        snapshot.mark_unchanged();
        telegram.mark_unchanged();
        self.due = None;
        self.last_written = Instant::now();
        if self.learn_from(engine) {
            // Not waited for: this future may be dropped at any moment.
            drop(self.write());
        }
    }

    /// Writes what was learnt to the end.
    pub(super) async fn finish(&mut self, engine: &Engine) {
        if self.learn_from(engine) {
            let _ = self.write().await;
        }
    }

    /// Fetches a subscription again and takes its new list over.
    pub(super) fn refresh(&self, id: SubscriptionId, engine: Engine) -> JoinHandle<Refreshed> {
        let profile = self.profile.clone();
        tokio::spawn(async move {
            let mut refreshed = Refreshed { name: String::new(), result: Ok(None), skipped_count: 0 };
            refreshed.result = refresh(profile, id, &engine, &mut refreshed.name, &mut refreshed.skipped_count).await;
            refreshed
        })
    }

    /// This computer is in the network that the system describes so. What was learnt in the last one is put away, and what is
    /// known of this one is for the engine; nothing where it is the same one.
    pub(super) fn enter(&mut self, description: &[u8], engine: &Engine) -> Option<Memory> {
        let entered = self.history.networks.id(description)?;
        if self.network == Some(entered) {
            return None;
        }
        self.put_away(engine);
        let is_first = self.network.replace(entered).is_none();
        match self.history.networks.get(entered) {
            Some(record) => Some(memory_of(record)),
            // What is remembered from before networks were told apart is better than nothing.
            None if is_first => None,
            None => Some(Memory::default()),
        }
    }

    fn put_away(&mut self, engine: &Engine) {
        let Some(network) = self.network else { return };
        let record = record_of(engine.memory(), now());
        let before = self.history.networks.get(network);
        self.is_unwritten |=
            before.is_none_or(|before| (&before.picks, &before.proxies) != (&record.picks, &record.proxies));
        self.history.networks.remember(network, record);
    }

    fn write(&self) -> JoinHandle<()> {
        let profile = self.profile.clone();
        let networks = self.history.networks.clone();
        let learnt = self.carried.keys().filter_map(|id| Some((*id, self.history.proxies.get(id)?.clone())));
        let learnt: Vec<_> = learnt.collect();
        spawn_blocking(move || {
            let profile = lock(&profile);
            // Tests may have written of others meanwhile.
            let (mut history, _) = profile.history();
            history.proxies.extend(learnt);
            history.networks = networks;
            if let Err(error) = profile.save_history(&history) {
                tracing::warn!(%error, "the history was not written");
            }
        })
    }

    fn learn_from(&mut self, engine: &Engine) -> bool {
        self.put_away(engine);
        let is_new = std::mem::take(&mut self.is_unwritten);
        let states = [engine.state(), engine.telegram_state()];
        states.iter().fold(is_new, |is_new, state| self.learn(state) | is_new)
    }

    /// Remembers which port Telegram was told of. Not waited for.
    pub(super) fn keep_telegram_port(&self, port: u16) {
        let profile = self.profile.clone();
        drop(spawn_blocking(move || {
            if let Err(error) = lock(&profile).keep_telegram_port(port) {
                tracing::warn!(%error, "the port for Telegram was not written down");
            }
        }));
    }

    /// Brings the history up to date; says whether anything is new.
    fn learn(&mut self, snapshot: &Snapshot) -> bool {
        let now = now();
        let mut is_new = false;
        for state in snapshot.proxies.iter().filter(|state| state.health != Health::Untested) {
            let bytes = state.meter.down();
            let has_carried = self.carried.insert(state.id, bytes).unwrap_or_default() < bytes;
            let verdict = Verdict::new(state.health, state.trouble.as_ref()).to_string();
            let record = self.history.proxies.entry(state.id).or_default();
            let is_other = record.last_verdict.as_ref() != Some(&verdict);
            if has_carried || is_other && state.health == Health::Healthy {
                record.last_ok = Some(now);
            }
            if is_other && state.trouble.is_some() {
                record.last_failure = Some(now);
            }
            if let Some(usual) = state.usual {
                record.last_time_ms = u32::try_from(usual.as_millis()).ok();
            }
            record.last_verdict = Some(verdict);
            is_new |= has_carried || is_other;
        }
        is_new
    }
}

async fn refresh(
    profile: Arc<Mutex<Profile>>,
    id: SubscriptionId,
    engine: &Engine,
    name: &mut String,
    skipped_count: &mut usize,
) -> Result<Option<Merged>, Error> {
    let shared = profile.clone();
    let planned = spawn_blocking(move || {
        let profile = lock(&shared);
        let known = profile.subscriptions().iter().find(|known| known.id == id).cloned();
        let subscription = known.ok_or(ProfileError::NoSuchSubscription(id))?;
        let errand = Errand::of(&profile, &subscription, profile.settings().fetch_alone);
        Ok((subscription, errand))
    });
    let (subscription, errand) = planned.await.unwrap_or_else(|_| Err(interrupted()))?;
    name.clone_from(&subscription.name);
    let answer = errand?.fetch().await?;
    let in_use = in_use(engine);
    let taken = spawn_blocking(move || {
        let mut skipped_count = 0;
        let merged = take_in(&mut lock(&profile), &subscription, &answer, &in_use, &mut skipped_count)?;
        Ok((merged, skipped_count))
    });
    let (merged, count) = taken.await.unwrap_or_else(|_| Err(interrupted()))?;
    *skipped_count = count;
    Ok(merged)
}

/// The proxies that new connections use, and those that carry one.
fn in_use(engine: &Engine) -> Vec<ProxyId> {
    let carrying = engine.connections().into_iter().map(|connection| connection.proxy);
    let mut all: Vec<_> =
        [engine.state().pick, engine.telegram_state().pick].into_iter().flatten().chain(carrying).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// A panic in another thread leaves a profile that is as good as what is on disk.
fn lock(profile: &Mutex<Profile>) -> MutexGuard<'_, Profile> {
    profile.lock().unwrap_or_else(PoisonError::into_inner)
}

fn interrupted() -> Error {
    Error::System { doing: "read the profile", source: std::io::ErrorKind::Interrupted.into() }
}
