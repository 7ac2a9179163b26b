//! Finds a proxy that carries a connection, and learns from every attempt.
//!
//! [`Board`] holds what is known and decides; it is pure. [`Dialer`] makes the attempts and tells the board how they
//! ended.

mod attempt;
mod board;
mod candidates;
mod datagrams;
mod dialer;
mod dialing;
mod drought;
mod elsewhere;
mod memory;
mod network;
mod observe;
mod pick;
mod portal;
mod rules;
#[cfg(test)]
mod simulation;
mod standing;
mod usual;
mod warm;

pub use board::{Board, Candidate, Dial, Dice, Entrant, Footing, NetworkIs};
pub(crate) use datagrams::{NoWay, Way};
pub use dialer::{Carried, Dialer, Refusal};
pub use memory::{Memory, Remembered};
pub use rules::Rules;
