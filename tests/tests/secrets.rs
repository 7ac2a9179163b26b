//! Passwords and the addresses of lists, in everything that Paperwing says while everything is logged. The harness looks
//! for them after each command; here is what no other test does.
#![cfg(target_os = "linux")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use paperwing_tests::canary::{PASSWORD, assert_silent, assert_silent_in_process_list};
use paperwing_tests::client::fetch;
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::origin::Origin;
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::{Running, eventually};
use paperwing_tests::server::Server;
use paperwing_tests::upstream::{Microsocks, Odd, TinyLogin, Tinyproxy, USER};

/// A home in which every command logs everything.
fn talkative() -> Home {
    Home::new().with_env("PAPERWING_LOG", "trace")
}

#[test]
fn no_command_says_a_password_even_if_everything_is_logged() {
    let home = talkative();
    let port = Server::mute().address().port();
    let link = format!("socks5://{USER}:{PASSWORD}@127.0.0.1:{port}#Oslo");
    for words in [
        &["import", &link, "--keyring", "file", "--yes"][..],
        &["import", &link, "--yes", "-vv"],
        &["list"],
        &["list", "--json"],
        &["test", "-vv"],
        &["link", "parse", &link],
        &["use", "Oslo"],
        &["rename", "Oslo", "Riga"],
        &["share", "Riga", "--qr"],
        &["remove", "Riga"],
    ] {
        home.run(words);
    }
    assert_eq!(home.names(), Vec::<String>::new());
}

#[test]
fn no_mistake_in_typing_makes_a_password_appear() {
    let home = talkative();
    let link = format!("socks5://{USER}:{PASSWORD}@proxy.example:1080");
    let bare = format!("proxy.example:1080:{USER}:{PASSWORD}");
    let (option, wrong_option) = (format!("--proxy={link}"), format!("--proxi={link}"));
    for words in [
        &["import", &format!("socks5://{USER}:{PASSWORD}@proxy.example:99999")][..],
        &["import", &format!("socks5://{USER}:{PASSWORD}@")],
        &["import", &format!("socks9://{USER}:{PASSWORD}@proxy.example:1080")],
        &["import", &format!("http://{USER}:{PASSWORD}%zz@proxy.example:1080")],
        &["import", &format!("ss://{USER}:{PASSWORD}")],
        &["import", &format!("tg://socks?server=&port=x&user={USER}&pass={PASSWORD}")],
        &["import", &format!("trojan://{PASSWORD}@t.example:443?allowInsecure=1")],
        &["import", &format!("vmess://{PASSWORD}")],
        &["import", &format!("{USER}:{PASSWORD}@proxy.example")],
        &["imort", &link],
        &["import", &link, &link],
        &["import", &link, "--sideways"],
        &["import", &bare, "extra"],
        &["import", "--as", &link, "x"],
        &["list", &link],
        &["up", &link],
        &["up", &wrong_option],
        &["up", &option, "--listen", &link],
        &["up", "--listen", &bare],
        &["--profile", &link],
        &["use", &link],
        &["remove", &link],
        &["rename", &bare, &link],
        &["share", &link],
        &["test", &link],
        &["subscription", "add", &format!("https://{USER}:{PASSWORD}@127.0.0.1:1/")],
        &["subscription", "add", &format!("ftp://127.0.0.1/{PASSWORD}")],
        &["subscription", "remove", &link],
        &["completions", &link],
    ] {
        let failed = home.run(words);
        assert!(matches!(failed.code, Some(1 | 2)), "{words:?}: {failed}");
    }
    let text = format!(
        "socks5://{USER}:{PASSWORD}@proxy.example:port\n{USER}:{PASSWORD}@:1\nproxy.example:1:{PASSWORD}:x:y\n"
    );
    home.run_with_input(&["import", "-", "--yes"], text.clone());
    home.run_with_input(&["link", "parse", "--document", "-"], text);
}

#[test]
fn the_address_of_a_list_is_kept_like_a_password() {
    let home = talkative();
    let origin = Origin::serving(format!("socks5://{USER}:{PASSWORD}@proxy.example:1080#Oslo\n"));
    let address = origin.url(&format!("/{PASSWORD}/list"));
    for words in [
        &["subscription", "add", &address, "--keyring", "file", "--yes", "--name", "friends"][..],
        &["subscription", "list"],
        &["subscription", "list", "--json"],
        &["subscription", "refresh", "-vv"],
    ] {
        home.run(words).succeeded();
    }
    assert_eq!(home.names(), ["Oslo"]);
    drop(origin);
    let failed = home.run(&["subscription", "refresh", "-vv"]);
    assert_eq!(failed.code, Some(1), "{failed}");
    assert_eq!(home.names(), ["Oslo"], "no answer is no reason to lose the last list");
    home.run(&["subscription", "remove", "friends"]).succeeded();
    assert_eq!(home.names(), Vec::<String>::new());
}

#[test]
fn the_process_list_shows_no_link_while_a_command_runs() {
    let home = talkative();
    let mute = Server::mute();
    let address = format!("http://{}/{PASSWORD}", mute.address());
    let fetching = Running::start(home.command(&["import", &address, "--keyring", "file", "--yes"]));
    eventually("it asks for the list", || (mute.connections() > 0).then_some(()));
    assert_silent_in_process_list(fetching.pid());
    drop(fetching);
}

#[test]
fn no_refusal_by_any_proxy_makes_a_password_appear() {
    needs!("curl", "microsocks", "tinyproxy");
    let origin = Origin::start();
    let (socks, http) = (Microsocks::locked(), Tinyproxy::start(TinyLogin::Locked));
    let (page, mute, general) = (Odd::web_page(), Odd::mute(), Odd::replies(1));
    let login = format!("{USER}:{PASSWORD}@");
    let with_login = |link: String| link.replacen("://", &format!("://{login}"), 1);
    let mut paperwing = Paperwing::up([
        socks.link_with(USER, "CANARY-wrong"),
        http.link_with(USER, "CANARY-wrong"),
        with_login(page.link()),
        with_login(page.http_link()),
        with_login(general.link()),
        with_login(mute.link()),
    ]);
    for _ in 0..3 {
        fetch(&paperwing.proxy("http"), &origin.url("/"));
    }
    paperwing.next("rejected");
    paperwing.stop();
    assert_eq!(origin.connections(), 0);
}

#[test]
fn only_the_owner_can_read_what_is_on_disk() {
    let home = Home::new();
    let link = format!("socks5://{USER}:{PASSWORD}@proxy.example:1080#Oslo");
    home.run(&["import", &link, "--keyring", "file", "--yes"]).succeeded();
    Setup::in_home(&home).up().stop();
    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&home.profile()), 0o700);
    let files: Vec<_> =
        fs::read_dir(home.profile()).expect("the profile").flatten().map(|entry| entry.path()).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
        // The key opens the passwords; it must not be one of them.
        assert_silent(&file.display().to_string(), &fs::read(&file).expect("ours"));
    }
}
