//! Keeps links out of the process list.
//!
//! Everybody on a computer may read everybody's command lines, and links hold passwords. So a start with a link begins
//! again at once, as the same process, with the links in a pipe and `@fd:N:I` where they stood. What remains is the
//! first few milliseconds and the shell's history; `-` and `@FILE` avoid those too.

use std::ffi::OsString;

/// What stands in the place of the argument number I that is in the pipe with the file descriptor N.
#[cfg(unix)]
const MARK: &str = "@fd:";

/// The arguments as they were typed. May not return: then the process begins again.
#[cfg(unix)]
pub(crate) fn hidden(args: Vec<OsString>) -> Vec<OsString> {
    if let Some(restored) = restore(&args) {
        return restored;
    }
    let (shown, secrets) = split(&args);
    if !secrets.is_empty() {
        // Where it cannot be done the program is worth more than the concealment.
        let Err(error) = begin_again(&shown, &secrets);
        tracing::debug!(%error, "the links stay on the command line");
    }
    args
}

/// Other systems show command lines to the same user only.
#[cfg(not(unix))]
pub(crate) fn hidden(args: Vec<OsString>) -> Vec<OsString> {
    args
}

/// The arguments with every link replaced by its number, and the links.
#[cfg(unix)]
fn split(args: &[OsString]) -> (Vec<Shown>, Vec<Vec<u8>>) {
    use std::os::unix::ffi::OsStrExt;

    let mut secrets = Vec::new();
    let shown = args.iter().enumerate().map(|(place, arg)| {
        let bytes = arg.as_bytes();
        let value_at = match bytes.iter().position(|byte| *byte == b'=') {
            Some(equals) if bytes.starts_with(b"--") => equals + 1,
            _ => 0,
        };
        if place == 0 || !may_hold_secret(&bytes[value_at..]) {
            return Shown::AsTyped(arg.clone());
        }
        secrets.push(bytes[value_at..].to_vec());
        Shown::Hidden {
            before: OsString::from(std::ffi::OsStr::from_bytes(&bytes[..value_at])),
            number: secrets.len() - 1,
        }
    });
    (shown.collect(), secrets)
}

#[cfg(unix)]
enum Shown {
    AsTyped(OsString),
    Hidden { before: OsString, number: usize },
}

/// Errs on the side of hiding: what is hidden without need is only missing in the process list.
fn may_hold_secret(value: &[u8]) -> bool {
    /// A name or an option is rarely so long without anything but letters and digits; base64 is.
    const LONG: usize = 24;

    let has = |part: &[u8]| value.windows(part.len()).any(|window| window.eq_ignore_ascii_case(part));
    if value.starts_with(b"@") || value.starts_with(b"-") {
        return false;
    }
    let colons = value.split(|byte| *byte == b':').count() - 1;
    let is_code = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=_-".contains(byte);
    has(b"://")
        || has(b"tg:")
        || colons >= 2
        || value.iter().any(|byte| b"@?".contains(byte) || byte.is_ascii_whitespace())
        || value.len() >= LONG && value.iter().all(is_code)
}

/// A text about the arguments with everything that may be a link taken out.
pub(crate) fn without_links(text: &str, args: &[OsString]) -> String {
    let values = args.iter().skip(1).filter_map(|arg| arg.to_str()).map(|arg| match arg.split_once('=') {
        Some((option, value)) if option.starts_with("--") => value,
        _ => arg,
    });
    let links = values.filter(|value| may_hold_secret(value.as_bytes()));
    links.fold(text.to_owned(), |text, link| text.replace(link, "…"))
}

#[cfg(unix)]
fn begin_again(shown: &[Shown], secrets: &[Vec<u8>]) -> std::io::Result<std::convert::Infallible> {
    use std::io::Write;
    use std::os::fd::AsRawFd;
    use std::os::unix::process::CommandExt;

    use rustix::fs::OFlags;

    let program = std::env::current_exe()?;
    let (reader, mut writer) = std::io::pipe()?;
    // Nobody reads yet: what does not fit must be an error, not a wait without end.
    rustix::fs::fcntl_setfl(&writer, OFlags::NONBLOCK)?;
    // NUL cannot be in an argument.
    writer.write_all(&secrets.join(&0))?;
    drop(writer);
    rustix::io::fcntl_setfd(&reader, rustix::io::FdFlags::empty())?;
    let number_of_fd = reader.as_raw_fd();
    let args = shown.iter().skip(1).map(|shown| match shown {
        Shown::AsTyped(arg) => arg.clone(),
        Shown::Hidden { before, number } => {
            let mut arg = before.clone();
            arg.push(format!("{MARK}{number_of_fd}:{number}"));
            arg
        }
    });
    let mut command = std::process::Command::new(program);
    if let Some(Shown::AsTyped(name)) = shown.first() {
        command.arg0(name);
    }
    Err(command.args(args).exec())
}

/// The arguments with the links in their places again, where this is the second beginning.
#[cfg(unix)]
fn restore(args: &[OsString]) -> Option<Vec<OsString>> {
    use std::os::unix::ffi::{OsStrExt, OsStringExt};

    let marks: Vec<_> = args.iter().map(|arg| find_mark(arg.as_bytes())).collect();
    let fd = marks.iter().flatten().map(|mark| mark.fd).next()?;
    let packed = std::fs::read(format!("/dev/fd/{fd}")).ok()?;
    let secrets: Vec<_> = packed.split(|byte| *byte == 0).collect();
    let restored = args.iter().zip(marks).map(|(arg, mark)| match mark {
        Some(mark) => {
            let mut bytes = arg.as_bytes()[..mark.at].to_vec();
            bytes.extend(secrets.get(mark.number).copied().unwrap_or_default());
            OsString::from_vec(bytes)
        }
        None => arg.clone(),
    });
    Some(restored.collect())
}

#[cfg(unix)]
struct Mark {
    at: usize,
    fd: u16,
    number: usize,
}

#[cfg(unix)]
fn find_mark(arg: &[u8]) -> Option<Mark> {
    let text = std::str::from_utf8(arg).ok()?;
    let at = match text.split_once('=') {
        Some((option, _)) if option.starts_with("--") => option.len() + 1,
        _ => 0,
    };
    let (fd, number) = text[at..].strip_prefix(MARK)?.split_once(':')?;
    Some(Mark { at, fd: fd.parse().ok()?, number: number.parse().ok()? })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shown(args: &[&str]) -> Vec<String> {
        let args: Vec<_> = args.iter().map(OsString::from).collect();
        let (shown, _) = split(&args);
        let one = |shown: Shown| match shown {
            Shown::AsTyped(arg) => arg.to_string_lossy().into_owned(),
            Shown::Hidden { before, number } => format!("{}#{number}", before.to_string_lossy()),
        };
        shown.into_iter().map(one).collect()
    }

    #[test]
    fn every_form_of_a_link_is_hidden_and_nothing_else() {
        for link in [
            "socks5://a:b@h:1",
            "tg:socks?server=a&pass=b",
            "t.me/proxy?server=a&secret=b",
            "host:1080:user:pass",
            "user:pass@host:1080",
            "https://example.com/list/token",
            "192.0.2.1 1080 user pass",
            "dXNlcjpwYXNzQGhvc3Q6MTA4MA==",
        ] {
            assert_eq!(shown(&["paperwing", "import", link]), ["paperwing", "import", "#0"], "{link}");
        }
        for plain in ["-", "@links.txt", "list.txt", "Oslo", "127.0.0.1:1080", "--json"] {
            assert_eq!(shown(&["paperwing", "up", plain]), ["paperwing", "up", plain]);
        }
    }

    #[test]
    fn the_option_stays_readable() {
        assert_eq!(
            shown(&["p", "up", "--proxy=socks5://h:1", "--proxy", "ss://x"]),
            ["p", "up", "--proxy=#0", "--proxy", "#1"]
        );
    }

    #[test]
    fn what_is_said_of_the_arguments_holds_no_link() {
        let args = ["p", "up", "--listne", "--proxy=socks5://a:b@h:1"].map(OsString::from);
        let text = "unexpected argument '--listne' near 'socks5://a:b@h:1'";
        assert_eq!(without_links(text, &args), "unexpected argument '--listne' near '…'");
    }

    #[test]
    fn marks_are_found_where_links_stood() {
        let found = |arg: &str| find_mark(arg.as_bytes()).map(|mark| (mark.at, mark.fd, mark.number));
        assert_eq!(found("@fd:3:0"), Some((0, 3, 0)));
        assert_eq!(found("--proxy=@fd:7:12"), Some((8, 7, 12)));
        assert_eq!(found("@links.txt"), None);
        assert_eq!(found("@fd:x:0"), None);
    }
}
