//! Links and files that somebody hands over: the desktop, a second start, the tray. Each is read and shown; nobody is
//! contacted and nothing is kept before the person says so.

use std::path::{Path, PathBuf};

use clap::Parser;
use paperwing_app::pilot::{AppError, Origin, Read};
use tauri::AppHandle;
use tauri_specta::Event;

use crate::args::Args;
use crate::events::PasteLink;
use crate::shell::Shell;
use crate::{clipboard, window};

/// At most so many things are taken at a time: each opens a preview.
const MOST: usize = 8;

/// Something that was handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Handed(pub Origin);

// === impl Handed ===

impl Handed {
    /// A link or the name of a file, which is looked for from a folder.
    pub fn of(text: &str, from: Option<&Path>) -> Self {
        if let Some(path) = file_of_url(text) {
            return Self(Origin::File { path });
        }
        let path = from.map_or_else(|| PathBuf::from(text), |from| from.join(text));
        if !text.contains("://") && path.exists() {
            return Self(Origin::File { path: path.to_string_lossy().into_owned() });
        }
        Self(Origin::Link { link: text.to_owned() })
    }
}

fn file_of_url(text: &str) -> Option<String> {
    let is_file = text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("file://"));
    let url = is_file.then(|| tauri::Url::parse(text).ok()).flatten()?;
    url.to_file_path().ok().map(|path| path.to_string_lossy().into_owned())
}

/// What a command line hands over.
pub fn of_args(handed: &[String], from: Option<&Path>) -> Vec<Handed> {
    handed.iter().take(MOST).map(|text| Handed::of(text, from)).collect()
}

/// Another start of the program: it hands over what it was started with, and the window comes up.
pub fn second_start(app: &AppHandle, argv: Vec<String>, cwd: &str) {
    let said = match Args::try_parse_from(argv) {
        Ok(said) => said,
        Err(error) => {
            tracing::warn!(kind = ?error.kind(), "a second start was not understood");
            return window::on_main(app, window::show);
        }
    };
    let handed = of_args(&said.handed, Some(Path::new(cwd)));
    if !said.hidden || !handed.is_empty() {
        window::on_main(app, window::show);
    }
    take(app, handed);
}

/// Shows previews of what was handed over.
pub fn take(app: &AppHandle, handed: Vec<Handed>) {
    for Handed(origin) in handed {
        let app = app.clone();
        tauri::async_runtime::spawn(async move {
            let read = Shell::of(&app).pilot().clone().ask(async |cockpit| cockpit.read(origin).await).await;
            tell(&app, read).await;
        });
    }
}

/// Shows a preview of what is on the clipboard: a picture of a QR code, or else text.
pub fn take_clipboard(app: &AppHandle) {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        let read = read_clipboard(&app).await;
        tell(&app, read).await;
        window::on_main(&app, window::show);
    });
}

async fn read_clipboard(app: &AppHandle) -> Result<Read, AppError> {
    let pilot = Shell::of(app).pilot().clone();
    match clipboard::text().await {
        Ok(text) if !text.trim().is_empty() => {
            pilot.ask(async |cockpit| cockpit.read(Origin::Paste { text }).await).await
        }
        _ => {
            let picture = clipboard::picture().await?;
            pilot.ask(async |cockpit| cockpit.read_source(picture).await).await
        }
    }
}

async fn tell(app: &AppHandle, read: Result<Read, AppError>) {
    match read {
        Ok(read) => {
            let ready = {
                let shell = Shell::of(app);
                let mut page = shell.page();
                if !page.is_ready {
                    page.waiting.push(read.clone());
                }
                page.is_ready
            };
            if ready {
                let _ = PasteLink(read).emit(app);
            }
        }
        Err(error) => {
            let pilot = Shell::of(app).pilot().clone();
            let _ = pilot.ask(async |cockpit| cockpit.complain(error.text).await).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_links_and_found_where_the_other_start_was() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("my list.txt");
        std::fs::write(&path, "").unwrap();
        let file = Handed(Origin::File { path: path.to_string_lossy().into_owned() });
        assert_eq!(Handed::of("my list.txt", Some(dir.path())), file);
        assert_eq!(Handed::of(tauri::Url::from_file_path(&path).unwrap().as_str(), None), file);
        for link in ["paperwing://add?link=socks5%3A%2F%2Fh%3A1", "tg:socks?server=h&port=1", "nothing.txt"] {
            assert_eq!(Handed::of(link, Some(dir.path())), Handed(Origin::Link { link: link.to_owned() }));
        }
    }
}
