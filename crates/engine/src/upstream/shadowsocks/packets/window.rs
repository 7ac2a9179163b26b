//! Which packets of a session came already (RFC 6479's window, in its plainest form).

/// Packets that come later than this many after a newer one are not taken: whether they are replays could not be told.
pub(super) const WIDTH: u64 = 1024;
const BITS: u64 = u64::BITS as u64;

/// The numbers that were taken lately.
#[derive(Debug)]
pub(super) struct Window {
    /// One more than the highest number that was taken.
    next: u64,
    /// The last [`WIDTH`] numbers, each at its place in the round.
    seen: [u64; (WIDTH / BITS) as usize],
}

// === impl Window ===

impl Window {
    pub(super) fn new() -> Self {
        Self { next: 0, seen: [0; (WIDTH / BITS) as usize] }
    }

    /// Whether a number comes for the first time, as far as can be told. It is remembered then.
    pub(super) fn take(&mut self, number: u64) -> bool {
        let Some(after) = number.checked_add(1) else { return false };
        if after.saturating_add(WIDTH) <= self.next {
            return false;
        }
        for skipped in self.next.max(after.saturating_sub(WIDTH))..after {
            let (word, bit) = place(skipped);
            self.seen[word] &= !bit;
        }
        self.next = self.next.max(after);
        let (word, bit) = place(number);
        let is_first = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        is_first
    }
}

#[allow(clippy::cast_possible_truncation)]
fn place(number: u64) -> (usize, u64) {
    let at = number % WIDTH;
    ((at / BITS) as usize, 1 << (at % BITS))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_too_old_to_tell_is_not_taken() {
        let mut window = Window::new();
        assert!(window.take(5) && window.take(3) && window.take(0));
        assert!(!window.take(3));
        assert!(window.take(WIDTH + 3));
        assert!(window.take(4) && !window.take(3) && !window.take(0));
        assert!(window.take(u64::MAX - 1) && !window.take(WIDTH + 3) && !window.take(u64::MAX));
    }

    proptest! {
        #[test]
        fn nothing_is_taken_twice_and_what_is_new_within_the_window_is_taken(
            steps in proptest::collection::vec(0..3000_u64, 1..400),
        ) {
            let (mut window, mut taken) = (Window::new(), HashSet::new());
            for number in steps {
                let highest = taken.iter().max().copied().unwrap_or(0);
                let expected = !taken.contains(&number) && number + WIDTH > highest;
                prop_assert_eq!(window.take(number), expected, "{}", number);
                if expected {
                    taken.insert(number);
                }
            }
        }
    }
}
