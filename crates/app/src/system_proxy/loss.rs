//! A setting that is as it was before us was lost as the network changed, or taken back by somebody. Pure: what is found and the
//! time go in, what to do comes out.

use std::time::Duration;

use paperwing_system::setting::Standing;
use tokio::time::Instant;

/// What happens to the setting so long before or after a change of the network goes with that. The scripts of a network run
/// when its addresses are there, which takes some seconds from the first word of it on.
const MOMENT: Duration = Duration::from_secs(5);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing.
    Leave,
    /// The setting is lost: to set it again.
    SetAgain,
    /// Another program has changed it: to say so.
    Tell,
}

/// What is known of the network and the setting.
#[derive(Clone, Debug, Default)]
pub(super) struct Loss {
    /// When the network was last heard of. A change of it comes in many pieces: each link, address and route is one.
    network: Option<Instant>,
    /// Whether the setting was set again since that change began. Once helps; twice would be a fight.
    is_spent: bool,
    /// Since when it has been as it was before us, or halfway there, and nothing is known that would explain it.
    doubt: Option<Instant>,
    /// Whether it was said that it is another program's.
    is_told: bool,
}

// === impl Loss ===

impl Loss {
    /// The network changed, or the computer woke up.
    pub(super) fn network_changed(&mut self, now: Instant) {
        if !self.is_network_changing(now) {
            self.is_spent = false;
        }
        self.network = Some(now);
    }

    /// How the setting is found; `None` where it cannot be read.
    pub(super) fn found(&mut self, standing: Option<Standing>, now: Instant) -> Verdict {
        let doubt = self.doubt.take();
        match standing {
            None => Verdict::Leave,
            Some(Standing::Ours) => {
                self.is_told = false;
                Verdict::Leave
            }
            Some(_) if self.is_told => Verdict::Leave,
            Some(Standing::Theirs) => self.tell(),
            Some(Standing::Lost) if self.is_network_changing(now) && !self.is_spent => {
                self.is_spent = true;
                Verdict::SetAgain
            }
            // The word of the network may come after it, and scripts set one key after the other.
            Some(Standing::Lost | Standing::Mixed) => {
                let since = doubt.unwrap_or(now);
                if now.duration_since(since) >= MOMENT {
                    return self.tell();
                }
                self.doubt = Some(since);
                Verdict::Leave
            }
        }
    }

    /// When to look again, though nothing was heard.
    pub(super) fn look_again(&self) -> Option<Instant> {
        self.doubt.map(|since| since + MOMENT)
    }

    fn is_network_changing(&self, now: Instant) -> bool {
        self.network.is_some_and(|heard| now.duration_since(heard) < MOMENT)
    }

    fn tell(&mut self) -> Verdict {
        self.is_told = true;
        Verdict::Tell
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{Leave, SetAgain, Tell};
    use super::*;

    #[derive(Clone, Copy)]
    enum Step {
        Network,
        Found(Standing),
    }

    const NETWORK: Step = Step::Network;
    const LOST: Step = Step::Found(Standing::Lost);
    const MIXED: Step = Step::Found(Standing::Mixed);
    const OURS: Step = Step::Found(Standing::Ours);
    const THEIRS: Step = Step::Found(Standing::Theirs);

    /// What is to be done each time that the setting was looked at, in milliseconds from the beginning.
    fn played<const N: usize>(steps: [(u64, Step); N]) -> Vec<Verdict> {
        let (mut loss, begun) = (Loss::default(), Instant::now());
        let mut verdicts = Vec::new();
        for (after, step) in steps {
            let now = begun + Duration::from_millis(after);
            match step {
                Step::Network => loss.network_changed(now),
                Step::Found(standing) => verdicts.push(loss.found(Some(standing), now)),
            }
        }
        verdicts
    }

    #[test]
    fn what_is_lost_as_the_network_changes_is_set_again_whichever_is_heard_of_first() {
        assert_eq!(played([(0, NETWORK), (4000, LOST), (4010, OURS)]), [SetAgain, Leave]);
        let later = [(0, MIXED), (100, LOST), (4000, NETWORK), (4010, LOST), (4020, OURS)];
        assert_eq!(played(later), [Leave, Leave, SetAgain, Leave]);
    }

    #[test]
    fn it_is_set_again_once_for_each_change_of_the_network_and_then_it_is_another_programs() {
        let again = [(0, NETWORK), (10, LOST), (20, OURS), (3000, NETWORK), (3010, LOST)];
        assert_eq!(played(again), [SetAgain, Leave, Leave], "the pieces of one change are one");
        let told = [(0, NETWORK), (10, LOST), (20, LOST), (5020, LOST), (6000, LOST)];
        assert_eq!(played(told), [SetAgain, Leave, Tell, Leave]);
        let next = [(0, NETWORK), (10, LOST), (20, OURS), (9000, NETWORK), (9010, LOST)];
        assert_eq!(played(next), [SetAgain, Leave, SetAgain]);
    }

    #[test]
    fn what_somebody_chose_is_told_at_once_and_once_and_left_alone_whatever_the_network_does() {
        let chosen = [(0, NETWORK), (10, THEIRS), (20, NETWORK), (30, LOST), (40, THEIRS)];
        assert_eq!(played(chosen), [Tell, Leave, Leave]);
        assert_eq!(played([(0, THEIRS), (10, OURS), (20, THEIRS)]), [Tell, Leave, Tell]);
    }

    #[test]
    fn without_a_change_of_the_network_what_is_as_before_is_another_programs_after_a_moment() {
        for as_before in [LOST, MIXED] {
            let verdicts = played([(0, as_before), (4999, as_before), (5000, as_before)]);
            assert_eq!(verdicts, [Leave, Leave, Tell]);
        }
        assert_eq!(played([(0, MIXED), (100, OURS), (9000, MIXED)]), [Leave, Leave, Leave]);
    }

    #[test]
    fn it_is_looked_at_again_only_while_there_is_a_doubt() {
        let (mut loss, now) = (Loss::default(), Instant::now());
        assert_eq!(loss.look_again(), None);
        loss.found(Some(Standing::Lost), now);
        assert_eq!(loss.look_again(), Some(now + MOMENT));
        // Where it cannot be read, to ask again and again would not help.
        loss.found(None, now + MOMENT);
        assert_eq!(loss.look_again(), None);
    }
}
