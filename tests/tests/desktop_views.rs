//! What a person sees and does in the window, in the real one: page, core, engine and files.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;

use paperwing_tests::client::{fetch, socks5_request};
use paperwing_tests::desktop::{Desktop, Kind};
use paperwing_tests::net::connect;
use paperwing_tests::origin::WORDS;
use paperwing_tests::process::eventually;
use paperwing_tests::screen::{Page, Screen};
use paperwing_tests::server::Server;
use paperwing_tests::upstream::Microsocks;
use paperwing_tests::{needs, needs_screen};

#[track_caller]
fn assert_accessible(page: &Page) {
    assert_eq!(page.axe(), Vec::<String>::new());
}

#[test]
fn the_first_run_says_three_ways_and_practice_shows_a_switch() {
    needs_screen!();
    let screen = Screen::start();
    let page = screen.page(&[]);
    page.wait_for_text("Add your first proxy");
    for way in ["Paste it here with Ctrl+V", "Drop a file or a picture of a QR code", "Type it in, or give"] {
        page.wait_for_text(way);
    }
    assert_accessible(&page);
    page.press("Try it with practice proxies");
    page.wait_for_text("Connected through Practice 1");
    assert_accessible(&page);
    page.press("Block Practice 1");
    page.wait_for_text("Connected through Practice 2");
    page.view(2);
    page.wait_for_text("Switched to Practice 2");
    assert_accessible(&page);
    page.view(1);
    page.press("Block Practice 2");
    page.wait_for_text("Connected through Practice 3");
    page.press("Block Practice 3");
    page.wait_for_text("All proxies are blocked. Traffic is stopped.");
    page.view(1);
    page.press("End practice");
    page.wait_for_text("Add your first proxy");
    assert!(!screen.profile().join("proxies.json").exists(), "practice leaves nothing");
}

/// Each kind of link to a computer that would notice, the name of its protocol, and what else the preview says.
fn links(at: &str) -> Vec<(String, &'static str, &'static str)> {
    let (host, port) = at.split_once(':').expect("an address");
    let (user, uuid) = ("ann:pass", "00000000-0000-4000-8000-000000000000");
    let secret = "00112233445566778899aabbccddeeff";
    let key = "jNXHt1yRo0vDuchQlIP6Z0ZvjT3KtzVI-T4E7RoLJS0";
    let encoded = |text: &str| format!("socks5%3A%2F%2F{}", text.replace(':', "%3A"));
    vec![
        (format!("tg://socks?server={host}&port={port}&user=ann&pass=word"), "SOCKS5", "with a password"),
        (format!("https://t.me/socks?server={host}&port={port}"), "SOCKS5", ""),
        (format!("tg://proxy?server={host}&port={port}&secret={secret}"), "MTProto", "only Telegram can use this"),
        (format!("socks5://{user}@{at}#Oslo"), "SOCKS5", "Oslo"),
        (format!("socks4a://{at}#Oslo"), "SOCKS4a", "Oslo"),
        (format!("http://{user}@{at}"), "HTTP", "with a password"),
        (format!("https://{user}@{at}"), "HTTPS", "with a password"),
        (at.to_owned(), "SOCKS5", "127.0.0.1:"),
        (format!("ss://YWVzLTI1Ni1nY206cGFzcw@{at}#Oslo"), "Shadowsocks", "Oslo"),
        (format!("trojan://word@{at}?sni=oslo.example#Oslo"), "Trojan", "Oslo"),
        (format!("vless://{uuid}@{at}?security=tls&sni=oslo.example#Oslo"), "VLESS", "Oslo"),
        (format!("vless://{uuid}@{at}?security=tls&type=xhttp&sni=oslo.example#Oslo"), "VLESS", "not supported yet"),
        (
            format!("vless://{uuid}@{at}?security=reality&sni=oslo.example&fp=chrome&pbk={key}&sid=00#Oslo"),
            "VLESS",
            "Oslo",
        ),
        (format!("hysteria2://word@{at}#Oslo"), "Hysteria 2", "not supported yet"),
        (format!("tuic://{uuid}:word@{at}#Oslo"), "TUIC", "not supported yet"),
        (format!("anytls://word@{at}#Oslo"), "AnyTLS", "Oslo"),
        (format!("ssh://{user}@{at}#Oslo"), "SSH", "Oslo"),
        (format!("paperwing://add?link={}", encoded(at)), "SOCKS5", ""),
        (format!("{at}\nnonsense here"), "SOCKS5", "1 entry skipped"),
    ]
}

#[test]
fn every_kind_of_link_is_shown_first_and_neither_contacts_anybody_nor_leaves_anything() {
    needs_screen!();
    let screen = Screen::start();
    let witness = Server::mute();
    let at = witness.address().to_string();
    let page = screen.page(&[]);
    page.wait_for_text("Add your first proxy");
    let before = screen.desktop().home().picture();
    for (link, protocol, says) in links(&at) {
        page.paste(&link);
        page.wait_for("dialog");
        page.wait_for_text("Whoever runs this proxy can see");
        let shown = page.text();
        assert!(shown.contains(protocol) && shown.contains(says), "{link}: {protocol}, {says} in\n{shown}");
        assert!(!shown.contains("ann:pass") && !shown.contains(":word"), "{link}: a password in\n{shown}");
        page.close_with("Cancel");
    }
    // The address of a list is not asked before the person says so.
    for list in
        [format!("paperwing://import?url=http%3A%2F%2F{}%2Flist", at.replace(':', "%3A")), format!("http://{at}/list")]
    {
        page.paste(&list);
        page.wait_for_text("This is the address of a list");
        page.wait_for_text("The address is not encrypted");
        page.close_with("Cancel");
    }
    page.paste("socks5://127.0.0.1:99999");
    page.wait_for(".toast");
    assert_eq!(witness.connections(), 0);
    assert_eq!(screen.desktop().home().picture(), before);
}

#[test]
fn what_was_added_carries_and_activity_tells_of_it_without_saying_too_much() {
    needs_screen!();
    let screen = Screen::start();
    let proxies = screen.give_proxies(&[]);
    let _panel = screen.panel();
    let (mut oslo, riga) = (Microsocks::open(), Microsocks::open());
    let page = screen.page(&[]);
    page.paste(&format!("{}#Oslo\n{}#Riga", oslo.link(), riga.link()));
    page.wait_for_text("2 proxies found");
    assert_accessible(&page);
    page.press("Add and connect");
    page.wait_for_text("Connected through Oslo");
    assert_accessible(&page);
    let port = proxies.port.to_string();
    page.view(2);
    page.wait_for_text(&port);
    let got = fetch(&format!("socks5h://{port}"), &proxies.page.url("/"));
    assert!(got.succeeded().contains(WORDS));

    // A connection that stays open, while somebody looks at it.
    let echo = Server::echo();
    let mut open = connect(proxies.port);
    open.write_all(&socks5_request(echo.address())).expect("it takes what is sent");
    page.press("Connections");
    page.wait_for_text(&echo.address().to_string());
    page.wait_for_text("Oslo");
    assert_accessible(&page);
    drop(open);
    page.wait_for_text("No connection is open.");

    oslo.kill();
    fetch(&format!("socks5h://{port}"), &proxies.page.url("/")).succeeded();
    page.press("Events");
    page.wait_for_text("Switched to Riga");
    page.press("Report…");
    page.wait_for_text("To show to somebody who helps you");
    page.wait_for_text("Switched to proxy 2");
    let report = page.run("return document.querySelector('dialog pre').innerText;", &[]);
    let report = report.as_str().unwrap_or_default();
    assert!(report.contains("proxy 1: SOCKS5") && report.contains("Switched to proxy 2"), "{report}");
    for secret in ["Oslo", "Riga", "127.0.0.1", port.as_str()] {
        assert!(!report.contains(secret), "{secret} in\n{report}");
    }
    assert_accessible(&page);
}

#[test]
fn telegram_is_opened_where_it_is_there_and_else_its_link_is_there_to_be_copied() {
    needs_screen!();
    needs!("xdg-mime", "xdg-open", "gio");
    let screen = Screen::start();
    let proxies = screen.give_proxies(&["Oslo"]);
    let link = format!("tg://socks?server=127.0.0.1&port={}", proxies.port.port());
    let nobody = "No other program on this computer opens Telegram's links.";
    let _panel = screen.panel();
    let page = screen.page(&[]);
    page.click("#big");
    page.wait_for_text("Connected through Oslo");
    page.press("Use in Telegram");
    page.wait_for_text(nobody);
    page.press("Copy");
    page.wait_for_text("Copied.");
    assert_accessible(&page);

    let home = screen.desktop().home();
    let telegram = home.file("telegram", "#!/bin/sh\nprintf %s \"$1\" >\"$HOME/opened\"\n");
    fs::set_permissions(&telegram, fs::Permissions::from_mode(0o755)).expect("ours");
    let folder = home.path().join(".local/share/applications");
    fs::create_dir_all(&folder).expect("ours");
    let entry = format!(
        "[Desktop Entry]\nType=Application\nName=Telegram\nExec={} %u\nMimeType=x-scheme-handler/tg;\n",
        telegram.display()
    );
    fs::write(folder.join("telegram.desktop"), entry).expect("ours");
    screen.desktop().run("xdg-mime", &["default", "telegram.desktop", "x-scheme-handler/tg"]).succeeded();
    page.press("Use in Telegram");
    eventually("Telegram is given the link", || {
        fs::read_to_string(home.path().join("opened")).ok().filter(|opened| *opened == link)
    });

    // Ours, we would only offer the person their own port as a proxy.
    page.core("make_default", serde_json::json!({ "scheme": "tg", "ours": true })).expect("it is ours");
    page.wait_until_gone(nobody);
    page.press("Use in Telegram");
    page.wait_for_text(nobody);
    assert!(page.find("dialog").is_none());
}

#[test]
fn rows_are_moved_by_keys_and_by_hand_removed_brought_back_and_shared() {
    needs_screen!();
    let screen = Screen::start();
    let _proxies = screen.give_proxies(&["Oslo", "Riga", "Turku"]);
    let home = screen.desktop().home();
    home.run(&["import", &format!("{}#Locked", Microsocks::locked().link()), "--keyring", "file", "--yes"]).succeeded();
    let _panel = screen.panel();
    let page = screen.page(&[]);
    page.eventually("the rows are there", || (page.rows().len() == 4).then_some(()));
    assert_accessible(&page);
    let are = |names: [&str; 4]| {
        page.eventually(&format!("the rows are {names:?}"), || (page.rows() == names).then_some(()));
        eventually(&format!("and on disk {names:?}"), || (home.names() == names).then_some(()));
    };
    let press = "const row = [...document.querySelectorAll('[role=row]')].find((one) => one.innerText.includes(arguments[0]));
        const button = row.querySelector('[data-focus=use]'); button.focus();
        button.dispatchEvent(new KeyboardEvent('keydown', { key: arguments[1], altKey: arguments[2], bubbles: true, cancelable: true }));
        return null;";
    page.run(press, &["Oslo".into(), "ArrowDown".into(), true.into()]);
    are(["Riga", "Oslo", "Turku", "Locked"]);
    // By hand: from the first row to below the third.
    page.run(
        "const rows = [...document.querySelectorAll('[role=row]')];
         const at = (row, share) => { const box = row.getBoundingClientRect(); return box.top + box.height * share; };
         const tell = (to, kind, y) => to.dispatchEvent(new PointerEvent(kind, { clientX: 150, clientY: y, button: 0, bubbles: true, pointerType: 'mouse' }));
         tell(rows[0], 'pointerdown', at(rows[0], 0.5));
         tell(window, 'pointermove', at(rows[1], 0.5));
         tell(window, 'pointermove', at(rows[2], 0.9));
         tell(window, 'pointerup', at(rows[2], 0.9));
         return null;",
        &[],
    );
    are(["Oslo", "Turku", "Riga", "Locked"]);
    page.run(press, &["Turku".into(), "Delete".into(), false.into()]);
    page.wait_for_text("Turku was removed.");
    eventually("it is gone from disk", || (home.names() == ["Oslo", "Riga", "Locked"]).then_some(()));
    page.press("Undo");
    are(["Oslo", "Turku", "Riga", "Locked"]);

    // Sharing: a password is not shown before it was asked for.
    for (name, asks) in [("Oslo", false), ("Locked", true)] {
        page.press(&format!("More about {name}"));
        page.press("Share…");
        if asks {
            page.wait_for_text("The link holds the password");
            assert!(page.find("dialog [role=img]").is_none() && !page.text().contains("socks5://"));
            assert_accessible(&page);
            page.press("Show link and QR code");
        }
        page.wait_for_text("socks5://");
        page.wait_for("dialog [role=img]");
        assert_accessible(&page);
        page.close_with("Close");
    }
}

#[test]
fn where_the_new_port_cannot_be_opened_the_systems_proxy_does_not_stay_at_the_old_one() {
    needs_screen!();
    let screen = Screen::start();
    let _proxies = screen.give_proxies(&["Oslo"]);
    let before = screen.desktop().dconf();
    let _panel = screen.panel();
    let page = screen.page(&[]);
    page.click("#big");
    page.wait_for_text("Connected through Oslo");
    page.press("Use for the whole system");
    page.wait_for_text("Programs of this computer go through it.");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let mut settings = page.core("settings", serde_json::json!({})).expect("the settings");
    settings["port"] = taken.local_addr().expect("it is bound").port().into();
    let refused =
        page.core("save_settings", serde_json::json!({ "settings": settings })).expect_err("the port is taken");
    assert_eq!(refused["code"], "portTaken");
    assert_eq!(screen.desktop().dconf(), before);
    page.wait_for_text("That did not work");
}

#[test]
fn where_a_desktop_has_no_setting_the_lines_for_a_shell_follow_the_port() {
    needs_screen!();
    let screen = Screen::of(Desktop::start(Kind::Bare));
    let proxies = screen.give_proxies(&["Oslo"]);
    let _panel = screen.panel();
    let page = screen.page(&[]);
    let names = |port: u64| page.wait_for_text(&format!("ALL_PROXY=socks5h://127.0.0.1:{port} "));
    let port = || page.core("settings", serde_json::json!({})).expect("the settings")["port"].as_u64().expect("a port");
    names(proxies.port.port().into());
    let taken = std::net::TcpListener::bind(proxies.port).expect("it was free a moment ago");
    page.click("#big");
    page.wait_for_text("Use port ");
    page.click("#big");
    page.wait_for_text("Connected through Oslo");
    assert_ne!(port(), u64::from(proxies.port.port()));
    names(port());
    drop(taken);
    let mut settings = page.core("settings", serde_json::json!({})).expect("the settings");
    settings["port"] = proxies.port.port().into();
    page.core("save_settings", serde_json::json!({ "settings": settings })).expect("they are kept");
    names(proxies.port.port().into());
    let got = fetch(&format!("socks5h://{}", proxies.port), &proxies.page.url("/"));
    assert!(got.succeeded().contains(WORDS));
}

#[test]
fn ten_thousand_rows_are_searched_and_few_of_them_are_drawn() {
    needs_screen!();
    let screen = Screen::start();
    let _panel = screen.panel();
    let line = |number: u32| format!("socks5://10.{}.{}.1:1080#Row {number}\n", number / 250, number % 250);
    let lines: Vec<String> = (0..10_000).map(line).collect();
    let list = screen.desktop().home().file("many.txt", lines.concat());
    let page = screen.page(&[list.to_str().expect("a plain name")]);
    page.wait_for_text("10,000 proxies found");
    page.press("Add");
    page.wait_for_text("Your proxies");
    page.wait_for_text("10,000 proxies");
    page.eventually("some rows are drawn", || (!page.rows().is_empty()).then_some(()));
    page.fill("#search", "row 9876");
    page.eventually("the row is found", || (page.rows() == ["Row 9876"]).then_some(()));
    page.fill("#search", "10.39.7.1");
    page.eventually("by its address too", || (page.rows() == ["Row 9757"]).then_some(()));
    page.fill("#search", "row");
    page.wait_for_text("10,000");
    page.eventually("all are there again", || (page.rows().len() > 1).then_some(()));
    let drawn = page.rows().len();
    assert!(drawn < 60, "{drawn} rows are drawn");
    page.run("const main = document.querySelector('main'); main.scrollTop = main.scrollHeight; return null;", &[]);
    page.eventually("the last is drawn", || page.rows().contains(&"Row 9999".to_owned()).then_some(()));
    assert!(page.rows().len() < 60);
}

#[test]
fn languages_and_themes_take_hold_at_once_and_stay() {
    needs_screen!();
    let screen = Screen::start();
    let _panel = screen.panel();
    let settle = |page: &Page, setting: &str, value: &str| {
        page.wait_for(&format!("#{setting}"));
        page.run(
            "const field = document.getElementById(arguments[0]); field.value = arguments[1];
             field.dispatchEvent(new Event('change', { bubbles: true })); return null;",
            &[setting.into(), value.into()],
        );
    };
    let look = |page: &Page| {
        let look = "const { lang, dir, dataset } = document.documentElement; return `${lang} ${dir} ${dataset.theme}`;";
        page.run(look, &[]).as_str().unwrap_or_default().to_owned()
    };
    {
        let page = screen.page(&[]);
        page.view(3);
        settle(&page, "theme", "dark");
        for (language, expected, says) in [
            ("ru", "ru ltr dark", "Настройки"),
            ("zh", "zh-Hans ltr dark", "设置"),
            ("en", "en ltr dark", "Settings"),
            ("fa", "fa rtl dark", "تنظیمات"),
        ] {
            settle(&page, "language", language);
            page.eventually(expected, || (look(&page) == expected).then_some(()));
            page.wait_for_text(says);
            assert_accessible(&page);
        }
    }
    let page = screen.page(&[]);
    page.eventually("it is as it was left", || (look(&page) == "fa rtl dark").then_some(()));
}

#[test]
fn a_damaged_list_is_put_aside_and_said() {
    needs_screen!();
    let screen = Screen::start();
    let _panel = screen.panel();
    let _proxies = screen.give_proxies(&["Oslo"]);
    let file = screen.profile().join("proxies.json");
    let text = fs::read_to_string(&file).expect("the list is there");
    fs::write(&file, &text[..text.len() / 2]).expect("the folder is ours");
    let page = screen.page(&[]);
    page.wait_for_text("The list was damaged and has been put aside.");
    page.wait_for_text("Add your first proxy");
    let kept = fs::read_dir(screen.profile()).expect("it is there").flatten();
    assert!(kept.into_iter().any(|one| fs::read_to_string(one.path()).is_ok_and(|it| it == text[..text.len() / 2])));
}
