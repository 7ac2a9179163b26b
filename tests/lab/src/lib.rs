//! A lab: proxies that get blocked while traffic runs, and what clients see of it.
//!
//! The way of a run: a [`scenario`] names proxies, what becomes of them, and what is to be reached. [`run`] opens a
//! [`world`] with those proxies and the origins behind them, starts the [`forwarder`] in front of it, lets clients
//! come at a steady rate, and changes the proxies' [`mood`] while they do. [`figures`] says what the clients saw of
//! it, [`report`] shows it.

#![cfg(target_os = "linux")]

pub mod certificates;
pub mod client;
pub mod delay;
pub mod figures;
pub mod forwarder;
pub mod goals;
pub mod mood;
pub mod names;
pub mod origin;
pub mod place;
pub mod pool;
pub mod proxy;
pub mod report;
pub mod run;
pub mod sample;
pub mod scenario;
mod shuttle;
pub mod sign;
mod telegram;
pub mod world;
