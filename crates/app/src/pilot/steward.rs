//! The operating system's proxy setting while the pilot has it in hand, and the entry that starts it at login.

use std::net::SocketAddr;
use std::rc::Rc;

use tokio::sync::{mpsc, oneshot};
use tokio::task::spawn_local;

use super::cockpit::Answer;
use super::{AppError, Cockpit, Code, Event, NoticeCode, SystemProxy};
use crate::system_proxy::{self, SystemProxyError, SystemProxyStatus};

/// What is known of the setting, and the way to the task that has it in hand.
#[derive(Debug, Default)]
pub(super) struct Steward {
    shown: std::cell::RefCell<Option<SystemProxy>>,
    orders: std::cell::RefCell<Option<mpsc::UnboundedSender<Order>>>,
}

enum Order {
    On { address: SocketAddr, bypass: Vec<String>, done: oneshot::Sender<Result<(), SystemProxyError>> },
    Off { done: oneshot::Sender<Result<(), SystemProxyError>> },
}

// === impl Cockpit ===

impl Cockpit {
    /// Points the operating system's proxy at the local port, or puts back what was there.
    pub async fn set_system_proxy(self: Rc<Self>, on: bool) -> Answer<()> {
        if on { self.steward_on().await } else { self.steward_off().await }
    }

    /// What is shown of the setting.
    pub(super) fn system_proxy(&self) -> SystemProxy {
        match &*self.steward.shown.borrow() {
            // The port may be another one than when that was found out.
            Some(SystemProxy::Unsupported { .. }) => self.unsupported(),
            Some(shown) => shown.clone(),
            None => SystemProxy::Off,
        }
    }

    /// Puts back what a run left behind that ended badly, and looks whether this desktop has such a setting.
    pub(super) async fn begin_stewardship(self: Rc<Self>) {
        match system_proxy::restore().await {
            Ok(Some(_)) => {
                self.tell(Event::SystemProxyRestored);
                self.notice(NoticeCode::SettingRestored, None);
            }
            Ok(None) | Err(SystemProxyError::Unsupported) => {}
            Err(error) => self.tell(Event::Trouble { what: (&error).into() }),
        }
        let status = system_proxy::SystemProxy::new().status().await;
        if matches!(status, Ok(SystemProxyStatus::Unsupported)) {
            self.show_unsupported();
        }
        self.stir();
    }

    async fn steward_on(self: Rc<Self>) -> Answer<()> {
        let listen = self.flight.borrow().as_ref().map(|flight| flight.listen);
        let Some(address) = listen else {
            return Err(AppError::new(Code::Off, "Paperwing is off: connect first"));
        };
        let bypass = self.preferences.borrow().bypass.clone();
        let before = self.system_proxy();
        self.show(SystemProxy::Changing);
        match self.order(|done| Order::On { address, bypass, done }).await {
            Ok(()) => {
                self.show(SystemProxy::On);
                self.notices.borrow_mut().remove(&NoticeCode::ChangedByOther);
                if before != SystemProxy::On {
                    self.tell(Event::SystemProxyOn);
                }
                Ok(())
            }
            Err(SystemProxyError::Unsupported) => {
                self.show_unsupported();
                Ok(())
            }
            Err(error) => {
                let error = AppError::from(&error);
                self.show(SystemProxy::Failed { error: error.clone() });
                Err(error)
            }
        }
    }

    pub(super) async fn steward_off(self: &Rc<Self>) -> Answer<()> {
        let before = self.system_proxy();
        if matches!(before, SystemProxy::Off | SystemProxy::Unsupported { .. }) {
            return Ok(());
        }
        self.show(SystemProxy::Changing);
        match self.order(|done| Order::Off { done }).await {
            Ok(()) => {
                self.show(SystemProxy::Off);
                self.notices.borrow_mut().remove(&NoticeCode::ChangedByOther);
                if before == SystemProxy::On {
                    self.tell(Event::SystemProxyOff);
                }
                Ok(())
            }
            Err(error) => {
                let error = AppError::from(&error);
                self.show(SystemProxy::Failed { error: error.clone() });
                Err(error)
            }
        }
    }

    /// Where the setting is on: points it again, at the present port and with the present exceptions.
    pub(super) async fn steward_refresh(self: &Rc<Self>) -> Answer<()> {
        if self.system_proxy() == SystemProxy::On { Rc::clone(self).steward_on().await } else { Ok(()) }
    }

    async fn order(
        self: &Rc<Self>,
        order: impl FnOnce(oneshot::Sender<Result<(), SystemProxyError>>) -> Order,
    ) -> Result<(), SystemProxyError> {
        let (done, is_done) = oneshot::channel();
        let orders = self.steward.orders.borrow().clone();
        let orders = orders.unwrap_or_else(|| {
            let (orders, inbox) = mpsc::unbounded_channel();
            spawn_local(Rc::clone(self).keep_in_hand(inbox));
            self.steward.orders.borrow_mut().insert(orders).clone()
        });
        let _ = orders.send(order(done));
        is_done.await.unwrap_or(Err(SystemProxyError::Interrupted))
    }

    async fn keep_in_hand(self: Rc<Self>, mut inbox: mpsc::UnboundedReceiver<Order>) {
        let mut setting = system_proxy::SystemProxy::new();
        loop {
            tokio::select! {
                order = inbox.recv() => match order {
                    Some(Order::On { address, bypass, done }) => {
                        let _ = done.send(setting.on(address, &bypass).await);
                    }
                    Some(Order::Off { done }) => {
                        let _ = done.send(setting.off().await.map(drop));
                    }
                    None => return,
                },
                () = setting.changed() => self.changed_by_other(),
            }
        }
    }

    fn changed_by_other(&self) {
        self.tell(Event::SystemProxyChangedByOther);
        self.notice(NoticeCode::ChangedByOther, None);
        self.show(SystemProxy::ChangedByOther);
    }

    /// This desktop has no such setting.
    pub(super) fn show_unsupported(&self) {
        self.show(self.unsupported());
    }

    /// With lines for a shell that name the port that is open, or the one that will be.
    fn unsupported(&self) -> SystemProxy {
        let listen = self.flight.borrow().as_ref().map(|flight| flight.listen);
        let address = listen.unwrap_or(self.settled_listen.get());
        SystemProxy::Unsupported { shell: system_proxy::shell_lines(address).to_vec() }
    }

    fn show(&self, now: SystemProxy) {
        self.steward.shown.replace(Some(now));
        self.stir();
    }
}

/// What starts at login.
mod login {
    use std::ffi::OsString;
    use std::path::Path;

    use paperwing_system::login::{Entry, is_there, own_program, remove};

    const ID: &str = "org.paperwing.Paperwing";

    pub(super) fn is_on() -> bool {
        is_there(ID)
    }

    pub(super) fn set(on: bool, hidden: bool, dir: &Path) -> std::io::Result<()> {
        if !on {
            return remove(ID);
        }
        let mut arguments: Vec<OsString> = Vec::new();
        if hidden {
            arguments.push("--hidden".into());
        }
        // Without it a login would open somebody else's list: the one in the usual place.
        if crate::dir(None).ok().as_deref() != Some(dir) {
            arguments.extend(["--profile".into(), dir.into()]);
        }
        Entry { id: ID, name: "Paperwing", program: own_program()?, arguments }.add()
    }
}

// === impl Cockpit: at login ===

impl Cockpit {
    pub(super) async fn starts_at_login(&self) -> bool {
        tokio::task::spawn_blocking(login::is_on).await.unwrap_or_default()
    }

    pub(super) async fn start_at_login(&self, on: bool, hidden: bool) -> Answer<()> {
        let dir = self.profile_dir().to_owned();
        let done = tokio::task::spawn_blocking(move || login::set(on, hidden, &dir)).await;
        done.map_err(|_| AppError::stopped())?.map_err(|error| {
            AppError::new(Code::DiskFailed, format!("the entry for the login: {error}")).with("path", "")
        })
    }
}
