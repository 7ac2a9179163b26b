//! `paperwing status`.

use paperwing_app::report::{self, Detail};

use super::{Desk, Done, block_on};
use crate::args::Status;
use crate::out;
use crate::render::{json, status};

pub(super) fn run(desk: &Desk, args: &Status) -> Done {
    let dir = paperwing_app::dir(desk.global.profile.as_deref())?;
    let detail = if args.connections { Detail::Connections } else { Detail::Summary };
    let found = block_on(async { Ok(report::status(&dir, detail).await?) })?;
    if args.json {
        return Ok(out::pretty_json(&json::status(&found))?);
    }
    Ok(out::lines(&status::lines(&found, desk.style))?)
}
