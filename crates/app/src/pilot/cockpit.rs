//! What is on the pilot's thread.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};

use paperwing_link::ProxyId;
use paperwing_profile::{Gone, KeyOptions, OpenMode, Preferences, Profile, Warning};
use tokio::sync::{Notify, watch};
use tokio::task::{AbortHandle, spawn_blocking};

use super::brief::Brief;
use super::convert::proxy_id;
use super::flight::{Course, Flight};
use super::health::Healths;
use super::log::Log;
use super::reading::Kept;
use super::shelf::Shelf;
use super::steward::Steward;
use super::traffic::Traffic;
use super::watching::Watcher;
use super::{AppError, Event, Notice, NoticeCode, Row};
use crate::{DEFAULT_PORT, Error};

pub(super) type Answer<T> = Result<T, AppError>;

/// Where the pilot finds what it needs.
#[derive(Clone, Debug)]
pub struct Place {
    /// The profile's folder.
    pub dir: PathBuf,
    /// How the key to the passwords is had.
    pub keys: KeyOptions,
}

/// See the module. Its methods are what a person can have done; each is a use case.
#[derive(Debug)]
pub struct Cockpit {
    pub(super) place: Place,
    /// How the key is had: as the program was started, or with the passphrase that the person gave since.
    pub(super) keys: RefCell<KeyOptions>,
    /// Opened when it is first needed. Behind a lock, because disks and keyrings have threads of their own.
    profile: RefCell<Option<Arc<Mutex<Profile>>>>,
    pub(super) course: RefCell<Course>,
    pub(super) flight: RefCell<Option<Flight>>,
    pub(super) rows: RefCell<Rc<Vec<Row>>>,
    pub(super) chosen: Cell<Option<ProxyId>>,
    pub(super) preferences: RefCell<Preferences>,
    /// Where the port is opened the next time, as settled in the window or by hand.
    pub(super) settled_listen: Cell<SocketAddr>,
    pub(super) list_revision: Cell<u32>,
    pub(super) healths: RefCell<Healths>,
    pub(super) log: RefCell<Log>,
    pub(super) traffic: RefCell<Traffic>,
    pub(super) readings: RefCell<Shelf<Kept>>,
    pub(super) removed: RefCell<Shelf<Vec<Gone>>>,
    pub(super) tests: RefCell<Vec<AbortHandle>>,
    pub(super) notices: RefCell<BTreeMap<NoticeCode, Option<AppError>>>,
    pub(super) steward: Steward,
    pub(super) watcher: RefCell<Option<Watcher>>,
    /// Something changed that a watcher may want to see.
    pub(super) stirred: Rc<Notify>,
    brief: watch::Sender<Brief>,
}

// === impl Cockpit ===

impl Cockpit {
    pub(super) fn new(place: Place, brief: watch::Sender<Brief>) -> Self {
        Self {
            keys: RefCell::new(place.keys.clone()),
            place,
            profile: RefCell::default(),
            course: RefCell::default(),
            flight: RefCell::default(),
            rows: RefCell::default(),
            chosen: Cell::default(),
            preferences: RefCell::default(),
            settled_listen: Cell::new((Ipv4Addr::LOCALHOST, DEFAULT_PORT).into()),
            list_revision: Cell::new(0),
            healths: RefCell::default(),
            log: RefCell::default(),
            traffic: RefCell::new(Traffic::new()),
            readings: RefCell::default(),
            removed: RefCell::default(),
            tests: RefCell::default(),
            notices: RefCell::default(),
            steward: Steward::default(),
            watcher: RefCell::default(),
            stirred: Rc::default(),
            brief,
        }
    }

    /// Does something with the profile, on a thread that may be kept waiting by a disk or a keyring. A key that could not
    /// be had is asked for again.
    pub(super) async fn with_profile<T, F>(&self, act: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Profile) -> Result<T, Error> + Send + 'static,
    {
        self.look_into_profile(|profile| {
            profile.ask_anew();
            act(profile)
        })
        .await
    }

    /// The same for what nobody asked for, which must not bother the person with a locked keyring time and again.
    pub(super) async fn look_into_profile<T, F>(&self, act: F) -> Answer<T>
    where
        T: Send + 'static,
        F: FnOnce(&mut Profile) -> Result<T, Error> + Send + 'static,
    {
        let open = self.profile.borrow().clone();
        let (dir, keys) = (self.place.dir.clone(), self.keys.borrow().clone());
        let done = spawn_blocking(move || {
            let (profile, mut warnings) = if let Some(profile) = open {
                (profile, Vec::new())
            } else {
                let (profile, warnings) = crate::open(Some(&dir), OpenMode::Command, keys)?;
                (Arc::new(Mutex::new(profile)), warnings)
            };
            let mut locked = profile.lock().unwrap_or_else(PoisonError::into_inner);
            // What another program changed meanwhile. That it cannot be read now is told when something needs it.
            if locked.changed()
                && let Err(error) = locked.reload()
            {
                tracing::warn!(%error, "the profile was not read again");
            }
            let value = act(&mut locked);
            warnings.extend(locked.take_warnings());
            drop(locked);
            Ok::<_, Error>((value, warnings, profile))
        });
        let (value, warnings, profile) = done.await.map_err(|_| AppError::stopped())??;
        self.profile.borrow_mut().get_or_insert(profile);
        self.warn(&warnings);
        Ok(value?)
    }

    /// A profile of its own, for what takes long and must not keep others from it.
    pub(super) async fn own_profile(&self) -> Answer<Profile> {
        let (dir, keys) = (self.place.dir.clone(), self.keys.borrow().clone());
        let opened = spawn_blocking(move || crate::open(Some(&dir), OpenMode::Command, keys));
        Ok(opened.await.map_err(|_| AppError::stopped())??.0)
    }

    pub(super) fn warn(&self, warnings: &[Warning]) {
        for warning in warnings {
            let code = match warning {
                Warning::SetAside { .. } | Warning::Rewritten { .. } => NoticeCode::DamagedList,
                _ => NoticeCode::Trouble,
            };
            self.notice(code, Some(warning.into()));
        }
    }

    pub(super) fn notice(&self, code: NoticeCode, what: Option<AppError>) {
        self.notices.borrow_mut().insert(code, what);
        self.stir();
    }

    /// Says it no longer.
    pub(super) fn withdraw(&self, code: NoticeCode) {
        self.notices.borrow_mut().remove(&code);
        self.stir();
    }

    pub(super) fn notices(&self) -> Vec<Notice> {
        self.notices.borrow().iter().map(|(code, what)| Notice { code: *code, what: what.clone() }).collect()
    }

    /// Writes down that something happened.
    pub(super) fn tell(&self, event: Event) {
        self.log.borrow_mut().write(event);
        self.stir();
    }

    /// To be called after every change: renews what is shown.
    pub(super) fn stir(&self) {
        let now = self.make_brief();
        self.brief.send_if_modified(|brief| std::mem::replace(brief, now.clone()) != now);
        self.stirred.notify_one();
    }

    /// Whether another program changed the profile; no answer while it is being read.
    pub(super) fn is_profile_outdated(&self) -> bool {
        let profile = self.profile.borrow();
        profile.as_ref().is_some_and(|profile| profile.try_lock().is_ok_and(|profile| profile.changed()))
    }

    pub(super) fn row(&self, id: &str) -> Answer<Row> {
        proxy_id(id)?;
        self.rows.borrow().iter().find(|row| row.id == id).cloned().ok_or_else(AppError::gone)
    }
}
