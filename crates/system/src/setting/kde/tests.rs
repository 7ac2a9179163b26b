#![allow(clippy::unwrap_used)]

use super::super::journal::Journal;
use super::super::undo::Undo;
use super::*;

const MINE: &str =
    "[Proxy Settings][x]\na=1\n\n[Proxy Settings]\nProxyType=2\n# mine\nProxy Config Script=http://w/p.pac\n\n\n[Z]";

fn kde(text: Option<&str>) -> (tempfile::TempDir, Kde) {
    let dir = tempfile::tempdir().unwrap();
    let kde = Kde::at(dir.path().join("kioslaverc"));
    if let Some(text) = text {
        std::fs::write(&kde.file, text).unwrap();
    }
    (dir, kde)
}

fn switch_on(kde: &Kde) -> Journal {
    let point = Point::new("127.0.0.1:1080".parse().unwrap(), ["*.lan".to_owned()]);
    let now = kde.read().unwrap();
    let plan = kde.plan(&point, &now);
    let changes = plan.iter().flat_map(|group| group.changes.clone()).collect();
    let journal = Journal::new(KDE, &point, &now, plan, kde.image(&changes).unwrap());
    kde.write(&changes).unwrap();
    journal
}

#[test]
fn the_file_says_what_kde_expects() {
    let (_dir, kde) = kde(None);
    switch_on(&kde);
    let text = kde.text().unwrap().unwrap();
    assert_eq!(
        text,
        "[Proxy Settings]\nsocksProxy=socks://127.0.0.1 1080\nhttpProxy=http://127.0.0.1 1080\n\
         httpsProxy=http://127.0.0.1 1080\nNoProxyFor=localhost,127.0.0.0/8,::1,*.lan\nProxyType=1\n"
    );
}

#[test]
fn an_untouched_file_comes_back_to_the_byte_and_one_that_was_not_there_goes() {
    for text in [None, Some(""), Some(MINE), Some("[Other]\r\nx=y"), Some("[Proxy Settings]\n\n")] {
        let (_dir, kde) = kde(text);
        let whole = switch_on(&kde).image.unwrap();
        assert!(kde.put_back(&whole.ours, whole.before.as_deref()).unwrap());
        assert_eq!(kde.text().unwrap().as_deref(), text);
    }
}

#[test]
fn in_a_file_that_somebody_changed_only_our_keys_go_back() {
    let (_dir, kde) = kde(Some(MINE));
    let journal = switch_on(&kde);
    let theirs = kde.text().unwrap().unwrap().replace("[Z]", "[Z]\nnew=1").replace("*.lan", "*.home");
    std::fs::write(&kde.file, &theirs).unwrap();
    let whole = journal.image.as_ref().unwrap();
    assert!(!kde.put_back(&whole.ours, whole.before.as_deref()).unwrap());
    let undo = Undo::new(&journal, &kde.read().unwrap());
    assert_eq!(undo.kept, ["NoProxyFor"]);
    kde.write(&undo.changes).unwrap();
    let wanted =
        MINE.replace("[Z]", "[Z]\nnew=1").replace(".pac\n", ".pac\nNoProxyFor=localhost,127.0.0.0/8,::1,*.home\n");
    assert_eq!(kde.text().unwrap().unwrap(), wanted);
}

#[test]
fn a_link_to_the_file_stays_a_link_and_the_files_mode_stays_too() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let real = dir.path().join("real");
    std::fs::write(&real, MINE).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
    let kde = Kde::at(real.clone());
    switch_on(&kde);
    assert_eq!(real.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}
