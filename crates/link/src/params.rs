//! A link's parameters, or an entry's keys under the names that links give them.

use crate::error::{Expected, LinkError, Part};
use crate::layers::Extra;
use crate::text::decode;

/// Named values, each taken at most once; what nobody took is kept as [`Extra`].
///
/// Names are compared without regard to case, an empty value counts as absent, and a name given twice must say the same
/// thing twice: which of two passwords was meant is not ours to guess.
#[derive(Default)]
pub(crate) struct Params {
    pairs: Vec<Pair>,
}

struct Pair {
    key: String,
    value: String,
    taken: bool,
}

impl Params {
    /// Splits a query. `&amp;` counts as `&`: links are copied out of web pages' sources.
    pub(crate) fn from_query(query: &str) -> Result<Self, LinkError> {
        if query.contains("&amp;") {
            return Self::split(&query.replace("&amp;", "&"));
        }
        Self::split(query)
    }

    fn split(query: &str) -> Result<Self, LinkError> {
        let mut params = Self::default();
        for piece in query.split('&').filter(|piece| !piece.is_empty()) {
            let (key, value) = piece.split_once('=').unwrap_or((piece, ""));
            params.push(decode(key, Part::Query)?, decode(value, Part::Query)?);
        }
        Ok(params)
    }

    /// Adds a value under a name.
    pub(crate) fn push(&mut self, key: impl Into<String>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        if !value.is_empty() {
            self.pairs.push(Pair { key, value, taken: false });
        }
    }

    /// Adds a value under a name where there is one.
    pub(crate) fn push_some(&mut self, key: &str, value: Option<impl Into<String>>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }

    /// The value of the first of these names that has one; all of them count as taken.
    pub(crate) fn take(&mut self, names: &[&'static str]) -> Result<Option<String>, LinkError> {
        let mut found: Option<(usize, String)> = None;
        for pair in self.pairs.iter_mut().filter(|pair| !pair.taken) {
            let Some(rank) = names.iter().position(|name| pair.key.eq_ignore_ascii_case(name)) else { continue };
            pair.taken = true;
            match &found {
                Some((best, value)) if *best == rank && *value != pair.value => {
                    return Err(LinkError::new(Part::Parameter(names[rank]), Expected::Once));
                }
                Some((best, _)) if *best <= rank => {}
                _ => found = Some((rank, pair.value.clone())),
            }
        }
        Ok(found.map(|(_, value)| value))
    }

    /// Like [`Params::take`], in lower case: for words of a closed list.
    pub(crate) fn take_word(&mut self, names: &[&'static str]) -> Result<Option<String>, LinkError> {
        Ok(self.take(names)?.map(|word| word.to_ascii_lowercase()))
    }

    /// Whether one of these names says yes (`1`, `true`, `yes`).
    pub(crate) fn take_yes(&mut self, names: &[&'static str]) -> Result<bool, LinkError> {
        Ok(self.take_word(names)?.is_some_and(|word| matches!(word.as_str(), "1" | "true" | "yes" | "on")))
    }

    /// What a name says, without taking it.
    pub(crate) fn peek(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|pair| pair.key.eq_ignore_ascii_case(name)).map(|pair| pair.value.as_str())
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Result<Extra, LinkError> {
        Extra::new(self.pairs.into_iter().filter(|pair| !pair.taken).map(|pair| (pair.key, pair.value)))
            .ok_or(LinkError::new(Part::Query, Expected::Once))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn names_come_in_any_case_and_the_first_listed_wins() {
        let mut params = Params::from_query("Peer=b&SNI=a&amp;sni=a&x=%41+%42&empty=&flag").unwrap();
        assert_eq!(params.take(&["sni", "peer"]).unwrap().unwrap(), "a");
        assert_eq!(params.take(&["x"]).unwrap().unwrap(), "A+B");
        assert_eq!(params.take(&["empty", "flag"]).unwrap(), None);
        assert_eq!(params.rest().unwrap(), Extra::default());
    }

    #[test]
    fn a_name_that_says_two_things_is_an_error() {
        let mut params = Params::from_query("port=1&port=2").unwrap();
        assert_eq!(params.take(&["port"]).unwrap_err().part, Part::Parameter("port"));
        let params = Params::from_query("zz=1&ZZ=2").unwrap();
        assert_eq!(params.rest().unwrap_err().part, Part::Query);
    }
}
