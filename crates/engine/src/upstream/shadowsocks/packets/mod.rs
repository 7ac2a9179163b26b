//! Shadowsocks over UDP: each packet is sealed by itself. SIP004 begins it with a salt of its own; SIP022 with a header
//! that counts the packets of a session, so that none is taken twice.

mod of_2022;
mod window;

use std::io;
use std::ops::Range;
use std::time::{SystemTime, UNIX_EPOCH};

use paperwing_link::Shadowsocks;

use self::of_2022::{HEADER, Seal};
use self::window::Window;
use super::cipher::{Edition, Keys};

/// SIP022, 3.2.2: type, time, the client's session, length of the padding.
const FROM_SERVER: usize = 1 + 8 + 8 + 2;
const CLIENT: u8 = 0;
const SERVER: u8 = 1;
/// Packets whose clock differs by more are replays (SIP022, 3.2.2), seconds.
const SKEW: u64 = 30;
/// Sessions of the server that are known at once: the one before a restart may have packets on their way.
const SESSIONS: usize = 2;

/// What seals and opens the packets of one association.
pub(crate) struct Packets {
    keys: Keys,
    /// For SIP022 all that follows: our session,
    near: [u8; 8],
    /// with what its packets are sealed,
    seal: Option<Seal>,
    /// how many were,
    sent: u64,
    /// and the server's sessions, the latest last.
    far: Vec<Far>,
}

/// A session of the server's.
struct Far {
    id: [u8; 8],
    /// With AES its own key.
    seal: Option<Seal>,
    taken: Window,
}

// === impl Packets ===

impl Packets {
    /// Whether a proxy's packets can be sealed. Plugins carry streams only.
    pub(crate) fn can_be_carried_by(proxy: &Shadowsocks) -> bool {
        proxy.plugin.is_none() && Keys::of(proxy).is_some()
    }

    pub(crate) fn new(proxy: &Shadowsocks) -> Option<Self> {
        let keys = Keys::of(proxy)?;
        let mut near = [0; 8];
        getrandom::fill(&mut near).ok()?;
        let seal = match keys.cipher.edition {
            Edition::Aead => None,
            Edition::Of2022 => Some(Seal::of(&keys, &near)?),
        };
        Some(Self { keys, near, seal, sent: 0, far: Vec::new() })
    }

    /// Seals a target and what it is to get.
    pub(crate) fn seal(&mut self, message: &[u8]) -> io::Result<Vec<u8>> {
        let Some(seal) = &self.seal else {
            let mut packet = vec![0; self.keys.cipher.key_length()];
            getrandom::fill(&mut packet).map_err(io::Error::other)?;
            self.keys.session(&packet).seal_to(message, &mut packet);
            return Ok(packet);
        };
        let mut header = [0; HEADER];
        header[..8].copy_from_slice(&self.near);
        header[8..].copy_from_slice(&self.sent.to_be_bytes());
        self.sent += 1;
        let mut body = Vec::with_capacity(1 + 8 + 2 + message.len());
        body.push(CLIENT);
        body.extend(now().to_be_bytes());
        body.extend([0, 0]);
        body.extend_from_slice(message);
        seal.packet(&self.keys, header, body).ok_or(io::ErrorKind::Other.into())
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

    fn open_2022(&mut self, packet: &mut [u8], now: u64) -> Option<Range<usize>> {
        let mut fresh = None;
        let opened = if self.keys.cipher.is_aes() {
            let session = of_2022::session(&self.keys, packet)?;
            let known = self.far.iter().find(|far| far.id == session).and_then(|far| far.seal.as_ref());
            match known {
                Some(seal) => seal.open_aes(packet)?,
                None => fresh.insert(Seal::of(&self.keys, &session)?).open_aes(packet)?,
            }
        } else {
            self.seal.as_ref()?.open_xchacha(packet)?
        };
        // A stranger's packet, or an old one, must not end the session that is there.
        let padding = self.check(&packet[opened.body.clone()], now)?;
        let place = self.far.iter().position(|far| far.id == opened.session).unwrap_or_else(|| {
            if self.far.len() == SESSIONS {
                self.far.remove(0);
            }
            self.far.push(Far { id: opened.session, seal: fresh, taken: Window::new() });
            self.far.len() - 1
        });
        let from = opened.body.start + FROM_SERVER + padding;
        let is_new = self.far[place].taken.take(opened.number);
        (is_new && from <= opened.body.end).then_some(from..opened.body.end)
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

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
