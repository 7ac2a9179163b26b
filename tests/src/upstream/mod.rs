//! Proxies for Paperwing to go through: real ones, and some of our own that misbehave in a way that real ones only do
//! when they are broken or blocked.

mod dante;
mod microsocks;
mod odd;
mod shadowsocks;
mod shoes;
mod tinyproxy;

pub use dante::Dante;
pub use microsocks::Microsocks;
pub use odd::{Odd, RecordingProxy};
pub use shadowsocks::{SsPlugin, SsServer};
pub use shoes::Shoes;
pub use tinyproxy::{TinyLogin, Tinyproxy};

/// The user name at every proxy that wants one.
pub const USER: &str = "ann";
