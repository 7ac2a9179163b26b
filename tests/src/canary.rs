//! A password that must not appear anywhere: every proxy here that wants one wants this one, so every test that has a
//! proxy with a password looks for it in what Paperwing wrote.

use std::fs;
use std::path::Path;

/// The password at every proxy that wants one.
pub const PASSWORD: &str = "CANARY-a3f9c71e-sings";
/// What all secrets of the tests begin with.
const MARK: &str = "CANARY-";
/// How HTTP sends "ann:CANAR": whole groups of base64, whatever comes after.
const MARK_IN_BASE64: &str = "YW5uOkNBTkFS";

/// Fails if a secret stands in the text.
#[track_caller]
pub fn assert_silent(place: &str, text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    let singing: Vec<&str> = text.lines().filter(|line| line.contains(MARK) || line.contains(MARK_IN_BASE64)).collect();
    assert!(singing.is_empty(), "a secret stands in {place}: {singing:#?}");
}

/// Fails if a secret stands in a file below a folder.
#[track_caller]
pub fn assert_silent_on_disk(dir: &Path) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            assert_silent_on_disk(&path);
        } else if let Ok(bytes) = fs::read(&path) {
            assert_silent(&path.display().to_string(), &bytes);
        }
    }
}

/// Fails if a secret stands on the command line of a process.
#[track_caller]
pub fn assert_silent_in_process_list(pid: u32) {
    let shown = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(!shown.is_empty(), "process {pid} is not there to be looked at");
    assert_silent("the process list", &shown);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "a secret stands in the log")]
    fn a_secret_is_found() {
        assert_silent("the log", format!("a line\nwith {PASSWORD} in it").as_bytes());
    }

    #[test]
    #[should_panic(expected = "a secret stands in a header")]
    fn a_secret_is_found_in_base64() {
        assert_silent("a header", b"Basic YW5uOkNBTkFSWS1hM2Y5YzcxZS1zaW5ncw==");
    }

    #[test]
    fn other_words_are_no_secret() {
        assert_silent("the log", b"a canary in a cage");
    }
}
