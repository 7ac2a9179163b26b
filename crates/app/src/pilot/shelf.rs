//! Things kept for a while under a token that nobody can guess by counting.

use std::collections::VecDeque;

/// At most so many things are kept; the oldest go.
const MOST: usize = 16;

/// See the module.
#[derive(Debug)]
pub(super) struct Shelf<T>(VecDeque<(String, T)>);

// === impl Shelf ===

impl<T> Default for Shelf<T> {
    fn default() -> Self {
        Self(VecDeque::new())
    }
}

impl<T> Shelf<T> {
    /// Keeps a thing; returns its token.
    pub(super) fn put(&mut self, thing: T) -> String {
        if self.0.len() == MOST {
            self.0.pop_front();
        }
        let token = format!("{:016x}", crate::random::seed());
        self.0.push_back((token.clone(), thing));
        token
    }

    pub(super) fn get(&self, token: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == token).map(|(_, thing)| thing)
    }

    pub(super) fn take(&mut self, token: &str) -> Option<T> {
        let place = self.0.iter().position(|(known, _)| known == token)?;
        self.0.remove(place).map(|(_, thing)| thing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_found_by_their_token_and_the_oldest_go() {
        let mut shelf = Shelf::default();
        let tokens: Vec<String> = (0..=MOST).map(|number| shelf.put(number)).collect();
        assert_eq!(shelf.get(&tokens[0]), None);
        assert_eq!(shelf.get(&tokens[1]), Some(&1));
        assert_eq!((shelf.take(&tokens[1]), shelf.take(&tokens[1])), (Some(1), None));
    }
}
