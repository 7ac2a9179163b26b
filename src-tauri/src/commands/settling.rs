//! Settings.

use paperwing_app::pilot::{AppError, Pilot, Settings};

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// The settings.
#[tauri::command]
#[specta::specta]
pub async fn settings(pilot: Way<'_>) -> Answer<Settings> {
    pilot.ask(async move |cockpit| cockpit.settings().await).await
}

/// Keeps settings. Returns what holds now.
#[tauri::command]
#[specta::specta]
pub async fn save_settings(pilot: Way<'_>, settings: Settings) -> Answer<Settings> {
    pilot.ask(async move |cockpit| cockpit.save_settings(settings).await).await
}
