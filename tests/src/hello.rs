//! What a TLS `ClientHello` (RFC 8446, 4.1.2) shows to whoever looks on, without what differs each time anyway.

use std::collections::BTreeSet;
use std::io::Read;
use std::net::TcpStream;

/// A number that means nothing (RFC 8701), whichever it is.
const GREASE: u16 = 0x0a0a;

/// What is seen of a hello.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// Of the first record and of the message.
    pub versions: [u16; 2],
    /// In their order.
    pub suites: Vec<u16>,
    /// The kinds of the first and the last extension.
    pub ends: [u16; 2],
    /// The kinds of those between, which browsers shuffle.
    pub kinds: BTreeSet<u16>,
    /// In their order.
    pub groups: Vec<u16>,
    /// Signature algorithms, in their order.
    pub signatures: Vec<u16>,
    /// Groups with the lengths of the keys offered for them.
    pub shares: Vec<(u16, usize)>,
    /// Contents of the extensions that hold nothing secret: their kinds and bytes, sorted.
    pub contents: Vec<(u16, Vec<u8>)>,
    /// The length of the encrypted hello's extension (draft-ietf-tls-esni).
    pub encrypted: usize,
    /// The length of the extension that names trusted roots, which come and go (draft-ietf-tls-trust-anchor-ids).
    pub anchors: usize,
    /// Bytes of the message.
    pub length: usize,
}

/// Extensions whose content says what a program is, and nothing of the connection.
const TELLING: [u16; 8] = [0x0005, 0x000b, 0x0010, 0x0012, 0x001b, 0x002d, 0x44cd, 0xff01];

impl Hello {
    /// Reads one from a client.
    pub fn read(stream: &mut TcpStream) -> std::io::Result<Self> {
        let mut message = Vec::new();
        let mut version = 0;
        while message.len() < 4 || message.len() < 4 + usize::from(u16::from_be_bytes([message[2], message[3]])) {
            let mut header = [0; 5];
            stream.read_exact(&mut header)?;
            version = u16::from_be_bytes([header[1], header[2]]);
            let mut record = vec![0; u16::from_be_bytes([header[3], header[4]]).into()];
            stream.read_exact(&mut record)?;
            message.extend(record);
        }
        Ok(Self::of(version, &message))
    }

    fn of(record: u16, message: &[u8]) -> Self {
        let mut rest = Reader(&message[4..]);
        let versions = [record, rest.number()];
        rest.take(32);
        let session = rest.take(1)[0].into();
        rest.take(session);
        let suites = rest.counted().numbers();
        rest.take(2);
        let mut all = Vec::new();
        let mut extensions = rest.counted();
        while !extensions.0.is_empty() {
            all.push((plain(extensions.number()), extensions.counted().0));
        }
        let of = |kind| all.iter().find(|(known, _)| *known == kind).map_or(&[][..], |(_, body)| *body);
        let mut shares = Vec::new();
        let mut offered = Reader(of(0x0033)).counted();
        while !offered.0.is_empty() {
            shares.push((plain(offered.number()), offered.counted().0.len()));
        }
        let kinds: Vec<u16> = all.iter().map(|(kind, _)| *kind).collect();
        let mut contents: Vec<_> = all.iter().filter(|(kind, _)| TELLING.contains(kind)).map(own).collect();
        contents.sort();
        Self {
            versions,
            suites,
            ends: [kinds[0], kinds[kinds.len() - 1]],
            kinds: kinds[1..kinds.len() - 1].iter().copied().collect(),
            groups: Reader(of(0x000a)).counted().numbers(),
            signatures: Reader(of(0x000d)).counted().numbers(),
            shares,
            contents,
            encrypted: of(0xfe0d).len(),
            anchors: of(0xca34).len(),
            length: message.len(),
        }
    }
}

fn own((kind, body): &(u16, &[u8])) -> (u16, Vec<u8>) {
    (*kind, body.to_vec())
}

fn plain(number: u16) -> u16 {
    let [high, low] = number.to_be_bytes();
    if high == low && low & 0x0f == 0x0a { GREASE } else { number }
}

struct Reader<'b>(&'b [u8]);

impl<'b> Reader<'b> {
    fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> u16 {
        self.take(2).iter().fold(0, |number, byte| number << 8 | u16::from(*byte))
    }

    fn counted(&mut self) -> Self {
        let count = self.number();
        Self(self.take(count.into()))
    }

    fn numbers(mut self) -> Vec<u16> {
        let mut all = Vec::new();
        while !self.0.is_empty() {
            all.push(plain(self.number()));
        }
        all
    }
}
