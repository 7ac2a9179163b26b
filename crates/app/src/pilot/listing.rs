//! The list: shown, put in order, shortened and mended.

use std::net::SocketAddr;
use std::rc::Rc;

use paperwing_link::ProxyId;
use paperwing_profile::{Choice, Profile};

use super::cockpit::Answer;
use super::convert::{count, id_text, proxy_id, proxy_ids, support};
use super::{AppError, Cockpit, Code, Health, NoticeCode, Removed, Row};
use crate::Error;

/// A list as it was read, with what is remembered.
struct Read {
    rows: Vec<crate::Row>,
    chosen: Option<ProxyId>,
    preferences: paperwing_profile::Preferences,
    listen: SocketAddr,
}

// === impl Cockpit ===

impl Cockpit {
    /// The list in its order.
    pub async fn list(self: Rc<Self>) -> Answer<Vec<Row>> {
        self.refresh_list().await?;
        let healths = self.healths.borrow();
        let with_health = |row: &Row| {
            let health = proxy_id(&row.id).map(|id| healths.get(id)).unwrap_or_default();
            Row { health, ..row.clone() }
        };
        Ok(self.rows.borrow().iter().map(with_health).collect())
    }

    /// Which proxy to use; automatic where there is none.
    pub async fn choose(self: Rc<Self>, id: Option<String>) -> Answer<()> {
        let choice = id.as_deref().map(proxy_id).transpose()?.map_or(Choice::Auto, Choice::Proxy);
        self.with_profile(move |profile| Ok(profile.choose(choice)?)).await?;
        self.list_changed().await
    }

    /// Puts rows in front of another one, or at the end.
    pub async fn reorder(self: Rc<Self>, ids: Vec<String>, before: Option<String>) -> Answer<()> {
        let (ids, before) = (proxy_ids(&ids)?, before.as_deref().map(proxy_id).transpose()?);
        self.with_profile(move |profile| Ok(profile.move_before(&ids, before)?)).await?;
        self.list_changed().await
    }

    /// Takes proxies off the list; they can be put back until the program ends or much else was removed.
    pub async fn remove(self: Rc<Self>, ids: Vec<String>) -> Answer<Removed> {
        let ids = proxy_ids(&ids)?;
        let gone = self.with_profile(move |profile| Ok(profile.take_off(&ids)?)).await?;
        let count = count(gone.len());
        let token = self.removed.borrow_mut().put(gone);
        self.list_changed().await?;
        Ok(Removed { token, count })
    }

    /// Puts back what was taken off.
    pub async fn undo_remove(self: Rc<Self>, token: String) -> Answer<()> {
        let gone = self.removed.borrow().get(&token).cloned().ok_or_else(AppError::gone)?;
        self.with_profile(move |profile| Ok(profile.put_back(&gone)?)).await?;
        self.removed.borrow_mut().take(&token);
        self.list_changed().await
    }

    /// To be called after each change of the list: whoever runs on it takes it over.
    pub(super) async fn list_changed(&self) -> Answer<()> {
        if let Some(flight) = &*self.flight.borrow() {
            flight.reload();
        } else {
            // Another program may run on the list.
            crate::after_change(&self.place.dir);
        }
        self.refresh_list().await
    }

    /// Reads the list where it is not what was read last.
    pub(super) async fn refresh_list(&self) -> Answer<()> {
        let read = self.look_into_profile(|profile| Ok(read(profile))).await;
        let read = match read {
            Ok(read) => read,
            Err(error) if error.code == Code::DamagedFile => {
                self.notice(NoticeCode::DamagedList, Some(error.clone()));
                return Err(error);
            }
            Err(error) => return Err(error),
        };
        let Read { rows, chosen, preferences, listen } = read;
        {
            let mut healths = self.healths.borrow_mut();
            for row in &rows {
                healths.remember(row.entry.id, &row.verdict, &row.record);
            }
            let ids: std::collections::HashSet<_> = rows.iter().map(|row| row.entry.id).collect();
            healths.keep(|id| ids.contains(&id) || id.0 < 16);
        }
        let rows: Vec<Row> = rows.into_iter().map(shown).collect();
        let is_other = *self.rows.borrow().as_slice() != *rows;
        self.chosen.set(chosen);
        self.preferences.replace(preferences);
        self.settled_listen.set(listen);
        if is_other {
            self.rows.replace(Rc::new(rows));
            self.list_revision.set(self.list_revision.get() + 1);
        }
        self.stir();
        Ok(())
    }
}

fn read(profile: &Profile) -> Read {
    let chosen = match profile.choice() {
        Choice::Auto => None,
        Choice::Proxy(id) => Some(id),
    };
    // That the key could not be had is told when something needs it.
    Read {
        rows: crate::listing(profile).rows,
        chosen,
        preferences: profile.preferences().0,
        listen: profile.first_listen(),
    }
}

fn shown(row: crate::Row) -> Row {
    let crate::Row { entry, subscription, support: judged, .. } = row;
    Row {
        id: id_text(entry.id),
        address: entry.address(),
        has_secret: entry.is_sealed(),
        name: entry.name,
        protocol: entry.protocol,
        subscription,
        support: support(&judged),
        health: Health::default(),
    }
}

/// The error of an order that names a proxy which is not in the list.
impl From<paperwing_link::LinkError> for AppError {
    fn from(error: paperwing_link::LinkError) -> Self {
        Error::from(error).into()
    }
}
