//! Pictures of every view of the real application, light and dark, in English and in Persian, among made-up proxies.
//! `scripts/screenshots.sh` starts it in a network and with names of its own.
//!
//! `screenshots FOLDER [VIEW...]`

#[cfg(target_os = "linux")]
mod views;
#[cfg(target_os = "linux")]
mod world;

#[cfg(target_os = "linux")]
fn main() {
    let mut words = std::env::args().skip(1);
    // Absolute, for the programs that draw have working folders of their own.
    let folder = words.next().expect("a folder to put the pictures into");
    let folder = std::path::absolute(folder).expect("a working folder");
    let only: Vec<String> = words.collect();
    views::draw(&folder, &only);
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("drawn on Linux only");
}
