//! What the page is told besides the state.

use paperwing_app::pilot::Read;
use paperwing_app::window::{Passed, View};
use serde::Serialize;
use specta::Type;
use tauri_specta::Event;

/// Something was handed over (a link, a file, the tray's "Add from clipboard"): show its preview.
#[derive(Clone, Debug, Serialize, Type, Event)]
pub struct PasteLink(pub Passed<Read>);

/// There is no tray to close to: ask whether to quit.
#[derive(Clone, Debug, Serialize, Type, Event)]
pub struct AskClose;

/// Show a view.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Type, Event)]
pub struct ShowView {
    /// Which.
    pub view: View,
}
