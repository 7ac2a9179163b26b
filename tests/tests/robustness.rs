//! Clients that are slow, hasty, many, or half gone.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};

use paperwing_tests::client::{assert_echoes, fetch, socks5, socks5_reply, socks5_request};
use paperwing_tests::needs;
use paperwing_tests::net::connect;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::eventually;
use paperwing_tests::server::Server;
use paperwing_tests::upstream::{Dante, Microsocks};

#[test]
fn a_handshake_may_come_byte_by_byte() {
    needs!("microsocks");
    let (echo, upstream) = (Server::echo(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let socks4a = [&[4, 1][..], &echo.address().port().to_be_bytes(), &[0, 0, 0, 1], b"ann\0localhost\0"].concat();
    let http = format!("CONNECT {} HTTP/1.1\r\nHost: {0}\r\n\r\n", echo.address());

    let mut stream = drip(&paperwing, &socks5_request(echo.address()));
    socks5_reply(&mut stream).expect("it is carried");
    assert_echoes(&mut stream, b"five");

    let mut stream = drip(&paperwing, &socks4a);
    let mut answer = [0; 8];
    stream.read_exact(&mut answer).expect("an answer");
    assert_eq!(answer[..2], [0, 0x5a]);
    assert_echoes(&mut stream, b"four");

    let mut stream = drip(&paperwing, http.as_bytes());
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).expect("an answer");
        answer.extend(byte);
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 "), "{}", String::from_utf8_lossy(&answer));
    assert_echoes(&mut stream, b"connect");
    paperwing.stop();
}

/// Sends every byte in a packet of its own.
fn drip(paperwing: &Paperwing, bytes: &[u8]) -> TcpStream {
    let mut stream = connect(paperwing.address());
    for byte in bytes {
        stream.write_all(&[*byte]).expect("it listens");
        std::thread::yield_now();
    }
    stream
}

#[test]
fn a_client_may_send_its_first_bytes_with_the_handshake() {
    needs!("microsocks");
    let (echo, upstream) = (Server::echo(), Microsocks::open());
    let paperwing = Paperwing::up([upstream.link()]);
    let early = b"said before the answer";
    let socks5 = [&socks5_request(echo.address())[..], early].concat();
    let socks4 = [&[4, 1][..], &echo.address().port().to_be_bytes(), &[127, 0, 0, 1, 0], early].concat();
    let http = [format!("CONNECT {} HTTP/1.1\r\n\r\n", echo.address()).as_bytes(), early].concat();
    for hasty in [socks5, socks4, http] {
        let mut stream = connect(paperwing.address());
        stream.write_all(&hasty).expect("it listens");
        let mut answer = Vec::new();
        while !answer.ends_with(early) {
            let mut piece = [0; 256];
            let read = stream.read(&mut piece).expect("an answer");
            assert!(read > 0, "it ended with {}", String::from_utf8_lossy(&answer));
            answer.extend(&piece[..read]);
        }
    }
    paperwing.stop();
}

#[test]
fn a_client_that_has_said_everything_still_hears_the_answer() {
    needs!("danted");
    // Not microsocks: it hangs up on both when one of them has said everything.
    let (server, upstream) = (Server::answers_after_the_end(), Dante::start());
    let paperwing = Paperwing::up([upstream.link("socks5")]);
    let mut stream = socks5(paperwing.address(), server.address()).expect("it is carried");
    stream.write_all(&vec![7; 100_000]).expect("it takes what is sent");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).expect("an orderly end");
    assert_eq!(heard, "heard 100000 bytes");
    paperwing.stop();
}

#[test]
fn five_hundred_connections_at_once_are_all_carried() {
    needs!("microsocks", "prlimit");
    raise_own_limit();
    let (echo, upstream) = (Server::echo(), Microsocks::open());
    let mut paperwing = Paperwing::up([upstream.link()]);
    let address = paperwing.address();
    let mut streams: Vec<TcpStream> = (0..500).map(|_| connect(address)).collect();
    for stream in &mut streams {
        stream.write_all(&socks5_request(echo.address())).expect("it listens");
    }
    for stream in &mut streams {
        socks5_reply(stream).expect("it is carried");
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        stream.write_all(format!("{number:03}").as_bytes()).expect("it is open");
    }
    for (number, stream) in streams.iter_mut().enumerate() {
        let mut heard = [0; 3];
        stream.read_exact(&mut heard).expect("the echo");
        assert_eq!(heard, format!("{number:03}").as_bytes());
    }
    assert_eq!(echo.connections(), 500);
    assert!(paperwing.runs());
    paperwing.stop();
}

#[test]
fn with_few_open_files_allowed_the_rest_waits_and_is_carried_later() {
    needs!("microsocks", "curl", "prlimit");
    let (origin, echo, upstream) = (Origin::start(), Server::echo(), Microsocks::open());
    for most in [64, 40] {
        let mut paperwing = Setup::on([upstream.link()]).files(most).up();
        let mut waiting: Vec<TcpStream> = (0..60).map(|_| connect(paperwing.address())).collect();
        for stream in &mut waiting {
            stream.write_all(&socks5_request(echo.address())).expect("the kernel keeps it");
        }
        let mut carried = 0;
        for mut stream in waiting {
            // Who could not be carried for want of files is told so, and is not left hanging.
            if socks5_reply(&mut stream).is_ok() {
                assert_echoes(&mut stream, b"one of many");
                carried += 1;
            }
        }
        assert!(carried >= 10, "{carried}\n{}", paperwing.story());
        eventually("it takes connections again", || {
            (fetch(&paperwing.proxy("socks5h"), &origin.url("/")).text() == PAGE).then_some(())
        });
        assert!(paperwing.runs());
        assert!(!paperwing.kinds().contains(&"blocked".to_owned()), "no proxy is to blame: {:?}", paperwing.events());
        paperwing.stop();
    }
}

#[test]
fn clients_that_talk_nonsense_or_go_away_harm_nobody() {
    needs!("microsocks", "curl");
    let (origin, upstream) = (Origin::start(), Microsocks::open());
    let mut paperwing = Paperwing::up([upstream.link()]);
    let endless = [b"GET http://127.0.0.1/ HTTP/1.1\r\nX: ".to_vec(), vec![b'x'; 1 << 20]].concat();
    for nonsense in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"\x00",
        b"\xff\xff\xff\xff",
        b"\x05\x00",
        b"\x05\x01\x02",
        b"\x05\x01\x00\x05\x02\x00\x01\x7f\x00\x00\x01\x00\x50",
        b"\x05\x01\x00\x05\x01\x00\x09",
        b"\x05\x01\x00\x05\x01\x00\x03\x00\x00\x50",
        b"CONNECT nowhere HTTP/1.1\r\n\r\n",
        b"GET ftp://127.0.0.1/ HTTP/1.1\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        &endless,
    ] {
        let mut stream = connect(paperwing.address());
        // It may have had enough before the end.
        let _ = stream.write_all(nonsense);
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.read_to_end(&mut Vec::new());
    }
    for _ in 0..50 {
        drop(connect(paperwing.address()));
    }
    assert_eq!(fetch(&paperwing.proxy("http"), &origin.url("/")).succeeded(), PAGE);
    assert!(paperwing.runs() && !paperwing.story().contains("panicked"), "{}", paperwing.story());
    assert_eq!(paperwing.kinds(), ["listening"]);
    paperwing.stop();
}

/// This process holds both ends of the connections.
fn raise_own_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit }).expect("up to the maximum it is allowed");
}
