//! Chance: for order and rhythm, never for secrets.

use paperwing_engine::failover::Dice;

/// Numbers from 0 to just below 1 for the engine's jitter (xorshift64*, Vigna 2016, seeded by the operating system).
pub(crate) fn dice() -> Dice {
    let mut state = seed() | 1;
    Box::new(move || {
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        let bits = (state.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 32) as u32;
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    })
}

/// A number from 0 to `most`.
pub(crate) fn up_to(most: u32) -> u32 {
    let wide = u64::from(most) + 1;
    u32::try_from(seed() % wide).unwrap_or(most)
}

/// In an order that could not be told beforehand (Fisher and Yates).
pub(crate) fn shuffle<T>(items: &mut [T]) {
    for last in (1..items.len()).rev() {
        let other = up_to(u32::try_from(last).unwrap_or(u32::MAX));
        items.swap(last, other as usize);
    }
}

/// The clock where the operating system has no random numbers: a rhythm that can be guessed is better than no start.
pub(crate) fn seed() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(1, |since| u64::from(since.subsec_nanos()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shuffling_loses_nothing() {
        let mut items: Vec<u32> = (0..100).collect();
        shuffle(&mut items);
        items.sort_unstable();
        assert_eq!(items, (0..100).collect::<Vec<_>>());
    }

    #[test]
    fn dice_stay_between_0_and_1_and_move() {
        let mut dice = dice();
        let thrown: Vec<f64> = (0..1000).map(|_| dice()).collect();
        assert!(thrown.iter().all(|number| (0.0..1.0).contains(number)));
        assert!(thrown.iter().any(|number| *number < 0.1) && thrown.iter().any(|number| *number > 0.9));
    }
}
