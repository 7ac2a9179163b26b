//! dconf, where GNOME and its relatives keep their settings: read from its file, changed by asking its service. One change
//! is one message and one new file, so it happens whole or not at all, however many keys it has.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::{gvariant, gvdb};
use crate::setting::{DesktopError, bus};

/// A person's database.
#[derive(Clone, Debug)]
pub(super) struct Database {
    /// Its name on the bus.
    name: String,
    file: PathBuf,
    /// The administrator's, which a session reads as well: the nearest first.
    behind: Vec<PathBuf>,
}

// === impl Database ===

impl Database {
    /// The one that this session writes to.
    pub(super) fn of_session() -> Result<Self, DesktopError> {
        let config = dirs::config_dir().ok_or(DesktopError::NoHome)?.join("dconf");
        let profile = profile().map(|path| match std::fs::read_to_string(&path) {
            Ok(text) => Ok(text),
            Err(source) => Err(DesktopError::File { path, source }),
        });
        let profile = profile.transpose()?.unwrap_or_default();
        let name = writable(&profile)?;
        let behind = sources(&profile).skip(1).filter_map(|source| file(source, &config)).collect();
        Ok(Self { file: config.join(&name), name, behind })
    }

    /// Every key that is set below a path, with its value as a serialised `v`.
    pub(super) fn read(&self, below: &str) -> Result<BTreeMap<String, Vec<u8>>, DesktopError> {
        let bytes = match std::fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(source) => return Err(DesktopError::File { path: self.file.clone(), source }),
        };
        let mut values = gvdb::read(&bytes).map_err(|_| DesktopError::Damaged { path: self.file.clone() })?;
        values.retain(|path, _| path.starts_with(below));
        Ok(values)
    }

    /// What administrators have locked below a path, and at which value; `None` is unset. What cannot be read locks nothing.
    pub(super) fn locked(&self, below: &str) -> BTreeMap<String, Option<Vec<u8>>> {
        let read = |file: &PathBuf| {
            let bytes = std::fs::read(file).ok()?;
            Some((gvdb::locks(&bytes).ok()?, gvdb::read(&bytes).ok()?))
        };
        let tables: Vec<_> = self.behind.iter().filter_map(read).collect();
        let mut locked = BTreeMap::new();
        for (nearest, (locks, _)) in tables.iter().enumerate() {
            for path in locks.iter().filter(|path| path.starts_with(below)) {
                // Nothing that is nearer than the lock counts; of several locks the farthest does.
                let value = tables[nearest..].iter().find_map(|(_, values)| values.get(path));
                locked.insert(path.clone(), value.cloned());
            }
        }
        locked
    }

    /// Sets and unsets keys, all at once. The service answers when the file is written.
    pub(super) fn change<'a>(
        &self,
        changes: impl IntoIterator<Item = (&'a str, Option<&'a [u8]>)>,
    ) -> Result<(), DesktopError> {
        let blob = gvariant::changes(changes);
        let bus = bus::session()?;
        bus.call_method(Some("ca.desrt.dconf"), self.path(), Some("ca.desrt.dconf.Writer"), "Change", &blob)?;
        Ok(())
    }

    /// Where its service is on the bus.
    pub(super) fn path(&self) -> String {
        format!("/ca/desrt/dconf/Writer/{}", self.name)
    }
}

/// The file that says which databases a session has, where there is one; see dconf(7).
fn profile() -> Option<PathBuf> {
    // An administrator's word for this one person.
    let mandatory = Path::new("/run/dconf/user").join(rustix::process::getuid().as_raw().to_string());
    if mandatory.is_file() {
        return Some(mandatory);
    }
    let named = std::env::var("DCONF_PROFILE").ok().filter(|name| !name.is_empty());
    let of_session = || dirs::runtime_dir().map(|dir| dir.join("dconf/profile")).filter(|path| path.is_file());
    match named {
        Some(path) if path.starts_with('/') => Some(path.into()),
        Some(name) => installed(&name),
        None => of_session().or_else(|| installed("user")),
    }
}

fn installed(profile: &str) -> Option<PathBuf> {
    let data = std::env::var("XDG_DATA_DIRS").unwrap_or_default();
    let data = if data.is_empty() { "/usr/local/share:/usr/share" } else { &data };
    let shared = data.split(':').map(|dir| Path::new(dir).join("dconf/profile"));
    let folders = std::iter::once(PathBuf::from("/etc/dconf/profile")).chain(shared);
    folders.map(|folder| folder.join(profile)).find(|path| path.is_file())
}

/// What a profile says: `user-db:NAME`, `system-db:NAME` and the like, the nearest first.
fn sources(profile: &str) -> impl Iterator<Item = &str> {
    let lines = profile.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    lines.filter(|line| !line.is_empty())
}

/// The first line names the database that is written to.
fn writable(profile: &str) -> Result<String, DesktopError> {
    let first = sources(profile).next().unwrap_or("user-db:user");
    match first.strip_prefix("user-db:") {
        Some(name) if !name.is_empty() && !name.contains('/') => Ok(name.to_owned()),
        _ => Err(DesktopError::Elsewhere { what: first.to_owned() }),
    }
}

/// Where a database lies that is not written to. Those that only a service knows cannot be looked into.
fn file(source: &str, config: &Path) -> Option<PathBuf> {
    let (kind, name) = source.split_once(':')?;
    match kind {
        "user-db" => Some(config.join(name)),
        "system-db" => Some(Path::new("/etc/dconf/db").join(name)),
        "file-db" => Some(name.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "# ours\n\nuser-db:me  # mine\nsystem-db:site\nfile-db:/opt/all\nservice-db:keyfile/x\n";

    #[test]
    fn the_first_database_is_written_to_and_the_others_are_an_administrators() {
        assert_eq!(writable(PROFILE).unwrap(), "me");
        let behind: Vec<_> = sources(PROFILE).skip(1).filter_map(|source| file(source, Path::new("/c"))).collect();
        assert_eq!(behind, [Path::new("/etc/dconf/db/site"), Path::new("/opt/all")]);
        assert_eq!(writable("").unwrap(), "user");
        assert!(writable("system-db:site\n").is_err());
    }

    #[test]
    fn a_lock_holds_at_what_stands_beside_it_or_behind() {
        let dir = tempfile::tempdir().unwrap();
        let site = dir.path().join("site");
        std::fs::write(&site, include_bytes!("dconf-site.bin")).unwrap();
        let person = dir.path().join("person");
        std::fs::write(&person, include_bytes!("dconf-user.bin")).unwrap();
        let absent = dir.path().join("absent");
        let locked = |behind: [&PathBuf; 3]| {
            let behind = behind.map(PathBuf::clone).into();
            Database { name: "user".to_owned(), file: person.clone(), behind }.locked("/system/proxy/")
        };
        let mode = ("/system/proxy/mode".to_owned(), Some(b"none\0\0s".to_vec()));
        let host = |value| ("/system/proxy/socks/host".to_owned(), value);
        let theirs = Some(b"127.0.0.1\0\0s".to_vec());
        assert_eq!(locked([&absent, &site, &person]), BTreeMap::from([mode.clone(), host(theirs)]));
        let nearer = locked([&person, &absent, &site]);
        assert_eq!(nearer, BTreeMap::from([mode, host(None)]), "what is nearer than the lock does not count");
        assert_eq!(locked([&absent, &person, &person]), BTreeMap::new());
    }
}
