//! What happened and what is going on.

use paperwing_app::pilot::{AppError, Connection, NoticeCode, Pilot, Told};

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// The events after one, oldest first; the last five hundred at most.
#[tauri::command]
#[specta::specta]
pub async fn events(pilot: Way<'_>, after: Option<u32>) -> Answer<Vec<Told>> {
    pilot.ask(async move |cockpit| cockpit.events(after).await).await
}

/// The open connections, the youngest first.
#[tauri::command]
#[specta::specta]
pub async fn connections(pilot: Way<'_>) -> Answer<Vec<Connection>> {
    pilot.ask(async move |cockpit| cockpit.connections().await).await
}

/// All of that as a text without addresses and names.
#[tauri::command]
#[specta::specta]
pub async fn report(pilot: Way<'_>) -> Answer<String> {
    pilot.ask(async move |cockpit| cockpit.report().await).await
}

/// Puts a notice away.
#[tauri::command]
#[specta::specta]
pub async fn dismiss(pilot: Way<'_>, code: NoticeCode) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.dismiss(code).await).await
}
