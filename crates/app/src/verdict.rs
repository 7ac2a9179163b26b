//! How a proxy did the last time, as the history keeps it.

use std::fmt;
use std::str::FromStr;

use paperwing_engine::{Failure, Health};

/// A health and, where it is not a good one, why. Kept as `blocked: refused the connection`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The health.
    pub health: Health,
    /// What the proxy did.
    pub why: Option<String>,
}

impl Verdict {
    /// What an attempt or a test says.
    pub fn new(health: Health, failure: Option<&Failure>) -> Self {
        let is_well = matches!(health, Health::Healthy | Health::Untested);
        Self { health, why: failure.filter(|_| !is_well).map(Failure::to_string) }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            Some(why) => write!(f, "{}: {why}", self.health.name()),
            None => f.write_str(self.health.name()),
        }
    }
}

/// A text that no version of this program wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such health")]
pub struct UnknownVerdict;

impl FromStr for Verdict {
    type Err = UnknownVerdict;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const ALL: [Health; 6] =
            [Health::Untested, Health::Healthy, Health::Suspect, Health::Blocked, Health::Probation, Health::Rejected];
        let (word, why) = text.split_once(": ").map_or((text, None), |(word, why)| (word, Some(why)));
        let health = ALL.into_iter().find(|health| health.name() == word).ok_or(UnknownVerdict)?;
        Ok(Self { health, why: why.map(str::to_owned) })
    }
}

#[cfg(test)]
mod tests {
    use paperwing_engine::{Cause, Stage};

    use super::*;

    #[test]
    fn a_verdict_is_read_as_it_was_written() {
        let refused = Failure::new(Stage::Connect, Cause::Refused);
        for verdict in [
            Verdict::default(),
            Verdict::new(Health::Healthy, Some(&refused)),
            Verdict::new(Health::Blocked, Some(&refused)),
            Verdict::new(Health::Rejected, None),
        ] {
            assert_eq!(verdict.to_string().parse(), Ok(verdict));
        }
        assert_eq!(Verdict::new(Health::Blocked, Some(&refused)).to_string(), "blocked: refused the connection");
        assert_eq!("mended".parse::<Verdict>(), Err(UnknownVerdict));
    }
}
