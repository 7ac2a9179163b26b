//! The desktop's own proxy setting, pointed at a running session and put back afterwards.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

mod loss;
mod wish;

use paperwing_system::network::Changes;
use paperwing_system::setting::{self, Place, Point, SettingError, Standing, Switch, Watch};
use serde::{Deserialize, Serialize};
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use self::loss::{Loss, Verdict};
pub(crate) use self::wish::{Granted, Inbox, wishes};
pub use self::wish::{Wanted, Wish, Wishes, ask};
pub use paperwing_system::setting::{Owner, Restored};

use crate::Event;

/// The desktop's proxy setting, for as long as a session runs. Dropped, it puts back what was there.
#[derive(Debug)]
pub struct SystemProxy {
    place: Result<Place, ()>,
    switch: Arc<Mutex<Option<Switch>>>,
    watch: Option<Watch>,
    checking: Option<JoinHandle<Option<Standing>>>,
    /// Listened to while it is on.
    network: Option<Changes>,
    loss: Loss,
}

/// How the desktop's proxy setting stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SystemProxyStatus {
    /// Nothing of ours.
    Off,
    /// It points at our port.
    On {
        /// Where it points.
        address: SocketAddr,
    },
    /// We switched it on, and another program has set something else since. That stays.
    ChangedByOther,
    /// Another running Paperwing has it in hand.
    Elsewhere {
        /// Which one.
        owner: Owner,
        /// Where it points.
        address: SocketAddr,
        /// Whether another program has set something else since.
        is_changed: bool,
    },
    /// It still points at a port where nobody listens any more; [`restore`] puts it back.
    LeftBehind {
        /// Where it points.
        address: SocketAddr,
    },
    /// This desktop has no proxy setting that we know.
    Unsupported,
}

/// What became of the desktop's proxy setting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SystemProxyNow {
    /// It points at our port.
    On {
        /// Where it points.
        address: SocketAddr,
    },
    /// It is as it was before.
    Off {
        /// Keys that another program had set meanwhile: they stay as they are.
        kept: Vec<String>,
    },
    /// Another program has set something else. That stays.
    ChangedByOther,
}

/// Why the desktop's proxy setting was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SystemProxyError {
    /// The desktop has no such setting; [`shell_lines`] has something for the person.
    #[error("this desktop has no proxy setting that Paperwing knows")]
    Unsupported,
    /// Another running Paperwing has it in hand.
    #[error("another Paperwing has the system's proxy setting in hand{}", .by.as_ref().map(|by| format!(": {by}")).unwrap_or_default())]
    InUse {
        /// Which one, where that is known.
        by: Option<Owner>,
    },
    /// Anything else, in one line.
    #[error(transparent)]
    Setting(SettingError),
    /// The program ends.
    #[error("interrupted")]
    Interrupted,
}

// === impl SystemProxy ===

impl Default for SystemProxy {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemProxy {
    /// Touches nothing yet.
    pub fn new() -> Self {
        Self {
            place: Place::usual().map_err(drop),
            switch: Arc::default(),
            watch: None,
            checking: None,
            network: None,
            loss: Loss::default(),
        }
    }

    /// Points the setting at an address where a session listens; `bypass` is what programs are to reach without it, besides
    /// this computer. Where it is on already it moves there, and programs are never sent straight out meanwhile. What a killed
    /// predecessor left is put back first.
    pub async fn on(&mut self, address: SocketAddr, bypass: &[String]) -> Result<(), SystemProxyError> {
        let place = self.place()?;
        let point = Point::new(address, bypass.iter().cloned());
        self.stop_watching();
        let watch = self.with_switch(move |held| {
            let standing = held.as_mut().map(Switch::check).transpose()?;
            let switch = match (held.take(), standing) {
                (Some(mut switch), Some(Standing::Ours | Standing::Lost | Standing::Mixed)) => {
                    switch.move_to(&point)?;
                    switch
                }
                (Some(switch), _) => {
                    switch.off()?;
                    Switch::on(&place, &point)?
                }
                (None, _) => Switch::on(&place, &point)?,
            };
            Ok(held.insert(switch).watch())
        });
        self.watch = Some(watch.await?);
        Ok(())
    }

    /// Puts back what was there, as far as nobody else has set anything since. Does nothing where it is off.
    pub async fn off(&mut self) -> Result<Restored, SystemProxyError> {
        self.stop_watching();
        self.with_switch(|held| Ok(held.take().map_or_else(|| Ok(Restored::default()), Switch::off)?)).await
    }

    /// How the setting stands now.
    pub async fn status(&self) -> Result<SystemProxyStatus, SystemProxyError> {
        let place = self.place()?;
        let own = self.with_switch(|held| {
            let Some(switch) = held else { return Ok(None) };
            let address = switch.point().address();
            Ok(Some(match switch.check()? {
                Standing::Ours => SystemProxyStatus::On { address },
                Standing::Lost | Standing::Mixed | Standing::Theirs => SystemProxyStatus::ChangedByOther,
            }))
        });
        match own.await? {
            Some(status) => Ok(status),
            None => blocking(move || status_of(&place)).await,
        }
    }

    /// Whether it is switched on, whatever others have done to it since.
    pub fn is_on(&self) -> bool {
        self.watch.is_some()
    }

    /// Does what another process asked for, and answers it. What to tell of it, if it worked. `address` and `bypass` as for
    /// [`SystemProxy::on`].
    pub async fn fulfil(&mut self, wish: Wish, address: SocketAddr, bypass: &[String]) -> Option<Event> {
        let (done, now) = match wish.wanted {
            Wanted::On => (self.on(address, bypass).await, SystemProxyNow::On { address }),
            Wanted::Off => {
                let off = self.off().await;
                let kept = off.as_ref().map(|restored| restored.kept.clone()).unwrap_or_default();
                (off.map(drop), SystemProxyNow::Off { kept })
            }
        };
        let event = done.is_ok().then_some(Event::SystemProxy { now });
        wish.answer(done);
        event
    }

    /// Waits until another program changes the setting while it is on. What is lost with a change of the network is set again
    /// meanwhile. Waits for ever while it is off. May be dropped at any moment and called anew.
    pub async fn changed(&mut self) {
        loop {
            if let Some(checking) = &mut self.checking {
                let standing = checking.await.ok().flatten();
                self.checking = None;
                match self.loss.found(standing, Instant::now()) {
                    Verdict::Tell => return,
                    Verdict::SetAgain => self.checking = Some(self.set_again()),
                    Verdict::Leave => {}
                }
                continue;
            }
            let Some(watch) = &mut self.watch else { return std::future::pending().await };
            let network = self.network.get_or_insert_with(Changes::listen);
            tokio::select! {
                () = watch.changed() => {}
                _ = network.next() => self.loss.network_changed(Instant::now()),
                () = reached(self.loss.look_again()) => {}
            }
            self.checking = Some(self.check());
        }
    }

    fn check(&self) -> JoinHandle<Option<Standing>> {
        let switch = Arc::clone(&self.switch);
        spawn_blocking(move || lock(&switch).as_mut()?.check().ok())
    }

    /// Sets the setting again, unless somebody chose something else by now.
    fn set_again(&self) -> JoinHandle<Option<Standing>> {
        let switch = Arc::clone(&self.switch);
        spawn_blocking(move || {
            let mut held = lock(&switch);
            let switch = held.as_mut()?;
            if switch.check().ok()? == Standing::Lost {
                match switch.set_again() {
                    Ok(()) => tracing::info!("the setting was lost as the network changed, and is set again"),
                    Err(error) => tracing::warn!(%error, "the setting is lost"),
                }
            }
            switch.check().ok()
        })
    }

    fn place(&self) -> Result<Place, SystemProxyError> {
        self.place.clone().map_err(|()| SystemProxyError::Setting(SettingError::NoHome))
    }

    fn stop_watching(&mut self) {
        self.watch = None;
        self.checking = None;
        self.network = None;
        self.loss = Loss::default();
    }

    async fn with_switch<T: Send + 'static>(
        &self,
        act: impl FnOnce(&mut Option<Switch>) -> Result<T, SystemProxyError> + Send + 'static,
    ) -> Result<T, SystemProxyError> {
        let switch = Arc::clone(&self.switch);
        blocking(move || act(&mut lock(&switch))).await
    }
}

/// Puts back what a Paperwing left behind that was killed; `None` where nothing was.
pub async fn restore() -> Result<Option<Restored>, SystemProxyError> {
    blocking(|| Ok(setting::restore(&Place::usual()?)?)).await
}

/// Does what the arguments ask for where they are none that a person types (the guard of the system's proxy, and the entry
/// that restores it at login). To be called first in `main`; with `Some` the program is done.
pub fn errand() -> Option<ExitCode> {
    setting::errand(std::env::args_os().skip(1))
}

/// Two lines for a shell, for desktops without a setting: programs started from it then use this address.
pub fn shell_lines(address: SocketAddr) -> [String; 2] {
    let address = Point::new(address, []).address();
    [
        format!("export ALL_PROXY=socks5h://{address} http_proxy=http://{address} https_proxy=http://{address}"),
        "export NO_PROXY=localhost,127.0.0.0/8,::1 no_proxy=localhost,127.0.0.0/8,::1".to_owned(),
    ]
}

fn status_of(place: &Place) -> Result<SystemProxyStatus, SystemProxyError> {
    Ok(match setting::status(place)? {
        setting::Status::Off if !setting::is_supported() => SystemProxyStatus::Unsupported,
        setting::Status::Off => SystemProxyStatus::Off,
        setting::Status::On { owner, point, standing } => SystemProxyStatus::Elsewhere {
            owner,
            address: point.address(),
            is_changed: standing.is_some_and(|standing| standing != Standing::Ours),
        },
        setting::Status::LeftBehind { point } => SystemProxyStatus::LeftBehind { address: point.address() },
    })
}

/// A moment that may never come.
async fn reached(moment: Option<Instant>) {
    match moment {
        Some(moment) => sleep_until(moment).await,
        None => std::future::pending().await,
    }
}

/// Disks and buses may take their time, and traffic shares this thread.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, SystemProxyError> + Send + 'static,
) -> Result<T, SystemProxyError> {
    spawn_blocking(act).await.unwrap_or(Err(SystemProxyError::Interrupted))
}

fn lock(switch: &Mutex<Option<Switch>>) -> MutexGuard<'_, Option<Switch>> {
    switch.lock().unwrap_or_else(PoisonError::into_inner)
}

impl From<SettingError> for SystemProxyError {
    fn from(error: SettingError) -> Self {
        match error {
            SettingError::Unsupported => Self::Unsupported,
            SettingError::InUse { by } => Self::InUse { by },
            error => Self::Setting(error),
        }
    }
}
