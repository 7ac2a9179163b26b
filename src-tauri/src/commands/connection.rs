//! Connecting and disconnecting.

use paperwing_app::window::{Order, Use};
use tauri::State;

use crate::way::{Answer, Way};

/// Opens the port and looks for a proxy that works.
#[tauri::command]
#[specta::specta]
pub async fn connect(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Use(Use::Connect)).await
}

/// Closes the port and all connections.
#[tauri::command]
#[specta::specta]
pub async fn disconnect(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Use(Use::Disconnect)).await
}

/// Tries all blocked proxies again.
#[tauri::command]
#[specta::specta]
pub async fn try_again(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Use(Use::TryAgain)).await
}

/// Settles on another port and connects.
#[tauri::command]
#[specta::specta]
pub async fn use_port_and_connect(way: State<'_, Way>, port: u16) -> Answer<()> {
    way.ask(Order::Use(Use::UsePortAndConnect { port })).await
}

/// Points the operating system's proxy at the local port, or puts back what was there.
#[tauri::command]
#[specta::specta]
pub async fn set_system_proxy(way: State<'_, Way>, on: bool) -> Answer<()> {
    way.ask(Order::Use(Use::SetSystemProxy { on })).await
}

/// Connects through practice proxies; only while the list is empty.
#[tauri::command]
#[specta::specta]
pub async fn start_practice(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Use(Use::StartPractice)).await
}

/// Blocks a practice proxy, or lets it work again.
#[tauri::command]
#[specta::specta]
pub async fn block_practice(way: State<'_, Way>, id: String, blocked: bool) -> Answer<()> {
    way.ask(Order::Use(Use::BlockPractice { id, blocked })).await
}

/// Ends practising.
#[tauri::command]
#[specta::specta]
pub async fn leave_practice(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Use(Use::LeavePractice)).await
}
