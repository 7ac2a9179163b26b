//! What happened and what is going on.

use paperwing_app::pilot::{Connection, NoticeCode, Told};
use paperwing_app::window::{Order, Use};
use tauri::State;

use crate::way::{Answer, Way};

/// The events after one, oldest first; the last five hundred at most.
#[tauri::command]
#[specta::specta]
pub async fn events(way: State<'_, Way>, after: Option<u32>) -> Answer<Vec<Told>> {
    way.ask(Order::Use(Use::Events { after })).await
}

/// The open connections, the youngest first.
#[tauri::command]
#[specta::specta]
pub async fn connections(way: State<'_, Way>) -> Answer<Vec<Connection>> {
    way.ask(Order::Use(Use::Connections)).await
}

/// Puts a notice away.
#[tauri::command]
#[specta::specta]
pub async fn dismiss(way: State<'_, Way>, code: NoticeCode) -> Answer<()> {
    way.ask(Order::Use(Use::Dismiss { code })).await
}
