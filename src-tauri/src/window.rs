//! The one window. Closed to the tray it is hidden first, and ends with its process when nobody comes back.

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use paperwing_app::pilot::{State, Theme};
use paperwing_app::window::{FromWindow, Passed};
use tauri::ipc::Channel;
use tauri::plugin::TauriPlugin;
use tauri::webview::{Color, WebviewWindowBuilder};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;

use crate::way::Way;

const LABEL: &str = "main";
/// So long a hidden window keeps its page: to come back at once costs more memory than all the rest.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// A page that is not ready by then is shown as it is.
const PATIENCE: Duration = Duration::from_secs(3);
/// So long ending in good order may take.
const END_PATIENCE: Duration = Duration::from_millis(500);

/// What must be remembered of the window. Managed by Tauri.
#[derive(Default)]
pub struct Pane(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    /// Where the state goes.
    channel: Option<Channel<Passed<State>>>,
    /// Whether it was hidden before its page was ready.
    is_hidden: bool,
    /// Grows whenever the window is shown or hidden.
    turn: u64,
}

// === impl Pane ===

impl Pane {
    fn of(app: &AppHandle) -> tauri::State<'_, Self> {
        app.state()
    }

    fn remembered(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn turn_to(&self, is_hidden: bool) -> u64 {
        let mut remembered = self.remembered();
        remembered.is_hidden = is_hidden;
        remembered.turn += 1;
        remembered.turn
    }

    fn is_still(&self, turn: u64) -> bool {
        self.remembered().turn == turn
    }
}

/// Remembers where the window was and how large, in the profile's folder.
pub fn remembered_in(dir: &Path) -> TauriPlugin<Wry> {
    // Whether it was in sight is not remembered: a start shows it or does not.
    let remembered = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let file = dir.join("window.json").to_string_lossy().into_owned();
    tauri_plugin_window_state::Builder::new().with_state_flags(remembered).with_filename(file).build()
}

/// Light or dark, as the person settled it; `None` where the system says.
pub fn theme_in(dir: &Path) -> Option<tauri::Theme> {
    match Theme::in_dir(dir) {
        Theme::System => None,
        Theme::Light => Some(tauri::Theme::Light),
        Theme::Dark => Some(tauri::Theme::Dark),
    }
}

/// Makes the window, which shows as soon as its page can be seen.
pub fn make(app: &AppHandle, theme: Option<tauri::Theme>) -> tauri::Result<()> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Paperwing")
        .inner_size(400.0, 680.0)
        .min_inner_size(340.0, 520.0)
        .visible(false)
        .theme(theme)
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    draw_plainly(&window);
    let _ = window.set_background_color(Some(ground(&window)));
    let handle = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            // The program that stays knows whether there is something to close to.
            api.prevent_close();
            handle.state::<Way>().say(FromWindow::CloseRequested);
        }
    });
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        on_main(&app, |app| {
            let is_waiting = {
                let pane = Pane::of(app);
                let remembered = pane.remembered();
                remembered.channel.is_none() && !remembered.is_hidden
            };
            if let (true, Some(window)) = (is_waiting, app.get_webview_window(LABEL)) {
                present(&window);
            }
        });
    });
    Ok(())
}

/// The page can be seen and listens.
pub fn page_is_ready(app: &AppHandle, channel: Channel<Passed<State>>) {
    let is_hidden = {
        let pane = Pane::of(app);
        let mut remembered = pane.remembered();
        remembered.channel = Some(channel);
        remembered.is_hidden
    };
    let way = app.state::<Way>();
    way.say(FromWindow::Ready);
    match app.get_webview_window(LABEL) {
        Some(window) if !is_hidden => present(&window),
        _ => way.say(FromWindow::Hidden),
    }
}

/// Passes the state on to the page.
pub fn show_state(app: &AppHandle, state: Passed<State>) {
    let channel = Pane::of(app).remembered().channel.clone();
    if let Some(channel) = channel {
        let _ = channel.send(state);
    }
}

/// Shows the window where the person left it.
pub fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    Pane::of(app).turn_to(false);
    // One that is not ready yet shows by itself.
    if Pane::of(app).remembered().channel.is_some() {
        present(&window);
        app.state::<Way>().say(FromWindow::Shown);
    }
}

/// Hides the window, and ends it after a while.
pub fn hide(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let _ = window.hide();
    let turn = Pane::of(app).turn_to(true);
    app.state::<Way>().say(FromWindow::Hidden);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(KEPT_FOR).await;
        if Pane::of(&app).is_still(turn) {
            end(&app);
        }
    });
}

/// Shows the window, or hides it where it is in sight.
pub fn toggle(app: &AppHandle) {
    match app.get_webview_window(LABEL) {
        Some(window) if window.is_visible().unwrap_or_default() && !window.is_minimized().unwrap_or_default() => {
            hide(app);
        }
        _ => show(app),
    }
}

/// Ends this process.
pub fn end(app: &AppHandle) {
    app.exit(0);
    // A page that hangs must not keep it.
    std::thread::spawn(|| {
        std::thread::sleep(END_PATIENCE);
        std::process::exit(0);
    });
}

/// Runs something where windows live.
pub fn on_main(app: &AppHandle, act: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    let _ = app.run_on_main_thread(move || act(&handle));
}

fn present(window: &WebviewWindow) {
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

/// Without the graphics card: drivers that do not do what WebKit hopes for show an empty window, the page has little to
/// draw, and the memory for it is saved.
#[cfg(target_os = "linux")]
fn draw_plainly(window: &WebviewWindow) {
    use webkit2gtk::{HardwareAccelerationPolicy, SettingsExt, WebViewExt};

    let told = window.with_webview(|webview| {
        if let Some(settings) = WebViewExt::settings(&webview.inner()) {
            settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
        }
    });
    if let Err(error) = told {
        eprintln!("paperwing-window: the page is drawn as WebKit likes: {error}");
    }
}

#[cfg(not(target_os = "linux"))]
fn draw_plainly(_window: &WebviewWindow) {}

/// The page's own ground (`--desk` of its tokens), for the moment before it has drawn anything.
fn ground(window: &WebviewWindow) -> Color {
    match window.theme() {
        Ok(tauri::Theme::Dark) => Color(0x12, 0x15, 0x16, 0xff),
        _ => Color(0xe9, 0xe8, 0xe2, 0xff),
    }
}
