//! Notifications, for three things only: traffic is stopped, working again, another program changed the system's proxy.

use paperwing_app::pilot::Language;

use crate::words::Words;

/// What is worth one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum News {
    /// No proxy is left: traffic is stopped.
    AllBlocked,
    /// This network seems to want a person to sign in: traffic is stopped.
    SignIn,
    /// Traffic goes through again.
    WorkingAgain,
    /// Another program changed the system's proxy setting.
    ChangedByOther,
}

/// Shows one. That it cannot be shown is no trouble: the window and the tray say it too.
pub fn notify(language: Language, news: News) {
    let words = Words::of(language);
    let (title, line) = match news {
        News::AllBlocked => ("notify_blocked", "notify_blocked_line"),
        News::SignIn => ("notify_sign_in", "notify_sign_in_line"),
        News::WorkingAgain => ("notify_working", "notify_working_line"),
        News::ChangedByOther => ("notify_changed", "notify_changed_line"),
    };
    let (title, line) = (words.say(title), words.say(line));
    tokio::task::spawn_blocking(move || show(&title, &line));
}

fn show(title: &str, line: &str) {
    let mut notification = notify_rust::Notification::new();
    notification.appname("Paperwing").summary(title).body(line);
    #[cfg(target_os = "linux")]
    notification
        .icon("org.paperwing.Paperwing")
        .hint(notify_rust::Hint::DesktopEntry("org.paperwing.Paperwing".to_owned()));
    if let Err(error) = notification.show() {
        tracing::info!(%error, "no notification");
    }
}
