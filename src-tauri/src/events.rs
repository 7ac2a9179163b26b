//! What the core tells the page besides the state.

use paperwing_app::pilot::Read;
use serde::Serialize;
use specta::Type;
use tauri_specta::Event;

/// Something was handed over (a link, a file, the tray's "Add from clipboard"): show its preview.
#[derive(Clone, Debug, Serialize, Type, Event)]
pub struct PasteLink(pub Read);

/// There is no tray to close to: ask whether to quit.
#[derive(Clone, Debug, Serialize, Type, Event)]
pub struct AskClose;

/// Show a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type, Event)]
pub struct ShowView {
    /// Which.
    pub view: View,
}

/// A view of the window.
#[allow(dead_code, reason = "the page can show them all, whoever asks for one")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type)]
#[serde(rename_all = "camelCase")]
pub enum View {
    /// The first one.
    Main,
    /// Ways to add proxies.
    Add,
    /// What happened.
    Activity,
    /// Settings.
    Settings,
}
