//! The local port between real sockets: every protocol a client may speak, and what is refused.
#![allow(clippy::unwrap_used)]

mod support;

use paperwing_engine::{Config, Engine};
use paperwing_link::{Login, Secret};
use support::{MoodyProxy, echo, engine, mirror, raw};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

#[tokio::test]
async fn a_socks5_handshake_may_come_byte_by_byte_with_everything_behind_it() {
    let (echo, _) = echo().await;
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    let name = b"localhost";
    let request = [&[5, 2, 0, 2, 5, 1, 0, 3, 9][..], name, &echo.port().to_be_bytes(), b"early"].concat();
    let mut stream = TcpStream::connect(engine.addresses()[0]).await.unwrap();
    stream.set_nodelay(true).unwrap();
    for byte in request {
        stream.write_all(&[byte]).await.unwrap();
        tokio::task::yield_now().await;
    }
    let mut answer = [0; 2 + 10 + 5];
    stream.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00early");
}

#[tokio::test]
async fn socks4_and_4a_reach_targets() {
    let (echo, _) = echo().await;
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    let port = echo.port().to_be_bytes();
    for request in [
        [&[4, 1][..], &port, &[127, 0, 0, 1], b"me\0", b"ping"].concat(),
        [&[4, 1][..], &port, &[0, 0, 0, 9], b"me\0localhost\0", b"ping"].concat(),
    ] {
        let answer = raw(engine.addresses()[0], &request).await;
        assert_eq!(answer, b"\x00\x5a\x00\x00\x00\x00\x00\x00ping");
    }
}

#[tokio::test]
async fn what_socks5_does_not_offer_is_refused_by_its_code() {
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    for (request, code) in [
        (&[5, 2, 0, 1, 127, 0, 0, 1, 0, 80][..], 7),
        (&[5, 1, 0, 2, 127, 0, 0, 1, 0, 80][..], 8),
        (&[5, 1, 0, 3, 0, 0, 80][..], 1),
    ] {
        let answer = raw(engine.addresses()[0], &[&[5, 1, 0][..], request].concat()).await;
        assert_eq!(answer, [5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0], "{request:?}");
    }
    assert_eq!(raw(engine.addresses()[0], &[5, 1, 9]).await, [5, 0xFF]);
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn a_web_page_can_neither_use_nor_read_the_port() {
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    let port = engine.addresses()[0];
    let own = port.port();
    for request in [
        "GET /secret-path HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://evil.example\r\n\r\n".to_owned(),
        "OPTIONS * HTTP/1.1\r\nHost: x\r\nOrigin: http://evil.example\r\n\r\n".to_owned(),
        "POST /\x05\x01\x00 HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        format!("CONNECT localhost:{own} HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET http://127.0.0.1:{own}/secret-path HTTP/1.1\r\nHost: x\r\n\r\n"),
        format!("GET http://[::ffff:127.0.0.1]:{own}/ HTTP/1.1\r\nHost: x\r\n\r\n"),
    ] {
        let answer = text(raw(port, request.as_bytes()).await);
        assert!(answer.starts_with("HTTP/1.1 40"), "{request}: {answer}");
        assert!(!answer.to_lowercase().contains("access-control"), "{answer}");
        assert!(!answer.contains("secret-path") && !answer.contains("evil"), "{answer}");
    }
    assert_eq!(proxy.connections(), 0);
}

#[tokio::test]
async fn plain_requests_go_to_their_targets_without_the_headers_of_the_hop() {
    let mirror = mirror().await;
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    let request = format!(
        "GET http://user@{mirror}/a?b HTTP/1.1\r\nHost: other.example\r\nProxy-Authorization: Basic c2VjcmV0\r\n\
         Proxy-Connection: keep-alive\r\nConnection: close, X-Mine\r\nX-Mine: 1\r\nTE: trailers\r\nx-Kept: 1\r\n\r\n"
    );
    let answer = text(raw(engine.addresses()[0], request.as_bytes()).await);
    let (head, seen) = answer.split_once("\r\n\r\n").unwrap();
    assert!(seen.starts_with("GET /a?b HTTP/1.1\r\n"), "{seen}");
    assert!(seen.contains(&format!("{mirror}\r\n")) && seen.contains("x-Kept: 1\r\n"), "{seen}");
    for gone in ["proxy-", "x-mine", "other.example", "te:", "c2VjcmV0", "user@"] {
        assert!(!seen.to_lowercase().contains(&gone.to_lowercase()), "{gone} in {seen}");
    }
    assert!(!head.to_lowercase().contains("x-hop") && !head.to_lowercase().contains("keep-alive"), "{head}");
}

#[tokio::test]
async fn one_connection_carries_many_plain_requests_and_a_tunnel_in_the_end() {
    let (mirror, (echo, _)) = (mirror().await, echo().await);
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    let mut stream = TcpStream::connect(engine.addresses()[0]).await.unwrap();
    for count in 0..3 {
        let request = format!("GET http://{mirror}/{count} HTTP/1.1\r\nHost: {mirror}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.windows(4).any(|end| end == b"\r\n\r\n") || !text(answer.clone()).contains("Host") {
            answer.push(stream.read_u8().await.unwrap());
        }
        let rest_of_mirror = format!(": {mirror}\r\n\r\n").len();
        stream.read_exact(&mut vec![0; rest_of_mirror]).await.unwrap();
        assert!(text(answer).contains(&format!("GET /{count} ")));
    }
    assert_eq!(proxy.connections(), 1, "the connection to the target is kept");
    stream.write_all(format!("CONNECT {echo} HTTP/1.1\r\nHost: {echo}\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    while !answer.ends_with(b"\r\n\r\n") {
        answer.push(stream.read_u8().await.unwrap());
    }
    assert!(answer.starts_with(b"HTTP/1.1 200"));
    stream.write_all(b"ping").await.unwrap();
    let mut back = [0; 4];
    stream.read_exact(&mut back).await.unwrap();
    assert_eq!(&back, b"ping");
    assert!(engine.connections().iter().any(|one| one.target.to_string() == echo.to_string()), "it is listed");
    engine.stop().await;
    assert!(stream.read_u8().await.is_err(), "and ends with all others");
}

#[tokio::test]
async fn with_a_login_nobody_else_may_use_the_port() {
    let (echo, _) = echo().await;
    let proxy = MoodyProxy::start().await;
    let login = Login { user: "ann".to_owned(), password: Secret::new("pw") };
    let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], login: Some(login), ..Config::default() };
    let engine = Engine::start(config, vec![proxy.upstream(1)], Box::new(|| 0.5)).unwrap();
    let port = engine.addresses()[0];
    assert_eq!(raw(port, &[5, 1, 0]).await, [5, 0xFF]);
    assert_eq!(raw(port, b"\x05\x01\x02\x01\x03ann\x02no").await, [5, 2, 1, 1]);
    assert_eq!(raw(port, b"\x04\x01\x00\x50\x7f\x00\x00\x01ann\x00").await[1], 0x5B);
    for credentials in ["", "Proxy-Authorization: Basic YW5uOm5v\r\n", "Proxy-Authorization: Bearer x\r\n"] {
        let request = format!("CONNECT {echo} HTTP/1.1\r\n{credentials}\r\n");
        let answer = text(raw(port, request.as_bytes()).await);
        assert!(answer.starts_with("HTTP/1.1 407") && answer.contains("Proxy-Authenticate: Basic"), "{answer}");
    }
    assert_eq!(proxy.connections(), 0);
    let request = format!("CONNECT {echo} HTTP/1.1\r\nProxy-Authorization: Basic YW5uOnB3\r\n\r\nping");
    assert!(text(raw(port, request.as_bytes()).await).ends_with("\r\n\r\nping"));
    let request = [&b"\x05\x01\x02\x01\x03ann\x02pw\x05\x01\x00\x01\x7f\x00\x00\x01"[..], &echo.port().to_be_bytes()];
    assert_eq!(raw(port, &request.concat()).await[..5], [5, 2, 1, 0, 5]);
}

#[tokio::test]
async fn heads_without_end_and_nonsense_end_in_an_answer_or_a_close() {
    let proxy = MoodyProxy::start().await;
    let engine = engine(&[&proxy]);
    let port = engine.addresses()[0];
    let endless = [&b"GET http://a.example/ HTTP/1.1\r\nX: "[..], &vec![b'a'; 70_000]].concat();
    assert!(text(raw(port, &endless).await).starts_with("HTTP/1.1 431"));
    assert!(text(raw(port, b"GET\r\n\r\n").await).starts_with("HTTP/1.1 400"));
    assert!(text(raw(port, b"CONNECT a.example HTTP/1.1\r\n\r\n").await).starts_with("HTTP/1.1 400"));
    assert!(text(raw(port, b"GET ftp://a.example/ HTTP/1.1\r\n\r\n").await).starts_with("HTTP/1.1 501"));
    let _ = TcpStream::connect(port).await.unwrap().write_all(&[0x16, 3, 1, 0, 0]).await;
    assert_eq!(proxy.connections(), 0);
}
