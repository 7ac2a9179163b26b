//! The tray, clicked over D-Bus as a panel does it.

#![cfg(target_os = "linux")]

use paperwing_tests::desktop::{Desktop, Kind};
use paperwing_tests::net::free_port;
use paperwing_tests::networks::{FAR, FAR_TOO, Networks};
use paperwing_tests::screen::{App, Item, Panel, Screen};
use paperwing_tests::{needs, needs_screen};

/// Somebody with a panel, and the application in it.
fn in_a_panel(words: &[&str]) -> (App, Item, Panel, Screen) {
    let screen = Screen::start();
    let panel = screen.panel();
    let app = screen.app(words);
    let item = panel.item();
    (app, item, panel, screen)
}

#[test]
fn the_menu_has_what_a_person_needs_without_the_window() {
    needs_screen!();
    let (app, item, _panel, screen) = in_a_panel(&["--hidden"]);
    item.wait_for_status("Paperwing is off");
    let menu = item.menu();
    let expected = [
        "Paperwing is off",
        "Connect",
        "Use for the whole system",
        "Proxies",
        "-",
        "Add from clipboard",
        "Open Paperwing",
        "-",
        "Quit",
    ];
    assert_eq!(menu.labels(), expected);
    assert!(!menu.entries[0].is_enabled, "the first line is there to be read");
    assert_eq!(menu.entries[2].is_checked, Some(false));
    assert!(!menu.entries[2].is_enabled, "there is no port to point at");
    assert_eq!(menu.entries[3].labels(), ["Automatic", "-", "Open list"]);
    assert_eq!(screen.windows(), 0, "it was to start without its window");
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn connecting_choosing_and_disconnecting_by_clicks() {
    needs_screen!();
    let screen = Screen::start();
    let proxies = screen.give_proxies(&["Oslo", "Riga"]);
    let panel = screen.panel();
    let app = screen.app(&["--hidden"]);
    let item = panel.item();
    item.click("Connect");
    item.wait_for_status("Connected through Oslo");
    let on = item.icon();
    item.wait_for("the menu names the proxies", |menu| {
        (menu.find("Proxies")?.labels() == ["Automatic", "Oslo", "Riga", "-", "Open list"]).then_some(())
    });
    item.click("Riga");
    item.wait_for_status("Connected through Riga");
    item.wait_until_checked("Riga");
    item.click("Automatic");
    item.wait_until_checked("Automatic");
    item.click("Disconnect");
    item.wait_for_status("Paperwing is off");
    assert_ne!(item.icon(), on, "the icon tells too");
    drop(proxies);
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn the_system_proxy_goes_on_and_off_and_is_put_back_at_the_end() {
    needs_screen!();
    let screen = Screen::start();
    let _proxies = screen.give_proxies(&["Oslo"]);
    let desktop = screen.desktop();
    desktop.gsettings("mode", "'auto'");
    let before = desktop.dconf();
    let panel = screen.panel();
    let app = screen.app(&["--hidden"]);
    let item = panel.item();
    item.connect_the_system("Oslo");
    assert_eq!(desktop.gsetting("org.gnome.system.proxy", "mode"), "'manual'");
    item.click("Use for the whole system");
    item.wait_until_unchecked("Use for the whole system");
    // The mark goes when the change begins.
    paperwing_tests::process::eventually("the setting is the person's again", || {
        (desktop.dconf() == before).then_some(())
    });
    item.click("Use for the whole system");
    item.wait_until_checked("Use for the whole system");
    item.click("Quit");
    let mut app = app;
    assert_eq!(app.wait(), Some(0));
    assert_eq!(desktop.dconf(), before);
}

#[test]
fn three_things_are_notified_and_no_others() {
    needs_screen!();
    let screen = Screen::start();
    let mut proxies = screen.give_proxies(&["Oslo"]);
    let notices = screen.notices();
    let panel = screen.panel();
    let app = screen.app(&["--hidden"]);
    let item = panel.item();
    item.connect_the_system("Oslo");
    assert_eq!(notices.shown(), Vec::<String>::new());
    let on = item.icon();

    proxies.running[0].kill();
    // Whatever asks finds out, once it has asked often enough.
    let port = proxies.port.to_string();
    for _ in 0..3 {
        let _ = paperwing_tests::client::fetch(&format!("socks5h://{port}"), &proxies.page.url("/"));
    }
    item.wait_for_status("All proxies are blocked, traffic is stopped");
    notices.wait_for(&["All proxies are blocked"]);
    assert_ne!(item.icon(), on, "the icon tells too");
    proxies.running[0].restart();
    // A blocked proxy is tried again when somebody wants something.
    paperwing_tests::process::eventually("it carries again", || {
        let got = paperwing_tests::client::fetch(&format!("socks5h://{port}"), &proxies.page.url("/"));
        (got.code == Some(0)).then_some(())
    });
    item.wait_for_status("Connected through Oslo");
    notices.wait_for(&["All proxies are blocked", "Working again"]);
    screen.desktop().gsettings("mode", "'none'");
    notices.wait_for(&["All proxies are blocked", "Working again", "Another program changed the system's proxy"]);
    assert_eq!(screen.desktop().gsetting("org.gnome.system.proxy", "mode"), "'none'", "nobody fights");
    item.click("Disconnect");
    item.wait_for_status("Paperwing is off");
    assert_eq!(app.terminate(), Some(0));
    assert_eq!(notices.shown().len(), 3);
}

#[test]
fn the_icon_is_drawn_at_once_for_the_panel_that_the_person_has() {
    needs_screen!();
    let screen = Screen::start();
    let panel = screen.panel();
    let page = screen.page(&[]);
    let item = panel.item();
    item.wait_for_status("Paperwing is off");
    // The mean of what is drawn, the ground left out.
    let brightness = || {
        let (_, _, pixels) = item.icon();
        let (mut ink, mut light) = (0, 0);
        for pixel in pixels.chunks_exact(4) {
            let [alpha, red, green, blue] = [pixel[0], pixel[1], pixel[2], pixel[3]].map(u32::from);
            ink += alpha;
            light += alpha * (red + green + blue) / 3;
        }
        light / ink
    };
    for (look, range) in [("forDark", 200..=255), ("forLight", 0..=60), ("colour", 100..=170)] {
        let mut settings = page.core("settings", serde_json::json!({})).expect("the settings");
        settings["trayIcon"] = look.into();
        page.core("save_settings", serde_json::json!({ "settings": settings })).expect("they are kept");
        paperwing_tests::process::eventually(&format!("the icon is {look}"), || {
            range.contains(&brightness()).then_some(())
        });
    }
}

#[test]
fn connecting_without_a_network_says_so_and_goes_on_when_it_is_back() {
    needs_screen!();
    needs!("ip", "bash");
    let Some(networks) = Networks::make() else { return };
    // Nobody answers there, which is said at once.
    networks.resolve_by(&format!("nameserver {FAR_TOO}\n"));
    networks.know("127.0.0.1 localhost\n");
    // Its bus can be reached from another network.
    let screen = Screen::of(Desktop::start(Kind::Empty));
    let home = screen.desktop().home();
    let _world = networks.world(home);
    screen.settle(free_port(), &format!("http://{FAR}:8000/page"));
    home.run(&["import", "socks5://oslo.example:1080#Oslo", "--yes"]).succeeded();
    let notices = screen.notices();
    let panel = screen.panel();
    networks.at_home("link set line0 down");
    let app = screen.app_by(&["--hidden"], |command| networks.home(&command));
    let item = panel.item();
    item.click("Connect");
    item.wait_for_status("No internet");
    networks.at_home("link set line0 up");
    networks.at_home("route add default via 10.78.0.1");
    // Names are known a little later than routes.
    std::thread::sleep(std::time::Duration::from_millis(500));
    networks.know(&format!("127.0.0.1 localhost\n{FAR} oslo.example\n"));
    item.wait_for_status("Connected through Oslo");
    assert_eq!(notices.shown(), Vec::<String>::new(), "nothing was blocked");
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn a_left_click_shows_and_hides_the_window() {
    needs_screen!();
    let (app, item, _panel, screen) = in_a_panel(&["--hidden"]);
    item.activate();
    screen.wait_for_windows(1);
    item.activate();
    screen.wait_for_windows(0);
    item.click("Open Paperwing");
    screen.wait_for_windows(1);
    // Closed by its frame it stays in the tray.
    screen.close_window();
    screen.wait_for_windows(0);
    item.wait_for_status("Paperwing is off");
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn a_panel_that_comes_late_gets_the_icon_and_one_that_comes_back_too() {
    needs_screen!();
    let screen = Screen::start();
    let app = screen.app(&["--hidden"]);
    // Without a tray there is a window, whatever was asked for.
    screen.wait_for_windows(1);
    let panel = screen.panel();
    panel.item().wait_for_status("Paperwing is off");
    drop(panel);
    let panel = screen.panel();
    panel.item().wait_for_status("Paperwing is off");
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn a_panel_that_goes_while_the_window_is_closed_leaves_the_window_in_its_place() {
    needs_screen!();
    for words in [&["--hidden"][..], &[]] {
        let (app, item, panel, screen) = in_a_panel(words);
        item.wait_for_status("Paperwing is off");
        if words.is_empty() {
            screen.close_window();
        }
        screen.wait_for_windows(0);
        drop(panel);
        screen.wait_for_windows(1);
        assert_eq!(app.terminate(), Some(0));
    }
}

#[test]
fn a_panel_that_is_restarted_leaves_the_window_closed() {
    needs_screen!();
    let (app, item, panel, screen) = in_a_panel(&["--hidden"]);
    item.wait_for_status("Paperwing is off");
    drop(panel);
    let panel = screen.panel();
    panel.item().wait_for_status("Paperwing is off");
    // Longer than a panel is waited for.
    std::thread::sleep(std::time::Duration::from_secs(12));
    assert_eq!(screen.windows(), 0);
    assert_eq!(app.terminate(), Some(0));
}

#[test]
fn without_a_tray_closing_asks_first_and_then_quits() {
    needs_screen!();
    let screen = Screen::start();
    let page = screen.page(&[]);
    page.run(
        "window.__TAURI_INTERNALS__.invoke('plugin:event|listen', { event: 'ask-close', target: { kind: 'Any' }, \
              handler: window.__TAURI_INTERNALS__.transformCallback(() => { window.wasAsked = true; }) });",
        &[],
    );
    screen.close_window();
    page.eventually("the page is told to ask", || {
        page.run("return window.wasAsked === true;", &[]).as_bool()?.then_some(())
    });
    assert_eq!(screen.windows(), 1, "the window is there until the person answers");
    let pid = page.pid();
    page.core("answer_close", serde_json::json!({ "quit": false })).unwrap();
    assert_eq!(screen.windows(), 1);
    // Later, since the end may come before the answer to a script that asks for it.
    page.run("setTimeout(() => window.__TAURI_INTERNALS__.invoke('answer_close', { quit: true }), 200);", &[]);
    let process = format!("/proc/{pid}");
    paperwing_tests::process::eventually("it ends", || (!std::path::Path::new(&process).exists()).then_some(()));
}
