//! Follows the state in brief, for what must be said where no window is in sight.

use paperwing_app::pilot::{Brief, Phase, SystemProxy};
use tauri::AppHandle;

use crate::notify::{News, notify};
use crate::shell::Shell;
use crate::tray;

/// Begins to follow. Sleeps while nothing changes.
pub fn begin(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let mut brief = Shell::of(&app).pilot().brief();
        let mut before = brief.borrow().clone();
        while brief.changed().await.is_ok() {
            let now = brief.borrow_and_update().clone();
            for news in news(&before, &now) {
                notify(&app, news);
            }
            tray::renew(&app).await;
            before = now;
        }
    });
}

/// What a change of the state is worth telling.
fn news(before: &Brief, now: &Brief) -> Vec<News> {
    let is_blocked = |brief: &Brief| matches!(brief.phase, Some(Phase::Blocked { .. }));
    let was_running = |brief: &Brief| {
        matches!(brief.phase, Some(Phase::Connected | Phase::Switching { .. } | Phase::Connecting { .. }))
    };
    let works = |brief: &Brief| matches!(brief.phase, Some(Phase::Connected | Phase::Switching { .. }));
    let is_theirs = |brief: &Brief| matches!(brief.system_proxy, Some(SystemProxy::ChangedByOther));
    let mut news = Vec::new();
    if is_blocked(now) && was_running(before) {
        news.push(News::AllBlocked);
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
        assert_eq!(news(&blocked(), &connected()), [News::WorkingAgain]);
        assert_eq!(news(&connected(), &changed()), [News::ChangedByOther]);
        for (before, now) in [
            (brief(Phase::Off), connected()),
            (connected(), brief(Phase::Off)),
            (connected(), brief(Phase::Switching { from: "Oslo".to_owned() })),
            (blocked(), blocked()),
            (blocked(), brief(Phase::Off)),
            (changed(), changed()),
            (connected(), brief(Phase::NoInternet)),
        ] {
            assert_eq!(news(&before, &now), []);
        }
    }
}
