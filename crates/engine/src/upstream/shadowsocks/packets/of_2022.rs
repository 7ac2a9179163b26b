//! SIP022's packets. The header is the session's number and the packet's.
//!
//! With AES the header is encrypted by itself, and its end is the nonce of the rest; between the two stand SIP023's
//! headers, which tell a server of many users who speaks. With `chacha20-poly1305` the whole is sealed with the key
//! itself, behind a random nonce of 24 bytes.

use std::ops::Range;

use chacha20poly1305::aead::AeadInOut;
use chacha20poly1305::{KeyInit, Tag, XChaCha20Poly1305, XNonce};

use super::super::blocks::{self, BLOCK};
use super::super::cipher::{Keys, Session, TAG};

/// The session's number and the packet's.
pub(super) const HEADER: usize = 8 + 8;
const X_NONCE: usize = 24;

/// A packet that was opened where it stood.
pub(super) struct Opened {
    pub(super) session: [u8; 8],
    pub(super) number: u64,
    /// Where what follows the header stands.
    pub(super) body: Range<usize>,
}

/// What packets are sealed with in one direction.
pub(super) enum Seal {
    /// A session's own key.
    Aes(Box<Session>),
    /// The user's.
    XChaCha(Box<XChaCha20Poly1305>),
}

// === impl Seal ===

impl Seal {
    /// That of a session.
    pub(super) fn of(keys: &Keys, session: &[u8]) -> Option<Self> {
        if keys.cipher.is_aes() {
            return Some(Self::Aes(Box::new(keys.session(session))));
        }
        XChaCha20Poly1305::new_from_slice(keys.user()).ok().map(|cipher| Self::XChaCha(Box::new(cipher)))
    }

    /// Seals a body behind a header.
    pub(super) fn packet(&self, keys: &Keys, header: [u8; HEADER], mut body: Vec<u8>) -> Option<Vec<u8>> {
        let mut packet = Vec::with_capacity(X_NONCE + HEADER + body.len() + TAG);
        match self {
            Self::Aes(session) => {
                let tag = session.seal_at(nonce(&header), &mut body);
                let mut first = header;
                blocks::encrypt(keys.first(), &mut first);
                packet.extend(first);
                for (its, next) in keys.pairs() {
                    let mut identity = [0; BLOCK];
                    let hash = blake3::hash(next);
                    let mixed = identity.iter_mut().zip(hash.as_bytes()).zip(header);
                    mixed.for_each(|((byte, hash), header)| *byte = hash ^ header);
                    blocks::encrypt(its, &mut identity);
                    packet.extend(identity);
                }
                packet.extend(body);
                packet.extend(tag);
            }
            Self::XChaCha(cipher) => {
                let mut nonce = [0; X_NONCE];
                getrandom::fill(&mut nonce).ok()?;
                packet.extend(nonce);
                packet.extend(header);
                packet.append(&mut body);
                let sealed = &mut packet[X_NONCE..];
                let tag = cipher.encrypt_inout_detached(&XNonce::from(nonce), &[], sealed.into()).ok()?;
                packet.extend_from_slice(&tag);
            }
        }
        Some(packet)
    }

    /// Opens what stands behind a header that [`session`] has read.
    pub(super) fn open_aes(&self, packet: &mut [u8]) -> Option<Opened> {
        let Self::Aes(session) = self else { return None };
        let (header, sealed) = packet.split_first_chunk_mut::<HEADER>()?;
        let length = session.open_at(nonce(header), sealed).ok()?.len();
        opened(header, HEADER..HEADER + length)
    }

    /// Opens a packet.
    pub(super) fn open_xchacha(&self, packet: &mut [u8]) -> Option<Opened> {
        let Self::XChaCha(cipher) = self else { return None };
        let (nonce, sealed) = packet.split_first_chunk_mut::<X_NONCE>()?;
        let (plain, tag) = sealed.split_last_chunk_mut::<TAG>()?;
        cipher.decrypt_inout_detached(&XNonce::from(*nonce), &[], (&mut *plain).into(), &Tag::from(*tag)).ok()?;
        let header = plain.first_chunk::<HEADER>()?;
        opened(header, X_NONCE + HEADER..X_NONCE + plain.len())
    }
}

/// Decrypts the header of a server's packet where it stands, with AES; tells the session, whose key opens the rest.
pub(super) fn session(keys: &Keys, packet: &mut [u8]) -> Option<[u8; 8]> {
    let header = packet.first_chunk_mut::<HEADER>()?;
    blocks::decrypt(keys.user(), header);
    header.first_chunk().copied()
}

fn opened(header: &[u8; HEADER], body: Range<usize>) -> Option<Opened> {
    let (session, number) = header.split_first_chunk::<8>()?;
    Some(Opened { session: *session, number: u64::from_be_bytes(number.try_into().ok()?), body })
}

/// The last twelve bytes of the header.
fn nonce(header: &[u8; HEADER]) -> [u8; 12] {
    let mut nonce = [0; 12];
    nonce.copy_from_slice(&header[HEADER - 12..]);
    nonce
}
