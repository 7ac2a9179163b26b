//! The commands and events as the page sees them.

use tauri_specta::{Builder, collect_commands, collect_events};

use crate::commands::{adding, connection, desktop, list, telling, window};
use crate::events::{AskClose, PasteLink, ShowView};

/// Everything that crosses over between the page and us.
pub fn builder() -> Builder<tauri::Wry> {
    Builder::new()
        .commands(collect_commands![
            window::watch,
            window::view,
            window::keep_view,
            window::answer_close,
            connection::connect,
            connection::disconnect,
            connection::try_again,
            connection::use_port_and_connect,
            connection::set_system_proxy,
            connection::start_practice,
            connection::block_practice,
            connection::leave_practice,
            list::list,
            list::choose,
            list::reorder,
            list::remove,
            list::undo_remove,
            list::test,
            list::cancel_tests,
            list::draft,
            list::save,
            list::check_draft,
            list::share,
            list::subscriptions,
            list::refresh_subscription,
            list::remove_subscription,
            desktop::read,
            adding::fetch,
            adding::add,
            adding::cancel_read,
            telling::events,
            telling::connections,
            telling::dismiss,
            desktop::unlock,
            desktop::settings,
            desktop::save_settings,
            desktop::about,
            desktop::copy,
            desktop::copy_secret,
            desktop::telegram,
            desktop::open_page,
            desktop::make_default,
            desktop::choose_file,
        ])
        .events(collect_events![PasteLink, AskClose, ShowView])
        .dangerously_cast_bigints_to_number()
        .disable_serde_phases()
}

#[cfg(test)]
mod tests {
    use specta_typescript::Typescript;

    const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/src/lib/bindings.ts");

    /// `UPDATE_BINDINGS=1 cargo test -p paperwing-window` writes them anew.
    #[test]
    fn the_committed_bindings_are_current() {
        let dir = tempfile::tempdir().unwrap();
        let fresh = dir.path().join("bindings.ts");
        let header = "// Made from src-tauri by `scripts/bindings.sh`; not to be changed by hand.\n";
        super::builder().export(Typescript::default().header(header), &fresh).unwrap();
        let fresh = std::fs::read_to_string(fresh).unwrap();
        if std::env::var_os("UPDATE_BINDINGS").is_some() {
            std::fs::create_dir_all(std::path::Path::new(COMMITTED).parent().unwrap()).unwrap();
            std::fs::write(COMMITTED, &fresh).unwrap();
        }
        let committed = std::fs::read_to_string(COMMITTED).unwrap_or_default();
        assert!(committed == fresh, "ui/src/lib/bindings.ts is not what src-tauri says: run scripts/bindings.sh");
    }
}
