//! What a running session says of itself to other processes of the same person: how things stand and what happened.
//!
//! Asked for over a Unix socket, or a named pipe on Windows; never over TCP, where a web page could ask too. Nothing
//! wakes while nobody asks, and nothing that is told here is ever written to disk.
//!
//! One connection is one question. The asker sends one line of JSON, at most `wire::MOST_REQUEST` bytes long:
//! `{"version":1,"ask":{"status":{"detail":"summary"}}}` or `{"version":1,"ask":{"events":{"last":50,"then":"end"}}}`. It gets
//! lines of JSON, of which the last is `"end"` or `{"error":…}`, unless it follows events as they happen. The form of
//! these lines is a matter between programs of one `wire::VERSION`; what people's programs may rely on is `--json`.

pub(crate) mod book;
pub(crate) mod client;
pub(crate) mod server;
mod status;
pub(crate) mod wire;

pub use book::{MOST_KEPT, Told};
pub use client::{AskError, Heard, Listening, events, status, telegram};
pub use status::{Carried, ProxyStatus, Status};
pub use wire::{Detail, Then};

#[cfg(test)]
mod tests;
