//! What is started when the person logs in: entries of ours, added and removed.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// An entry of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name among all entries: letters, digits, `-`.
    pub id: &'static str,
    /// What people see in their desktop's list of such entries.
    pub name: &'static str,
    /// What is started: a program of ours.
    pub program: PathBuf,
    /// What it is told.
    pub arguments: Vec<OsString>,
}

/// This program as a later login finds it.
pub fn own_program() -> io::Result<PathBuf> {
    // What an AppImage holds is mounted somewhere else each time; the variable names the image itself.
    match std::env::var_os("APPIMAGE") {
        Some(image) if Path::new(&image).is_absolute() => Ok(image.into()),
        _ => std::env::current_exe(),
    }
}

impl Entry {
    /// Adds it, or makes it as it should be.
    pub fn add(&self) -> io::Result<()> {
        here::add(self)
    }
}

/// Removes the entry with this name; does nothing where there is none.
pub fn remove(id: &str) -> io::Result<()> {
    here::remove(id)
}

/// Whether there is an entry with this name.
pub fn is_there(id: &str) -> bool {
    here::is_there(id)
}

#[cfg(all(unix, not(target_os = "macos")))]
pub use self::here::command_word;

/// The XDG autostart specification: a desktop file in a folder.
#[cfg(all(unix, not(target_os = "macos")))]
mod here {
    use super::{Entry, OsString, PathBuf, io};
    use crate::disk;

    pub(super) fn add(entry: &Entry) -> io::Result<()> {
        let path = path(entry.id)?;
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        disk::replace(&path, text(entry).as_bytes())
    }

    pub(super) fn remove(id: &str) -> io::Result<()> {
        let path = path(id)?;
        disk::remove_leftover(&path);
        disk::remove(&path)
    }

    pub(super) fn is_there(id: &str) -> bool {
        path(id).is_ok_and(|path| path.is_file())
    }

    fn path(id: &str) -> io::Result<PathBuf> {
        let config = dirs::config_dir().ok_or(io::ErrorKind::NotFound)?;
        Ok(config.join("autostart").join(format!("{id}.desktop")))
    }

    fn text(entry: &Entry) -> String {
        let words = std::iter::once(entry.program.as_os_str()).chain(entry.arguments.iter().map(OsString::as_os_str));
        let words: Vec<_> = words.map(|word| command_word(&word.to_string_lossy())).collect();
        // Where the program was removed meanwhile, a login says nothing of it.
        format!(
            "[Desktop Entry]\nType=Application\nName={}\nTryExec={}\nExec={}\nTerminal=false\n\
             X-GNOME-Autostart-enabled=true\n",
            entry.name,
            escaped(&entry.program.to_string_lossy()),
            words.join(" ")
        )
    }

    /// A path as a value of its own, with the escapes of strings and nothing else.
    fn escaped(path: &str) -> String {
        path.replace('\\', "\\\\").replace('\n', "\\n")
    }

    /// One word of a desktop entry's `Exec`, as the desktop entry specification wants it, with the escapes of its strings around.
    /// What needs no quotation marks gets none: xdg-utils before 1.2 look for a program with that name, marks and all, and
    /// pass the entry over.
    pub fn command_word(word: &str) -> String {
        let is_plain = |character: char| character.is_alphanumeric() || "/._-+:@".contains(character);
        if !word.is_empty() && word.chars().all(is_plain) {
            return word.to_owned();
        }
        let mut quoted = String::from('"');
        for character in word.chars() {
            match character {
                '"' | '`' | '$' => quoted.extend(["\\\\", character.encode_utf8(&mut [0; 4])]),
                '\\' => quoted.push_str("\\\\\\\\"),
                '%' => quoted.push_str("%%"),
                '\n' => quoted.push_str("\\n"),
                it => quoted.push(it),
            }
        }
        quoted.push('"');
        quoted
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_program_in_a_strange_folder_is_quoted() {
            let program = PathBuf::from("/home/a b/50%/\"x\"/$y/\\z");
            let entry = Entry { id: "x", name: "X", program, arguments: vec!["--hidden".into()] };
            let text = text(&entry);
            let exec = text.lines().find_map(|line| line.strip_prefix("Exec="));
            assert_eq!(exec, Some(r#""/home/a b/50%%/\\"x\\"/\\$y/\\\\z" --hidden"#));
            let tried = text.lines().find_map(|line| line.strip_prefix("TryExec="));
            assert_eq!(tried, Some(r#"/home/a b/50%/"x"/$y/\\z"#));
        }
    }
}

/// A launch agent of the person's.
#[cfg(target_os = "macos")]
mod here {
    use std::fmt::Write;

    use super::{Entry, OsString, PathBuf, io};
    use crate::disk;

    pub(super) fn add(entry: &Entry) -> io::Result<()> {
        let path = path(entry.id)?;
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        disk::replace(&path, text(entry).as_bytes())
    }

    pub(super) fn remove(id: &str) -> io::Result<()> {
        let path = path(id)?;
        disk::remove_leftover(&path);
        disk::remove(&path)
    }

    pub(super) fn is_there(id: &str) -> bool {
        path(id).is_ok_and(|path| path.is_file())
    }

    fn path(id: &str) -> io::Result<PathBuf> {
        let home = dirs::home_dir().ok_or(io::ErrorKind::NotFound)?;
        Ok(home.join("Library/LaunchAgents").join(format!("{id}.plist")))
    }

    fn text(entry: &Entry) -> String {
        let words = std::iter::once(entry.program.as_os_str()).chain(entry.arguments.iter().map(OsString::as_os_str));
        let mut arguments = String::new();
        for word in words {
            // Writing to a text cannot fail.
            let _ = writeln!(arguments, "    <string>{}</string>", escaped(&word.to_string_lossy()));
        }
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE plist PUBLIC \"-//Apple//DTD PLIST 1.0//EN\" \
             \"http://www.apple.com/DTDs/PropertyList-1.0.dtd\">\n<plist version=\"1.0\">\n<dict>\n  <key>Label</key>\n  \
             <string>{}</string>\n  <key>ProgramArguments</key>\n  <array>\n{arguments}  </array>\n  \
             <key>RunAtLoad</key>\n  <true/>\n</dict>\n</plist>\n",
            escaped(entry.id)
        )
    }

    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
    }
}

/// A value of the person's `Run` key.
#[cfg(windows)]
mod here {
    use windows_registry::CURRENT_USER;

    use super::{Entry, OsString, io};

    const RUN: &str = r"Software\Microsoft\Windows\CurrentVersion\Run";

    pub(super) fn add(entry: &Entry) -> io::Result<()> {
        let words = std::iter::once(entry.program.as_os_str()).chain(entry.arguments.iter().map(OsString::as_os_str));
        let words: Vec<_> = words.map(|word| quoted(&word.to_string_lossy())).collect();
        CURRENT_USER.create(RUN)?.set_string(entry.id, words.join(" "))?;
        Ok(())
    }

    /// One word of a command line. Names of files hold no quotation marks; a backslash before the last one would take it away.
    fn quoted(word: &str) -> String {
        let ends = word.len() - word.trim_end_matches('\\').len();
        format!("\"{word}{}\"", "\\".repeat(ends))
    }

    pub(super) fn remove(id: &str) -> io::Result<()> {
        if is_there(id) {
            CURRENT_USER.create(RUN)?.remove_value(id)?;
        }
        Ok(())
    }

    pub(super) fn is_there(id: &str) -> bool {
        CURRENT_USER.open(RUN).is_ok_and(|key| key.get_string(id).is_ok())
    }
}
