//! What only a desktop can do: the clipboard, the browser, other programs, the window itself.

use paperwing_app::pilot::{About, AppError, Origin, Pilot, Read};
use serde::Deserialize;
use specta::Type;

type Answer<T> = Result<T, AppError>;
type Way<'a> = tauri::State<'a, Pilot>;

/// A page to open in the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum Page {
    /// The one behind the practice proxies.
    Practice,
    /// The documentation.
    Help,
}

/// What this program is and where it runs.
#[tauri::command]
#[specta::specta]
pub async fn about(pilot: Way<'_>) -> Answer<About> {
    let _ = pilot;
    Err(AppError::new("notYet", "not yet"))
}

/// Puts a text on the clipboard.
#[tauri::command]
#[specta::specta]
pub async fn copy(text: String) -> Answer<()> {
    let _ = text;
    Err(AppError::new("notYet", "not yet"))
}

/// Puts a proxy's link on the clipboard, past the page.
#[tauri::command]
#[specta::specta]
pub async fn copy_secret(pilot: Way<'_>, id: String) -> Answer<()> {
    let _ = (pilot, id);
    Err(AppError::new("notYet", "not yet"))
}

/// Has Telegram ask whether it should use the local port.
#[tauri::command]
#[specta::specta]
pub async fn telegram(pilot: Way<'_>) -> Answer<()> {
    let _ = pilot;
    Err(AppError::new("notYet", "not yet"))
}

/// Opens a page in the browser.
#[tauri::command]
#[specta::specta]
pub async fn open_page(pilot: Way<'_>, which: Page) -> Answer<()> {
    let _ = (pilot, which);
    Err(AppError::new("notYet", "not yet"))
}

/// Reads something without contacting anybody.
#[tauri::command]
#[specta::specta]
pub async fn read(pilot: Way<'_>, origin: Origin) -> Answer<Read> {
    pilot.ask(async move |cockpit| cockpit.read(origin).await).await
}

/// Makes this program the one that opens a kind of links, or no longer.
#[tauri::command]
#[specta::specta]
pub async fn make_default(scheme: String, ours: bool) -> Answer<()> {
    let _ = (scheme, ours);
    Err(AppError::new("notYet", "not yet"))
}

/// Lets the person choose a file. `null` where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn choose_file() -> Answer<Option<String>> {
    Err(AppError::new("notYet", "not yet"))
}
