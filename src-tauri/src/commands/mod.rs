//! What the page may ask for: each an order to the program that stays, which does it.

pub mod adding;
pub mod connection;
pub mod desktop;
pub mod list;
pub mod telling;
pub mod window;
