//! macOS: `networksetup`, for every network service of the location that is in use. Each has proxies of its own.

mod orders;
mod program;
mod words;

#[cfg(target_os = "macos")]
use std::path::PathBuf;

use self::orders::orders;
use self::program::Program;
use super::desktop::{Changes, Desktop, Group, MACOS, Plan, Role, Sign, Values};
use super::{DesktopError, Point};

/// As they are called in the program's options.
const KINDS: [&str; 3] = ["web", "secureweb", "socksfirewall"];

/// The setting. Keys are what for, what, and a network service: `web/port/Wi-Fi`.
#[derive(Debug)]
pub(super) struct Macos {
    networksetup: Program,
}

/// The one of this computer.
#[cfg(target_os = "macos")]
pub(super) fn here() -> Macos {
    Macos { networksetup: Program::new(PathBuf::from("/usr/sbin/networksetup")) }
}

impl Desktop for Macos {
    fn name(&self) -> &'static str {
        MACOS
    }

    fn read(&self) -> Result<Values, DesktopError> {
        let listed = self.networksetup.ask(&[vec!["-listallnetworkservices"]])?;
        let services: Vec<_> = listed.iter().flat_map(|said| words::services(said)).collect();
        let proxies = KINDS.map(|kind| format!("-get{kind}proxy"));
        let others = ["-getproxybypassdomains", "-getautoproxyurl", "-getproxyautodiscovery"];
        let options: Vec<_> = proxies.iter().map(String::as_str).chain(others).collect();
        let question = |service| options.iter().map(move |option| vec![*option, service]);
        let questions: Vec<_> = services.iter().flat_map(|service| question(service.as_str())).collect();
        let said = self.networksetup.ask(&questions)?;
        let mut values = Values::new();
        for (service, said) in services.iter().zip(said.chunks(options.len())) {
            read_service(&mut values, service, said).ok_or_else(|| program::trouble(said.join("; ")))?;
        }
        Ok(values)
    }

    fn write(&self, changes: &Changes) -> Result<(), DesktopError> {
        for order in orders(&self.read()?, changes)? {
            match self.networksetup.tell(&order.words) {
                Err(error) if order.may_fail => tracing::debug!(%error, "an address that is off stays"),
                told => told?,
            }
        }
        Ok(())
    }

    fn plan(&self, point: &Point, now: &Values) -> Plan {
        let bypass = point.bypass().collect::<Vec<_>>().join("\n");
        let mut plan = Plan::new();
        for service in now.keys().filter_map(|key| key.strip_prefix("web/enabled/")) {
            let mut add = |role, changes| plan.push(Group { role, part: Some(service.to_owned()), changes });
            add(Role::Detail, vec![(key("bypass", "domains", service), Some(bypass.clone()))]);
            for kind in KINDS {
                let (host, port) = (Some(point.host()), Some(point.port().to_string()));
                let fields =
                    [("server", host), ("port", port), ("enabled", Some("Yes".to_owned())), ("password", None)];
                add(Role::Address, fields.map(|(field, value)| (key(kind, field, service), value)).into());
            }
            // Programs would go on asking a script.
            for kind in ["script", "discovery"] {
                let enabled = key(kind, "enabled", service);
                if now.get(&enabled).is_some_and(|it| it == "Yes") {
                    add(Role::Switch, vec![(enabled, Some("No".to_owned()))]);
                }
            }
        }
        plan
    }

    fn sign(&self) -> Sign {
        Sign::Store("Setup:/Network/Service/[^/]+/Proxies")
    }
}

/// Adds what was said of one service, in the order in which it was asked.
fn read_service(values: &mut Values, service: &str, said: &[String]) -> Option<()> {
    let (proxies, others) = said.split_at_checked(KINDS.len())?;
    let [bypass, script, discovery] = others else { return None };
    let mut add = |kind, field, value: String| values.insert(key(kind, field, service), value);
    for (kind, said) in KINDS.into_iter().zip(proxies) {
        let proxy = words::proxy(said)?;
        if !proxy.server.is_empty() {
            add(kind, "server", proxy.server);
        }
        if proxy.has_password {
            add(kind, "password", "Yes".to_owned());
        }
        add(kind, "port", proxy.port);
        add(kind, "enabled", proxy.enabled);
    }
    let domains = words::domains(bypass);
    if !domains.is_empty() {
        add("bypass", "domains", domains.join("\n"));
    }
    add("script", "enabled", words::is_script_used(script)?);
    add("discovery", "enabled", words::is_script_looked_for(discovery)?);
    Some(())
}

fn key(kind: &str, field: &str, service: &str) -> String {
    format!("{kind}/{field}/{service}")
}

#[cfg(test)]
mod tests;
