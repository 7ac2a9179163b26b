//! A session while it runs, and the way to it.

use std::rc::Rc;

use paperwing_engine::Engine;
use paperwing_link::ProxyId;
use paperwing_profile::KeyOptions;
use paperwing_system::keyring::Lock;
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::{Duration, Instant};

use super::convert::{id_text, proxy_id};
use super::{AppError, Cockpit, Event, NoticeCode, PracticeProxy};
use crate::practice::Block;
use crate::session::Session;

/// So long a switch is shown as one.
const SWITCH_SHOWN: Duration = Duration::from_millis(1500);

/// Where the pilot is.
#[derive(Debug, Default)]
pub(super) enum Course {
    /// Nothing is open.
    #[default]
    Off,
    /// The port is being opened, or a proxy that works is looked for.
    Connecting { trying: u32, of: u32 },
    /// Traffic goes through.
    Flying,
    /// No proxy was found that works; traffic may still find one.
    Stranded,
    /// The port could not be opened.
    Failed(AppError),
}

/// A running session.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) engine: EngineBox,
    orders: mpsc::UnboundedSender<Order>,
    /// Where programs connect.
    pub(super) listen: std::net::SocketAddr,
    pub(super) practice: Option<Practising>,
    /// The search for a proxy that works, and what waits for a network when it was in vain.
    pub(super) seeking: Option<AbortHandle>,
    /// Whom the person wanted to be tried first.
    pub(super) wished: Vec<ProxyId>,
    /// Whether this computer has no network, as far as that was heeded; the engine may know better already.
    pub(super) no_network: bool,
    /// When it came back last.
    pub(super) network_back: Option<Instant>,
    /// What was left last, and when.
    pub(super) switched: Option<(String, Instant)>,
}

/// The engine has no `Debug`.
pub(super) struct EngineBox(pub(super) Engine);

/// Practice proxies in use.
#[derive(Clone, Debug)]
pub(super) struct Practising {
    pub(super) proxies: Vec<PracticeProxy>,
    pub(super) page: String,
}

enum Order {
    Reload,
    UseKeys(KeyOptions),
    Block(ProxyId, Option<Block>),
    Stop(oneshot::Sender<()>),
}

// === impl Flight ===

impl Flight {
    /// The list or the choice changed on disk.
    pub(super) fn reload(&self) {
        let _ = self.orders.send(Order::Reload);
    }

    /// The key can be had in this way.
    pub(super) fn use_keys(&self, keys: KeyOptions) {
        let _ = self.orders.send(Order::UseKeys(keys));
    }

    /// Blocks a practice proxy, or lets it work again.
    pub(super) fn block(&mut self, id: &str, blocked: bool) -> Result<(), AppError> {
        let practice = self.practice.as_mut().ok_or_else(AppError::gone)?;
        let proxy = practice.proxies.iter_mut().find(|proxy| proxy.id == id).ok_or_else(AppError::gone)?;
        proxy.blocked = blocked;
        let _ = self.orders.send(Order::Block(proxy_id(id)?, blocked.then_some(Block::Refuse)));
        Ok(())
    }

    /// Closes the port and all connections, and returns when that is done.
    pub(super) async fn stop(self) {
        if let Some(seeking) = &self.seeking {
            seeking.abort();
        }
        let (done, is_done) = oneshot::channel();
        if self.orders.send(Order::Stop(done)).is_ok() {
            let _ = is_done.await;
        }
    }
}

// === impl Cockpit ===

impl Cockpit {
    /// Lets a session run.
    pub(super) fn take_off(self: &Rc<Self>, session: Session) {
        let (orders, inbox) = mpsc::unbounded_channel();
        let engine = session.engine();
        let no_network = engine.snapshot().borrow().no_network;
        let flight = Flight {
            engine: EngineBox(engine),
            orders,
            listen: session.addresses()[0],
            practice: practising(&session),
            seeking: None,
            wished: Vec::new(),
            no_network,
            network_back: None,
            switched: None,
        };
        self.traffic.borrow_mut().begin();
        self.flight.borrow_mut().replace(flight);
        spawn_local(Rc::clone(self).drive(session, inbox));
        spawn_local(Rc::clone(self).take_samples());
    }

    async fn drive(self: Rc<Self>, mut session: Session, mut inbox: mpsc::UnboundedReceiver<Order>) {
        let mut snapshot = session.snapshot();
        let mut is_key_locked = session.is_key_locked();
        is_key_locked.mark_changed();
        // There while something waits for the keyring to be opened.
        let mut lock: Option<Lock> = None;
        loop {
            tokio::select! {
                event = session.next() => self.hear(event, &session),
                order = inbox.recv() => match order {
                    Some(Order::Reload) => session.reload(),
                    Some(Order::UseKeys(keys)) => session.use_keys(keys),
                    Some(Order::Block(id, how)) => block(&session, id, how),
                    Some(Order::Stop(done)) => {
                        session.stop().await;
                        self.withdraw(NoticeCode::KeyLocked);
                        let _ = done.send(());
                        return;
                    }
                    None => return session.stop().await,
                },
                Ok(()) = snapshot.changed() => {
                    self.healths.borrow_mut().look(&snapshot.borrow_and_update());
                    self.follow_network();
                    self.carries_after_all();
                    self.stir();
                }
                Ok(()) = is_key_locked.changed() => {
                    let is_locked = *is_key_locked.borrow_and_update();
                    lock = is_locked.then(Lock::default);
                    if is_locked {
                        self.notice(NoticeCode::KeyLocked, None);
                    } else {
                        self.withdraw(NoticeCode::KeyLocked);
                    }
                }
                () = opened(lock.as_mut()) => session.use_keys(self.keys.borrow().clone()),
            }
        }
    }

    fn hear(self: &Rc<Self>, event: crate::Event, session: &Session) {
        match &event {
            crate::Event::Switched { from, .. } => self.show_switch(from.clone()),
            crate::Event::Reloaded { .. } => {
                if let Some(flight) = &mut *self.flight.borrow_mut() {
                    flight.practice = practising(session);
                }
            }
            _ => {}
        }
        self.tell(event.into());
    }

    fn show_switch(self: &Rc<Self>, from: String) {
        if let Some(flight) = &mut *self.flight.borrow_mut() {
            flight.switched = Some((from, Instant::now()));
        }
        let this = Rc::clone(self);
        spawn_local(async move {
            tokio::time::sleep(SWITCH_SHOWN).await;
            this.stir();
        });
    }

    /// Traffic found a proxy where the search did not, or before it did.
    fn carries_after_all(&self) {
        // While the search goes on, only traffic says that one works: the search itself knows which of several to take.
        let is_seeking = matches!(*self.course.borrow(), Course::Connecting { .. });
        let carries = self.flight.borrow().as_ref().is_some_and(|flight| {
            let state = flight.engine.0.snapshot();
            let state = state.borrow();
            state.proxies.iter().any(|proxy| {
                proxy.health == paperwing_engine::Health::Healthy && (!is_seeking || proxy.meter.down() > 0)
            })
        });
        if carries && self.is_looking() {
            self.course.replace(Course::Flying);
            if let Some(flight) = &mut *self.flight.borrow_mut()
                && let Some(seeking) = flight.seeking.take()
            {
                seeking.abort();
            }
            self.log.borrow_mut().write(Event::Connected);
        }
    }

    /// Whether a switch is recent enough to be shown, and from which proxy it was.
    pub(super) fn switching_from(flight: &Flight) -> Option<String> {
        let (from, when) = flight.switched.as_ref()?;
        (when.elapsed() < SWITCH_SHOWN).then(|| from.clone())
    }
}

async fn opened(lock: Option<&mut Lock>) {
    match lock {
        Some(lock) => lock.opened().await,
        None => std::future::pending().await,
    }
}

fn practising(session: &Session) -> Option<Practising> {
    let practice = session.practice()?;
    let proxies = session.proxies().iter().zip(practice.proxies());
    let proxies = proxies.map(|(listed, proxy)| PracticeProxy {
        id: id_text(listed.id),
        name: listed.name.clone(),
        blocked: proxy.blocked().is_some(),
    });
    Some(Practising { proxies: proxies.collect(), page: practice.page_url() })
}

fn block(session: &Session, id: ProxyId, how: Option<Block>) {
    let place = session.proxies().iter().position(|listed| listed.id == id);
    let proxy = place.and_then(|place| session.practice()?.proxies().get(place));
    match (proxy, how) {
        (Some(proxy), Some(how)) => proxy.block(how),
        (Some(proxy), None) => proxy.unblock(),
        (None, _) => {}
    }
}

impl std::fmt::Debug for EngineBox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Engine")
    }
}
