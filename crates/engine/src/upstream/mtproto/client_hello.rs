//! A `ClientHello` (RFC 8446, 4.1.2) that looks like a current browser's, in whose random number a proxy finds the proof that
//! we know its secret: HMAC-SHA256 of the whole with that number zero, its last four bytes mixed with the time.
//!
//! Two shapes. The current one is Chrome's of today: about 2,000 bytes, a post-quantum key share, an encrypted-hello
//! extension without meaning, the numbers of the roots that it trusts. The older one is 517 bytes long to the byte, which proxies of some years ago insist on.

use std::io;

use hmac::{Hmac, KeyInit, Mac};
use rustls::crypto::SupportedKxGroup;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::mtproto::Key;

/// What a hello looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Chrome 156; an end-to-end test holds it against the Chromium that is there.
    Current,
    /// Chrome before version 124.
    Older,
}

/// Where the random number stands: record header, message header and version come before it.
pub(super) const RANDOM: std::ops::Range<usize> = 11..43;
/// The older shape's length.
const OLDER: usize = 517;
/// Names and padding fit into the older shape up to this length of the site's name.
const LONGEST_NAME: usize = 182;

const SUITES: [u16; 15] = [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
    0x0035,
];
const SIGNATURES: [u16; 8] = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
/// ML-DSA's, before those.
const SIGNATURES_AFTER_QUANTUM: [u16; 3] = [0x0904, 0x0905, 0x0906];
const X25519: u16 = 0x001d;
const X25519_MLKEM768: u16 = 0x11ec;
const P256: u16 = 0x0017;
const P384: u16 = 0x0018;

/// A hello for a site, proven with the secret at a moment (seconds since 1970).
pub(super) fn client_hello(shape: Shape, site: &str, secret: &Key, now: u64) -> io::Result<Vec<u8>> {
    let mut dice = Dice::default();
    let mut extensions = extensions(shape, site, &mut dice)?;
    dice.shuffle(&mut extensions)?;
    let (first, last) = (dice.grease(2)?, dice.grease(3)?);
    let mut all = number(first).to_vec();
    all.extend([0, 0]);
    all.extend(extensions.concat());
    all.extend(number(last));
    all.extend([0, 1, 0]);

    let mut body = vec![3, 3];
    body.extend([0; 32]);
    body.push(32);
    body.extend(dice.bytes(32)?);
    let suites = std::iter::once(dice.grease(0)?).chain(SUITES).flat_map(number);
    body.extend(counted(&suites.collect::<Vec<_>>()));
    body.extend([1, 0]);
    if shape == Shape::Older {
        // Record and message headers, the extensions' length, and the padding extension's own header.
        let missing = OLDER.saturating_sub(5 + 4 + body.len() + 2 + all.len() + 4);
        all.extend(extension(0x0015, &vec![0; missing]));
    }
    body.extend(counted(&all));

    let mut hello = vec![0x16, 3, 1];
    let mut message = vec![1, 0];
    message.extend(counted(&body));
    hello.extend(counted(&message));
    let mut random = proof(secret, &[&hello]).finalize().into_bytes();
    let time = u32::try_from(now & u64::from(u32::MAX)).unwrap_or_default().to_le_bytes();
    random[28..].iter_mut().zip(time).for_each(|(byte, time)| *byte ^= time);
    hello[RANDOM].copy_from_slice(&random);
    Ok(hello)
}

/// HMAC-SHA256 over pieces.
pub(super) fn proof(secret: &Key, pieces: &[&[u8]]) -> Hmac<Sha256> {
    // A key that is shorter than a block is filled with zeros (RFC 2104, 2).
    let mut key = Zeroizing::new([0; 64]);
    key[..secret.len()].copy_from_slice(secret.as_slice());
    let mut mac = Hmac::<Sha256>::new((&*key).into());
    for piece in pieces {
        mac.update(piece);
    }
    mac
}

/// All but the first and the last, in the order of their numbers; browsers shuffle them.
fn extensions(shape: Shape, site: &str, dice: &mut Dice) -> io::Result<Vec<Vec<u8>>> {
    let site = site.get(..LONGEST_NAME).unwrap_or(site);
    let name = counted(&[&[0][..], &counted(site.as_bytes())].concat());
    let group = dice.grease(4)?;
    let mut groups = vec![group];
    let mut offered = [&number(group)[..], &counted(&[0])].concat();
    if shape == Shape::Current {
        groups.push(X25519_MLKEM768);
        offered.extend(number(X25519_MLKEM768));
        offered.extend(counted(&[dice.ml_kem_key()?, x25519_key()?].concat()));
    }
    groups.extend([X25519, P256, P384]);
    offered.extend(number(X25519));
    offered.extend(counted(&x25519_key()?));
    let numbers = |all: &[u16]| all.iter().flat_map(|one| number(*one)).collect::<Vec<_>>();
    let versions = numbers(&[dice.grease(6)?, 0x0304, 0x0303]);
    let mut signatures = SIGNATURES.to_vec();
    if shape == Shape::Current {
        let new = std::iter::once(dice.grease(1)?).chain(SIGNATURES_AFTER_QUANTUM);
        signatures.splice(..0, new);
    }
    let mut all = vec![
        extension(0x0000, &name),
        extension(0x0005, &[1, 0, 0, 0, 0]),
        extension(0x000a, &counted(&numbers(&groups))),
        extension(0x000b, &[1, 0]),
        extension(0x000d, &counted(&numbers(&signatures))),
        extension(0x0010, &counted(b"\x02h2\x08http/1.1")),
        extension(0x0012, &[]),
        extension(0x0017, &[]),
        extension(0x001b, &[2, 0, 2]),
        extension(0x0023, &[]),
        extension(0x002b, &[&[6][..], &versions].concat()),
        extension(0x002d, &[1, 1]),
        extension(0x0033, &counted(&offered)),
        extension(if shape == Shape::Current { 0x44cd } else { 0x4469 }, &counted(b"\x02h2")),
        extension(0xff01, &[0]),
    ];
    if shape == Shape::Current {
        all.push(extension(0xfe0d, &dice.encrypted_hello()?));
        all.push(extension(0xca34, &counted(&trust_anchors())));
    }
    Ok(all)
}

/// The roots that Chrome 156 says it trusts (draft-ietf-tls-trust-anchor-ids): relative object identifiers, some authorities'
/// prefixes and the numbers of their roots.
fn trust_anchors() -> Vec<u8> {
    const ROOTS: [(&[u8], &[u8]); 3] = [
        (&[0x82, 0xdf, 0x13, 2], &[1, 6, 13, 14, 15, 18, 19, 20]),
        (&[0x83, 0x9a, 0x64, 0x8c, 0x9b, 0x2d, 1], &[7, 8, 9, 10, 11, 12, 13, 18, 19]),
        (&[0xd6, 0x79, 9], &[1, 4, 5, 6, 7, 8, 10, 11, 12, 13, 15]),
    ];
    let all = ROOTS.iter().flat_map(|(prefix, roots)| roots.iter().map(move |root| [prefix, &[*root][..]].concat()));
    all.flat_map(|identifier| [&[u8::try_from(identifier.len()).unwrap_or_default()][..], &identifier].concat())
        .collect()
}

/// A real one, whose other half nobody has: the answer's is never used.
fn x25519_key() -> io::Result<Vec<u8>> {
    let exchange = SupportedKxGroup::start(rustls::crypto::ring::kx_group::X25519).map_err(io::Error::other)?;
    Ok(exchange.pub_key().to_vec())
}

fn extension(kind: u16, body: &[u8]) -> Vec<u8> {
    [&number(kind)[..], &counted(body)].concat()
}

/// The bytes behind their number, which takes two.
fn counted(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap_or(u16::MAX);
    [&number(length)[..], bytes].concat()
}

fn number(number: u16) -> [u8; 2] {
    number.to_be_bytes()
}

/// Chance, and the meaningless numbers (RFC 8701) of one hello.
#[derive(Default)]
struct Dice {
    grease: Option<[u8; 8]>,
}

impl Dice {
    #[allow(clippy::unused_self)]
    fn bytes(&self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        getrandom::fill(&mut bytes).map_err(io::Error::other)?;
        Ok(bytes)
    }

    /// The number for a place. Those of the places 2 and 3, which are the extensions', differ.
    fn grease(&mut self, place: usize) -> io::Result<u16> {
        let all = if let Some(all) = self.grease {
            all
        } else {
            let mut all = [0; 8];
            getrandom::fill(&mut all).map_err(io::Error::other)?;
            for byte in &mut all {
                *byte = *byte & 0xf0 | 0x0a;
            }
            if all[2] == all[3] {
                all[3] ^= 0x10;
            }
            *self.grease.insert(all)
        };
        Ok(u16::from_be_bytes([all[place], all[place]]))
    }

    /// Fisher and Yates. That a byte's remainder favours some orders a little tells nobody anything.
    fn shuffle(&mut self, items: &mut [Vec<u8>]) -> io::Result<()> {
        let chance = self.bytes(items.len())?;
        for last in (1..items.len()).rev() {
            items.swap(last, usize::from(chance[last]) % (last + 1));
        }
        Ok(())
    }

    /// What could be an ML-KEM-768 encapsulation key (FIPS 203, 7.2): 768 numbers below 3329, twelve bits each, and a seed.
    fn ml_kem_key(&mut self) -> io::Result<Vec<u8>> {
        let random = self.bytes(768 * 4)?;
        let numbers =
            random.chunks_exact(4).map(|four| u32::from_le_bytes([four[0], four[1], four[2], four[3]]) % 3329);
        let numbers: Vec<u32> = numbers.collect();
        let pack = |pair: &[u32]| {
            let [low, middle, high, _] = (pair[0] | pair[1] << 12).to_le_bytes();
            [low, middle, high]
        };
        let mut key: Vec<u8> = numbers.chunks_exact(2).flat_map(pack).collect();
        key.extend(self.bytes(32)?);
        Ok(key)
    }

    /// An extension that browsers send whether or not they have something to hide (draft-ietf-tls-esni, 6.2).
    fn encrypted_hello(&mut self) -> io::Result<Vec<u8>> {
        let chance = self.bytes(2)?;
        let length = 144 + 32 * usize::from(chance[0] % 4);
        let mut body = vec![0, 0, 1, 0, 1, chance[1]];
        body.extend(counted(&x25519_key()?));
        body.extend(counted(&self.bytes(length)?));
        Ok(body)
    }
}

#[cfg(test)]
mod tests;
