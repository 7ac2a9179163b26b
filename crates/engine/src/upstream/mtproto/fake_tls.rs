//! What proxies with an `ee` secret do before anything else: what looks like a TLS 1.3 handshake with a site, in which both
//! sides prove with a MAC that they know the secret. What follows travels in what looks like TLS records.

use std::io::{Error, ErrorKind};
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::Mac;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

use super::client_hello::{RANDOM, Shape, client_hello, proof};
use crate::mtproto::Key;
use crate::outcome::{Cause, Failure, Garbage, Stage};
use crate::received::Received;
use crate::upstream::failed;

const HANDSHAKE: u8 = 0x16;
const CHANGE_CIPHER: u8 = 0x14;
const ALERT: u8 = 0x15;
const DATA: u8 = 0x17;
const VERSION: [u8; 2] = [3, 3];
/// The longest record (RFC 8446, 5.2).
const LONGEST: usize = 16 * 1024 + 256;
/// The whole answer: a hello, a change of cipher, and something as long as a certificate.
const MOST: usize = 2 * (5 + LONGEST) + 6;
/// Telegram's own clients send no longer ones, so proxies are used to them.
pub(super) const LONGEST_SENT: usize = 2878;
/// Sent once before the first record of ours.
pub(super) const CHANGE: [u8; 6] = [CHANGE_CIPHER, 3, 3, 0, 1, 1];

/// Performs the handshake.
pub(super) async fn handshake<S>(stream: &mut S, shape: Shape, site: &str, secret: &Key) -> Result<(), Failure>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let stage = Stage::Tls;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let hello = client_hello(shape, site, secret, now).map_err(failed(stage))?;
    stream.write_all(&hello).await.map_err(failed(stage))?;
    let mut received = Received::at_most(MOST);
    let mut whole = record(stream, &mut received, HANDSHAKE).await?;
    whole.extend(record(stream, &mut received, CHANGE_CIPHER).await?);
    whole.extend(record(stream, &mut received, DATA).await?);
    // A proxy that knows the secret waits for us now.
    if !received.bytes().is_empty() {
        return Err(Failure::new(stage, Cause::Garbage(Garbage::Tls)));
    }
    let Some(place) = whole.get_mut(RANDOM) else { return Err(Failure::new(stage, Cause::Unproven)) };
    let shown: Vec<u8> = place.to_vec();
    place.fill(0);
    // Compared in a time that tells nothing.
    proof(secret, &[&hello[RANDOM], &whole]).verify_slice(&shown).map_err(|_| Failure::new(stage, Cause::Unproven))
}

/// One record of this kind, header included.
async fn record<S>(stream: &mut S, received: &mut Received, kind: u8) -> Result<Vec<u8>, Failure>
where
    S: AsyncRead + Unpin,
{
    let stage = Stage::Tls;
    let first = received.need(stream, 1).await.map_err(failed(stage))?[0];
    let cause = match first {
        first if first == kind => None,
        ALERT => Some(Cause::TlsRefused),
        // A real server of that site, or somebody in the middle: the next record is its own.
        HANDSHAKE | CHANGE_CIPHER | DATA => Some(Cause::Unproven),
        b'H' | b'<' => Some(Cause::Garbage(Garbage::Http)),
        _ => Some(Cause::Garbage(Garbage::Other)),
    };
    if let Some(cause) = cause {
        return Err(Failure::new(stage, cause));
    }
    let header = received.need(stream, 5).await.map_err(failed(stage))?;
    let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
    if header[1..3] != VERSION || length > LONGEST {
        return Err(Failure::new(stage, Cause::Garbage(Garbage::Tls)));
    }
    let whole = received.need(stream, 5 + length).await.map_err(failed(stage))?.to_vec();
    received.take(5 + length);
    Ok(whole)
}

/// Takes the records off what was received, however it was cut.
#[derive(Debug, Default)]
pub(super) struct Records {
    header: [u8; 5],
    have: usize,
    left: usize,
}

impl Records {
    /// Moves the content of the records to the front, and tells how much it is.
    pub(super) fn strip(&mut self, bytes: &mut [u8]) -> Result<usize, Error> {
        let (mut from, mut to) = (0, 0);
        while from < bytes.len() {
            if self.left == 0 {
                self.header[self.have] = bytes[from];
                self.have += 1;
                from += 1;
                if self.have == self.header.len() {
                    self.begin()?;
                }
                continue;
            }
            let count = self.left.min(bytes.len() - from);
            if self.header[0] == DATA {
                bytes.copy_within(from..from + count, to);
                to += count;
            }
            from += count;
            self.left -= count;
        }
        Ok(to)
    }

    fn begin(&mut self) -> Result<(), Error> {
        let length = usize::from(u16::from_be_bytes([self.header[3], self.header[4]]));
        if !matches!(self.header[0], DATA | CHANGE_CIPHER) || self.header[1..3] != VERSION || length > LONGEST {
            return Err(ErrorKind::InvalidData.into());
        }
        self.have = 0;
        self.left = length;
        Ok(())
    }
}

/// Puts bytes into records behind what is there.
pub(super) fn wrap(bytes: &[u8], out: &mut Vec<u8>) {
    for piece in bytes.chunks(LONGEST_SENT) {
        let length = u16::try_from(piece.len()).unwrap_or(u16::MAX).to_be_bytes();
        out.extend([DATA, VERSION[0], VERSION[1], length[0], length[1]]);
        out.extend_from_slice(piece);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_wrapped_is_found_however_it_is_cut(
            bytes in proptest::collection::vec(any::<u8>(), 0..9000),
            cuts in proptest::collection::vec(1..4000_usize, 1..40),
        ) {
            let mut wire = CHANGE.to_vec();
            wrap(&bytes, &mut wire);
            let (mut records, mut found, mut rest) = (Records::default(), Vec::new(), wire.as_mut_slice());
            for cut in cuts.into_iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, next) = rest.split_at_mut(cut.min(rest.len()));
                let count = records.strip(piece).unwrap();
                found.extend_from_slice(&piece[..count]);
                rest = next;
            }
            prop_assert_eq!(found, bytes);
        }

        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..300), begin in any::<bool>()) {
            if begin {
                bytes.splice(0..0, [DATA, 3, 3, 0, 2]);
            }
            let _ = Records::default().strip(&mut bytes);
        }
    }
}
