//! Whether what a client has sent may be sent a second time.
//!
//! Three things may: nothing at all; one complete TLS `ClientHello` without early data (RFC 8446, 4.1.2: nothing was
//! agreed on yet); one complete GET, HEAD or OPTIONS request without a body (RFC 9110, 9.2.1: safe methods). Anything
//! else could order a thing twice.

const HANDSHAKE_RECORD: u8 = 22;
const CLIENT_HELLO: u8 = 1;
const EARLY_DATA: u16 = 42;
const MOST_HEADERS: usize = 128;

/// Whether a first flight is one of the three.
pub(super) fn may_be_repeated(flight: &[u8]) -> bool {
    match flight.first() {
        None => true,
        Some(&HANDSHAKE_RECORD) => client_hello(flight).is_some_and(|hello| !has_early_data(&hello)),
        Some(_) => is_safe_request(flight),
    }
}

/// Whether a first flight is a TLS `ClientHello`, and what came back is nothing that TLS says: a record of an alert or of a
/// handshake. A server of another protocol may stand there; or a stranger, who answers in the target's place.
pub(super) fn is_no_answer(flight: &[u8], answer: &[u8]) -> bool {
    const ALERT: u8 = 21;
    let is_tls = matches!(answer.first(), None | Some(&(ALERT | HANDSHAKE_RECORD)));
    !is_tls && flight.first() == Some(&HANDSHAKE_RECORD) && client_hello(flight).is_some()
}

/// The body of a `ClientHello` that is whole and has nothing behind it. It may be cut into several records.
fn client_hello(flight: &[u8]) -> Option<Vec<u8>> {
    let mut message = Vec::with_capacity(flight.len());
    let mut rest = flight;
    while !rest.is_empty() {
        let (header, body) = rest.split_at_checked(5)?;
        let length = usize::from(u16::from_be_bytes([header[3], header[4]]));
        if header[0] != HANDSHAKE_RECORD || header[1] != 3 || length == 0 {
            return None;
        }
        let (fragment, next) = body.split_at_checked(length)?;
        message.extend_from_slice(fragment);
        rest = next;
    }
    let (header, body) = message.split_at_checked(4)?;
    let length = usize::from(header[1]) << 16 | usize::from(header[2]) << 8 | usize::from(header[3]);
    (header[0] == CLIENT_HELLO && body.len() == length).then(|| body.to_vec())
}

/// Whether a `ClientHello` announces early data; also where it cannot be read to the end, for then nobody knows.
fn has_early_data(hello: &[u8]) -> bool {
    let extensions = || {
        let mut fields = Fields(hello);
        fields.skip(2 + 32)?;
        fields.vector(1)?;
        fields.vector(2)?;
        fields.vector(1)?;
        // A hello may end here (RFC 8446, 4.1.2, on older versions).
        if fields.0.is_empty() { Some(Fields(&[])) } else { fields.vector(2) }
    };
    let Some(mut extensions) = extensions() else { return true };
    while !extensions.0.is_empty() {
        let Some(kind) = extensions.number() else { return true };
        if kind == EARLY_DATA || extensions.vector(2).is_none() {
            return true;
        }
    }
    false
}

/// Reads the fields of a TLS structure one after another.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn skip(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u16> {
        self.skip(2).map(|two| u16::from_be_bytes([two[0], two[1]]))
    }

    /// A vector whose length stands before it in so many bytes.
    fn vector(&mut self, length_bytes: usize) -> Option<Self> {
        let length = self.skip(length_bytes)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        self.skip(length).map(Self)
    }
}

/// Whether this is one whole request of a safe method, without a body and with nothing behind it.
fn is_safe_request(flight: &[u8]) -> bool {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut request = httparse::Request::new(&mut headers);
    let Ok(httparse::Status::Complete(length)) = request.parse(flight) else { return false };
    let is_safe = matches!(request.method, Some("GET" | "HEAD" | "OPTIONS"));
    let may_have_body = request.headers.iter().any(|header| {
        let names = |name: &str| header.name.eq_ignore_ascii_case(name);
        // An upgrade makes of the request what only its two ends know.
        names("transfer-encoding") || names("upgrade") || (names("content-length") && header.value != b"0")
    });
    is_safe && !may_have_body && length == flight.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A `ClientHello` with these extensions, cut into records of at most `record` bytes.
    fn hello(extensions: &[(u16, &[u8])], record: usize) -> Vec<u8> {
        let length16 = |length: usize| u16::try_from(length).unwrap().to_be_bytes();
        let mut list = Vec::new();
        for (kind, body) in extensions {
            list.extend(kind.to_be_bytes());
            list.extend(length16(body.len()));
            list.extend(*body);
        }
        let mut body = vec![3, 3];
        body.extend([7; 32]);
        body.extend([0, 0, 2, 0x13, 1, 1, 0]);
        body.extend(length16(list.len()));
        body.extend(list);
        let mut message = vec![CLIENT_HELLO, 0];
        message.extend(length16(body.len()));
        message.extend(body);
        message
            .chunks(record)
            .flat_map(|piece| [&[HANDSHAKE_RECORD, 3, 1][..], &length16(piece.len()), piece].concat())
            .collect()
    }

    #[test]
    fn nothing_a_whole_hello_and_a_safe_request_may_be_repeated() {
        let plain = hello(&[(0, b"name"), (43, &[2, 3, 4])], 9999);
        for flight in [
            b"".to_vec(),
            plain.clone(),
            hello(&[(0, b"name")], 7),
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
            b"HEAD /x HTTP/1.0\r\nContent-Length: 0\r\n\r\n".to_vec(),
            b"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n".to_vec(),
        ] {
            assert!(may_be_repeated(&flight), "{flight:?}");
        }
    }

    #[test]
    fn anything_else_may_not() {
        let plain = hello(&[(0, b"name")], 9999);
        for flight in [
            hello(&[(0, b"name"), (EARLY_DATA, b"")], 9999),
            plain[..plain.len() - 1].to_vec(),
            [&plain[..], b"\x17\x03\x03\x00\x01x"].concat(),
            [&plain[..], &plain[..]].concat(),
            b"GET / HTTP/1.1\r\nHost: a\r\n".to_vec(),
            b"GET / HTTP/1.1\r\nHost: a\r\n\r\nGET".to_vec(),
            b"GET / HTTP/1.1\r\nContent-Length: 3\r\n\r\n".to_vec(),
            b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(),
            b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_vec(),
            b"POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n".to_vec(),
            b"DELETE / HTTP/1.1\r\n\r\n".to_vec(),
            b"SSH-2.0-OpenSSH_9.2\r\n".to_vec(),
            b"\x05\x01\x00".to_vec(),
            vec![HANDSHAKE_RECORD],
        ] {
            assert!(!may_be_repeated(&flight), "{flight:?}");
        }
    }

    #[test]
    fn a_hello_is_answered_by_tls_and_anything_else_may_be_answered_by_anything() {
        let hello = hello(&[(0, b"name")], 9999);
        assert!(is_no_answer(&hello, b"HTTP/1.1 400 Bad Request"));
        assert!(!is_no_answer(&hello, &[22, 3, 3]) && !is_no_answer(&hello, &[21, 3, 3]) && !is_no_answer(&hello, b""));
        assert!(!is_no_answer(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 400 Bad Request"));
        assert!(!is_no_answer(b"", b"220 ready"));
    }

    proptest! {
        #[test]
        fn no_part_of_a_hello_may_be_repeated_but_the_whole(record in 1..200_usize, cut in 1..80_usize) {
            let whole = hello(&[(0, b"a.example"), (16, b"\x00\x03\x02h2")], record);
            prop_assert!(may_be_repeated(&whole));
            prop_assert!(!may_be_repeated(&whole[..whole.len() - cut.min(whole.len() - 1)]));
        }

        #[test]
        fn no_bytes_make_it_panic(flight in proptest::collection::vec(any::<u8>(), 0..300), hello in any::<bool>()) {
            let mut flight = flight;
            if hello {
                flight.splice(0..0, [HANDSHAKE_RECORD, 3, 1]);
            }
            may_be_repeated(&flight);
        }
    }
}
