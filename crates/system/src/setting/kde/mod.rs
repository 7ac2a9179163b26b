//! KDE: the group `Proxy Settings` of `kioslaverc`.

mod file;

use std::io;
use std::path::PathBuf;

use super::desktop::{Changes, Desktop, Group, Image, KDE, Locks, Plan, Role, Sign, Values};
use super::{DesktopError, Point};
use crate::disk;

const FILE: &str = "kioslaverc";

/// KDE's setting. Values are what stands behind the `=`, as it stands there.
#[derive(Debug)]
pub(super) struct Kde {
    file: PathBuf,
    /// The administrator's, in the order in which KDE reads them.
    shared: Vec<PathBuf>,
}

// === impl Kde ===

impl Kde {
    pub(super) fn new() -> Result<Self, DesktopError> {
        let file = dirs::config_dir().ok_or(DesktopError::NoHome)?.join(FILE);
        // Where it is a link into somebody's collection of such files, it stays one.
        Ok(Self { file: file.canonicalize().unwrap_or(file), shared: shared() })
    }

    #[cfg(test)]
    fn at(file: PathBuf) -> Self {
        Self { file, shared: Vec::new() }
    }

    /// What is in the file; `None` where there is none.
    fn text(&self) -> Result<Option<String>, DesktopError> {
        match std::fs::read(&self.file) {
            Ok(bytes) => {
                String::from_utf8(bytes).map(Some).map_err(|_| DesktopError::Damaged { path: self.file.clone() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(self.trouble(source)),
        }
    }

    fn replace(&self, text: &str) -> Result<(), DesktopError> {
        disk::replace(&self.file, text.as_bytes()).map_err(|source| self.trouble(source))?;
        tell_programs();
        Ok(())
    }

    fn trouble(&self, source: io::Error) -> DesktopError {
        DesktopError::File { path: self.file.clone(), source }
    }
}

impl Desktop for Kde {
    fn name(&self) -> &'static str {
        KDE
    }

    fn read(&self) -> Result<Values, DesktopError> {
        Ok(file::values(&self.text()?.unwrap_or_default()))
    }

    fn write(&self, changes: &Changes) -> Result<(), DesktopError> {
        let text = self.text()?.unwrap_or_default();
        if file::is_locked(&text) {
            return Err(DesktopError::Locked);
        }
        self.replace(&file::changed(&text, changes))
    }

    fn locks(&self) -> Locks {
        file::locks(self.shared.iter().filter_map(|file| std::fs::read_to_string(file).ok()))
    }

    fn settle(&self) -> Result<(), DesktopError> {
        disk::remove_leftover(&self.file);
        Ok(())
    }

    fn sign(&self) -> Sign {
        Sign::File(self.file.clone())
    }

    fn plan(&self, point: &Point, now: &Values) -> Plan {
        let host = if point.address().is_ipv6() { format!("[{}]", point.host()) } else { point.host() };
        let here = |scheme: &str| Some(format!("{scheme}://{host} {}", point.port()));
        let bypass = Some(point.bypass().collect::<Vec<_>>().join(","));
        let mut plan = vec![
            group(Role::Address, "socksProxy", here("socks")),
            group(Role::Address, "httpProxy", here("http")),
            group(Role::Address, "httpsProxy", here("http")),
            group(Role::Detail, "NoProxyFor", bypass),
        ];
        // Else the list would say what is to go through the proxy, and nothing else would.
        if now.contains_key("ReversedException") {
            plan.push(group(Role::Detail, "ReversedException", Some("false".to_owned())));
        }
        // Programs would go on using another proxy for FTP.
        if now.contains_key("ftpProxy") {
            plan.push(group(Role::Detail, "ftpProxy", None));
        }
        plan.push(group(Role::Switch, "ProxyType", Some("1".to_owned())));
        plan
    }

    fn image(&self, changes: &Changes) -> Result<Option<Image>, DesktopError> {
        let before = self.text()?;
        let after = file::changed(before.as_deref().unwrap_or_default(), changes);
        Ok(Some(Image { before, after }))
    }

    fn put_back(&self, expected: &str, before: Option<&str>) -> Result<bool, DesktopError> {
        if self.text()?.as_deref() != Some(expected) {
            return Ok(false);
        }
        if let Some(before) = before {
            self.replace(before)?;
        } else {
            disk::remove(&self.file).map_err(|source| self.trouble(source))?;
            tell_programs();
        }
        Ok(true)
    }
}

/// The first of these folders has the last word, so it is read last.
fn shared() -> Vec<PathBuf> {
    let folders = std::env::var_os("XDG_CONFIG_DIRS").filter(|folders| !folders.is_empty());
    let folders = folders.unwrap_or_else(|| "/etc/xdg".into());
    let mut files: Vec<_> = std::env::split_paths(&folders).map(|folder| folder.join(FILE)).collect();
    files.reverse();
    files
}

fn group(role: Role, key: &str, value: Option<String>) -> Group {
    Group { role, part: None, changes: vec![(key.to_owned(), value)] }
}

/// Running programs read the file again when they hear this. Those started later need no telling, so that it cannot be said
/// is no failure.
fn tell_programs() {
    let told = super::bus::session().and_then(|bus| {
        let (path, interface) = ("/KIO/Scheduler", "org.kde.KIO.Scheduler");
        bus.emit_signal(None::<()>, path, interface, "reparseSlaveConfiguration", &"")
    });
    if let Err(error) = told {
        tracing::debug!(%error, "running programs were not told");
    }
}

#[cfg(test)]
mod tests;
