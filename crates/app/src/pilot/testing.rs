//! Tests that a person asks for.

use std::cell::RefCell;
use std::rc::Rc;

use paperwing_engine::Health;
use tokio::task::spawn_local;

use super::Cockpit;
use super::cockpit::Answer;
use super::convert::proxy_ids;
use crate::{Subject, Tested, remember, subjects_of};

// === impl Cockpit ===

impl Cockpit {
    /// Tests proxies, all where none is named. Returns at once; what comes of it is shown as health.
    pub async fn test(self: Rc<Self>, ids: Option<Vec<String>>) -> Answer<()> {
        let ids = ids.map(|ids| proxy_ids(&ids)).transpose()?;
        let subjects = self.with_profile(move |profile| Ok(subjects_of(profile, ids.as_deref()))).await?;
        {
            let mut healths = self.healths.borrow_mut();
            subjects.iter().filter_map(|subject| subject.id).for_each(|id| healths.set_testing(id, true));
        }
        let run = spawn_local(Rc::clone(&self).run_test(subjects)).abort_handle();
        let mut tests = self.tests.borrow_mut();
        tests.retain(|test| !test.is_finished());
        tests.push(run);
        drop(tests);
        self.stir();
        Ok(())
    }

    /// Ends all tests.
    pub async fn cancel_tests(self: Rc<Self>) -> Answer<()> {
        self.tests.borrow_mut().drain(..).for_each(|test| test.abort());
        Ok(())
    }

    async fn run_test(self: Rc<Self>, subjects: Vec<Subject>) {
        let ids: Vec<_> = subjects.iter().filter_map(|subject| subject.id).collect();
        // Whatever ends this: those that were not reached are not being tested any more.
        let run = Run { cockpit: Rc::clone(&self), ids, done: RefCell::default() };
        let page = self.test_page();
        let tested = crate::test(subjects, &page, |tested| {
            self.note_test(tested);
            run.done.borrow_mut().push(tested.clone());
        });
        if let Err(error) = tested.await {
            self.tell(super::Event::Trouble { what: error.into() });
        }
    }

    /// What a test says goes to the list; that a proxy works, or that anybody answered, to the engine too.
    pub(super) fn note_test(&self, tested: &Tested) {
        let Some(id) = tested.id else { return };
        let mut is_carrying = false;
        if let Some(flight) = &*self.flight.borrow() {
            let engine = &flight.engine.0;
            is_carrying = engine.snapshot().borrow().proxy(id).is_some_and(|state| state.health == Health::Healthy);
            match (tested.time(), tested.failure()) {
                (Some(time), _) => engine.tested(id, time),
                (None, Some(failure)) => engine.test_failed(id, *failure),
                (None, None) => {}
            }
        }
        // Where there is no network, that nobody was met says nothing of the proxy.
        let is_networks = self.is_offline() && tested.failure().is_some_and(|why| !why.is_answer());
        self.healths.borrow_mut().tested(id, tested, is_carrying || is_networks);
        self.stir();
    }
}

/// A test that is running. Dropped, it writes down what was found out.
struct Run {
    cockpit: Rc<Cockpit>,
    ids: Vec<paperwing_link::ProxyId>,
    done: RefCell<Vec<Tested>>,
}

impl Drop for Run {
    fn drop(&mut self) {
        let mut healths = self.cockpit.healths.borrow_mut();
        self.ids.iter().for_each(|id| healths.set_testing(*id, false));
        drop(healths);
        self.cockpit.stir();
        let (cockpit, done) = (Rc::clone(&self.cockpit), self.done.take());
        spawn_local(async move {
            let _ = cockpit.with_profile(move |profile| remember(profile, &done)).await;
        });
    }
}
