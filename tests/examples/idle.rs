//! What the desktop application uses while it waits in the tray, and how long its window takes. Prints figures; judges
//! nothing.
//!
//! `cargo build --release -p paperwing-desktop -p paperwing-window -p paperwing-cli && \
//! PAPERWING_DESKTOP_BIN=target/release/paperwing-desktop \
//! cargo run -p paperwing-tests --example idle`

#[cfg(target_os = "linux")]
fn main() {
    figures::print();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("measured on Linux only");
}

#[cfg(target_os = "linux")]
mod figures {
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    use paperwing_tests::screen::{App, Screen};

    /// Longer than the application keeps a window that nobody looks at.
    const UNTIL_GIVEN_UP: Duration = Duration::from_secs(40);
    const MINUTE: Duration = Duration::from_mins(1);

    pub(super) fn print() {
        let screen = Screen::start();
        let _proxies = screen.give_proxies(&["Oslo", "Riga"]);
        let panel = screen.panel();
        let begun = Instant::now();
        let app = screen.app(&[]);
        screen.wait_for_windows(1);
        println!("window in sight after the start: {:.2} s", begun.elapsed().as_secs_f64());
        let item = panel.item();
        item.click("Connect");
        item.wait_for_status("Connected through Oslo");
        sleep(Duration::from_secs(5));
        show("in sight, connected", &app);
        minute("in sight", &app);

        item.activate();
        screen.wait_for_windows(0);
        sleep(Duration::from_secs(2));
        show("hidden, window kept", &app);
        sleep(UNTIL_GIVEN_UP);
        show("hidden, window ended", &app);
        minute("hidden", &app);

        let begun = Instant::now();
        item.activate();
        screen.wait_for_windows(1);
        println!("window in sight again: {:.2} s", begun.elapsed().as_secs_f64());
        item.activate();
        screen.wait_for_windows(0);
        sleep(UNTIL_GIVEN_UP);
        show("hidden once more", &app);
        app.terminate();
        drop(panel);

        let panel = screen.panel();
        let app = screen.app(&["--hidden"]);
        let item = panel.item();
        item.wait_for_status("Paperwing is off");
        sleep(Duration::from_secs(5));
        show("started hidden", &app);
        minute("started hidden", &app);
        app.terminate();
    }

    fn show(what: &str, app: &App) {
        let usage = app.usage();
        let mib = |kib: u64| kib / 1024;
        println!(
            "{what}: resident {} MiB, share {} MiB, private {} MiB",
            mib(usage.resident_kib),
            mib(usage.share_kib),
            mib(usage.private_kib)
        );
        for (name, pid) in usage.processes {
            println!("    {name} ({pid})");
        }
    }

    fn minute(what: &str, app: &App) {
        let before = app.usage();
        sleep(MINUTE);
        let after = app.usage();
        let (ticks, wakes) = (after.ticks - before.ticks, after.wakes.saturating_sub(before.wakes));
        println!("{what}, over a minute: {ticks} ticks of 10 ms, {wakes} times awake");
    }
}
