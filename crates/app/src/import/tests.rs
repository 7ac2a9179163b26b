#![allow(clippy::unwrap_used)]

use paperwing_profile::{KeyKind, KeyOptions, OpenMode};

use super::*;

const PLAIN: PlainProtocol = PlainProtocol::Socks5;

fn profile(dir: &Path) -> Profile {
    let keys = KeyOptions::new().kind(Some(KeyKind::File));
    Profile::open(&dir.join("profile"), OpenMode::Command, keys).unwrap().0
}

#[test]
fn what_a_person_typed_is_told_by_its_form() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("list.txt");
    std::fs::write(&file, "socks5://192.0.2.1:1\n").unwrap();
    assert!(matches!(tell(file.to_str().unwrap(), PLAIN), Ok(Source::File(_))));
    assert!(matches!(tell(" tg://socks?server=h.example&port=1 ", PLAIN), Ok(Source::Proxy(_))));
    assert!(matches!(tell("h.example:1080", PLAIN), Ok(Source::Proxy(_))));
    assert!(matches!(tell("https://h.example/list", PLAIN), Ok(Source::Web { trust: Trust::Typed, .. })));
    let deep = "clash://install-config?url=https%3A%2F%2Fh.example%2Flist";
    assert!(matches!(tell(deep, PLAIN), Ok(Source::Web { trust: Trust::Received, .. })));
}

#[test]
fn a_missing_file_and_a_broken_link_are_told_apart() {
    assert!(matches!(tell("no/such/list.txt", PLAIN), Err(Error::File { .. })));
    assert!(matches!(tell("socks5://h.example:99999", PLAIN), Err(Error::Link(_))));
    assert!(matches!(tell("h.example:port", PLAIN), Err(Error::Link(_))));
    assert!(matches!(tell("nonsense", PLAIN), Err(Error::Neither)));
    assert!(tell("list.txt", PLAIN).unwrap_err().to_string().ends_with("there is no such file"));
}

#[test]
fn a_web_page_in_a_file_is_not_said_to_come_from_an_address() {
    let error = understand(b"<!DOCTYPE html><html></html>", "page.html".into(), PLAIN).unwrap_err();
    assert_eq!(error.to_string(), "page.html: this is a web page, not a list");
}

#[test]
fn a_half_good_text_gives_its_good_half_and_the_reasons_for_the_rest() {
    let found =
        understand(b"socks5://192.0.2.1:1#A\nsocks5://192.0.2.1:0\nhttp://192.0.2.2:3\n", "x".into(), PLAIN).unwrap();
    assert_eq!(found.proxies.len(), 2);
    assert_eq!(found.skipped.len(), 1);
    assert_eq!(found.skipped[0].line, 2);
}

#[test]
fn nothing_usable_is_an_error_that_says_why() {
    let error = understand(b"socks5://192.0.2.1:0\n", "list.txt".into(), PLAIN).unwrap_err();
    assert_eq!(error.fault(), crate::Fault::Input);
    let text = error.to_string();
    assert!(text.starts_with("list.txt: no proxy in it") && text.contains("port"), "{text}");
}

#[tokio::test]
async fn the_preview_knows_what_the_list_has_and_adding_it_again_adds_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut profile = profile(dir.path());
    let source = |text: &str| Source::Bytes { bytes: text.as_bytes().to_vec(), from: "x".to_owned() };
    let first = read(source("socks5://192.0.2.1:1#A\nsocks5://u:p@192.0.2.2:1#B"), PLAIN, &profile).await.unwrap();
    add(&mut profile, &first.proxies).unwrap();

    let text =
        "socks5://192.0.2.1:1#C\nsocks5://u:p@192.0.2.2:1\nsocks5://192.0.2.3:1\nvless://id@192.0.2.4:1?type=xhttp";
    let again = read(source(text), PLAIN, &profile).await.unwrap();
    let preview = again.preview(&profile);
    let known: Vec<_> = preview.candidates.iter().map(|candidate| candidate.known.clone()).collect();
    assert_eq!(known, [Known::Yes("A".into()), Known::SameAddress("B".into()), Known::No, Known::No]);
    assert!(matches!(preview.candidates[3].support, Support::NotYet(_)));

    let (new, known) = add(&mut profile, &again.proxies).unwrap();
    assert_eq!(new.iter().map(Entry::address).collect::<Vec<_>>(), ["192.0.2.3:1", "192.0.2.4:1"]);
    assert_eq!(known.iter().map(|entry| entry.name.as_str()).collect::<Vec<_>>(), ["A", "B"]);
}
