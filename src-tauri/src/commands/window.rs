//! The window and what it shows.

use paperwing_app::pilot;
use paperwing_app::window::{Desk, Order, Passed};
use tauri::ipc::Channel;
use tauri::{AppHandle, Manager, State};

use crate::way::{Answer, Way};
use crate::window;

/// Begins to receive the state; replaces an earlier channel. The window shows from then on.
#[tauri::command]
#[specta::specta]
#[allow(clippy::needless_pass_by_value, reason = "the form that Tauri calls")]
pub fn watch(app: AppHandle, channel: Channel<Passed<pilot::State>>) {
    window::on_main(&app, |app| window::page_is_ready(app, channel));
}

/// What the page wants to find again when it is opened anew, as it last said with `keepView`.
#[tauri::command]
#[specta::specta]
pub async fn view(app: AppHandle) -> Option<Passed<String>> {
    app.state::<Way>().ask(Order::Desk(Desk::View)).await.ok()
}

/// Keeps what the page wants to find again when it is opened anew. Lost when the program ends.
#[tauri::command]
#[specta::specta]
pub async fn keep_view(way: State<'_, Way>, view: String) -> Answer<()> {
    way.ask(Order::Desk(Desk::KeepView { view })).await
}

/// The person's answer to `ask-close`.
#[tauri::command]
#[specta::specta]
pub async fn answer_close(app: AppHandle, quit: bool) {
    let _: Answer<()> = app.state::<Way>().ask(Order::Desk(Desk::AnswerClose { quit })).await;
}
