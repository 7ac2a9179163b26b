//! On, off, and what lies between.

use super::desktop::Desktop;
use super::guard::{Guard, RESTORE};
use super::journal::Journal;
use super::place::Lock;
use super::undo::{self, Undo};
use super::{DesktopError, Owner, Place, Point, SettingError, Watch, here};
use crate::login::{self, Entry};

/// The login entry that restores, and its name.
const AT_LOGIN: &str = "paperwing-restore-system-proxy";
const NAME: &str = "Paperwing (puts the proxy setting back)";

/// The setting while it is ours. Dropped, it puts back what was there. Everything here blocks for as long as the disk, the
/// session bus or a program of the system's does: usually milliseconds.
pub struct Switch {
    place: Place,
    journal: Journal,
    desktop: Box<dyn Desktop>,
    guard: Option<Guard>,
    // Last, and so dropped last: the setting is ours to touch until then.
    _lock: Lock,
}

/// What came of restoring.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    /// Keys that somebody else has set since: they were left as they are.
    pub kept: Vec<String>,
}

/// How the setting is found while it should be ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// As we set it.
    Ours,
    /// Exactly as it was before us.
    Lost,
    /// Some of it as we set it, the rest as it was before us.
    Mixed,
    /// Somebody set something else: another program, or an administrator, whose word stands before ours.
    Theirs,
}

/// What any process can say of the setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// Nothing of ours.
    Off,
    /// It points at somebody who runs.
    On {
        /// Who.
        owner: Owner,
        /// Where it points.
        point: Point,
        /// How the setting is found; unknown where it cannot be read from here.
        standing: Option<Standing>,
    },
    /// It was left behind by somebody who does not run any more; [`restore`] puts it back.
    LeftBehind {
        /// Where it points.
        point: Point,
    },
}

// === impl Switch ===

impl Switch {
    /// Points the setting at an address. What an earlier process left behind is put back first.
    pub fn on(place: &Place, point: &Point) -> Result<Self, SettingError> {
        let lock = place.lock()?;
        put_back_leftover(place)?;
        let desktop = here::this_desktop()?;
        let now = desktop.read()?;
        let plan = desktop.plan(point, &now);
        let changes = plan.iter().flat_map(|group| group.changes.clone()).collect();
        let journal = Journal::new(desktop.name(), point, &now, plan, desktop.image(&changes)?);
        // Nothing is written that would be in vain.
        if desktop.locks().overrule(&journal.ours()) {
            return Err(DesktopError::Locked.into());
        }
        let mut switch = Self { place: place.clone(), journal, desktop, guard: None, _lock: lock };
        // Before the journal, so that none is ever left that nobody looks after.
        switch.guard().map_err(SettingError::Guard)?;
        switch.journal.write(place.dir())?;
        restore_at_login();
        switch.apply()?;
        Ok(switch)
    }

    /// Points it at another address, or gives it other exceptions, at once: programs are never sent straight out in between.
    /// Meant for while it is not [`Standing::Theirs`]. After an error that leaves it neither here nor there it is put back.
    pub fn move_to(&mut self, point: &Point) -> Result<(), SettingError> {
        let now = self.desktop.read()?;
        let plan = self.desktop.plan(point, &self.journal.without_us(&now));
        let moved = self.journal.moved_to(point, &now, plan);
        let image = self.desktop.image(&moved.ours())?;
        let moved = moved.with_image(self.journal.image.as_ref(), image);
        moved.write(self.place.dir())?;
        self.journal = moved;
        self.apply()
    }

    /// Where it points.
    pub fn point(&self) -> &Point {
        &self.journal.point
    }

    /// Puts back what was there, as far as nobody else has set anything since.
    pub fn off(mut self) -> Result<Restored, SettingError> {
        self.put_back()
    }

    /// How the setting is found now. Also starts the guard again, should it be gone.
    pub fn check(&mut self) -> Result<Standing, SettingError> {
        if self.guard.as_mut().is_some_and(|guard| !guard.watches()) {
            self.guard().map_err(SettingError::Guard)?;
        }
        Ok(standing(&self.journal, self.desktop.as_ref())?)
    }

    /// Tells when somebody changes the setting, us included.
    pub fn watch(&self) -> Watch {
        Watch::new(self.desktop.sign())
    }

    /// Sets it again where it is [`Standing::Lost`]. What was there before is what the journal says already.
    pub fn set_again(&mut self) -> Result<(), SettingError> {
        // Whatever put the setting back may have tidied this away too.
        self.journal.write(self.place.dir())?;
        self.desktop.write(&self.journal.ours())?;
        Ok(())
    }

    fn guard(&mut self) -> std::io::Result<()> {
        self.guard = Some(Guard::start(&self.place, &self.journal.token)?);
        Ok(())
    }

    /// Sets what the journal says, and undoes that where it does not hold.
    fn apply(&mut self) -> Result<(), SettingError> {
        let written = self.desktop.write(&self.journal.ours()).map_err(SettingError::from);
        let Err(why) = written.and_then(|()| read_back(&self.journal, self.desktop.as_ref())) else { return Ok(()) };
        self.put_back()?;
        Err(why)
    }

    fn put_back(&mut self) -> Result<Restored, SettingError> {
        let restored = put_back(&self.journal, self.desktop.as_ref())?;
        forget(&self.place)?;
        self.guard = None;
        Ok(restored)
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        if self.guard.is_some()
            && let Err(error) = self.put_back()
        {
            tracing::warn!(%error, "the setting was not put back");
        }
    }
}

impl std::fmt::Debug for Switch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Switch").field("journal", &self.journal).finish_non_exhaustive()
    }
}

/// Puts back what a process that does not run any more left behind; `None` where nothing was.
pub fn restore(place: &Place) -> Result<Option<Restored>, SettingError> {
    // Nothing is written where there is nothing to do.
    if !Journal::is_there(place.dir()) {
        return Ok(None);
    }
    let _lock = place.lock()?;
    put_back_leftover(place)
}

/// What can be said of the setting without having it in hand.
pub fn status(place: &Place) -> Result<Status, SettingError> {
    let is_locked = place.is_locked();
    Ok(match Journal::read(place.dir())? {
        None => Status::Off,
        Some(journal) if is_locked => {
            let desktop = here::named(&journal.desktop);
            let standing = desktop.ok().and_then(|desktop| standing(&journal, desktop.as_ref()).ok());
            Status::On { owner: journal.owner, point: journal.point, standing }
        }
        Some(Journal { point, .. }) => Status::LeftBehind { point },
    })
}

/// Whether what was set is there, and counts.
fn read_back(journal: &Journal, desktop: &dyn Desktop) -> Result<(), SettingError> {
    if !undo::is_intact(journal, &desktop.read()?) {
        return Err(SettingError::NotTaken);
    }
    if desktop.locks().overrule(&journal.ours()) { Err(DesktopError::Locked.into()) } else { Ok(()) }
}

fn standing(journal: &Journal, desktop: &dyn Desktop) -> Result<Standing, DesktopError> {
    let now = desktop.read()?;
    Ok(if undo::is_intact(journal, &now) {
        if desktop.locks().overrule(&journal.ours()) { Standing::Theirs } else { Standing::Ours }
    } else if undo::is_lost(journal, &now) {
        Standing::Lost
    } else if undo::is_mixed(journal, &now) {
        Standing::Mixed
    } else {
        Standing::Theirs
    })
}

/// The lock must be held.
fn put_back_leftover(place: &Place) -> Result<Option<Restored>, SettingError> {
    let Some(journal) = Journal::read(place.dir())? else {
        return Journal::put_aside(place.dir()).map(|()| None);
    };
    let desktop = here::named(&journal.desktop)?;
    let restored = put_back(&journal, desktop.as_ref())?;
    forget(place)?;
    Ok(Some(restored))
}

/// For a power loss: nothing of ours runs then, and the next login finds the journal.
fn restore_at_login() {
    let entry = login::own_program().map(|program| Entry {
        id: AT_LOGIN,
        name: NAME,
        program,
        arguments: vec![RESTORE.into()],
    });
    if let Err(error) = entry.and_then(|entry| entry.add()) {
        tracing::warn!(%error, "after a power loss only the next start will put the setting back");
    }
}

/// All is as it was: nothing is left to be done.
fn forget(place: &Place) -> Result<(), SettingError> {
    if let Err(error) = login::remove(AT_LOGIN) {
        tracing::warn!(%error, "an entry stays that does nothing");
    }
    // Last: while it is there, somebody sees to the rest.
    Journal::remove(place.dir())
}

fn put_back(journal: &Journal, desktop: &dyn Desktop) -> Result<Restored, SettingError> {
    let put_back = || {
        desktop.settle()?;
        if let Some(whole) = &journal.image {
            for ours in [Some(&whole.ours), whole.earlier.as_ref()].into_iter().flatten() {
                if desktop.put_back(ours, whole.before.as_deref())? {
                    return Ok(Restored::default());
                }
            }
        }
        let Undo { changes, kept } = Undo::new(journal, &desktop.read()?);
        if !changes.is_empty() {
            desktop.write(&changes)?;
        }
        Ok(Restored { kept })
    };
    put_back().map_err(SettingError::NotPutBack)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::desktop::{Changes, Group, Locks, Plan, Role, Sign, Values};
    use super::*;

    /// A setting of one key, as programs find it.
    struct Fake {
        mode: Option<&'static str>,
        locked: Option<&'static str>,
    }

    impl Desktop for Fake {
        fn name(&self) -> &'static str {
            "fake"
        }

        fn read(&self) -> Result<Values, DesktopError> {
            Ok(self.mode.iter().map(|mode| ("mode".to_owned(), (*mode).to_owned())).collect())
        }

        fn write(&self, _changes: &Changes) -> Result<(), DesktopError> {
            Ok(())
        }

        fn plan(&self, _point: &Point, _now: &Values) -> Plan {
            let changes = vec![("mode".to_owned(), Some("ours".to_owned()))];
            vec![Group { role: Role::Switch, part: None, changes }]
        }

        fn locks(&self) -> Locks {
            let locked = self.locked.iter().map(|mode| ("mode".to_owned(), Some((*mode).to_owned())));
            Locks { keys: locked.collect(), are_all: false }
        }

        fn sign(&self) -> Sign {
            Sign::Registry(String::new())
        }
    }

    #[test]
    fn what_was_set_has_to_be_there_and_to_count() {
        let found = |mode, locked| {
            let desktop = Fake { mode, locked };
            let point = Point::new(([127, 0, 0, 1], 1080).into(), []);
            let journal = Journal::new("fake", &point, &Values::new(), desktop.plan(&point, &Values::new()), None);
            (read_back(&journal, &desktop), standing(&journal, &desktop).unwrap())
        };
        assert!(matches!(found(Some("ours"), None), (Ok(()), Standing::Ours)));
        assert!(matches!(found(Some("ours"), Some("ours")), (Ok(()), Standing::Ours)));
        assert!(matches!(found(None, None), (Err(SettingError::NotTaken), Standing::Lost)));
        assert!(matches!(found(Some("theirs"), None), (Err(SettingError::NotTaken), Standing::Theirs)));
        let (refused, standing) = found(Some("ours"), Some("theirs"));
        assert!(matches!(refused, Err(SettingError::Desktop(DesktopError::Locked))));
        assert_eq!(standing, Standing::Theirs, "it is not in use, whatever the person's own setting says");
    }

    #[test]
    fn a_journal_that_cannot_be_read_is_put_aside_and_kept() {
        let dir = tempfile::tempdir().unwrap();
        let place = Place::at(dir.path());
        let (journal, aside) =
            (dir.path().join("system-proxy.journal"), dir.path().join("system-proxy.journal.damaged"));
        for damaged in [&b"{\"version\": 1, \"token\": \"00"[..], b"", b"\xff\xfe"] {
            fs::write(&journal, damaged).unwrap();
            assert_eq!(status(&place).unwrap(), Status::Off);
            assert!(journal.exists(), "who only looks changes nothing");
            assert_eq!(restore(&place).unwrap(), None);
            assert!(!journal.exists());
            assert_eq!(fs::read(&aside).unwrap(), damaged);
        }
        assert_eq!(restore(&place).unwrap(), None);
    }

    #[test]
    fn a_journal_of_a_later_version_stays_where_it_is() {
        let dir = tempfile::tempdir().unwrap();
        let journal = dir.path().join("system-proxy.journal");
        fs::write(&journal, r#"{"version": 4000000000}"#).unwrap();
        let refused = restore(&Place::at(dir.path())).unwrap_err();
        assert!(matches!(refused, SettingError::NewerJournal { .. }), "{refused}");
        assert!(journal.exists());
    }
}
