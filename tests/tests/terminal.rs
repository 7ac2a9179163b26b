//! Somebody sits at the keyboard: questions are asked once, and only a yes adds anything.
#![cfg(target_os = "linux")]

use std::io::Write;

use paperwing_tests::canary::{PASSWORD, assert_silent, assert_silent_on_disk};
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::process::{Finished, Running, eventually};

const LINK: &str = "socks5://ann:CANARY-a3f9c71e-sings@proxy.example:1080#Oslo";
const PASSPHRASE: &str = "CANARY-typed";

/// Types each answer once its question stands on the screen.
fn converse(home: &Home, words: &[&str], answers: &[(&str, &str)]) -> Finished {
    let (running, mut keyboard) = Running::start_with_input(home.command_at_terminal(words));
    let mut read = 0;
    for (question, answer) in answers {
        read = eventually(question, || {
            let screen = running.stdout.text();
            screen[read..].find(question).map(|at| read + at + question.len())
        });
        keyboard.write_all(format!("{answer}\n").as_bytes()).expect("the terminal is open");
    }
    let finished = running.finish();
    drop(keyboard);
    assert_silent("the screen", &finished.stdout);
    assert_silent_on_disk(&home.profile());
    finished
}

#[test]
fn a_yes_adds_and_anything_else_does_not() {
    needs!("script");
    let home = Home::new();
    for answer in ["n", "", "maybe"] {
        let shown = converse(&home, &["import", LINK, "--keyring", "file"], &[("[y/N]", answer)]);
        assert_eq!(shown.code, Some(1), "{shown}");
        assert!(shown.text().contains("Oslo") && shown.text().contains("proxy.example:1080"), "{shown}");
        assert_eq!(home.names(), Vec::<String>::new());
    }
    converse(&home, &["import", LINK, "--keyring", "file"], &[("[y/N]", "y")]).succeeded();
    assert_eq!(home.names(), ["Oslo"]);
}

#[test]
fn without_a_keyring_one_question_finds_another_place_for_the_key() {
    needs!("script");
    let nobody = Home::new();
    let shown = converse(&nobody, &["import", LINK, "--yes"], &[("Where should the key be kept?", "")]);
    assert_eq!(shown.code, Some(1), "{shown}");
    assert_eq!(nobody.names(), Vec::<String>::new());

    let file = Home::new();
    converse(&file, &["import", LINK, "--yes"], &[("Where should the key be kept?", "2")]).succeeded();
    assert_eq!(file.names(), ["Oslo"]);
    assert!(file.run_openly(&["share", "Oslo"]).succeeded().contains(PASSWORD), "nothing is asked again");

    let phrase = Home::new();
    let twice = [("Where should the key be kept?", "1"), (": ", PASSPHRASE), (": ", PASSPHRASE)];
    converse(&phrase, &["import", LINK, "--yes"], &twice).succeeded();
    assert!(phrase.run(&["share", "Oslo"]).failed_with(1).contains("passphrase"));
    let told = phrase.clone().with_env("PAPERWING_PASSPHRASE", PASSPHRASE);
    assert!(told.run_openly(&["share", "Oslo"]).succeeded().contains(PASSWORD));
    // Drawn, not spelt out: the screen is looked at for passwords.
    converse(&phrase, &["share", "Oslo", "--qr"], &[(": ", PASSPHRASE)]).succeeded();
    let slip = [(": ", "CANARY-guess"), ("That one is wrong. Passphrase of your proxy list: ", PASSPHRASE)];
    converse(&phrase, &["share", "Oslo", "--qr"], &slip).succeeded();
    let wrong = converse(&phrase, &["share", "Oslo", "--qr"], &[(": ", "CANARY-guess"); 3]);
    assert_eq!(wrong.code, Some(1), "{wrong}");
}

#[test]
fn the_list_asks_nobody_for_a_passphrase() {
    needs!("script");
    let told = Home::new().with_env("PAPERWING_PASSPHRASE", PASSPHRASE);
    let link = format!("trojan://{PASSWORD}@proxy.example:443?type=grpc#Oslo");
    told.run(&["import", &link, "--yes"]).succeeded();
    assert!(converse(&told, &["list"], &[]).succeeded().contains("not supported yet: Trojan over gRPC"));
    let untold = told.clone().with_env("PAPERWING_PASSPHRASE", "");
    let shown = converse(&untold, &["list"], &[]).succeeded();
    assert!(shown.contains("Oslo") && shown.contains("`paperwing test` asks for"), "{shown}");
}

#[test]
fn colours_are_for_terminals_only() {
    needs!("script");
    let home = Home::new();
    home.run(&["import", "socks5://o.example:1080#Oslo", "--yes"]).succeeded();
    let escape = '\u{1b}';
    assert!(converse(&home, &["list"], &[]).text().contains(escape));
    assert!(!home.run(&["list"]).text().contains(escape));
    assert!(home.run(&["list", "--color", "always"]).text().contains(escape));
    let plain = home.clone().with_env("NO_COLOR", "1");
    assert!(!converse(&plain, &["list"], &[]).text().contains(escape));
}

#[test]
fn a_name_cannot_write_on_the_terminal() {
    let home = Home::new();
    let link = "socks5://o.example:1080#Os%1B%5B31mlo%07%E2%80%AE%0Aforged";
    home.run(&["import", link, "--yes"]).succeeded();
    for words in [&["list"][..], &["list", "--json"], &["test", "--json", "--page", "http://127.0.0.1:1/"]] {
        let said = home.run(words);
        let all = said.text() + &said.stderr;
        assert!(!all.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{all:?}");
    }
    assert_eq!(home.names().len(), 1);
}
