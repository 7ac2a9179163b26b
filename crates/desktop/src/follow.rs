//! What must be said where no window is in sight.

use paperwing_app::pilot::{Brief, Phase, SystemProxy};

use crate::notify::News;

/// What a change of the state is worth telling.
pub fn news(before: &Brief, now: &Brief) -> Vec<News> {
    let wants_sign_in = |brief: &Brief| matches!(brief.phase, Some(Phase::SignIn));
    let is_blocked = |brief: &Brief| matches!(brief.phase, Some(Phase::Blocked { .. } | Phase::SignIn));
    let was_running = |brief: &Brief| {
        matches!(brief.phase, Some(Phase::Connected | Phase::Switching { .. } | Phase::Connecting { .. }))
    };
    let works = |brief: &Brief| matches!(brief.phase, Some(Phase::Connected | Phase::Switching { .. }));
    let is_theirs = |brief: &Brief| matches!(brief.system_proxy, Some(SystemProxy::ChangedByOther));
    let mut news = Vec::new();
    if is_blocked(now) && was_running(before) {
        news.push(if wants_sign_in(now) { News::SignIn } else { News::AllBlocked });
    }
    if works(now) && is_blocked(before) {
        news.push(News::WorkingAgain);
    }
    if is_theirs(now) && !is_theirs(before) {
        news.push(News::ChangedByOther);
    }
    news
}

#[cfg(test)]
mod tests {
    use super::*;

    fn brief(phase: Phase) -> Brief {
        Brief { phase: Some(phase), ..Brief::default() }
    }

    #[test]
    fn three_things_are_told_and_no_others() {
        let blocked = || brief(Phase::Blocked { retry_in_ms: None });
        let connected = || brief(Phase::Connected);
        let changed = || Brief { system_proxy: Some(SystemProxy::ChangedByOther), ..connected() };
        assert_eq!(news(&connected(), &blocked()), [News::AllBlocked]);
        assert_eq!(news(&connected(), &brief(Phase::SignIn)), [News::SignIn]);
        assert_eq!(news(&blocked(), &connected()), [News::WorkingAgain]);
        assert_eq!(news(&brief(Phase::SignIn), &connected()), [News::WorkingAgain]);
        assert_eq!(news(&connected(), &changed()), [News::ChangedByOther]);
        for (before, now) in [
            (brief(Phase::Off), connected()),
            (connected(), brief(Phase::Off)),
            (connected(), brief(Phase::Switching { from: "Oslo".to_owned() })),
            (blocked(), blocked()),
            (blocked(), brief(Phase::SignIn)),
            (blocked(), brief(Phase::Off)),
            (changed(), changed()),
            (connected(), brief(Phase::NoInternet)),
        ] {
            assert_eq!(news(&before, &now), []);
        }
    }
}
