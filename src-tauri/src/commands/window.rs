//! The window and what it shows.

use paperwing_app::pilot::{AppError, State};
use tauri::AppHandle;
use tauri::ipc::Channel;

use crate::shell::Shell;
use crate::{quit, window};

type Answer<T> = Result<T, AppError>;

/// More than a page has to remember, bytes.
const MOST_KEPT: usize = 64 * 1024;

/// Begins to receive the state; replaces an earlier channel. The window shows from then on.
#[tauri::command]
#[specta::specta]
#[allow(clippy::needless_pass_by_value, reason = "the form that Tauri calls")]
pub fn watch(app: AppHandle, channel: Channel<State>) {
    window::on_main(&app, |app| window::page_is_ready(app, channel));
}

/// What the page wants to find again when it is opened anew, as it last said with `keepView`.
#[tauri::command]
#[specta::specta]
#[allow(clippy::needless_pass_by_value, reason = "the form that Tauri calls")]
pub fn view(app: AppHandle) -> Option<String> {
    Shell::of(&app).page().kept.clone()
}

/// Keeps what the page wants to find again when it is opened anew. Lost when the program ends.
#[tauri::command]
#[specta::specta]
#[allow(clippy::needless_pass_by_value, reason = "the form that Tauri calls")]
pub fn keep_view(app: AppHandle, view: String) -> Answer<()> {
    if view.len() > MOST_KEPT {
        return Err(AppError::new("failed", "that is too much to keep"));
    }
    Shell::of(&app).page().kept = Some(view);
    Ok(())
}

/// The person's answer to `ask-close`.
#[tauri::command]
#[specta::specta]
#[allow(clippy::needless_pass_by_value, reason = "the form that Tauri calls")]
pub fn answer_close(app: AppHandle, quit: bool) {
    if quit {
        quit::quit(&app);
    }
}
