//! Links and files that somebody hands over: the desktop, a second start, the tray. Each is read and shown; nobody is
//! contacted and nothing is kept before the person says so.

use std::path::{Path, PathBuf};

use clap::Parser;
use paperwing_app::pilot::{AppError, Origin, Pilot, Read};
use paperwing_app::sole::Start;
use url::Url;

use crate::args::Args;
use crate::clipboard;
use crate::desk::{Desk, Happening};

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
    let url = is_file.then(|| Url::parse(text).ok()).flatten()?;
    url.to_file_path().ok().map(|path| path.to_string_lossy().into_owned())
}

/// What a command line hands over.
pub fn of_args(handed: &[String], from: Option<&Path>) -> Vec<Handed> {
    handed.iter().take(MOST).map(|text| Handed::of(text, from)).collect()
}

/// Whether another start of the program wants no window, and what it hands over.
pub fn of_start(start: &Start) -> (bool, Vec<Handed>) {
    match Args::try_parse_from(&start.words) {
        Ok(said) => (said.hidden, of_args(&said.handed, Some(&start.from))),
        Err(error) => {
            tracing::warn!(kind = ?error.kind(), "a second start was not understood");
            (false, Vec::new())
        }
    }
}

/// Has a preview made of what is on the clipboard.
pub fn take_clipboard(desk: &Desk) {
    let (pilot, tell) = (desk.pilot.clone(), desk.tell.clone());
    tokio::spawn(async move {
        let read = read_clipboard(&pilot).await;
        let _ = tell.send(Happening::Handed(read));
    });
}

/// Reads what is on the clipboard: text, or else a picture of a QR code.
pub async fn read_clipboard(pilot: &Pilot) -> Result<Read, AppError> {
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
        assert_eq!(Handed::of(Url::from_file_path(&path).unwrap().as_str(), None), file);
        for link in ["paperwing://add?link=socks5%3A%2F%2Fh%3A1", "tg:socks?server=h&port=1", "nothing.txt"] {
            assert_eq!(Handed::of(link, Some(dir.path())), Handed(Origin::Link { link: link.to_owned() }));
        }
    }
}
