//! Figures against goals.

use std::time::Duration;

use super::Figures;
use crate::goals::Goals;
use crate::report::{milliseconds, seconds};

/// What is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Figure {
    /// Failures of what can be repeated safely.
    Failures,
    /// The longest wait beyond a healthy connection's.
    OverHealthy,
    /// The longest wait.
    Longest,
    /// The median after the verdict.
    Calm,
    /// The time to the verdict, and to the last connection that the bad proxy took.
    Verdict,
    /// Changes of the pick.
    Switches,
    /// Connections to standbys while the pick was healthy.
    Standbys,
    /// Wrong bytes, and requests that were sent twice.
    Bytes,
}

/// One figure against its goal.
#[derive(Clone, Debug)]
pub struct Check {
    /// Which.
    pub figure: Figure,
    /// What was measured.
    pub measured: String,
    /// What was to be reached.
    pub goal: String,
    /// Whether it was.
    pub met: bool,
}

/// So much more than in health is still as in health: a third, and what a busy machine adds.
const CALM: (f64, Duration) = (1.34, Duration::from_millis(10));

/// The figures of a scenario against its goals.
pub fn judge(figures: &Figures, goals: &Goals) -> Vec<Check> {
    let mut checks = vec![
        count(Figure::Bytes, figures.wrong + figures.asked_twice, 0),
        count(Figure::Standbys, figures.standbys, 0),
    ];
    if goals.nobody_fails {
        checks.push(count(Figure::Failures, figures.failed_safe, 0));
    }
    if let Some(goal) = goals.over_healthy {
        checks.push(time(Figure::OverHealthy, figures.over_healthy, goal, milliseconds));
    }
    if let Some(goal) = goals.longest {
        checks.push(time(Figure::Longest, figures.longest, goal, seconds));
    }
    if let Some(after) = figures.after.filter(|_| goals.calm_after) {
        checks.push(time(Figure::Calm, after, figures.healthy.mul_f64(CALM.0) + CALM.1, milliseconds));
    }
    if let Some(goal) = goals.verdict
        && (figures.tells || figures.elsewhere.is_some())
    {
        let never = figures.tells && figures.verdict.is_none();
        let took = figures.verdict.max(figures.elsewhere);
        let measured = took.filter(|_| !never).map_or_else(|| "never".to_owned(), seconds);
        let met = !never && took.is_some_and(|took| took <= goal);
        checks.push(Check { figure: Figure::Verdict, measured, goal: seconds(goal), met });
    }
    if let (Some(goal), Some(switches)) = (goals.most_switches, figures.switches) {
        checks.push(count(Figure::Switches, switches, goal));
    }
    checks
}

fn count(figure: Figure, measured: usize, goal: usize) -> Check {
    Check { figure, measured: measured.to_string(), goal: goal.to_string(), met: measured <= goal }
}

fn time(figure: Figure, measured: Duration, goal: Duration, say: fn(Duration) -> String) -> Check {
    Check { figure, measured: say(measured), goal: say(goal), met: measured <= goal }
}

// === impl Figure ===

impl Figure {
    /// What it is, in words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Failures => "failures of what can be repeated safely",
            Self::OverHealthy => "longest wait over a healthy connection",
            Self::Longest => "longest wait",
            Self::Calm => "median of the 3 s after the verdict",
            Self::Verdict => "time to “everything new goes elsewhere”",
            Self::Switches => "switches",
            Self::Standbys => "connections to standbys while the pick was healthy",
            Self::Bytes => "wrong bytes, and requests sent twice",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missed(figures: &Figures, goals: &Goals) -> Vec<Figure> {
        judge(figures, goals).into_iter().filter(|check| !check.met).map(|check| check.figure).collect()
    }

    #[test]
    fn what_is_better_than_the_goals_meets_them() {
        let figures = Figures { tells: true, verdict: Some(Duration::ZERO), switches: Some(1), ..Figures::default() };
        assert_eq!(missed(&figures, &Goals::quick()), []);
    }

    #[test]
    fn each_figure_can_be_missed() {
        let figures = Figures {
            failed_safe: 1,
            asked_twice: 1,
            standbys: 1,
            longest: Duration::from_secs(3),
            after: Some(Duration::from_secs(1)),
            healthy: Duration::from_millis(50),
            tells: true,
            switches: Some(2),
            ..Figures::default()
        };
        let all = [
            Figure::Bytes,
            Figure::Standbys,
            Figure::Failures,
            Figure::Longest,
            Figure::Calm,
            Figure::Verdict,
            Figure::Switches,
        ];
        assert_eq!(missed(&figures, &Goals::silent()), all);
        assert_eq!(
            missed(&Figures { over_healthy: Duration::from_secs(1), ..figures }, &Goals::quick())[3],
            Figure::OverHealthy
        );
    }
}
