//! `paperwing use`, `remove`, `rename` and `share`: one change, one sentence.

use paperwing_app::Removed;

use super::{Desk, Done};
use crate::args::{Remove, Rename, Share, Use};
use crate::out;
use crate::render::qr;
use crate::render::style::safe;

pub(super) fn choose(desk: &Desk, args: &Use) -> Done {
    let mut profile = desk.profile()?;
    let chosen = paperwing_app::choose(&mut profile, &args.name)?;
    desk.changed(&mut profile)?;
    desk.say(&match chosen {
        Some(entry) => format!("{} is used while it works, and again once it works again.", safe(&entry.name)),
        None => "Paperwing chooses by itself.".to_owned(),
    })
}

pub(super) fn remove(desk: &Desk, args: &Remove) -> Done {
    let mut profile = desk.profile()?;
    let removed = paperwing_app::remove(&mut profile, &args.names)?;
    desk.changed(&mut profile)?;
    for gone in &removed {
        desk.say(&farewell(gone))?;
    }
    Ok(())
}

fn farewell(gone: &Removed) -> String {
    let name = safe(&gone.entry.name);
    let address = gone.entry.address();
    match &gone.link {
        // Holds no secret: one that does is never given here.
        Some(link) => format!("Removed {name} ({address}). To put it back: paperwing import '{}'", link.reveal()),
        None => format!("Removed {name} ({address}), and its password with it."),
    }
}

pub(super) fn rename(desk: &Desk, args: &Rename) -> Done {
    let mut profile = desk.profile()?;
    let (old, name) = paperwing_app::rename(&mut profile, &args.name, &args.to)?;
    desk.changed(&mut profile)?;
    desk.say(&format!("{} is called {} now.", safe(&old.name), safe(&name)))
}

pub(super) fn share(desk: &Desk, args: &Share) -> Done {
    let profile = desk.profile()?;
    let (entry, link) = paperwing_app::link_of(&profile, &args.name)?;
    if args.qr {
        out::lines(&qr::lines(&paperwing_app::qr(&link)?))?;
    } else {
        out::line(link.reveal())?;
    }
    if entry.is_sealed() && !desk.global.quiet {
        eprintln!("Note: this holds the password of {}. Whoever gets it can use the proxy.", safe(&entry.name));
    }
    Ok(())
}
