#![allow(clippy::unwrap_used)]

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use paperwing_link::Secret;
use tempfile::TempDir;

use super::*;

fn vault(dir: &TempDir, options: KeyOptions) -> Vault {
    Vault::new(dir.path().to_owned(), options, None)
}

fn by_file() -> KeyOptions {
    KeyOptions::new().kind(Some(KeyKind::File))
}

fn by_passphrase(text: &str) -> KeyOptions {
    KeyOptions::new().passphrase(Some(Secret::new(text)))
}

/// A record whose key was made in `dir`, by a vault that is gone.
fn made(dir: &TempDir, options: KeyOptions) -> (KeyRecord, [u8; 32]) {
    let mut record = None;
    let key = vault(dir, options).key_or_new(&mut record).unwrap();
    (record.unwrap(), *key.bytes())
}

#[test]
fn a_key_file_gives_the_same_key_again_and_nobody_else_may_read_it() {
    let dir = tempfile::tempdir().unwrap();
    let (record, bytes) = made(&dir, by_file());
    assert_eq!(vault(&dir, KeyOptions::new()).key(Some(&record)).unwrap().bytes(), &bytes);
    let path = file::path(dir.path(), record.id.0);
    #[cfg(unix)]
    assert_eq!(std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions()) & 0o777, 0o600);
    assert_eq!(fs::read(path).unwrap(), bytes);
}

#[test]
fn a_lost_key_file_and_another_ones_are_told_apart_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_file());
    let path = file::path(dir.path(), record.id.0);
    fs::write(&path, [7; 32]).unwrap();
    assert!(matches!(vault(&dir, by_file()).key(Some(&record)), Err(SecretError::WrongKey { .. })));
    assert_eq!(fs::read(&path).unwrap(), [7; 32]);
    fs::write(&path, [7; 5]).unwrap();
    assert!(matches!(vault(&dir, by_file()).key(Some(&record)), Err(SecretError::KeyFileLength { bytes: 5, .. })));
    fs::remove_file(&path).unwrap();
    assert!(matches!(vault(&dir, by_file()).key(Some(&record)), Err(SecretError::KeyMissing { .. })));
    assert!(!path.exists());
}

#[test]
fn a_passphrase_opens_what_it_closed_and_another_one_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let (record, bytes) = made(&dir, by_passphrase("correct horse"));
    assert_eq!(record.kind(), KeyKind::Passphrase);
    assert_eq!(vault(&dir, by_passphrase("correct horse")).key(Some(&record)).unwrap().bytes(), &bytes);
    assert_eq!(
        vault(&dir, by_passphrase("battery staple")).key(Some(&record)).unwrap_err(),
        SecretError::PassphraseWrong
    );
    assert_eq!(vault(&dir, KeyOptions::new()).key(Some(&record)).unwrap_err(), SecretError::PassphraseMissing);
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 0);
    let shown = serde_json::to_string(&record).unwrap();
    assert!(!shown.contains("horse") && shown.contains("\"memory_kib\":65536"), "{shown}");
}

#[test]
fn a_person_is_asked_once_and_again_only_when_told_to() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_passphrase("correct horse"));
    let asking = |answer: Option<&'static str>| {
        KeyOptions::new().ask(move |need| {
            assert_eq!(need, PassphraseNeed::Unlock);
            ASKED.fetch_add(1, Ordering::Relaxed);
            answer.map(Secret::new)
        })
    };
    let vault = vault(&dir, asking(None));
    for _ in 0..3 {
        assert_eq!(vault.key(Some(&record)).unwrap_err(), SecretError::PassphraseMissing);
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), 1);
    vault.set_options(asking(Some("correct horse")));
    for _ in 0..3 {
        vault.key(Some(&record)).unwrap();
    }
    assert_eq!(ASKED.load(Ordering::Relaxed), 2);
}

#[test]
fn what_failed_is_asked_for_again_when_a_person_tries_again() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_passphrase("correct horse"));
    // Nobody is there at first.
    let asking =
        KeyOptions::new().ask(|_| (ASKED.fetch_add(1, Ordering::Relaxed) > 0).then(|| Secret::new("correct horse")));
    let vault = vault(&dir, asking);
    for _ in 0..3 {
        assert_eq!(vault.key(Some(&record)).unwrap_err(), SecretError::PassphraseMissing);
    }
    vault.ask_anew();
    vault.key(Some(&record)).unwrap();
}

#[test]
fn a_passphrase_that_opens_nothing_changes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_passphrase("correct horse"));
    let vault = vault(&dir, KeyOptions::new());
    let wrong = vault.unlock(Some(&record), by_passphrase("battery staple"));
    assert_eq!(wrong, Err(SecretError::PassphraseWrong));
    assert_eq!(vault.key(Some(&record)).unwrap_err(), SecretError::PassphraseMissing);
    vault.unlock(Some(&record), by_passphrase("correct horse")).unwrap();
    vault.key(Some(&record)).unwrap();
}

#[test]
fn another_kind_than_the_recorded_one_is_an_error_and_none_asks_nobody() {
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_file());
    let asked = |kind| vault(&dir, KeyOptions::new().kind(Some(kind))).key(Some(&record)).map(|_| ());
    assert_eq!(asked(KeyKind::Os), Err(SecretError::OtherKind { recorded: KeyKind::File, asked: KeyKind::Os }));
    assert_eq!(asked(KeyKind::None), Err(SecretError::Off));
    assert_eq!(asked(KeyKind::File), Ok(()));
}

#[test]
fn a_new_key_goes_where_was_asked_then_to_a_known_passphrase_then_where_the_settings_say() {
    let dir = tempfile::tempdir().unwrap();
    let kind = |options: KeyOptions, preferred| Vault::new(dir.path().to_owned(), options, preferred).state().kind();
    assert_eq!(kind(by_passphrase("x").kind(Some(KeyKind::File)), Some(KeyKind::None)), KeyKind::File);
    assert_eq!(kind(by_passphrase("x"), Some(KeyKind::None)), KeyKind::Passphrase);
    assert_eq!(kind(KeyOptions::new(), Some(KeyKind::None)), KeyKind::None);
    assert_eq!(kind(KeyOptions::new(), None), KeyKind::Os);
}

#[test]
fn a_record_cannot_make_us_spend_a_fortune() {
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_passphrase("correct horse"));
    let mut value = serde_json::to_value(&record).unwrap();
    value["memory_kib"] = u32::MAX.into();
    let record: KeyRecord = serde_json::from_value(value).unwrap();
    let error = vault(&dir, by_passphrase("correct horse")).key(Some(&record)).unwrap_err();
    assert!(matches!(error, SecretError::Damaged { .. }), "{error:?}");
}

#[test]
fn who_mistypes_is_asked_three_times_in_all_and_told_that_it_was_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let (record, _) = made(&dir, by_passphrase("correct horse"));
    let typing = |answers: &'static [&'static str]| {
        let needs = Arc::new(Mutex::new(Vec::new()));
        let asked = Arc::clone(&needs);
        let options = KeyOptions::new().ask(move |need| {
            let mut asked = asked.lock().unwrap();
            asked.push(need);
            answers.get(asked.len() - 1).map(|answer| Secret::new(*answer))
        });
        let key = vault(&dir, options).key(Some(&record)).map(|_| ());
        (key, needs.lock().unwrap().clone())
    };
    let (first, again) = (PassphraseNeed::Unlock, PassphraseNeed::UnlockAgain);
    assert_eq!(typing(&["a", "b", "correct horse"]), (Ok(()), vec![first, again, again]));
    assert_eq!(typing(&["a", "b", "c", "d"]), (Err(SecretError::PassphraseWrong), vec![first, again, again]));
    assert_eq!(typing(&["a"]), (Err(SecretError::PassphraseMissing), vec![first, again]));
}

#[test]
fn an_empty_new_passphrase_is_no_missing_one() {
    let dir = tempfile::tempdir().unwrap();
    let options = KeyOptions::new().kind(Some(KeyKind::Passphrase));
    let why = |options| vault(&dir, options).key_or_new(&mut None).unwrap_err();
    assert_eq!(why(options.clone()), SecretError::PassphraseMissing);
    assert_eq!(why(options.ask(|_| None)), SecretError::PassphraseEmpty);
}
