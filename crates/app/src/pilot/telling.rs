//! What happened and what is going on.

use std::rc::Rc;

use super::cockpit::Answer;
use super::convert::id_text;
use super::{AppError, Cockpit, Connection, NoticeCode, Phase, Told};

/// At most so many connections are shown, the youngest first.
const MOST_CONNECTIONS: usize = 1000;

// === impl Cockpit ===

impl Cockpit {
    /// The events after one, oldest first; the last five hundred at most.
    pub async fn events(self: Rc<Self>, after: Option<u32>) -> Answer<Vec<Told>> {
        Ok(self.log.borrow().after(after.unwrap_or_default()))
    }

    /// The open connections, the youngest first.
    pub async fn connections(self: Rc<Self>) -> Answer<Vec<Connection>> {
        let flight = self.flight.borrow();
        let Some(flight) = &*flight else { return Ok(Vec::new()) };
        let mut open = flight.engine.0.connections();
        open.sort_unstable_by_key(|connection| std::cmp::Reverse(connection.number));
        open.truncate(MOST_CONNECTIONS);
        let shown = |connection: paperwing_engine::Connection| {
            let carried = connection.progress.carried();
            let age = connection.progress.started().elapsed().as_millis();
            Connection {
                id: connection.number.to_string(),
                target: connection.target.to_string(),
                proxy: self.name_of(connection.proxy),
                age_ms: u64::try_from(age).unwrap_or(u64::MAX),
                received: carried.down(),
                sent: carried.up(),
            }
        };
        Ok(open.into_iter().map(shown).collect())
    }

    /// Puts a notice away.
    pub async fn dismiss(self: Rc<Self>, code: NoticeCode) -> Answer<()> {
        self.withdraw(code);
        Ok(())
    }

    /// Says something that stopped what the person wanted, where no window was there to say it.
    pub async fn complain(self: Rc<Self>, what: AppError) -> Answer<()> {
        self.notice(NoticeCode::Trouble, Some(what));
        Ok(())
    }

    /// Says, in the window that comes next, that the one before it broke.
    pub async fn window_broke(self: Rc<Self>) -> Answer<()> {
        self.notice(NoticeCode::WindowBroke, None);
        Ok(())
    }

    /// The page behind the practice proxies, where they are in use.
    pub fn practice_page(&self) -> Option<String> {
        Some(self.flight.borrow().as_ref()?.practice.as_ref()?.page.clone())
    }

    /// The profile's folder.
    pub fn profile_dir(&self) -> &std::path::Path {
        &self.place.dir
    }

    /// What a proxy is called.
    pub(super) fn name_of(&self, id: paperwing_link::ProxyId) -> String {
        let text = id_text(id);
        let practice = self.flight.borrow().as_ref().and_then(|flight| {
            let practice = flight.practice.as_ref()?;
            practice.proxies.iter().find(|proxy| proxy.id == text).map(|proxy| proxy.name.clone())
        });
        let known =
            practice.or_else(|| self.rows.borrow().iter().find(|row| row.id == text).map(|row| row.name.clone()));
        known.unwrap_or_else(|| "a proxy that is gone".to_owned())
    }

    /// Whether some proxies carry Telegram, from a port of its own, and nothing else.
    pub(super) fn has_telegram_only(&self) -> bool {
        self.rows.borrow().iter().any(|row| row.support == super::Support::TelegramOnly)
    }

    /// What is the case.
    pub(super) fn phase(&self) -> Phase {
        use super::flight::Course;
        match &*self.course.borrow() {
            Course::Off => Phase::Off,
            Course::Connecting { .. } | Course::Stranded if self.is_offline() => Phase::NoInternet,
            Course::Connecting { trying, of } => Phase::Connecting { trying: *trying, of: *of },
            Course::Failed(error) => Phase::Failed { error: error.clone() },
            Course::Stranded if self.wants_sign_in() => Phase::SignIn,
            Course::Stranded => Phase::Blocked { retry_in_ms: None },
            Course::Flying => self.phase_of_flight(),
        }
    }

    fn wants_sign_in(&self) -> bool {
        let flight = self.flight.borrow();
        flight.as_ref().is_some_and(|flight| flight.engine.0.snapshot().borrow().sign_in)
    }

    fn phase_of_flight(&self) -> Phase {
        let flight = self.flight.borrow();
        let Some(flight) = &*flight else { return Phase::Off };
        let snapshot = flight.engine.0.snapshot();
        let snapshot = snapshot.borrow();
        if snapshot.no_network {
            return Phase::NoInternet;
        }
        if snapshot.sign_in {
            return Phase::SignIn;
        }
        if snapshot.all_blocked() || snapshot.proxies.is_empty() && !self.has_telegram_only() {
            return Phase::Blocked { retry_in_ms: flight.engine.0.retry_in().map(super::convert::ms) };
        }
        match Self::switching_from(flight) {
            Some(from) => Phase::Switching { from },
            None => Phase::Connected,
        }
    }
}
