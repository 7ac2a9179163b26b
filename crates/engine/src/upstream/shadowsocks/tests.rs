use std::time::Duration;

use paperwing_link::{Protocol, Proxy};
use proptest::prelude::*;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use super::cipher::{Edition, Session, TAG};
use super::*;

const AEAD: &str = "ss://aes-256-gcm:pw@127.0.0.1:1";
const OF_2022: &str = "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==@127.0.0.1:1";
const EDITIONS: [&str; 3] = [AEAD, "ss://chacha20-ietf-poly1305:pw@127.0.0.1:1", OF_2022];

fn shadowsocks(link: &str) -> Shadowsocks {
    match link.parse::<Proxy>().unwrap().protocol {
        Protocol::Shadowsocks(it) => it,
        other => panic!("{other:?}"),
    }
}

async fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    (near, listener.accept().await.unwrap().0)
}

fn target() -> Target {
    Target::parse_authority("a.example:80").unwrap()
}

const ADDRESS: &[u8] = b"\x03\x09a.example\x00\x50";

/// The proxy's side, as far as a test needs it.
struct Peer<S> {
    stream: S,
    keys: Keys,
    from_client: Session,
    their_salt: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<S> {
    /// Reads a request. Returns what the client said with it.
    async fn accept(mut stream: S, link: &str) -> (Self, Vec<u8>) {
        let keys = Keys::of(&shadowsocks(link)).unwrap();
        let mut salt = vec![0; keys.cipher.key_length()];
        stream.read_exact(&mut salt).await.unwrap();
        let from_client = keys.session(&salt);
        let mut peer = Self { stream, keys, from_client, their_salt: salt };
        let first = if peer.keys.cipher.edition == Edition::Aead {
            peer.chunk().await
        } else {
            let fixed = peer.sealed(11).await;
            assert_eq!(fixed[0], 0);
            let mut variable = peer.sealed(usize::from(u16::from_be_bytes([fixed[9], fixed[10]]))).await;
            let padding = u16::from_be_bytes([variable[ADDRESS.len()], variable[ADDRESS.len() + 1]]);
            assert_eq!(padding == 0, variable.len() > ADDRESS.len() + 2 + usize::from(padding));
            variable.drain(ADDRESS.len()..ADDRESS.len() + 2 + usize::from(padding));
            variable
        };
        assert_eq!(&first[..ADDRESS.len()], ADDRESS);
        (peer, first[ADDRESS.len()..].to_vec())
    }

    async fn sealed(&mut self, length: usize) -> Vec<u8> {
        let mut sealed = vec![0; length + TAG];
        self.stream.read_exact(&mut sealed).await.unwrap();
        self.from_client.open(&mut sealed).unwrap().to_vec()
    }

    async fn chunk(&mut self) -> Vec<u8> {
        let length = self.sealed(2).await;
        self.sealed(usize::from(u16::from_be_bytes([length[0], length[1]]))).await
    }

    /// The answer to a request, cut into chunks of one size.
    fn answer(&self, bytes: &[u8], chunk: usize) -> Vec<u8> {
        let salt = vec![7; self.keys.cipher.key_length()];
        let mut session = self.keys.session(&salt);
        let mut out = salt;
        let mut chunks = bytes.chunks(chunk);
        if self.keys.cipher.edition == Edition::Of2022 {
            let first = chunks.next().unwrap_or_default();
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
            let mut fixed = vec![1];
            fixed.extend(now.to_be_bytes());
            fixed.extend(&self.their_salt);
            fixed.extend(u16::try_from(first.len()).unwrap().to_be_bytes());
            session.seal_to(&fixed, &mut out);
            session.seal_to(first, &mut out);
        }
        for chunk in chunks {
            session.seal_to(&u16::try_from(chunk.len()).unwrap().to_be_bytes(), &mut out);
            session.seal_to(chunk, &mut out);
        }
        out
    }
}

#[tokio::test]
async fn the_target_and_the_clients_first_bytes_leave_together() {
    for link in EDITIONS {
        let (near, far) = pair().await;
        let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
        stream.write_all(b"GET").await.unwrap();
        let (_, first) = Peer::accept(far, link).await;
        assert_eq!(first, b"GET", "{link}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_waits_for_the_target_to_speak_is_not_waited_for() {
    for link in EDITIONS {
        let (near, far) = pair().await;
        let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
        let read = tokio::spawn(async move { stream.read_u8().await });
        let (mut peer, first) = Peer::accept(far, link).await;
        assert_eq!(first, b"", "{link}");
        let answer = peer.answer(b"2", 1);
        peer.stream.write_all(&answer).await.unwrap();
        assert_eq!(read.await.unwrap().unwrap(), b'2');
    }
}

#[tokio::test]
async fn what_is_longer_than_a_chunk_goes_both_ways_and_each_way_ends_by_itself() {
    let sent: Vec<u8> = (0..1_000_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    for link in EDITIONS {
        let (near, far) = pair().await;
        let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
        let expected = sent.clone();
        let peer = tokio::spawn(async move {
            let (mut peer, mut got) = Peer::accept(far, link).await;
            while got.len() < expected.len() {
                got.extend(peer.chunk().await);
            }
            assert_eq!(peer.stream.read(&mut [0]).await.unwrap(), 0, "the client's end");
            let answer = peer.answer(&got, 0x3FFF);
            peer.stream.write_all(&answer).await.unwrap();
            assert_eq!(got, expected);
        });
        stream.write_all(&sent).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut back = Vec::new();
        stream.read_to_end(&mut back).await.unwrap();
        assert_eq!(back, sent, "{link}");
        peer.await.unwrap();
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_a_socket_has_arrives_whole_and_in_order_without_a_copy_in_between() {
    let sent: Vec<u8> = (0..3_000_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    for link in EDITIONS {
        let ((near, far), (mut client, socket)) = (pair().await, pair().await);
        let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
        let expected = sent.clone();
        let peer = tokio::spawn(async move {
            let (mut peer, mut got) = Peer::accept(far, link).await;
            while got.len() < expected.len() {
                got.extend(peer.chunk().await);
            }
            assert!(got == expected, "{link}");
        });
        let said = sent.clone();
        let client = tokio::spawn(async move {
            // Pieces of every kind: smaller than a chunk, larger, and more than is read at once.
            let mut rest = &said[..];
            for size in [1, 500, 0x3FFF, 0x4000, 70_000, 400_000].into_iter().cycle() {
                let (piece, next) = rest.split_at(rest.len().min(size));
                client.write_all(piece).await.unwrap();
                rest = next;
                if rest.is_empty() {
                    break;
                }
                tokio::task::yield_now().await;
            }
        });
        let mut carried = 0;
        loop {
            match std::future::poll_fn(|cx| stream.poll_write_from(cx, &socket)).await.unwrap() {
                0 => break,
                count => carried += count,
            }
        }
        assert_eq!(carried, sent.len(), "{link}");
        stream.shutdown().await.unwrap();
        client.await.unwrap();
        peer.await.unwrap();
    }
}

#[tokio::test]
async fn a_reader_with_little_room_and_one_with_much_read_the_same() {
    let sent: Vec<u8> = (0..200_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    for link in EDITIONS {
        let (near, far) = pair().await;
        let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
        stream.write_all(b"x").await.unwrap();
        let (mut peer, _) = Peer::accept(far, link).await;
        let answer = peer.answer(&sent, 0x3FFF);
        tokio::spawn(async move {
            peer.stream.write_all(&answer).await.unwrap();
        });
        let mut back = Vec::new();
        for room in [1, 17, 3000, 200_000, 9, 70_000, 16_384].into_iter().cycle() {
            let mut piece = vec![0; room];
            let count = stream.read(&mut piece).await.unwrap();
            if count == 0 {
                break;
            }
            back.extend_from_slice(&piece[..count]);
        }
        assert!(back == sent, "{link}");
    }
}

#[tokio::test]
async fn an_answer_cut_at_any_byte_is_an_end_only_between_two_chunks() {
    for link in EDITIONS {
        let (near, far) = pair().await;
        let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
        stream.write_all(b"x").await.unwrap();
        let (peer, _) = Peer::accept(far, link).await;
        let whole = peer.answer(b"one, two, three", 5);
        let hello = if link == OF_2022 { 16 + 11 + 16 + TAG + 5 + TAG } else { peer.keys.cipher.key_length() };
        let chunk = 2 + TAG + 5 + TAG;
        // The salt is not known to be ours before the first message, and no bytes at all are an end too.
        let is_end = |cut: usize| cut == 0 || (cut >= hello && (cut - hello).is_multiple_of(chunk));
        for cut in 0..=whole.len() {
            let (near, far) = pair().await;
            let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
            stream.write_all(b"x").await.unwrap();
            let (mut peer, _) = Peer::accept(far, link).await;
            let whole = peer.answer(b"one, two, three", 5);
            peer.stream.write_all(&whole[..cut]).await.unwrap();
            peer.stream.shutdown().await.unwrap();
            let mut got = Vec::new();
            let ended = stream.read_to_end(&mut got).await;
            assert_eq!(ended.is_ok(), is_end(cut), "{link}, cut at {cut}: {ended:?}");
            assert!(b"one, two, three".starts_with(&got[..]));
        }
    }
}

#[tokio::test]
async fn a_byte_that_somebody_changed_ends_the_connection_and_is_not_passed_on() {
    for link in EDITIONS {
        for at in 0..120 {
            let (near, far) = pair().await;
            let mut stream = ask(near, &shadowsocks(link), &target()).unwrap();
            stream.write_all(b"x").await.unwrap();
            let (mut peer, _) = Peer::accept(far, link).await;
            let mut answer = peer.answer(&[b'.'; 20], 10);
            let Some(byte) = answer.get_mut(at) else { break };
            *byte ^= 0x40;
            peer.stream.write_all(&answer).await.unwrap();
            peer.stream.shutdown().await.unwrap();
            let mut got = Vec::new();
            let error = stream.read_to_end(&mut got).await.unwrap_err();
            let kinds = [std::io::ErrorKind::InvalidData, std::io::ErrorKind::UnexpectedEof];
            assert!(kinds.contains(&error.kind()), "{link} at {at}: {error:?}");
            assert!(got.iter().all(|byte| *byte == b'.'));
        }
    }
}

#[tokio::test]
async fn an_answer_to_another_connection_is_not_taken() {
    let (near, far) = pair().await;
    let mut stream = ask(near, &shadowsocks(OF_2022), &target()).unwrap();
    stream.write_all(b"x").await.unwrap();
    let (mut peer, _) = Peer::accept(far, OF_2022).await;
    peer.their_salt = vec![9; 16];
    let answer = peer.answer(b"replayed", 8);
    peer.stream.write_all(&answer).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_a_stranger_answers_ends_in_an_error_soon(
        answer in proptest::collection::vec(any::<u8>(), 100..2000),
        which in 0..EDITIONS.len(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (near, mut far) = pair().await;
            let mut stream = ask(near, &shadowsocks(EDITIONS[which]), &target()).unwrap();
            stream.write_all(b"x").await.unwrap();
            far.write_all(&answer).await.unwrap();
            let read = timeout(Duration::from_secs(20), stream.read_u8()).await.expect("no wait");
            assert_eq!(read.unwrap_err().kind(), std::io::ErrorKind::InvalidData);
        });
    }
}
