//! Connecting and disconnecting.

use paperwing_app::pilot::{AppError, Pilot};

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// Opens the port and looks for a proxy that works.
#[tauri::command]
#[specta::specta]
pub async fn connect(pilot: Way<'_>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.connect().await).await
}

/// Closes the port and all connections.
#[tauri::command]
#[specta::specta]
pub async fn disconnect(pilot: Way<'_>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.disconnect().await).await
}

/// Tries all blocked proxies again.
#[tauri::command]
#[specta::specta]
pub async fn try_again(pilot: Way<'_>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.try_again().await).await
}

/// Settles on another port and connects.
#[tauri::command]
#[specta::specta]
pub async fn use_port_and_connect(pilot: Way<'_>, port: u16) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.use_port_and_connect(port).await).await
}

/// Points the operating system's proxy at the local port, or puts back what was there.
#[tauri::command]
#[specta::specta]
pub async fn set_system_proxy(pilot: Way<'_>, on: bool) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.set_system_proxy(on).await).await
}

/// Connects through practice proxies; only while the list is empty.
#[tauri::command]
#[specta::specta]
pub async fn start_practice(pilot: Way<'_>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.start_practice().await).await
}

/// Blocks a practice proxy, or lets it work again.
#[tauri::command]
#[specta::specta]
pub async fn block_practice(pilot: Way<'_>, id: String, blocked: bool) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.block_practice(id, blocked).await).await
}

/// Ends practising.
#[tauri::command]
#[specta::specta]
pub async fn leave_practice(pilot: Way<'_>) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.leave_practice().await).await
}
