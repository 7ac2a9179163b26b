//! Proxies for Paperwing to go through: real ones, and some of our own that misbehave in a way that real ones only do
//! when they are broken or blocked.

mod asyncssh;
mod dante;
mod impostor;
mod microsocks;
mod odd;
mod shadowsocks;
mod shoes;
mod sshd;
mod ssserver;
mod tinyproxy;
mod trojan;
mod v2ray;

pub use asyncssh::AsyncSsh;
pub use dante::Dante;
pub use impostor::{Answer, Impostor};
pub use microsocks::Microsocks;
pub use odd::{Odd, RecordingProxy};
pub use shadowsocks::{SsPlugin, SsServer};
pub use shoes::Shoes;
pub use sshd::Sshd;
pub use ssserver::SsServerRust;
pub use tinyproxy::{TinyLogin, Tinyproxy};
pub use trojan::TrojanServer;
pub use v2ray::{USER_ID, V2ray, V2rayLayers};

/// The user name at every proxy that wants one.
pub const USER: &str = "ann";
