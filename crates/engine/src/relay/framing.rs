//! Whether what has come from a target so far ends in the middle of something.
//!
//! A censor that freezes a connection lets 12 to 24 KB pass and then drops everything, without a reset. Silence alone does not
//! show that: kept connections are silent all the time. But a TLS server sends whole records, and a web server as many
//! bytes as it announced. A stream that stops inside one of them was cut.

/// Follows the start of a stream. It looks at lengths only and keeps nothing of the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Framing {
    /// Nothing has come yet.
    #[default]
    Fresh,
    /// Inside a TLS record's header: its first bytes.
    TlsHeader { seen: [u8; 5], count: u8 },
    /// So many bytes of a TLS record's body are still to come; none between two records.
    TlsBody(u16),
    /// So many bytes of an HTTP body are still to come; none between two answers.
    HttpBody(u64),
    /// In the middle of something, or not: nobody can tell.
    Unknown,
}

const MOST_HEADERS: usize = 64;

impl Framing {
    /// The next bytes of the stream.
    pub(super) fn feed(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            bytes = match *self {
                Self::Unknown => return,
                Self::Fresh | Self::HttpBody(0) if bytes[0] == b'H' => self.http_head(bytes),
                Self::Fresh | Self::TlsBody(0) => self.tls_header([0; 5], 0, bytes),
                Self::TlsHeader { seen, count } => self.tls_header(seen, count, bytes),
                Self::TlsBody(left) => {
                    let count = bytes.len().min(left.into());
                    *self = Self::TlsBody(left - u16::try_from(count).unwrap_or(left));
                    &bytes[count..]
                }
                Self::HttpBody(0) => self.give_up(),
                Self::HttpBody(left) => {
                    let count = u64::try_from(bytes.len()).unwrap_or(u64::MAX).min(left);
                    *self = Self::HttpBody(left - count);
                    &bytes[usize::try_from(count).unwrap_or(bytes.len())..]
                }
            };
        }
    }

    /// Whether more must come, whatever the target does.
    pub(super) fn is_cut_short(self) -> bool {
        matches!(self, Self::TlsHeader { .. } | Self::TlsBody(1..) | Self::HttpBody(1..))
    }

    fn give_up<'a>(&mut self) -> &'a [u8] {
        *self = Self::Unknown;
        &[]
    }

    fn tls_header<'a>(&mut self, mut seen: [u8; 5], count: u8, bytes: &'a [u8]) -> &'a [u8] {
        let from = usize::from(count);
        let taken = bytes.len().min(seen.len() - from);
        seen[from..from + taken].copy_from_slice(&bytes[..taken]);
        let is_tls = matches!(seen[0], 20..=23) && (from + taken < 2 || seen[1] == 3);
        if !is_tls {
            return self.give_up();
        }
        *self = match u8::try_from(from + taken) {
            Ok(count) if count < 5 => Self::TlsHeader { seen, count },
            _ => Self::TlsBody(u16::from_be_bytes([seen[3], seen[4]])),
        };
        &bytes[taken..]
    }

    /// An answer's head has to come in one piece, as it nearly always does; anything else is left alone.
    fn http_head<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let Ok(httparse::Status::Complete(head)) = response.parse(bytes) else { return self.give_up() };
        // Answers to HEAD, and those with these codes, announce a length and have no body.
        let may_lack_body = matches!(response.code, Some(100..=199 | 204 | 304));
        let length = response
            .headers
            .iter()
            .find(|header| header.name.eq_ignore_ascii_case("content-length"))
            .and_then(|header| std::str::from_utf8(header.value).ok()?.trim().parse::<u64>().ok());
        match length {
            Some(length) if !may_lack_body && bytes.len() > head => {
                *self = Self::HttpBody(length);
                &bytes[head..]
            }
            _ => self.give_up(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn fed(pieces: &[&[u8]]) -> Framing {
        let mut framing = Framing::default();
        for piece in pieces {
            framing.feed(piece);
        }
        framing
    }

    fn record(length: u16) -> Vec<u8> {
        [&[23, 3, 3][..], &length.to_be_bytes(), &vec![9; length.into()]].concat()
    }

    #[test]
    fn a_stream_that_stops_inside_a_tls_record_was_cut() {
        let stream = [record(100), record(16_000), record(16_000)].concat();
        for (end, cut) in
            [(0, false), (2, true), (105, false), (106, true), (109, true), (8_000, true), (32_115, false)]
        {
            assert_eq!(fed(&[&stream[..end]]).is_cut_short(), cut, "{end}");
        }
    }

    #[test]
    fn a_web_answer_is_cut_where_less_came_than_it_announced() {
        let head = b"HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
        assert!(fed(&[&[&head[..], b"12345"].concat()]).is_cut_short());
        assert!(!fed(&[&[&head[..], b"12345"].concat(), b"67890"]).is_cut_short());
        let two = [&head[..], b"1234567890", head, b"1"].concat();
        assert!(fed(&[&two]).is_cut_short());
    }

    #[test]
    fn what_cannot_be_told_is_never_called_cut() {
        for stream in [
            &b"220 ready\r\n"[..],
            b"SSH-2.0-x\r\n",
            b"HTTP/1.1 200 OK\r\n\r\nsome",
            b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n",
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 10\r\n\r\nx",
            b"HTTP/1.1 200 OK\r\nContent-Le",
            b"\x17\x04\x03\x00\x10x",
        ] {
            assert!(!fed(&[stream]).is_cut_short(), "{stream:?}");
        }
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_stream_is_chopped(lengths in proptest::collection::vec(0..2000_u16, 1..6), cuts in proptest::collection::vec(1..500_usize, 1..40), end in 0..9000_usize) {
            let stream: Vec<u8> = lengths.into_iter().flat_map(record).collect();
            let stream = &stream[..end.min(stream.len())];
            let mut chopped = Framing::default();
            let mut rest = stream;
            for cut in cuts.iter().cycle() {
                if rest.is_empty() {
                    break;
                }
                let (piece, next) = rest.split_at((*cut).min(rest.len()));
                chopped.feed(piece);
                rest = next;
            }
            prop_assert_eq!(chopped, fed(&[stream]));
        }

        #[test]
        fn no_bytes_make_it_panic(pieces in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..50), 0..10)) {
            let mut framing = Framing::default();
            for piece in &pieces {
                framing.feed(piece);
            }
        }
    }
}
