//! The desktop application on a screen of its own: started as a person starts it, its page driven over WebDriver, its
//! tray clicked as a panel does it.
//!
//! ```text
//! needs_screen!();                                         // skips where Xvfb and the like are missing
//! let screen = Screen::start();                            // Xvfb, openbox, a session bus, a home folder
//! let panel = screen.panel();                              // a panel: only now there is a tray
//! let page = screen.page(&[]);                             // the application, under WebDriver
//! page.click("#add");                                      // any CSS selector; waits until it is there
//! page.wait_for_text("Whoever runs this proxy");           // anywhere on the page, for as long as it takes
//! panel.item().click("Disconnect");                        // an entry of the tray's menu, by its label
//! ```
//!
//! - [`Screen`] is somebody logged in at a screen. Everything that it starts is killed by its process id when it goes.
//! - [`App`] is the application without WebDriver, for what needs no page: signals, second starts, memory.
//! - [`Page`] is the application under WebDriver. Every call waits for what it needs and fails with the page's text.
//!   `screen.page(&["--profile", dir])` takes the same words as the program; the profile is `home/profile` otherwise.
//! - [`Panel`] is a StatusNotifierWatcher, [`Item`] our icon in it with its menu (`com.canonical.dbusmenu`).
//!
//! Calls block, as all of these tests do; time is never measured, only waited for.

mod app;
mod keyring;
mod menu;
mod notices;
mod page;
mod panel;
mod proxies;
mod usage;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use app::App;
pub use menu::Entry;
pub use notices::Notices;
pub use page::Page;
pub use panel::{Item, Panel};
pub use proxies::Proxies;
pub use usage::Usage;

use crate::desktop::{Desktop, Kind};
use crate::process::{Running, eventually, run, tool};

/// The programs that a screen needs.
pub const NEEDED: [&str; 7] =
    ["Xvfb", "openbox", "dbus-run-session", "gsettings", "WebKitWebDriver", "xdotool", "microsocks"];

/// Ends a test that cannot run here.
#[macro_export]
macro_rules! needs_screen {
    () => {
        if let Some(missing) = $crate::tools::missing(&$crate::screen::NEEDED) {
            $crate::tools::skip(&missing);
            return;
        }
        if $crate::screen::binary().is_none() {
            $crate::tools::skip("paperwing-desktop is not built: cargo build -p paperwing-desktop -p paperwing-window");
            return;
        }
    };
}

/// Somebody logged in at a screen.
#[derive(Debug)]
pub struct Screen {
    desktop: Desktop,
    display: String,
    x: Running,
    _windows: Running,
}

// === impl Screen ===

impl Screen {
    /// Logs in somebody new, whose desktop says that it is GNOME.
    pub fn start() -> Self {
        Self::of(Desktop::start(Kind::Gnome))
    }

    /// Puts a screen before somebody who is logged in.
    pub fn of(desktop: Desktop) -> Self {
        let mut x = tool("Xvfb");
        // It chooses a free display and says which.
        x.args(["-displayfd", "1", "-screen", "0", "1280x900x24", "-nolisten", "tcp", "-noreset"]);
        let x = Running::start(x);
        let number = eventually("the screen is there", || x.stdout.text().lines().next()?.trim().parse::<u32>().ok());
        let display = format!(":{number}");
        let mut windows = tool("openbox");
        desktop.dress(&mut windows);
        windows.env("DISPLAY", &display);
        let windows = Running::start(windows);
        Self { desktop, display, x, _windows: windows }
    }

    /// Whoever is logged in.
    pub fn desktop(&self) -> &Desktop {
        &self.desktop
    }

    /// The profile's folder.
    pub fn profile(&self) -> PathBuf {
        self.desktop.home().profile()
    }

    /// Starts the application, with the profile of whoever is logged in.
    pub fn app(&self, words: &[&str]) -> App {
        self.app_by(words, |command| command)
    }

    /// The same, started in a way of the caller's.
    pub fn app_by(&self, words: &[&str], start: impl FnOnce(Command) -> Command) -> App {
        App::start_by(self, words, start)
    }

    /// Starts the application under WebDriver, and waits until its page is there.
    pub fn page(&self, words: &[&str]) -> Page {
        Page::open(self, words)
    }

    /// Starts a panel.
    pub fn panel(&self) -> Panel {
        Panel::start(&self.bus())
    }

    /// Starts what shows notifications.
    pub fn notices(&self) -> Notices {
        Notices::start(&self.bus())
    }

    /// The session bus.
    pub fn bus(&self) -> String {
        self.desktop.home().env("DBUS_SESSION_BUS_ADDRESS").expect("whoever is logged in has a bus")
    }

    /// How many windows of ours are in sight.
    pub fn windows(&self) -> usize {
        let mut command = tool("xdotool");
        command.args(["search", "--onlyvisible", "--name", "^Paperwing$"]);
        self.dress(&mut command);
        String::from_utf8_lossy(&run(command).stdout).lines().count()
    }

    /// Waits until so many windows of ours are in sight.
    pub fn wait_for_windows(&self, count: usize) {
        eventually(&format!("{count} windows are in sight"), || (self.windows() == count).then_some(()));
    }

    /// Presses a key combination in whatever has the focus, as `ctrl+v`.
    pub fn press(&self, keys: &str) {
        let mut command = tool("xdotool");
        command.args(["key", keys]);
        self.dress(&mut command);
        run(command).succeeded();
    }

    /// Closes our window as its frame's button does.
    pub fn close_window(&self) {
        self.wait_for_windows(1);
        let mut command = tool("xdotool");
        command.args(["search", "--onlyvisible", "--name", "^Paperwing$", "windowactivate", "--sync"]);
        self.dress(&mut command);
        run(command).succeeded();
        // Not xdotool's `windowclose`, which destroys without a question: the key that openbox binds.
        self.press("alt+F4");
    }

    /// A picture of the whole screen.
    pub fn shot(&self, path: &Path) {
        let mut command = tool("import");
        command.args(["-window", "root"]).arg(path);
        self.dress(&mut command);
        run(command).succeeded();
    }

    /// A picture of our window, without its frame and with the pointer elsewhere. WebKit's driver could take one too, but
    /// never answers where the graphics card is left out.
    pub fn shot_of_window(&self, path: &Path) {
        let mut command = tool("xdotool");
        command.args(["mousemove", "1279", "899", "search", "--onlyvisible", "--name", "^Paperwing$"]);
        self.dress(&mut command);
        let window = run(command).succeeded();
        let mut command = tool("import");
        command.args(["-window", window.lines().next().expect("a window in sight")]).arg(path);
        self.dress(&mut command);
        run(command).succeeded();
    }

    /// Starts another program on this screen.
    pub fn program(&self, program: &str, words: &[&str]) -> Running {
        let mut command = tool(program);
        command.args(words);
        self.dress(&mut command);
        Running::start(command)
    }

    /// The screen goes, as at a session's end: whoever draws on it is cut off.
    pub fn lose_screen(&mut self) {
        self.x.kill();
    }

    /// The bus goes, as at a session's end.
    pub fn lose_bus(&mut self) {
        self.desktop.lose_bus();
    }

    fn dress(&self, command: &mut Command) {
        self.desktop.dress(command);
        // No accessibility bus, and no graphics card.
        command.env("DISPLAY", &self.display).env("NO_AT_BRIDGE", "1").env("LIBGL_ALWAYS_SOFTWARE", "1");
        command.env("WEBKIT_DISABLE_DMABUF_RENDERER", "1");
    }
}

/// The application under test: `PAPERWING_DESKTOP_BIN`, or what `cargo build` made in the workspace.
pub fn binary() -> Option<PathBuf> {
    let named = std::env::var_os("PAPERWING_DESKTOP_BIN").map(PathBuf::from);
    let beside = || crate::disk::binary().with_file_name("paperwing-desktop");
    Some(named.unwrap_or_else(beside)).filter(|path| path.is_file())
}
