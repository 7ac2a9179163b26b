//! GNOME and its relatives: `org.gnome.system.proxy`, which lies in dconf under `/system/proxy/`.

mod dconf;
mod gvariant;
mod gvdb;

use self::dconf::Database;
use super::desktop::{Changes, Desktop, Group, Locks, Plan, Role, Sign, Values};
use super::digits::{from_digits, to_digits};
use super::{DesktopError, Point};

const ROOT: &str = "/system/proxy/";
const SCHEMES: [(&str, &str); 3] =
    [("socks/host", "socks/port"), ("http/host", "http/port"), ("https/host", "https/port")];

/// GNOME's setting. Values are serialised `v`s in hexadecimal digits: what comes back is to the byte what was there.
#[derive(Debug)]
pub(super) struct Gnome {
    database: Database,
}

// === impl Gnome ===

impl Gnome {
    pub(super) fn new() -> Result<Self, DesktopError> {
        Ok(Self { database: Database::of_session()? })
    }
}

impl Desktop for Gnome {
    fn name(&self) -> &'static str {
        super::desktop::GNOME
    }

    fn read(&self) -> Result<Values, DesktopError> {
        let values = self.database.read(ROOT)?;
        Ok(values.into_iter().map(|(path, value)| (path[ROOT.len()..].to_owned(), to_digits(&value))).collect())
    }

    fn write(&self, changes: &Changes) -> Result<(), DesktopError> {
        let changes = changes.iter().map(|(key, value)| {
            let value = value.as_deref().map(|digits| from_digits(digits).ok_or(DesktopError::NotOurs));
            Ok((format!("{ROOT}{key}"), value.transpose()?))
        });
        let changes = changes.collect::<Result<Vec<_>, DesktopError>>()?;
        self.database.change(changes.iter().map(|(path, value)| (path.as_str(), value.as_deref())))
    }

    fn locks(&self) -> Locks {
        let locked = self.database.locked(ROOT).into_iter();
        let keys = locked.map(|(path, value)| (path[ROOT.len()..].to_owned(), value.as_deref().map(to_digits)));
        Locks { keys: keys.collect(), are_all: false }
    }

    fn settle(&self) -> Result<(), DesktopError> {
        // A change of nothing: it is answered after those that came before it.
        self.database.change([])
    }

    fn sign(&self) -> Sign {
        // The first argument is the path that changed, or the one above all that did.
        let path = self.database.path();
        Sign::Bus(format!(
            "type='signal',interface='ca.desrt.dconf.Writer',member='Notify',path='{path}',arg0path='{ROOT}'"
        ))
    }

    fn plan(&self, point: &Point, now: &Values) -> Plan {
        let (host, port) = (gvariant::string(&point.host()), gvariant::int32(point.port().into()));
        let here = |(host_key, port_key)| group(Role::Address, [(host_key, &host), (port_key, &port)]);
        let mut plan: Plan = SCHEMES.map(here).into();
        plan.push(group(Role::Detail, [("ignore-hosts", &gvariant::strings(point.bypass()))]));
        // A password for another proxy is not for us to hear.
        if now.get("http/use-authentication") == Some(&to_digits(&gvariant::boolean(true))) {
            plan.push(group(Role::Detail, [("http/use-authentication", &gvariant::boolean(false))]));
        }
        // Programs would go on using another proxy for FTP.
        if now.get("ftp/host").is_some_and(|host| *host != to_digits(&gvariant::string(""))) {
            plan.push(group(Role::Detail, [("ftp/host", &gvariant::string(""))]));
        }
        plan.push(group(Role::Switch, [("mode", &gvariant::string("manual"))]));
        plan
    }
}

fn group<const N: usize>(role: Role, values: [(&str, &Vec<u8>); N]) -> Group {
    Group { role, part: None, changes: values.map(|(key, value)| (key.to_owned(), Some(to_digits(value)))).into() }
}
