//! `paperwing events`.

use paperwing_app::report::{self, MOST_KEPT, Then};

use super::{Desk, Done, block_on};
use crate::args::Events;
use crate::out;
use crate::render::{events, json};

pub(super) fn run(desk: &Desk, args: &Events) -> Done {
    let dir = paperwing_app::dir(desk.global.profile.as_deref())?;
    let then = if args.follow { Then::Follow } else { Then::End };
    block_on(async {
        let mut listening = report::events(&dir, args.last.unwrap_or(MOST_KEPT), then).await?;
        while let Some(heard) = listening.next().await? {
            if !args.json {
                out::line(&events::heard(&heard, desk.style))?;
            } else if let Some(value) = json::heard(&heard) {
                out::json(&value)?;
            }
        }
        if args.follow && !args.json { desk.say("`paperwing up` has stopped.") } else { Ok(()) }
    })
}
