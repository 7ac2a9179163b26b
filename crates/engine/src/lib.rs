//! Carries traffic: one local port that takes SOCKS5, SOCKS4a and HTTP, a list of upstream proxies behind it, and
//! failover between them. Knows no files and no faces.
//!
//! The way of a connection: [`inbound`] reads what a client asks for, [`failover`] finds a proxy that carries it by
//! asking [`upstream`] to connect, and [`relay`] moves the bytes. [`Engine`] wires them.

mod doh;
mod engine;
mod event;
pub mod failover;
mod freeze;
pub mod inbound;
mod live;
mod metered;
mod mtproto;
mod opening;
mod outcome;
pub mod probe;
mod received;
pub mod relay;
mod rewound;
mod snapshot;
mod stall;
mod target;
pub mod upstream;

pub use doh::{BadDohServer, DohServer};
pub use engine::{Config, DEFAULT_PORT, Engine, TelegramPort, Upstream};
pub use event::Event;
pub use inbound::ListenError;
pub use live::Connection;
pub use outcome::{Blame, Cause, Certificate, Failure, Garbage, Local, Stage, TargetFailure};
pub use snapshot::{Choice, Health, ProxyState, Snapshot};
pub use target::{Target, TargetError, TargetHost};
