//! The first words of both sides: what comes before the chunks.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::cipher::{Edition, Forged, Keys, LONGEST_KEY, Session, TAG};

/// Where the client has nothing to say yet, so many random bytes at most stand in for it (SIP022, 3.1.3).
const MOST_PADDING: u16 = 900;
/// How far two clocks may be apart (SIP022, 3.1.5), in seconds.
const MOST_APART: u64 = 30;
const REQUEST: u8 = 0;
const RESPONSE: u8 = 1;
/// A message's kind and its time.
const KIND_AND_TIME: usize = 1 + 8;

/// What the proxy has yet to prove: that it holds the key, and answers this connection and no other.
pub(super) struct Unheard {
    keys: Keys,
    our_salt: [u8; LONGEST_KEY],
}

/// The proxy's first words, opened.
pub(super) struct Heard {
    pub(super) session: Session,
    /// The length of the first chunk, where they say it.
    pub(super) first_chunk: Option<usize>,
}

/// Begins a connection: our salt, the key that goes with it, and what the proxy's answer will be held against.
pub(super) fn begin(keys: Keys) -> (Vec<u8>, Session, Unheard) {
    let mut our_salt = [0; LONGEST_KEY];
    random(&mut our_salt);
    let salt = &our_salt[..keys.cipher.key_length()];
    let mut first = salt.to_vec();
    first.extend(keys.identities(salt));
    let session = keys.session(salt);
    (first, session, Unheard { keys, our_salt })
}

/// SIP022's request: when, for whom, and as much of the client's first bytes as fits. Returns how much that was.
pub(super) fn seal_request(session: &mut Session, address: &[u8], payload: &[u8], out: &mut Vec<u8>) -> usize {
    let padding = if payload.is_empty() { random_padding() } else { 0 };
    let room = usize::from(u16::MAX) - address.len() - 2;
    let taken = payload.len().min(room);
    let mut variable = Vec::with_capacity(address.len() + 2 + usize::from(padding) + taken);
    variable.extend_from_slice(address);
    variable.extend_from_slice(&padding.to_be_bytes());
    let from = variable.len();
    variable.resize(from + usize::from(padding), 0);
    random(&mut variable[from..]);
    variable.extend_from_slice(&payload[..taken]);

    let length = u16::try_from(variable.len()).unwrap_or(u16::MAX);
    let mut fixed = [0; KIND_AND_TIME + 2];
    fixed[0] = REQUEST;
    fixed[1..KIND_AND_TIME].copy_from_slice(&now().to_be_bytes());
    fixed[KIND_AND_TIME..].copy_from_slice(&length.to_be_bytes());
    session.seal_to(&fixed, out);
    session.seal_to(&variable, out);
    taken
}

impl Unheard {
    /// How many bytes the proxy's first words are.
    pub(super) fn length(&self) -> usize {
        let salt = self.keys.cipher.key_length();
        match self.keys.cipher.edition {
            Edition::Aead => salt,
            Edition::Of2022 => salt + KIND_AND_TIME + salt + 2 + TAG,
        }
    }

    /// Opens them.
    pub(super) fn open(&self, words: &mut [u8]) -> Result<Heard, Forged> {
        let length = self.keys.cipher.key_length();
        let (salt, rest) = words.split_at_mut(length);
        let mut session = self.keys.session(salt);
        if self.keys.cipher.edition == Edition::Aead {
            return Ok(Heard { session, first_chunk: None });
        }
        let fixed = session.open(rest)?;
        let (kind_and_time, rest) = fixed.split_at(KIND_AND_TIME);
        let (echoed_salt, chunk) = rest.split_at(length);
        let time = kind_and_time[1..].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        let is_ours = kind_and_time[0] == RESPONSE
            && echoed_salt == &self.our_salt[..length]
            && now().abs_diff(time) <= MOST_APART;
        let first_chunk = usize::from(u16::from_be_bytes([chunk[0], chunk[1]]));
        if is_ours { Ok(Heard { session, first_chunk: Some(first_chunk) }) } else { Err(Forged) }
    }
}

impl std::fmt::Debug for Unheard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Unheard(…)")
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs()
}

fn random_padding() -> u16 {
    let mut two = [0; 2];
    random(&mut two);
    1 + u16::from_be_bytes(two) % MOST_PADDING
}

/// Bytes that nobody can foresee.
fn random(bytes: &mut [u8]) {
    use ring::rand::{SecureRandom, SystemRandom};
    SystemRandom::new().fill(bytes).expect("the system has random bytes");
}
