//! `paperwing test`.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use paperwing_app::practice::Practice;
use paperwing_app::{DEFAULT_PAGE, Error, Outcome, Subject, Tested};
use unicode_width::UnicodeWidthStr;

use super::{Desk, Done, block_on};
use crate::args::Test;
use crate::exit::{Exit, complain};
use crate::out;
use crate::render::style::safe;
use crate::render::{json, stages};

/// Wider names are not waited for by the others.
const WIDEST: usize = 32;

pub(super) fn run(desk: &Desk, args: &Test) -> Done {
    let profile = desk.profile()?;
    if profile.entries().is_empty() && args.names.is_empty() {
        if !args.json {
            desk.say("The list is empty: testing the practice proxies, whose exit is this computer.")?;
        }
        return block_on(practice(desk, args));
    }
    let subjects = paperwing_app::subjects(&profile, &args.names)?;
    let page = args.page.as_deref().unwrap_or(DEFAULT_PAGE);
    let tested = block_on(try_all(desk, args, subjects, page))?;
    if let Err(error) = paperwing_app::remember(&profile, &tested) {
        complain(&error.to_string());
    }
    verdict(&tested)
}

async fn practice(desk: &Desk, args: &Test) -> Done {
    let practice = Practice::start().map_err(Error::Practice)?;
    let page = practice.page_url();
    let page = args.page.as_deref().unwrap_or(&page);
    verdict(&try_all(desk, args, paperwing_app::practice_subjects(&practice), page).await?)
}

async fn try_all(desk: &Desk, args: &Test, subjects: Vec<Subject>, page: &str) -> Result<Vec<Tested>, Exit> {
    let widths = subjects.iter().map(|subject| safe(&subject.name).width().min(WIDEST));
    let width = widths.max().unwrap_or_default();
    let bar = bar(desk, subjects.len());
    let mut shown = Ok(());
    let tested = paperwing_app::test(subjects, page, |tested| {
        bar.inc(1);
        shown = bar.suspend(|| {
            if args.json {
                out::json(&json::tested(tested))
            } else {
                out::line(&stages::line(tested, width, desk.style))
            }
        });
    })
    .await?;
    bar.finish_and_clear();
    shown?;
    Ok(tested)
}

/// On a terminal only: indicatif looks for itself whether standard error is one.
fn bar(desk: &Desk, count: usize) -> ProgressBar {
    if desk.global.quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(count as u64);
    if let Ok(style) = ProgressStyle::with_template("{spinner} {bar:24} {pos} of {len}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(100));
    bar
}

/// Any failure counts. What cannot be tried yet counts only where nothing else was tried.
fn verdict(tested: &[Tested]) -> Done {
    let has_failed = tested.iter().any(|tested| matches!(tested.outcome, Outcome::Fails { .. }));
    let has_worked = tested.iter().any(|tested| matches!(tested.outcome, Outcome::Works { .. }));
    if has_failed || !has_worked { Err(Exit::Said) } else { Ok(()) }
}
