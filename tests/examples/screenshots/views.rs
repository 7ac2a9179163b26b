//! What is looked at, in the order in which somebody new comes to it.

use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use paperwing_tests::screen::{Page, Screen};
use serde_json::json;

use super::world::{LIST, MESSAGE, PORT, Reader, World};

const LANGUAGES: [&str; 2] = ["en", "fa"];
const THEMES: [&str; 2] = ["light", "dark"];

struct Album<'a> {
    screen: &'a Screen,
    page: &'a Page,
    folder: PathBuf,
    only: &'a [String],
}

pub fn draw(folder: &Path, only: &[String]) {
    std::fs::create_dir_all(folder).expect("a folder that can be written to");
    let screen = Screen::start();
    settle(&screen);
    let mut world = World::new();
    let panel = screen.panel();
    let page = screen.page(&[]);
    let album = Album { screen: &screen, page: &page, folder: folder.to_owned(), only };

    album.view("first-run", || page.wait_for(".first"), || ());
    album.view("add", || open_add(&page), || close(&page));
    album.view("by-hand", || by_hand(&page), || close(&page));
    album.view("preview", || paste(&page, MESSAGE), || close(&page));
    practise(&album);

    let list = LIST.join("\n");
    paste(&page, &list);
    album.press("dialog footer button:nth-of-type(2)");
    album.gone("dialog");
    // It speaks the language that it came up in.
    dismiss_toasts(&page);
    album.view("off", || page.wait_for("#big"), || ());

    album.press("#big");
    page.wait_for(".hero.good");
    let mut reader = Reader::new();
    page.core("test", json!({ "ids": null })).expect("there are proxies to test");
    // The chart shows two minutes; some of that makes a picture of it.
    std::thread::sleep(Duration::from_secs(45));
    dismiss_toasts(&page);
    album.view("connected", || page.wait_for(".hero.good"), || ());
    the_list(&album);

    // Oslo goes down in the middle of it, and others take over.
    world.oslo = None;
    page.eventually("others have taken over", || {
        let events = page.core("events", json!({ "after": null })).ok()?;
        events.as_array()?.iter().any(|told| told["event"]["kind"] == "switched").then_some(())
    });
    std::thread::sleep(Duration::from_secs(3));
    album.view("activity", || album.tab(2), || album.tab(1));
    // Some went with Oslo.
    drop(std::mem::replace(&mut reader, Reader::new()));
    page.eventually("pages are open", || {
        (page.core("connections", json!({})).ok()?.as_array()?.len() >= 4).then_some(())
    });
    album.view(
        "connections",
        || {
            album.tab(2);
            album.press(".segments button:nth-child(2)");
            page.wait_for(".connection")
        },
        || {
            album.press(".segments button:nth-child(1)");
            album.tab(1);
        },
    );
    album.view(
        "report",
        || {
            album.tab(2);
            album.press(".bar > .button");
            page.wait_for("pre")
        },
        || {
            close(&page);
            album.tab(1);
        },
    );
    album.view("settings", || album.tab(3), || album.tab(1));
    let to_the_end = "const main = document.querySelector('main'); main.scrollTop = main.scrollHeight; return null;";
    album.view(
        "settings-more",
        || {
            album.tab(3);
            page.run(to_the_end, &[])
        },
        || album.tab(1),
    );
    drop(panel);
    album.tray();
    // Every proxy fails.
    drop(reader);
    world.close();
    let _reader = Reader::new();
    album.tab(1);
    page.wait_for(".hero.stop");
    album.view("blocked", || page.wait_for(".hero.stop"), || ());
    // Another network, where somebody else answers.
    let _portal = world.want_sign_in();
    page.core("try_again", json!({})).expect("there are proxies to try");
    page.wait_for(".hero.doubt");
    album.view("sign-in", || page.wait_for(".hero.doubt"), || ());
}

fn the_list(album: &Album<'_>) {
    let page = album.page;
    let to_the_list = "document.querySelector('.list').scrollIntoView({ block: 'start' }); return null;";
    album.view("list", || page.run(to_the_list, &[]), || ());
    album.view(
        "menu",
        || {
            page.run(to_the_list, &[]);
            album.press("[data-focus=more]");
            page.wait_for("[role=menu]")
        },
        || escape(page),
    );
    album.view(
        "share",
        || {
            share(album, 0);
            page.wait_for("dialog svg, dialog canvas")
        },
        || close(page),
    );
    album.view(
        "share-asks",
        || {
            share(album, 3);
            page.wait_for("dialog .primary")
        },
        || close(page),
    );
}

fn settle(screen: &Screen) {
    let profile = screen.profile();
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&profile).expect("the folder is ours");
    // There is no keyring on that screen.
    std::fs::write(profile.join("settings.toml"), "keyring = \"file\"\n").expect("the folder is ours");
    let preferences = json!({ "version": 1, "port": PORT, "test_page": "http://news.example.org/" });
    std::fs::write(profile.join("preferences.json"), preferences.to_string()).expect("the folder is ours");
}

fn practise(album: &Album<'_>) {
    let page = album.page;
    album.press(".practice .button");
    page.wait_for(".hero.trial");
    album.press("[role=switch]");
    page.eventually("the first is blocked", || {
        let events = page.core("events", json!({ "after": null })).ok()?;
        events.as_array()?.iter().any(|told| told["event"]["kind"] == "switched").then_some(())
    });
    std::thread::sleep(Duration::from_secs(4));
    album.view("practice", || page.wait_for(".hero"), || ());
    album.press("footer .plain");
    page.wait_for(".first");
}

fn open_add(page: &Page) {
    page.run("document.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', ctrlKey: true })); return null;", &[]);
    page.wait_for("#add-text");
}

fn by_hand(page: &Page) {
    open_add(page);
    page.click("dialog li:nth-child(3) .way");
    page.fill("#draft-host", "oslo.example");
    page.fill("#draft-port", "1080");
    page.fill("#draft-name", "Oslo");
}

fn paste(page: &Page, text: &str) {
    page.paste(text);
    page.wait_for("dialog footer .primary");
    page.wait_for(".candidate");
}

fn share(album: &Album<'_>, row: usize) {
    let list = "document.querySelector('.list').scrollIntoView({ block: 'start' });
                const row = document.querySelectorAll('[data-focus=more]')[arguments[0]];
                row?.click(); return row !== undefined;";
    album.page.eventually("that row is drawn", || album.page.run(list, &[json!(row)]).as_bool()?.then_some(()));
    album.press("[role=menu] [role=menuitem]:nth-of-type(3)");
}

fn escape(page: &Page) {
    page.run("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true })); return null;", &[]);
}

fn close(page: &Page) {
    page.wait_for("dialog header button");
    page.run("document.querySelector('dialog header button').click(); return null;", &[]);
    page.eventually("nothing lies over the window", || page.find("dialog").is_none().then_some(()));
}

fn dismiss_toasts(page: &Page) {
    page.eventually("no toast is in sight", || page.find(".toast").is_none().then_some(()));
}

// === impl Album ===

impl Album<'_> {
    /// A picture in each language and theme: `pose` brings the view about, `after` leaves it.
    fn view<T>(&self, name: &str, pose: impl Fn() -> T, after: impl Fn()) {
        if !self.only.is_empty() && !self.only.iter().any(|wanted| wanted == name) {
            return;
        }
        for language in LANGUAGES {
            for theme in THEMES {
                self.dress(language, theme);
                pose();
                // Everything that moves has come to rest.
                self.page.run_async(
                    "const done = arguments[0];
                     document.activeElement?.blur?.();
                     const ending = document.getAnimations().filter((one) => one.effect?.getTiming().iterations !== Infinity);
                     Promise.all(ending.map((one) => one.finished.catch(() => null))).then(() => done(null));",
                    &[],
                );
                self.shoot(&self.folder.join(format!("{name}-{theme}-{language}.png")));
                after();
            }
        }
        println!("{name}");
    }

    /// The page is drawn some time after it says so: two pictures in a row that are the same are of what it shows now.
    fn shoot(&self, path: &Path) {
        let look = || {
            std::thread::sleep(Duration::from_millis(400));
            self.screen.shot_of_window(path);
            std::fs::read(path).expect("the picture was taken")
        };
        let mut last = look();
        // Where traffic is shown no two are the same.
        for _ in 0..4 {
            let next = look();
            if next == last {
                break;
            }
            last = next;
        }
    }

    /// The icon in a panel of a real desktop, beside the window.
    fn tray(&self) {
        if !self.only.is_empty() && !self.only.iter().any(|wanted| wanted == "tray") {
            return;
        }
        self.dress("en", "light");
        let _panel = self.screen.program("xfce4-panel", &["--disable-wm-check"]);
        // Until it has started its plugins, drawn them, and heard of us.
        std::thread::sleep(Duration::from_secs(12));
        self.screen.shot(&self.folder.join("tray.png"));
    }

    fn dress(&self, language: &str, theme: &str) {
        self.tab(3);
        for (setting, value) in [("language", language), ("theme", theme)] {
            self.page.wait_for(&format!("#{setting}"));
            self.page.run(
                "const field = document.getElementById(arguments[0]); field.value = arguments[1];
                 field.dispatchEvent(new Event('change', { bubbles: true })); return null;",
                &[json!(setting), json!(value)],
            );
            self.page.eventually("it is as it was settled", || {
                let look =
                    "return [document.documentElement.lang.slice(0, 2), document.documentElement.dataset.theme];";
                self.page.run(look, &[]).as_array()?.contains(&json!(value)).then_some(())
            });
        }
        self.tab(1);
    }

    fn tab(&self, number: usize) {
        self.press(&format!("nav button:nth-child({number})"));
    }

    /// Clicks without the pointer, which would be in the picture as what it hovers over.
    fn press(&self, css: &str) {
        self.page.wait_for(css);
        self.page.run("document.querySelector(arguments[0]).click(); return null;", &[json!(css)]);
    }

    fn gone(&self, css: &str) {
        self.page.eventually(&format!("{css} is gone"), || self.page.find(css).is_none().then_some(()));
    }
}
