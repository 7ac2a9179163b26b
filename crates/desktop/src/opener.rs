//! Which program opens a kind of links. Ours opens `paperwing:`; others only where the person makes it the default.

use paperwing_app::pilot::{AppError, Code, LinkScheme};

/// Kinds of links that we understand and that other programs may want to keep.
pub const SCHEMES: [&str; 6] = ["tg", "ss", "socks", "trojan", "vless", "vmess"];

/// All of them, and whether they are ours.
pub fn schemes() -> Vec<LinkScheme> {
    let shown = |scheme: &&str| LinkScheme { scheme: (*scheme).to_owned(), is_default: of(scheme) == Opener::Ours };
    if here::IS_SUPPORTED { SCHEMES.iter().map(shown).collect() } else { Vec::new() }
}

/// Whom the desktop hands a kind of links to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opener {
    /// This program.
    Ours,
    /// Another one.
    Theirs,
    /// No program.
    Nobody,
    /// It does not say.
    Unknown,
}

/// Whom the desktop hands a kind of links to. Blocks for as long as that takes to answer.
pub fn of(scheme: &str) -> Opener {
    here::opener(scheme)
}

/// Makes a kind of links ours, or no longer.
pub fn make_default(scheme: &str, ours: bool) -> Result<(), AppError> {
    if !SCHEMES.contains(&scheme) {
        return Err(AppError::new(Code::Failed, "there is no such kind of links"));
    }
    let done = if ours { here::take(scheme) } else { here::give_back(scheme) };
    done.map_err(|error| AppError::new(Code::Failed, format!("the desktop did not take the change: {error}")))
}

/// The XDG way: a desktop entry, and `xdg-mime` to point at it.
#[cfg(target_os = "linux")]
mod here {
    use std::fmt::Write as _;
    use std::io;
    use std::process::Command;

    use paperwing_app::{command_word, own_program};

    use super::Opener;

    pub(super) const IS_SUPPORTED: bool = true;
    const ENTRY: &str = "org.paperwing.Paperwing.desktop";

    pub(super) fn opener(scheme: &str) -> Opener {
        let asked = Command::new("xdg-mime").args(["query", "default", &kind(scheme)]).output();
        // Where it found none it says nothing, and may call that a failure.
        match asked.as_ref().map(|answer| String::from_utf8_lossy(&answer.stdout)) {
            Ok(entry) if entry.trim() == ENTRY => Opener::Ours,
            Ok(entry) if entry.trim().is_empty() => Opener::Nobody,
            Ok(_) => Opener::Theirs,
            Err(_) => Opener::Unknown,
        }
    }

    pub(super) fn take(scheme: &str) -> io::Result<()> {
        if !is_installed() {
            write_entry()?;
        }
        let done = Command::new("xdg-mime").args(["default", ENTRY, &kind(scheme)]).status()?;
        if done.success() { Ok(()) } else { Err(io::Error::other("xdg-mime failed")) }
    }

    /// Whoever had it before has it again: the system's own order holds where no default is written down.
    pub(super) fn give_back(scheme: &str) -> io::Result<()> {
        let Some(path) = dirs::config_dir().map(|dir| dir.join("mimeapps.list")) else { return Ok(()) };
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            text => text?,
        };
        let without = without(&text, &kind(scheme));
        if without == text { Ok(()) } else { std::fs::write(path, without) }
    }

    /// The list without our entry for a kind.
    fn without(text: &str, kind: &str) -> String {
        let mut kept = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let Some((key, value)) = line.split_once('=').filter(|(key, _)| key.trim() == kind) else {
                kept.push_str(line);
                continue;
            };
            let others: Vec<_> = value.trim().split(';').filter(|entry| !entry.is_empty() && *entry != ENTRY).collect();
            if !others.is_empty() {
                let _ = writeln!(kept, "{key}={};", others.join(";"));
            }
        }
        kept
    }

    fn kind(scheme: &str) -> String {
        format!("x-scheme-handler/{scheme}")
    }

    fn is_installed() -> bool {
        let system = std::env::var_os("XDG_DATA_DIRS").filter(|dirs| !dirs.is_empty());
        let system = system.unwrap_or_else(|| "/usr/local/share:/usr/share".into());
        let folders = std::env::split_paths(&system).chain(dirs::data_dir());
        folders.map(|folder| folder.join("applications").join(ENTRY)).any(|entry| entry.is_file())
    }

    /// For a program that was not installed by a package.
    fn write_entry() -> io::Result<()> {
        let folder = dirs::data_dir().ok_or(io::ErrorKind::NotFound)?.join("applications");
        std::fs::create_dir_all(&folder)?;
        let program = command_word(&own_program()?.to_string_lossy());
        let entry = format!(
            "[Desktop Entry]\nType=Application\nName=Paperwing\nExec={program} %u\nIcon=org.paperwing.Paperwing\n\
             Terminal=false\nNoDisplay=true\nMimeType=x-scheme-handler/paperwing;\n"
        );
        std::fs::write(folder.join(ENTRY), entry)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn only_our_entry_is_taken_out() {
            let text = "[Default Applications]\ntext/html=firefox.desktop\n\
                        x-scheme-handler/tg=org.paperwing.Paperwing.desktop\n\
                        x-scheme-handler/ss=org.paperwing.Paperwing.desktop;other.desktop;\n";
            let expected = text.replace("x-scheme-handler/tg=org.paperwing.Paperwing.desktop\n", "");
            assert_eq!(without(text, "x-scheme-handler/tg"), expected);
            let expected = text.replace("ss=org.paperwing.Paperwing.desktop;other", "ss=other");
            assert_eq!(without(text, "x-scheme-handler/ss"), expected);
            assert_eq!(without(text, "text/html"), text.replace("firefox.desktop\n", "firefox.desktop;\n"));
        }
    }
}

/// Elsewhere the installer says which links are ours, and the person changes it in the system's settings.
#[cfg(not(target_os = "linux"))]
mod here {
    use std::io;

    use super::Opener;

    pub(super) const IS_SUPPORTED: bool = false;

    pub(super) fn opener(_scheme: &str) -> Opener {
        Opener::Unknown
    }

    pub(super) fn take(_scheme: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn give_back(_scheme: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
