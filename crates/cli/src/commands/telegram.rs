//! `paperwing telegram`.

use paperwing_app::report;
use serde_json::json;

use super::{Desk, Done, block_on};
use crate::args::Telegram;
use crate::out;

pub(super) fn run(desk: &Desk, args: &Telegram) -> Done {
    let dir = paperwing_app::dir(desk.global.profile.as_deref())?;
    let link = block_on(async { Ok(report::telegram(&dir).await?) })?;
    if args.json {
        return Ok(out::pretty_json(&json!({"link": link.reveal()}))?);
    }
    Ok(out::line(link.reveal())?)
}
