//! What only a desktop can do: the clipboard, the browser, other programs, choosing a file.

use paperwing_app::link::Secret;
use paperwing_app::pilot::{About, AppError, Origin, Pilot, Read, Settings, SystemProxy};
use serde::Deserialize;
use specta::Type;
use tauri::AppHandle;

use crate::shell::{Shell, Tray};
use crate::{clipboard, opener, words};

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
pub async fn about(app: AppHandle, pilot: Way<'_>) -> Answer<About> {
    let tray = Shell::of(&app).tray_known().await;
    let profile_dir = pilot.ask(async |cockpit| Ok(cockpit.profile_dir().display().to_string())).await?;
    let is_unsupported = matches!(pilot.brief().borrow().system_proxy, Some(SystemProxy::Unsupported { .. }));
    Ok(About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        tray: tray == Tray::Shown,
        system_proxy_supported: !is_unsupported,
        locale: words::locale(),
        profile_dir,
    })
}

/// Reads something without contacting anybody.
#[tauri::command]
#[specta::specta]
pub async fn read(pilot: Way<'_>, origin: Origin) -> Answer<Read> {
    if origin == Origin::ClipboardImage {
        let picture = clipboard::picture().await?;
        return pilot.ask(async move |cockpit| cockpit.read_source(picture).await).await;
    }
    pilot.ask(async move |cockpit| cockpit.read(origin).await).await
}

/// Puts a text on the clipboard.
#[tauri::command]
#[specta::specta]
pub async fn copy(text: String) -> Answer<()> {
    clipboard::put(Secret::new(text)).await
}

/// Puts a proxy's link on the clipboard, past the page.
#[tauri::command]
#[specta::specta]
pub async fn copy_secret(pilot: Way<'_>, id: String) -> Answer<()> {
    let link = pilot.ask(async move |cockpit| cockpit.link(id).await).await?;
    clipboard::put(link).await
}

/// Has Telegram ask whether it should use the local port. A login stays for the person to type: what is handed to another
/// program can be seen by all programs.
#[tauri::command]
#[specta::specta]
pub async fn telegram(pilot: Way<'_>) -> Answer<()> {
    let listen = pilot.brief().borrow().listen.clone();
    let listen = listen.ok_or_else(|| AppError::new("off", "Paperwing is off: connect first"))?;
    let port = listen.rsplit(':').next().unwrap_or_default();
    open(format!("tg://socks?server=127.0.0.1&port={port}")).await
}

/// Opens a page in the browser.
#[tauri::command]
#[specta::specta]
pub async fn open_page(pilot: Way<'_>, which: Page) -> Answer<()> {
    match which {
        Page::Practice => {
            let page = pilot.ask(async move |cockpit| cockpit.practice_page().ok_or_else(not_there)).await?;
            open(page).await
        }
        Page::Help => Err(not_there()),
    }
}

fn not_there() -> AppError {
    AppError::new("gone", "there is no such page now")
}

async fn open(url: String) -> Answer<()> {
    let opened = tauri::async_runtime::spawn_blocking(move || tauri_plugin_opener::open_url(url, None::<&str>)).await;
    let opened = opened.map_err(|_| not_there())?;
    opened.map_err(|error| AppError::new("cannotOpen", format!("no program opened it: {error}")))
}

/// Makes this program the one that opens a kind of links, or no longer.
#[tauri::command]
#[specta::specta]
pub async fn make_default(scheme: String, ours: bool) -> Answer<()> {
    let done = tauri::async_runtime::spawn_blocking(move || opener::make_default(&scheme, ours)).await;
    done.map_err(|_| not_there())?
}

/// Lets the person choose a file. `null` where they chose none.
#[tauri::command]
#[specta::specta]
pub async fn choose_file(app: AppHandle) -> Answer<Option<String>> {
    let (told, chosen) = tokio::sync::oneshot::channel();
    crate::window::on_main(&app, |_| {
        let dialog = rfd::AsyncFileDialog::new().pick_file();
        tauri::async_runtime::spawn(async move { told.send(dialog.await) });
    });
    let file = chosen.await.unwrap_or_default();
    Ok(file.map(|file| file.path().to_string_lossy().into_owned()))
}

/// The settings.
#[tauri::command]
#[specta::specta]
pub async fn settings(pilot: Way<'_>) -> Answer<Settings> {
    with_links(pilot.ask(async move |cockpit| cockpit.settings().await).await?).await
}

/// Keeps settings. Returns what holds now.
#[tauri::command]
#[specta::specta]
pub async fn save_settings(pilot: Way<'_>, settings: Settings) -> Answer<Settings> {
    with_links(pilot.ask(async move |cockpit| cockpit.save_settings(settings).await).await?).await
}

async fn with_links(settings: Settings) -> Answer<Settings> {
    let open_links = tauri::async_runtime::spawn_blocking(opener::schemes).await.unwrap_or_default();
    Ok(Settings { open_links, ..settings })
}
