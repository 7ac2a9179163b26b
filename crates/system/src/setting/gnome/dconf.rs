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
}

// === impl Database ===

impl Database {
    /// The one that this session writes to.
    pub(super) fn of_session() -> Result<Self, DesktopError> {
        let name = profile().map_or_else(|| Ok("user".to_owned()), |profile| writable(&profile))?;
        let config = dirs::config_dir().ok_or(DesktopError::NoHome)?;
        Ok(Self { file: config.join("dconf").join(&name), name })
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
    let named = std::env::var("DCONF_PROFILE").ok().filter(|name| !name.is_empty());
    if let Some(name) = &named
        && name.starts_with('/')
    {
        return Some(name.into());
    }
    let name = named.unwrap_or_else(|| "user".to_owned());
    let data = std::env::var("XDG_DATA_DIRS").unwrap_or_default();
    let data = if data.is_empty() { "/usr/local/share:/usr/share" } else { &data };
    let shared = data.split(':').map(|dir| Path::new(dir).join("dconf/profile"));
    let folders = std::iter::once(PathBuf::from("/etc/dconf/profile")).chain(shared);
    folders.map(|folder| folder.join(&name)).find(|path| path.is_file())
}

/// The first line names the database that is written to.
fn writable(profile: &Path) -> Result<String, DesktopError> {
    let text =
        std::fs::read_to_string(profile).map_err(|source| DesktopError::File { path: profile.to_owned(), source })?;
    let mut lines = text.lines().map(|line| line.split('#').next().unwrap_or_default().trim());
    let first = lines.find(|line| !line.is_empty()).unwrap_or("user-db:user");
    match first.strip_prefix("user-db:") {
        Some(name) if !name.is_empty() && !name.contains('/') => Ok(name.to_owned()),
        _ => Err(DesktopError::Elsewhere { what: first.to_owned() }),
    }
}
