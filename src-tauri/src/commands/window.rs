//! The window and what it shows.

use paperwing_app::pilot::{AppError, Pilot, State};
use tauri::ipc::Channel;

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// Begins to receive the state; replaces an earlier channel. The window shows from then on.
#[tauri::command]
#[specta::specta]
pub async fn watch(pilot: Way<'_>, channel: Channel<State>) -> Answer<()> {
    let _ = (pilot, channel);
    Ok(())
}

/// What the page wants to find again when it is opened anew, as it last said with `keepView`.
#[tauri::command]
#[specta::specta]
pub async fn view() -> Answer<Option<String>> {
    Ok(None)
}

/// Keeps what the page wants to find again when it is opened anew. Lost when the program ends.
#[tauri::command]
#[specta::specta]
pub async fn keep_view(view: String) -> Answer<()> {
    let _ = view;
    Ok(())
}

/// The person's answer to `ask-close`.
#[tauri::command]
#[specta::specta]
pub async fn answer_close(quit: bool) -> Answer<()> {
    let _ = quit;
    Ok(())
}
