//! When something panics: a line in the log without what was in memory, and the end where nothing can go on.

/// Threads without which there is nothing left to do. Should the system's proxy be on, its guard puts it back.
const VITAL: [&str; 2] = ["main", "pilot"];

/// Begins to watch for panics.
pub fn watch() {
    std::panic::set_hook(Box::new(|panic| {
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        // The message may hold anything, a link with its password too: only a developer's build says it, on the terminal.
        tracing::error!(thread, place, "panicked");
        #[cfg(debug_assertions)]
        eprintln!("{panic}");
        if VITAL.contains(&thread) {
            std::process::exit(101);
        }
    }));
}
