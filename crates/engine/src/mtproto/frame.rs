//! The padded intermediate transport: each message behind its length, four bytes, the lowest first.

/// The length's highest bit: the client asks for a quick acknowledgement, or this is one.
const QUICK: u32 = 1 << 31;
/// Telegram's largest message and its padding, with room: what claims to be longer is no message.
const LONGEST: u32 = 1 << 24;

/// Where a client stands among its messages, as far as that matters before the first answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FirstFrame {
    /// More of the first message is to come.
    Unfinished,
    /// The first message is whole.
    Whole,
    /// That is no message.
    Nonsense,
}

/// What is known of the messages that a client sent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frames {
    /// The first of them.
    pub(crate) first: FirstFrame,
    /// Whether any asks for a quick acknowledgement, which looks like nothing else.
    pub(crate) quick: bool,
}

// === impl Frames ===

impl Frames {
    pub(crate) fn of(flight: &[u8]) -> Self {
        let mut frames = Self { first: FirstFrame::Unfinished, quick: false };
        let mut rest = flight;
        while let Some((length, body)) = rest.split_first_chunk::<4>() {
            let length = u32::from_le_bytes(*length);
            frames.quick |= length & QUICK != 0;
            let length = length & !QUICK;
            let is_first = rest.len() == flight.len();
            if is_first && !(8..=LONGEST).contains(&length) {
                frames.first = FirstFrame::Nonsense;
                break;
            }
            let Some(next) = usize::try_from(length).ok().and_then(|length| body.get(length..)) else { break };
            frames.first = FirstFrame::Whole;
            rest = next;
        }
        frames
    }

    /// Whether these bytes can begin a data centre's answer; not to be asked with fewer than four.
    pub(crate) fn may_be_answered_by(self, answer: &[u8]) -> bool {
        let Some((length, _)) = answer.split_first_chunk::<4>() else { return true };
        let length = u32::from_le_bytes(*length);
        // An error is four bytes long, and so is its frame.
        (4..=LONGEST).contains(&length) || (self.quick && length & QUICK != 0)
    }
}

/// Follows one side's messages by their lengths, to tell whether it has stopped inside one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Messages {
    header: [u8; 4],
    have: usize,
    /// Of the message that is under way.
    left: usize,
    /// A length came that no message has: from there on nobody can tell.
    is_lost: bool,
}

// === impl Messages ===

impl Messages {
    /// The data centre's next bytes, in clear.
    pub(crate) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.is_lost {
            let (wanted, is_header) = if self.left > 0 { (self.left, false) } else { (4 - self.have, true) };
            let (piece, rest) = bytes.split_at(wanted.min(bytes.len()));
            bytes = rest;
            if is_header {
                self.header[self.have..][..piece.len()].copy_from_slice(piece);
                self.have = (self.have + piece.len()) % 4;
                if self.have == 0 {
                    self.begin(u32::from_le_bytes(self.header));
                }
            } else {
                self.left -= piece.len();
            }
        }
    }

    /// Whether more must come, whatever the client does.
    pub(crate) fn is_inside(&self) -> bool {
        !self.is_lost && self.have + self.left > 0
    }

    fn begin(&mut self, length: u32) {
        // A quick acknowledgement is nothing but its word.
        if length & QUICK == 0 {
            self.is_lost = length > LONGEST;
            self.left = usize::try_from(length).unwrap_or_default();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(length: u32, body: usize) -> Vec<u8> {
        [length.to_le_bytes().to_vec(), vec![1; body]].concat()
    }

    #[test]
    fn the_first_message_is_told_whole_or_not() {
        let first = |flight: &[u8]| Frames::of(flight).first;
        for unfinished in [&b""[..], b"\x28\0", &frame(40, 39)] {
            assert_eq!(first(unfinished), FirstFrame::Unfinished);
        }
        assert_eq!(first(&frame(40, 40)), FirstFrame::Whole);
        assert_eq!(first(&frame(40, 47)), FirstFrame::Whole);
        assert_eq!(first(&frame(3, 40)), FirstFrame::Nonsense);
        assert_eq!(first(b"GET / HTTP/1.1"), FirstFrame::Nonsense);
    }

    #[test]
    fn a_quick_acknowledgement_is_an_answer_only_to_who_asked() {
        let asked = Frames::of(&[frame(40, 40), frame(QUICK + 48, 48)].concat());
        let plain = Frames::of(&frame(40, 40));
        let quick = (QUICK | 5).to_le_bytes();
        assert!(asked.may_be_answered_by(&quick));
        assert!(!plain.may_be_answered_by(&quick));
        assert!(plain.may_be_answered_by(&frame(84, 10)));
        assert!(!plain.may_be_answered_by(b"HTTP/1.1 400 Bad Request"));
    }

    fn is_inside(pieces: &[&[u8]]) -> bool {
        let mut messages = Messages::default();
        for piece in pieces {
            messages.feed(piece);
        }
        messages.is_inside()
    }

    #[test]
    fn a_side_that_stopped_inside_a_message_was_cut() {
        let said = [frame(84, 84), (QUICK | 0x4d).to_le_bytes().to_vec(), frame(4, 4), frame(900, 900)].concat();
        let ends = [0, 88, 92, 100, 1004];
        for end in 0..=said.len() {
            assert_eq!(is_inside(&[&said[..end]]), !ends.contains(&end), "{end}");
        }
        assert!(!is_inside(&[b"no length at all, and more"]), "nobody can tell");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_messages_are_chopped(
            lengths in proptest::collection::vec(0..900_u32, 1..6),
            cuts in proptest::collection::vec(1..200_usize, 1..40),
            end in 0..4000_usize,
        ) {
            let said: Vec<u8> = lengths.iter().flat_map(|length| frame(*length, *length as usize)).collect();
            let said = &said[..end.min(said.len())];
            let (mut pieces, mut rest) = (Vec::new(), said);
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, next) = rest.split_at((*cut).min(rest.len()));
                pieces.push(piece);
                rest = next;
            }
            prop_assert_eq!(is_inside(&pieces), is_inside(&[said]));
        }

        #[test]
        fn no_bytes_make_it_panic(flight in proptest::collection::vec(any::<u8>(), 0..100)) {
            Frames::of(&flight).may_be_answered_by(&flight);
            is_inside(&[&flight]);
        }
    }
}
