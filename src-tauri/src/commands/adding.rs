//! From whatever a person has to a preview, and from there into the list.

use paperwing_app::pilot::{AddHow, Added, Preview};
use paperwing_app::window::{Order, Use};
use tauri::State;

use crate::way::{Answer, Way};

/// Fetches a list that was asked for.
#[tauri::command]
#[specta::specta]
pub async fn fetch(way: State<'_, Way>, token: String) -> Answer<Preview> {
    way.ask(Order::Use(Use::Fetch { token })).await
}

/// Adds proxies of a preview.
#[tauri::command]
#[specta::specta]
pub async fn add(way: State<'_, Way>, token: String, indices: Vec<u32>, how: AddHow) -> Answer<Added> {
    way.ask(Order::Use(Use::Add { token, indices, how })).await
}

/// Forgets a preview.
#[tauri::command]
#[specta::specta]
pub async fn cancel_read(way: State<'_, Way>, token: String) -> Answer<()> {
    way.ask(Order::Use(Use::CancelRead { token })).await
}
