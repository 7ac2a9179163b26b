//! `paperwing system-proxy`.

use std::net::SocketAddr;

use paperwing_app::report::{self, Detail};
use paperwing_app::system_proxy::{
    Restored, SystemProxy, SystemProxyError, SystemProxyNow, SystemProxyStatus, Wanted, ask, restore, shell_lines,
};
use paperwing_app::{Error, Event};
use serde_json::{Value, json};

use super::{Desk, Done, block_on};
use crate::args::{SystemProxy as Command, SystemProxyStatus as StatusArgs};
use crate::exit::Exit;
use crate::out;
use crate::render::events;

pub(super) fn run(desk: &Desk, command: &Command) -> Done {
    block_on(async {
        match command {
            Command::On => on(desk).await,
            Command::Off => off(desk).await,
            Command::Status(args) => status(desk, args).await,
            Command::Restore => put_back(desk).await,
        }
    })
}

/// Whoever switches it on has to run for as long as it is on, to put it back: so a running `up` is asked to.
async fn on(desk: &Desk) -> Done {
    let dir = paperwing_app::dir(desk.global.profile.as_deref())?;
    match ask(&dir, Wanted::On).await {
        Ok(()) => desk.say("The system's proxy setting points at the running Paperwing, until that stops."),
        Err(Error::NotRunning) => Err(Exit::World(
            "Paperwing is not running on this list, so the setting would point at nobody: start it with \
             `paperwing up --system-proxy`"
                .to_owned(),
        )),
        Err(error) => Err(error.into()),
    }
}

async fn off(desk: &Desk) -> Done {
    match look().await? {
        SystemProxyStatus::Off | SystemProxyStatus::Unsupported => desk.say("The system's proxy setting is not ours."),
        SystemProxyStatus::LeftBehind { .. } => put_back(desk).await,
        _ => {
            let dir = paperwing_app::dir(desk.global.profile.as_deref())?;
            match ask(&dir, Wanted::Off).await {
                Ok(()) => desk.say("The system's proxy setting is as it was before."),
                Err(Error::NotRunning) => Err(Exit::World(format!("{}: stop that one", in_hand().await))),
                Err(error) => Err(error.into()),
            }
        }
    }
}

async fn put_back(desk: &Desk) -> Done {
    match restore().await {
        Ok(None) => desk.say("Nothing was left behind: there is nothing to put back."),
        Ok(Some(Restored { kept })) => {
            let (_, text) = events::sentence(&Event::SystemProxy { now: SystemProxyNow::Off { kept } });
            desk.say(&text)
        }
        Err(SystemProxyError::InUse { .. }) => {
            Err(Exit::World(format!("{}: `paperwing system-proxy off` switches it off", in_hand().await)))
        }
        Err(error) => Err(error.into()),
    }
}

async fn status(desk: &Desk, args: &StatusArgs) -> Done {
    match look().await? {
        status if args.json => Ok(out::pretty_json(&value(&status))?),
        SystemProxyStatus::Unsupported => desk.say(&unsupported(listening(desk).await?)),
        status => desk.say(&text(&status)),
    }
}

/// Where a running `up` listens; where none runs, where it would.
async fn listening(desk: &Desk) -> Result<SocketAddr, Exit> {
    let dir = paperwing_app::dir(desk.global.profile.as_deref())?;
    let running = report::status(&dir, Detail::Summary).await;
    match running.ok().and_then(|running| running.listening.first().copied()) {
        Some(address) => Ok(address),
        None => Ok(desk.profile()?.first_listen()),
    }
}

async fn look() -> Result<SystemProxyStatus, Exit> {
    Ok(SystemProxy::new().status().await?)
}

/// The beginning of a sentence about who has the setting in hand.
async fn in_hand() -> String {
    match look().await {
        Ok(SystemProxyStatus::Elsewhere { owner, .. }) => format!("{owner} has the system's proxy setting in hand"),
        _ => "another Paperwing has the system's proxy setting in hand".to_owned(),
    }
}

fn text(status: &SystemProxyStatus) -> String {
    match status {
        SystemProxyStatus::On { address } => format!("On: it points at {address}."),
        SystemProxyStatus::ChangedByOther => "Changed by another program since Paperwing switched it on.".to_owned(),
        SystemProxyStatus::Elsewhere { owner, is_changed: true, .. } => {
            format!("Changed by another program since {owner} switched it on.")
        }
        SystemProxyStatus::Elsewhere { owner, address, .. } => format!("On: it points at {address}, of {owner}."),
        SystemProxyStatus::LeftBehind { address } => format!(
            "Left behind: it points at {address}, where nobody listens. `paperwing system-proxy restore` puts it back."
        ),
        _ => "Off.".to_owned(),
    }
}

fn value(status: &SystemProxyStatus) -> Value {
    match status {
        SystemProxyStatus::Unsupported => json!({"state": "unsupported"}),
        SystemProxyStatus::On { address } => json!({"state": "on", "address": address}),
        SystemProxyStatus::ChangedByOther => json!({"state": "changed_by_other"}),
        SystemProxyStatus::Elsewhere { owner, address, is_changed } => {
            let state = if *is_changed { "changed_by_other" } else { "on" };
            json!({"state": state, "address": address, "pid": owner.pid})
        }
        SystemProxyStatus::LeftBehind { address } => json!({"state": "left_behind", "address": address}),
        _ => json!({"state": "off"}),
    }
}

/// What a person can do where the desktop has no such setting.
pub(super) fn unsupported(address: SocketAddr) -> String {
    let [first, second] = shell_lines(address);
    format!(
        "This desktop has no proxy setting that Paperwing knows. Programs that are started from a shell use the proxies after \
         these two lines:\n  {first}\n  {second}"
    )
}
