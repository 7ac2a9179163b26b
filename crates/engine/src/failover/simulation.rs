//! The board in a thousand worlds.
//!
//! A world is a truth that changes as time goes by: proxies that work, flap, lie, slow down, die and come back, dead
//! targets, outages of the own network, people who choose and edit, connections in bursts and trickles. It is made from a
//! seed and lived through on a virtual clock; the connections dial as the real ones do. A witness who knows the truth
//! holds what the board says and does against the properties of [`witness`].

mod belief;
mod chance;
mod connection;
mod life;
mod plan;
mod witness;
mod world;

use proptest::prelude::*;

use self::life::live;
use self::plan::Plan;
use self::witness::Tally;

#[test]
fn a_thousand_worlds_are_lived_through_without_a_complaint() {
    let mut sum = Tally::default();
    for seed in 0..1000 {
        match live(Plan::of(seed)) {
            Ok(tally) => sum += tally,
            Err(complaint) => panic!("world {seed}: {complaint}"),
        }
    }
    println!("{sum:#?}");
}

proptest! {
    #[test]
    fn any_world_is_lived_through_without_a_complaint(
        seed: u64,
        proxies in 1..=7_usize,
        minutes in 1..=30_u64,
        outages in 0..=3_u64,
        acts in 0..=8_u64,
        connections in 1..=200_usize,
    ) {
        let plan = Plan { seed, proxies, minutes, outages, acts, connections };
        prop_assert!(live(plan).is_ok(), "{}", live(plan).err().unwrap_or_default());
    }
}
