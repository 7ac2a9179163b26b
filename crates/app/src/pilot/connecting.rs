//! Connecting, disconnecting and practising.

use std::rc::Rc;
use std::time::Instant;

use paperwing_engine::{Engine, Failure};
use paperwing_link::ProxyId;
use paperwing_profile::Preferences;
use tokio::task::spawn_local;
use tokio::time::{Duration, sleep};

use super::cockpit::Answer;
use super::convert::count;
use super::flight::Course;
use super::{AppError, Cockpit, Code, Event};
use crate::practice;
use crate::session::{Session, Upstreams};
use crate::{DEFAULT_PAGE, Error, Seeking, Subject, Tested, first_that_works, subjects_of};

/// As often a browser asks again, and as often a proxy may fail before it counts as blocked where no other one works.
const VISITS: usize = 3;

/// Between two searches while a network that came back settles.
const BREATH: Duration = Duration::from_secs(1);

/// On what a session may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    TheList,
    Practice,
}

// === impl Cockpit ===

impl Cockpit {
    /// Opens the port and looks for a proxy that works. Returns when the port is open.
    pub async fn connect(self: Rc<Self>) -> Answer<()> {
        self.begin(On::TheList).await
    }

    /// Connects through practice proxies; only while the list is empty.
    pub async fn start_practice(self: Rc<Self>) -> Answer<()> {
        self.begin(On::Practice).await
    }

    /// Settles on another port and connects.
    pub async fn use_port_and_connect(self: Rc<Self>, port: u16) -> Answer<()> {
        self.check_port_is_not_by_hand().await?;
        let settled = self.preferences.borrow().clone();
        self.keep_preferences(Preferences { port, ..settled }).await?;
        self.connect().await
    }

    /// Closes the port and all connections.
    pub async fn disconnect(self: Rc<Self>) -> Answer<()> {
        self.steward_off().await?;
        self.land().await;
        Ok(())
    }

    /// Ends practising.
    pub async fn leave_practice(self: Rc<Self>) -> Answer<()> {
        let is_practising = self.flight.borrow().as_ref().is_some_and(|flight| flight.practice.is_some());
        if is_practising { self.disconnect().await } else { Ok(()) }
    }

    /// Blocks a practice proxy, or lets it work again.
    pub async fn block_practice(self: Rc<Self>, id: String, blocked: bool) -> Answer<()> {
        let visit = {
            let mut flight = self.flight.borrow_mut();
            let flight = flight.as_mut().ok_or_else(AppError::gone)?;
            flight.block(&id, blocked)?;
            flight.practice.as_ref().map(|practice| (flight.listen, practice.page.clone()))
        };
        // A switch comes of traffic, so that there is something to be seen without a browser at the page.
        if let (true, Some((port, page))) = (blocked, visit) {
            spawn_local(async move {
                for _ in 0..VISITS {
                    match practice::visit(port, &page).await {
                        Ok(()) => break,
                        Err(error) => tracing::debug!(%error, "the practice page was not reached"),
                    }
                }
            });
        }
        self.stir();
        Ok(())
    }

    /// Tries all blocked proxies again.
    pub async fn try_again(self: Rc<Self>) -> Answer<()> {
        let engine = self.flight.borrow().as_ref().map(|flight| flight.engine.0.clone());
        let Some(engine) = engine else { return self.connect().await };
        engine.try_again();
        self.seek(Vec::new());
        Ok(())
    }

    async fn begin(self: Rc<Self>, on: On) -> Answer<()> {
        if self.flight.borrow().is_some() || matches!(*self.course.borrow(), Course::Connecting { .. }) {
            return Ok(());
        }
        self.refresh_list().await?;
        let is_empty = self.rows.borrow().is_empty();
        match (on, is_empty) {
            (On::TheList, true) => return Err(Error::EmptyList.into()),
            (On::Practice, false) => {
                return Err(AppError::new(Code::ListNotEmpty, "practice proxies are for an empty list"));
            }
            _ => {}
        }
        self.set_course(Course::Connecting { trying: 0, of: count(self.rows.borrow().len()) });
        let upstreams = Upstreams::Profile { dir: Some(self.place.dir.clone()), keys: self.keys.borrow().clone() };
        let started = Session::start(upstreams, Vec::new()).await;
        let was_called_off = !matches!(*self.course.borrow(), Course::Connecting { .. });
        match started {
            Ok(session) if was_called_off => {
                session.stop().await;
                Ok(())
            }
            Ok(session) => {
                self.take_off(session);
                match on {
                    On::TheList => self.seek(Vec::new()),
                    On::Practice => self.arrive(),
                }
                Ok(())
            }
            Err(error) => {
                let error = AppError::from(error);
                self.set_course(Course::Failed(error.clone()));
                Err(error)
            }
        }
    }

    /// Closes the port.
    pub(super) async fn land(&self) {
        let flight = self.flight.borrow_mut().take();
        self.set_course(Course::Off);
        if let Some(flight) = flight {
            flight.stop().await;
            self.tell(Event::Disconnected);
        }
    }

    /// Looks for a proxy that works, two at a time: the wished ones first, then the one that was chosen, then the last good
    /// one, then the others in their order.
    pub(super) fn seek(self: &Rc<Self>, wished: Vec<ProxyId>) {
        let (earlier, snapshot) = match &mut *self.flight.borrow_mut() {
            Some(flight) => {
                flight.wished.clone_from(&wished);
                (flight.seeking.take(), flight.engine.0.state())
            }
            None => return,
        };
        if let Some(earlier) = earlier {
            earlier.abort();
        }
        let first = wished.into_iter().chain(self.chosen.get()).chain(snapshot.pick);
        let mut order: Vec<ProxyId> = Vec::new();
        for id in first.chain(snapshot.proxies.iter().map(|proxy| proxy.id)) {
            if snapshot.proxy(id).is_some() && !order.contains(&id) {
                order.push(id);
            }
        }
        if order.is_empty() && self.has_telegram_only() {
            return self.arrive();
        }
        self.set_course(Course::Connecting { trying: 0, of: count(order.len()) });
        let seeking = spawn_local(Rc::clone(self).look_for_one(order)).abort_handle();
        if let Some(flight) = &mut *self.flight.borrow_mut() {
            flight.seeking = Some(seeking);
        }
    }

    async fn look_for_one(self: Rc<Self>, order: Vec<ProxyId>) {
        let read = self.with_profile(move |profile| Ok(subjects_of(profile, Some(&order)))).await;
        let subjects: Vec<Subject> = read.unwrap_or_default();
        loop {
            let began = Instant::now();
            let (found, failed) = self.search(&subjects).await;
            if let Some(found) = found {
                self.of_engine(|engine| found.id.into_iter().for_each(|id| engine.begin_with(id)));
                return self.arrive();
            }
            if failed.is_empty() || !self.may_be_settling(&failed) {
                self.of_engine(|engine| engine.searched_in_vain(&failed, began));
                break;
            }
            sleep(BREATH).await;
        }
        // Whether there was a network at all is known before anybody is told that none works.
        self.course.replace(Course::Stranded);
        self.follow_network();
        self.stir();
        if self.is_offline() {
            self.ask_now_and_then(&subjects).await;
        }
    }

    /// Asks one after the other for the test page: one that brought it, or how each of them failed.
    async fn search(&self, subjects: &[Subject]) -> (Option<Tested>, Vec<(ProxyId, Failure)>) {
        let (page, of) = (self.test_page(), count(subjects.len()));
        let (mut trying, mut failed) = (0, Vec::new());
        let found = first_that_works(subjects.to_vec(), &page, |news| match news {
            Seeking::Tries(_) => {
                trying += 1;
                self.set_course(Course::Connecting { trying, of });
            }
            Seeking::Tried(tested) => {
                self.note_test(tested);
                failed.extend(tested.id.zip(tested.failure().copied()));
            }
        });
        let found = found.await.unwrap_or_default();
        (found, failed)
    }

    fn of_engine(&self, act: impl FnOnce(&Engine)) {
        if let Some(flight) = &*self.flight.borrow() {
            act(&flight.engine.0);
        }
    }

    fn arrive(&self) {
        if !matches!(*self.course.borrow(), Course::Flying) {
            self.set_course(Course::Flying);
            self.tell(Event::Connected);
        }
    }

    pub(super) fn set_course(&self, course: Course) {
        self.course.replace(course);
        self.stir();
    }

    pub(super) fn test_page(&self) -> String {
        self.preferences.borrow().test_page.clone().unwrap_or_else(|| DEFAULT_PAGE.to_owned())
    }
}
