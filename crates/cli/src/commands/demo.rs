//! `paperwing demo`.

use std::time::Duration;

use paperwing_app::demo::{self, Figures, Happening};
use paperwing_app::practice::Block;

use super::{Desk, Done, block_on};
use crate::exit::Exit;
use crate::out;
use crate::render::style::{Style, Tone};
use crate::render::{events, words};

pub(super) fn run(desk: &Desk) -> Done {
    let mut shown = Ok(());
    let figures = block_on(async {
        let tell = |at: Duration, happening: Happening| {
            if !desk.global.quiet && shown.is_ok() {
                shown = out::line(&line(at, &happening, desk.style));
            }
        };
        Ok(demo::run(tell).await?)
    })?;
    shown?;
    out::line(&result(&figures, desk.style))?;
    if figures.failed == 0 && figures.sent > 0 { Ok(()) } else { Err(Exit::Said) }
}

fn line(at: Duration, happening: &Happening, style: Style) -> String {
    let (tone, text) = match happening {
        Happening::Begun { address, page, proxies } => (
            Tone::Plain,
            format!(
                "20 requests a second go to {address}, through {}, to {page}. All of these are inside this program: \
                 nothing leaves this computer.",
                proxies.join(", ")
            ),
        ),
        Happening::Blocked { proxy, how } => (Tone::Strong, format!("--> {proxy} gets blocked: {}.", way(*how))),
        Happening::Said(event) => events::sentence(event),
    };
    format!("{} {}", style.paint(Tone::Faint, &format!("{:5.2} s", at.as_secs_f64())), style.paint(tone, &text))
}

fn way(how: Block) -> &'static str {
    match how {
        Block::Refuse => "its port is closed",
        Block::Mute => "it takes connections and never answers",
        Block::Reset => "it resets every connection",
        Block::Freeze => "it falls silent after 16 KiB",
    }
}

fn result(figures: &Figures, style: Style) -> String {
    let Figures { sent, failed, longest, median, switches } = figures;
    let tone = if *failed == 0 { Tone::Good } else { Tone::Bad };
    let text = format!(
        "{sent} requests, {failed} failed. Median {}, longest wait {}. {switches} switches.",
        words::duration(*median),
        words::duration(*longest)
    );
    style.paint(tone, &text)
}
