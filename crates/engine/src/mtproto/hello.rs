//! `req_pq_multi` and `resPQ`: what a client and a data centre say to each other before anything else, in clear and bound to
//! nobody (<https://core.telegram.org/mtproto/auth_key>).

use std::io;
use std::time::{SystemTime, UNIX_EPOCH};

const REQ_PQ_MULTI: u32 = 0xbe7e_8ef1;
const RES_PQ: u32 = 0x0516_2463;
/// Key, message's number, length, constructor, nonce.
const NONCE: std::ops::Range<usize> = 24..40;
/// The padding of a message is at most so long.
const MOST_PADDING: usize = 15;

/// A question that any data centre answers.
#[derive(Debug)]
pub(crate) struct Question {
    nonce: [u8; 16],
    /// The question, framed.
    pub(crate) flight: Vec<u8>,
}

impl Question {
    pub(crate) fn new() -> io::Result<Self> {
        let mut random = [0; 17 + MOST_PADDING];
        getrandom::fill(&mut random).map_err(io::Error::other)?;
        let (nonce, rest) = random.split_first_chunk::<16>().ok_or(io::ErrorKind::Other)?;
        let padding = &rest[1..=usize::from(rest[0]) % (MOST_PADDING + 1)];
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let mut flight = vec![0; 4];
        flight.extend([0; 8]);
        flight.extend((seconds << 32).to_le_bytes());
        flight.extend(20_u32.to_le_bytes());
        flight.extend(REQ_PQ_MULTI.to_le_bytes());
        flight.extend(nonce);
        flight.extend(padding);
        let length = u32::try_from(flight.len() - 4).map_err(io::Error::other)?;
        flight[..4].copy_from_slice(&length.to_le_bytes());
        Ok(Self { nonce: *nonce, flight })
    }

    /// How many bytes of an answer tell that it is one.
    pub(crate) const ANSWER: usize = 4 + NONCE.end;

    /// Whether a framed message answers it.
    pub(crate) fn is_answered_by(&self, frame: &[u8]) -> bool {
        is_answer(frame, &self.nonce)
    }
}

fn is_answer(frame: &[u8], nonce: &[u8; 16]) -> bool {
    let Some(message) = frame.get(4..) else { return false };
    message.get(..8) == Some(&[0; 8])
        && message.get(20..24) == Some(&RES_PQ.to_le_bytes())
        && message.get(NONCE) == Some(nonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mtproto::{FirstFrame, Frames};

    #[test]
    fn a_question_is_one_whole_message_and_never_the_same() {
        let (one, other) = (Question::new().unwrap(), Question::new().unwrap());
        assert_eq!(Frames::of(&one.flight).first, FirstFrame::Whole);
        assert_ne!(one.nonce, other.nonce);
        let length = usize::try_from(u32::from_le_bytes(one.flight[..4].try_into().unwrap())).unwrap();
        assert_eq!(length, one.flight.len() - 4);
        assert!((40..=55).contains(&length));
    }

    #[test]
    fn only_its_own_answer_is_one() {
        let nonce = [9; 16];
        let mut answer = vec![84, 0, 0, 0];
        answer.extend([0; 8]);
        answer.extend([1; 8]);
        answer.extend(64_u32.to_le_bytes());
        answer.extend(RES_PQ.to_le_bytes());
        answer.extend(nonce);
        assert!(is_answer(&answer, &nonce));
        assert!(!is_answer(&answer, &[8; 16]));
        for cut in 0..answer.len() {
            assert!(!is_answer(&answer[..cut], &nonce), "cut at {cut}");
        }
    }
}
