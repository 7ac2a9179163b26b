//! What only a desktop can do: the clipboard, the browser, other programs, choosing a file.

use paperwing_app::pilot::{About, AppError, Origin, Passphrase, Read, Settings};
use paperwing_app::window::{Desk, Order, Page, Use};
use tauri::{AppHandle, State};

use crate::way::{Answer, Way};

/// What this program is and where it runs.
#[tauri::command]
#[specta::specta]
pub async fn about(way: State<'_, Way>) -> Answer<About> {
    way.ask(Order::Desk(Desk::About)).await
}

/// Reads something without contacting anybody.
#[tauri::command]
#[specta::specta]
pub async fn read(way: State<'_, Way>, origin: Origin) -> Answer<Read> {
    way.ask(Order::Desk(Desk::Read { origin })).await
}

/// Puts a text on the clipboard.
#[tauri::command]
#[specta::specta]
pub async fn copy(way: State<'_, Way>, text: String) -> Answer<()> {
    way.ask(Order::Desk(Desk::Copy { text })).await
}

/// Puts a proxy's link on the clipboard, past the page.
#[tauri::command]
#[specta::specta]
pub async fn copy_secret(way: State<'_, Way>, id: String) -> Answer<()> {
    way.ask(Order::Desk(Desk::CopySecret { id })).await
}

/// Has Telegram ask whether it should use the local port.
#[tauri::command]
#[specta::specta]
pub async fn telegram(way: State<'_, Way>) -> Answer<()> {
    way.ask(Order::Desk(Desk::Telegram)).await
}

/// Opens a page in the browser.
#[tauri::command]
#[specta::specta]
pub async fn open_page(way: State<'_, Way>, which: Page) -> Answer<()> {
    way.ask(Order::Desk(Desk::OpenPage { which })).await
}

/// Makes this program the one that opens a kind of links, or no longer.
#[tauri::command]
#[specta::specta]
pub async fn make_default(way: State<'_, Way>, scheme: String, ours: bool) -> Answer<()> {
    way.ask(Order::Desk(Desk::MakeDefault { scheme, ours })).await
}

/// Lets the person choose a file. `null` where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn choose_file(app: AppHandle) -> Result<Option<String>, AppError> {
    let (told, chosen) = tokio::sync::oneshot::channel();
    crate::window::on_main(&app, |_| {
        let dialog = rfd::AsyncFileDialog::new().pick_file();
        tauri::async_runtime::spawn(async move { told.send(dialog.await) });
    });
    let file = chosen.await.unwrap_or_default();
    Ok(file.map(|file| file.path().to_string_lossy().into_owned()))
}

/// Opens what a passphrase sealed.
#[tauri::command]
#[specta::specta]
pub async fn unlock(way: State<'_, Way>, passphrase: Passphrase) -> Answer<()> {
    way.ask(Order::Use(Use::Unlock { passphrase })).await
}

/// The settings.
#[tauri::command]
#[specta::specta]
pub async fn settings(way: State<'_, Way>) -> Answer<Settings> {
    way.ask(Order::Desk(Desk::Settings)).await
}

/// Keeps settings. Returns what holds now.
#[tauri::command]
#[specta::specta]
pub async fn save_settings(way: State<'_, Way>, settings: Settings) -> Answer<Settings> {
    way.ask(Order::Desk(Desk::SaveSettings { settings })).await
}
