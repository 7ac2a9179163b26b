//! What Tauri works out ahead of time: the capability, the configuration, the Windows resources.

use std::path::Path;

fn main() {
    stand_in_for_the_page();
    tauri_build::build();
}

/// Where the page was not built, one that says so, so that the rest can be checked without Node.js. Never in what is given
/// to people.
fn stand_in_for_the_page() {
    let page = Path::new("../ui/dist/index.html");
    println!("cargo:rerun-if-changed=../ui/dist");
    if page.exists() {
        return;
    }
    assert!(std::env::var("PROFILE").is_ok_and(|profile| profile == "debug"), "ui/dist is missing: run scripts/ui.sh");
    std::fs::create_dir_all("../ui/dist").expect("ui/dist can be made");
    std::fs::write(page, "<!doctype html><title>Paperwing</title><p>The page was not built: run scripts/ui.sh.\n")
        .expect("ui/dist can be written");
}
