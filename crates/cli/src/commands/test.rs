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
    end(desk, args, &tested)
}

async fn practice(desk: &Desk, args: &Test) -> Done {
    let practice = Practice::start().map_err(Error::Practice)?;
    let page = practice.page_url();
    let page = args.page.as_deref().unwrap_or(&page);
    end(desk, args, &try_all(desk, args, paperwing_app::practice_subjects(&practice), page).await?)
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

fn end(desk: &Desk, args: &Test, tested: &[Tested]) -> Done {
    if !args.json {
        desk.say(&summary(tested))?;
    }
    verdict(tested)
}

/// How many work; where none does, what to do next.
fn summary(tested: &[Tested]) -> String {
    let count = |is: fn(&Outcome) -> bool| tested.iter().filter(|tested| is(&tested.outcome)).count();
    let all = tested.len();
    let untried = count(|outcome| matches!(outcome, Outcome::NotTried(_)));
    match count(|outcome| matches!(outcome, Outcome::Works { .. })) {
        0 if untried == all => {
            "None can be tried. Each line above says why; `paperwing import` adds other proxies.".to_owned()
        }
        0 => "None works. See whether the internet works without a proxy; if it does, add other proxies with \
              `paperwing import`."
            .to_owned(),
        works => {
            let verb = if works == 1 { "works" } else { "work" };
            let untried = if untried == 0 { String::new() } else { format!("; {untried} could not be tried") };
            format!("{works} of {all} {verb}{untried}.")
        }
    }
}

/// Any failure counts. What cannot be tried yet counts only where nothing else was tried.
fn verdict(tested: &[Tested]) -> Done {
    let has_failed = tested.iter().any(|tested| matches!(tested.outcome, Outcome::Fails { .. }));
    let has_worked = tested.iter().any(|tested| matches!(tested.outcome, Outcome::Works { .. }));
    if has_failed || !has_worked { Err(Exit::Said) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use paperwing_app::{Cause, Failure, Stage};

    use super::*;

    fn works() -> Outcome {
        Outcome::Works { stages: Vec::new() }
    }

    fn fails() -> Outcome {
        let failure = Failure::new(Stage::Connect, Cause::Refused);
        Outcome::Fails { stages: Vec::new(), failure, after: Duration::ZERO }
    }

    fn summed_up(outcomes: Vec<Outcome>) -> String {
        let tested = outcomes.into_iter().map(|outcome| Tested { id: None, name: "Oslo".to_owned(), outcome });
        summary(&tested.collect::<Vec<_>>())
    }

    #[test]
    fn those_that_work_are_counted_and_where_none_does_there_is_a_next_step() {
        let untried = || Outcome::NotTried("not supported yet".to_owned());
        assert_eq!(summed_up(vec![works(), works(), fails()]), "2 of 3 work.");
        assert_eq!(summed_up(vec![works(), untried()]), "1 of 2 works; 1 could not be tried.");
        assert!(summed_up(vec![fails(), untried()]).starts_with("None works. See whether the internet works"));
        assert!(summed_up(vec![untried()]).starts_with("None can be tried."));
    }
}
