//! What the end-to-end tests stand on: Paperwing as a person starts it, real proxies before it, real clients behind it.
//!
//! Everything that is started listens on loopback only, on ports that were free, and is killed by its process id when
//! the value that stands for it is dropped. Waiting has a bound; nothing is measured in time.

#![cfg(target_os = "linux")]

pub mod canary;
pub mod client;
pub mod desktop;
pub mod disk;
pub mod hello;
pub mod keyring;
pub mod net;
pub mod networks;
pub mod origin;
pub mod paperwing;
pub mod pattern;
pub mod process;
pub mod python;
pub mod screen;
pub mod server;
pub mod telegram;
pub mod tls;
pub mod tools;
pub mod trials;
pub mod upstream;

/// Ends a test that cannot run here: `needs!("curl", "microsocks")`. Under `CI=true` that is a failure.
#[macro_export]
macro_rules! needs {
    ($($tool:expr),+ $(,)?) => {
        if let Some(missing) = $crate::tools::missing(&[$($tool),+]) {
            $crate::tools::skip(&missing);
            return;
        }
    };
}
