//! What the page may ask for: each a word to the pilot, and a few that only a desktop can do.

pub mod adding;
pub mod connection;
pub mod desktop;
pub mod list;
pub mod telling;
pub mod window;
