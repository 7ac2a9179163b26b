//! Shadowsocks over UDP: each packet is sealed by itself. SIP004 begins it with a salt of its own; SIP022 with a header,
//! encrypted by itself, that counts the packets of a session, so that none is taken twice.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use paperwing_link::Shadowsocks;

use super::cipher::{Edition, Keys, Session, TAG};

/// SIP022, 3.2.1: the session's number and the packet's.
const HEADER: usize = 16;
/// SIP022, 3.2.2: type, time, the client's session, length of the padding.
const FROM_SERVER: usize = 1 + 8 + 8 + 2;
const CLIENT: u8 = 0;
const SERVER: u8 = 1;
/// Packets whose clock differs by more are replays (SIP022, 3.2.2), seconds.
const SKEW: u64 = 30;
/// A packet that comes later than this many after it is not told from a replay.
const WINDOW: usize = 1024;

/// What seals and opens the packets of one association.
pub(crate) struct Packets {
    keys: Keys,
    /// For SIP022: our session, and the server's once it has said a word.
    near: [u8; 8],
    sent: u64,
    far: Option<([u8; 8], Session)>,
    heard: VecDeque<u64>,
}

// === impl Packets ===

impl Packets {
    /// Whether a proxy's packets can be sealed. Plugins carry streams only; SIP022's chacha20 and servers of many users
    /// (SIP023) have forms of their own.
    pub(crate) fn can_be_carried_by(proxy: &Shadowsocks) -> bool {
        proxy.plugin.is_none() && Keys::of(proxy).is_some_and(|keys| keys.has_packets())
    }

    pub(crate) fn new(proxy: &Shadowsocks) -> Option<Self> {
        let keys = Keys::of(proxy).filter(Keys::has_packets)?;
        let mut near = [0; 8];
        getrandom::fill(&mut near).ok()?;
        Some(Self { keys, near, sent: 0, far: None, heard: VecDeque::new() })
    }

    /// Seals a target and what it is to get.
    pub(crate) fn seal(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        match self.keys.cipher.edition {
            Edition::Aead => {
                let mut packet = vec![0; self.keys.cipher.key_length()];
                getrandom::fill(&mut packet).map_err(io::Error::other)?;
                self.keys.session(&packet).seal_to(message, &mut packet);
                Ok(packet)
            }
            Edition::Of2022 => Ok(self.seal_2022(message, now())),
        }
    }

    /// Opens a packet where it stands, and tells where its source and its content are. `None` where it was not the server's,
    /// or came before.
    pub(crate) fn open(&mut self, packet: &mut [u8]) -> Option<Range<usize>> {
        match self.keys.cipher.edition {
            Edition::Aead => {
                let salt = self.keys.cipher.key_length();
                let (head, sealed) = packet.split_at_mut_checked(salt)?;
                let length = self.keys.session(head).open(sealed).ok()?.len();
                Some(salt..salt + length)
            }
            Edition::Of2022 => self.open_2022(packet, now()),
        }
    }

    fn seal_2022(&mut self, message: &[u8], now: u64) -> Vec<u8> {
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&self.near);
        header[8..].copy_from_slice(&self.sent.to_be_bytes());
        self.sent += 1;
        let mut body = Vec::with_capacity(HEADER + 11 + message.len() + TAG);
        body.push(CLIENT);
        body.extend(now.to_be_bytes());
        body.extend([0, 0]);
        body.extend_from_slice(message);
        let tag = self.keys.session(&self.near).seal_at(nonce(header), &mut body);
        self.keys.encrypt_header(&mut header);
        [&header[..], &body, &tag].concat()
    }

    fn open_2022(&mut self, packet: &mut [u8], now: u64) -> Option<Range<usize>> {
        let (head, sealed) = packet.split_first_chunk_mut::<HEADER>()?;
        self.keys.decrypt_header(head);
        let (session, number) = head.split_first_chunk::<8>()?;
        let number = u64::from_be_bytes(number.try_into().ok()?);
        if self.far.as_ref().is_none_or(|(known, _)| known != session) {
            let fresh = self.keys.session(session);
            // A stranger's packet must not end the session that is there.
            let plain = fresh.open_at(nonce(*head), &mut sealed.to_vec()).ok()?.to_vec();
            self.check(&plain, now)?;
            self.far = Some((*session, fresh));
            self.heard.clear();
        }
        let (_, session) = self.far.as_ref()?;
        let plain = session.open_at(nonce(*head), sealed).ok()?;
        let length = plain.len();
        let padding = self.check(plain, now)?;
        if self.heard.contains(&number) {
            return None;
        }
        self.heard.push_back(number);
        if self.heard.len() > WINDOW {
            self.heard.pop_front();
        }
        let from = HEADER + FROM_SERVER + padding;
        (from <= HEADER + length).then_some(from..HEADER + length)
    }

    /// The length of the padding of a packet that is the server's answer to us, now.
    fn check(&self, plain: &[u8], now: u64) -> Option<usize> {
        let head = plain.get(..FROM_SERVER)?;
        let time = u64::from_be_bytes(head[1..9].try_into().ok()?);
        let is_ours = head[0] == SERVER && head[9..17] == self.near && time.abs_diff(now) <= SKEW;
        is_ours.then(|| usize::from(u16::from_be_bytes([head[17], head[18]])))
    }
}

impl std::fmt::Debug for Packets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Packets").field("sent", &self.sent).finish_non_exhaustive()
    }
}

/// The last twelve bytes of the header.
fn nonce(header: [u8; HEADER]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&header[HEADER - 12..]);
    nonce
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use paperwing_link::{Protocol, Proxy};
    use proptest::prelude::*;

    use super::*;

    const LINKS: [&str; 4] = [
        "ss://aes-128-gcm:x@192.0.2.1:1",
        "ss://chacha20-ietf-poly1305:x@192.0.2.1:1",
        "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==@192.0.2.1:1",
        "ss://2022-blake3-aes-256-gcm:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@192.0.2.1:1",
    ];

    fn packets(link: &str) -> Option<Packets> {
        match link.parse::<Proxy>().unwrap().protocol {
            Protocol::Shadowsocks(it) => Packets::can_be_carried_by(&it).then(|| Packets::new(&it).unwrap()),
            other => panic!("{other:?}"),
        }
    }

    /// What a server that got the client's packets answers.
    fn answer(to: &mut Packets, message: &[u8], number: u64, time: u64) -> Vec<u8> {
        if to.keys.cipher.edition == Edition::Aead {
            return to.seal(message).unwrap();
        }
        let mut header = [7; HEADER];
        header[8..].copy_from_slice(&number.to_be_bytes());
        let mut body = vec![SERVER];
        body.extend(time.to_be_bytes());
        body.extend(to.near);
        body.extend([0, 3, 9, 9, 9]);
        body.extend(message);
        let tag = to.keys.session(&[7; 8]).seal_at(nonce(header), &mut body);
        to.keys.encrypt_header(&mut header);
        [&header[..], &body, &tag].concat()
    }

    #[test]
    fn an_answer_is_opened_once_and_a_changed_one_never() {
        for link in LINKS {
            let mut near = packets(link).unwrap();
            let mut packet = answer(&mut near, b"target and content", 5, now());
            for at in [0, 17, packet.len() - 1] {
                let mut changed = packet.clone();
                changed[at] ^= 1;
                assert_eq!(near.open(&mut changed), None, "{link}: byte {at}");
            }
            let mut again = packet.clone();
            let range = near.open(&mut packet).unwrap();
            assert_eq!(&packet[range], b"target and content", "{link}");
            if link.contains("2022") {
                assert_eq!(near.open(&mut again), None, "a replay");
                let mut old = answer(&mut near, b"x", 6, now() - 60);
                assert_eq!(near.open(&mut old), None, "an old one");
            }
        }
    }

    #[test]
    fn what_has_another_form_is_left_to_others() {
        for link in [
            "ss://2022-blake3-chacha20-poly1305:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@192.0.2.1:1",
            "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==:AAAAAAAAAAAAAAAAAAAAAA==@192.0.2.1:1",
            "ss://aes-128-gcm:x@192.0.2.1:1?plugin=v2ray-plugin",
        ] {
            assert!(packets(link).is_none(), "{link}");
        }
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut packet in proptest::collection::vec(any::<u8>(), 0..200), which in 0..4_usize) {
            prop_assert_eq!(packets(LINKS[which]).unwrap().open(&mut packet), None);
        }
    }
}
