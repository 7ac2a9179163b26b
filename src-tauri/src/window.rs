//! The one window: made when it is wanted, hidden when it is closed to the tray, and given up when nobody comes back.

use std::path::Path;
use std::time::Duration;

use paperwing_app::pilot::{State, Theme};
use tauri::ipc::Channel;
use tauri::plugin::TauriPlugin;
use tauri::webview::{Color, WebviewWindowBuilder};
use tauri::{AppHandle, Manager, WebviewUrl, WebviewWindow, WindowEvent, Wry};
use tauri_plugin_window_state::StateFlags;
use tauri_specta::Event;

use crate::events::{AskClose, PasteLink, ShowView, View};
#[cfg(target_os = "linux")]
use rustix::process::{Pid, Signal, kill_process};

use crate::quit;
use crate::shell::{Shell, Tray};

const LABEL: &str = "main";
/// So long a hidden window keeps its page. A page costs more memory than all the rest.
const KEPT_FOR: Duration = Duration::from_secs(30);
/// A page that is not ready by then is shown as it is.
const PATIENCE: Duration = Duration::from_secs(3);

/// At login a panel may take so long to come up.
const PANEL_PATIENCE: Duration = Duration::from_secs(10);

/// Remembers where the window was and how large, in the profile's folder.
pub fn remembered_in(dir: &Path) -> TauriPlugin<Wry> {
    // Whether it was in sight is not remembered: a start shows it or does not.
    let remembered = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let file = dir.join("window.json").to_string_lossy().into_owned();
    tauri_plugin_window_state::Builder::new().with_state_flags(remembered).with_filename(file).build()
}

/// Shows the window where the person left it.
pub fn show(app: &AppHandle) {
    turn_to(app, true);
    if let Some(window) = app.get_webview_window(LABEL) {
        present(&window);
        watch_again(app);
        return;
    }
    if let Err(error) = make(app) {
        tracing::error!(%error, "there is no window");
    }
}

/// Shows a view of the window.
pub fn show_view(app: &AppHandle, view: View) {
    let is_ready = {
        let shell = Shell::of(app);
        let mut page = shell.page();
        if !page.is_ready {
            page.view = Some(view);
        }
        page.is_ready
    };
    if is_ready {
        let _ = ShowView { view }.emit(app);
    }
    show(app);
}

/// For a start without a window: shows it where there is no tray to wait in.
pub fn show_without_tray(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if !Shell::of(&app).has_tray_within(PANEL_PATIENCE).await {
            on_main(&app, show);
        }
    });
}

/// What a click on the tray does: shows the window, or hides it where it is in sight.
pub fn toggle(app: &AppHandle) {
    match app.get_webview_window(LABEL) {
        Some(window) if window.is_visible().unwrap_or_default() && !window.is_minimized().unwrap_or_default() => {
            hide(app);
        }
        _ => show(app),
    }
}

/// The page can be seen and listens: it gets the state from now on, and what waited for it.
pub fn page_is_ready(app: &AppHandle, channel: Channel<State>) {
    let (waiting, view, is_wanted) = {
        let shell = Shell::of(app);
        let mut page = shell.page();
        page.channel = Some(channel);
        page.is_ready = true;
        (std::mem::take(&mut page.waiting), page.view.take(), page.is_wanted)
    };
    // It may have been closed again before it was ready.
    if is_wanted && let Some(window) = app.get_webview_window(LABEL) {
        present(&window);
        watch_again(app);
    }
    for read in waiting {
        let _ = PasteLink(read).emit(app);
    }
    if let Some(view) = view {
        let _ = ShowView { view }.emit(app);
    }
}

/// Runs something where windows live.
pub fn on_main(app: &AppHandle, act: impl FnOnce(&AppHandle) + Send + 'static) {
    let handle = app.clone();
    let _ = app.run_on_main_thread(move || act(&handle));
}

fn make(app: &AppHandle) -> tauri::Result<()> {
    let fresh = forget_page(app);
    *Shell::of(app).page() = fresh;
    let theme = Shell::of(app).pilot().brief().borrow().preferences.theme;
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Paperwing")
        .inner_size(400.0, 680.0)
        .min_inner_size(340.0, 520.0)
        // Until the page is there to be seen, or for want of it after a while.
        .visible(false)
        .theme(match theme {
            Theme::System => None,
            Theme::Light => Some(tauri::Theme::Light),
            Theme::Dark => Some(tauri::Theme::Dark),
        })
        .on_navigation(|url| url.scheme() == "tauri" || url.host_str() == Some("tauri.localhost"))
        .build()?;
    draw_plainly(&window);
    let _ = window.set_background_color(Some(ground(&window)));
    let handle = app.clone();
    window.on_window_event(move |event| {
        if let WindowEvent::CloseRequested { api, .. } = event {
            close_requested(&handle, api);
        }
    });
    let (app, turn) = (app.clone(), Shell::of(app).page().turn);
    tauri::async_runtime::spawn(async move {
        tokio::time::sleep(PATIENCE).await;
        on_main(&app, move |app| {
            let is_waiting = {
                let shell = Shell::of(app);
                let page = shell.page();
                !page.is_ready && page.turn == turn
            };
            if let (true, Some(window)) = (is_waiting, app.get_webview_window(LABEL)) {
                present(&window);
            }
        });
    });
    Ok(())
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
        tracing::warn!(%error, "the page is drawn as WebKit likes");
    }
}

#[cfg(not(target_os = "linux"))]
fn draw_plainly(_window: &WebviewWindow) {}

/// What stays when a page is new: where the person was, and what waits for it.
fn forget_page(app: &AppHandle) -> crate::shell::Page {
    let shell = Shell::of(app);
    let mut page = shell.page();
    crate::shell::Page {
        channel: None,
        is_ready: false,
        waiting: std::mem::take(&mut page.waiting),
        view: page.view.take(),
        kept: page.kept.take(),
        turn: page.turn,
        is_wanted: page.is_wanted,
    }
}

fn close_requested(app: &AppHandle, api: &tauri::CloseRequestApi) {
    api.prevent_close();
    let closes_to_tray = Shell::of(app).pilot().brief().borrow().preferences.close_to_tray;
    let is_ready = Shell::of(app).page().is_ready;
    match Shell::of(app).tray() {
        Tray::Shown if closes_to_tray => hide(app),
        Tray::Absent | Tray::Unknown if is_ready => drop(AskClose.emit(app)),
        // A page that cannot ask must not keep the person from closing it.
        Tray::Shown | Tray::Absent | Tray::Unknown => quit::quit(app),
    }
}

/// Hides the window, stops sending to it, and gives it up after a while.
fn hide(app: &AppHandle) {
    let Some(window) = app.get_webview_window(LABEL) else { return };
    let _ = window.hide();
    let turn = turn_to(app, false);
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let pilot = Shell::of(&app).pilot().clone();
        let _ = pilot.ask(async |cockpit| cockpit.unwatch().await).await;
        tokio::time::sleep(KEPT_FOR).await;
        on_main(&app, move |app| {
            let is_still_hidden = Shell::of(app).page().turn == turn;
            if is_still_hidden && let Some(window) = app.get_webview_window(LABEL) {
                let fresh = forget_page(app);
                *Shell::of(app).page() = fresh;
                let _ = window.destroy();
                end_network_process(app);
            }
        });
    });
}

/// WebKit keeps a process for the network of pages, of which there are none now: ours load nothing. It starts another one
/// for the next page, as after a crash of it.
#[cfg(target_os = "linux")]
fn end_network_process(app: &AppHandle) {
    let (app, turn) = (app.clone(), Shell::of(app).page().turn);
    tauri::async_runtime::spawn_blocking(move || {
        // The page's own processes end first.
        std::thread::sleep(Duration::from_secs(1));
        if Shell::of(&app).page().turn == turn {
            for pid in children_called("WebKitNetworkPr") {
                let _ = kill_process(pid, Signal::TERM);
            }
        }
    });
}

#[cfg(not(target_os = "linux"))]
fn end_network_process(_app: &AppHandle) {}

/// The processes that this one started and that are called so (Linux keeps the first 15 bytes of a name).
#[cfg(target_os = "linux")]
fn children_called(name: &str) -> Vec<Pid> {
    let own = std::process::id().to_string();
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = processes.filter_map(|process| {
        let stat = std::fs::read_to_string(process.path().join("stat")).ok()?;
        // `PID (NAME) STATE PARENT …`, and a name may hold anything.
        let (head, rest) = stat.rsplit_once(") ")?;
        let is_ours = rest.split(' ').nth(1) == Some(&own) && head.split_once(" (")?.1 == name;
        is_ours.then(|| process.file_name().to_str()?.parse().ok().and_then(Pid::from_raw)).flatten()
    });
    ours.collect()
}

fn present(window: &WebviewWindow) {
    let _ = window.unminimize();
    let _ = window.show();
    let _ = window.set_focus();
}

/// The state goes to the page again that is still there.
fn watch_again(app: &AppHandle) {
    let shell = Shell::of(app);
    let Some(channel) = shell.page().channel.clone() else { return };
    let pilot = shell.pilot().clone();
    tauri::async_runtime::spawn(async move {
        let sink = Box::new(move |state| channel.send(state).is_ok());
        let _ = pilot.ask(async |cockpit| cockpit.watch(sink).await).await;
    });
}

/// Notes whether the window is to be in sight from now on.
fn turn_to(app: &AppHandle, is_wanted: bool) -> u64 {
    let shell = Shell::of(app);
    let mut page = shell.page();
    page.is_wanted = is_wanted;
    page.turn += 1;
    page.turn
}

/// The page's own ground (`--desk` of its tokens), for the moment before it has drawn anything.
fn ground(window: &WebviewWindow) -> Color {
    match window.theme() {
        Ok(tauri::Theme::Dark) => Color(0x12, 0x15, 0x16, 0xff),
        _ => Color(0xe9, 0xe8, 0xe2, 0xff),
    }
}
