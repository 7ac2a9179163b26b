//! From whatever a person has to a preview, and from there into the list.

use paperwing_app::pilot::{AddHow, Added, AppError, Pilot, Preview};

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// Fetches a list that was asked for.
#[tauri::command]
#[specta::specta]
pub async fn fetch(pilot: Way<'_>, token: String) -> Answer<Preview> {
    pilot.ask(async move |cockpit| cockpit.fetch(token).await).await
}

/// Adds proxies of a preview.
#[tauri::command]
#[specta::specta]
pub async fn add(pilot: Way<'_>, token: String, indices: Vec<u32>, how: AddHow) -> Answer<Added> {
    pilot.ask(async move |cockpit| cockpit.add(token, indices, how).await).await
}

/// Forgets a preview.
#[tauri::command]
#[specta::specta]
pub async fn cancel_read(pilot: Way<'_>, token: String) -> Answer<()> {
    pilot.ask(async move |cockpit| cockpit.cancel_read(token).await).await
}
