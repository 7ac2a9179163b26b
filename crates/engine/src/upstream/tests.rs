use std::net::SocketAddr;

use paperwing_link::{Host, Login, Port, Secret};
use proptest::prelude::*;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Duration, timeout};

use super::*;
use crate::outcome::{Garbage, TargetFailure};

/// How many bytes to read, and what to answer then.
type Script = Vec<(usize, Vec<u8>)>;

/// A proxy that says its lines in order: each is sent once as many bytes as it asks for have come.
async fn scripted(lines: Script) -> (SocketAddr, tokio::task::JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heard = Vec::new();
        for (count, line) in lines {
            let mut bytes = vec![0; count];
            if stream.read_exact(&mut bytes).await.is_err() {
                return heard;
            }
            heard.extend(bytes);
            // One byte at a time, as a hostile network would.
            for byte in line {
                if stream.write_all(&[byte]).await.is_err() {
                    return heard;
                }
            }
        }
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut heard).await;
        heard
    });
    (address, heard)
}

fn proxy(address: SocketAddr, protocol: Protocol) -> Proxy {
    Proxy { name: None, host: Host::from(address.ip()), port: Port::try_from(address.port()).unwrap(), protocol }
}

fn login() -> Login {
    Login { user: "ann".to_owned(), password: Secret::new("pw") }
}

async fn ask(lines: Script, protocol: Protocol, target: &str) -> (Result<Connected, Failure>, Vec<u8>) {
    let (address, heard) = scripted(lines).await;
    let target = Target::parse_authority(target).unwrap();
    let proxy = proxy(address, protocol);
    let result = connect(&proxy, &target, &Surroundings::default(), &Progress::default()).await;
    let heard = if result.is_err() {
        heard.await.unwrap()
    } else {
        heard.abort();
        Vec::new()
    };
    (result, heard)
}

#[tokio::test]
async fn a_name_goes_to_a_socks5_proxy_as_it_is() {
    let request_len = 4 + 1 + 11 + 2;
    let (address, heard) =
        scripted(vec![(3, vec![5, 0]), (request_len, [&[5, 0, 0, 3, 4][..], b"exit", &[0, 80], b"HELLO"].concat())])
            .await;
    let target = Target::parse_authority("example.com:443").unwrap();
    let mut connected =
        connect(&proxy(address, Protocol::Socks5(None)), &target, &Surroundings::default(), &Progress::default())
            .await
            .unwrap();
    let mut first = connected.early.to_vec();
    while first.len() < 5 {
        first.push(connected.stream.read_u8().await.unwrap());
    }
    assert_eq!(first, b"HELLO", "what the target says first is not lost with the reply");
    drop(connected);
    let heard = heard.await.unwrap();
    assert_eq!(&heard[..3], [5, 1, 0]);
    assert_eq!(&heard[3..], [&[5, 1, 0, 3, 11][..], b"example.com", &[1, 187]].concat());
}

#[tokio::test]
async fn a_login_is_offered_and_sent_only_if_the_proxy_chooses_it() {
    let ok = vec![5, 0, 0, 1, 0, 0, 0, 0, 0, 0];
    let lines = vec![(4, vec![5, 2]), (8, vec![1, 0]), (10, ok.clone())];
    assert!(ask(lines, Protocol::Socks5(Some(login())), "192.0.2.1:80").await.0.is_ok());
    let lines = vec![(4, vec![5, 0]), (10, ok)];
    assert!(ask(lines, Protocol::Socks5(Some(login())), "192.0.2.1:80").await.0.is_ok());
}

#[tokio::test]
async fn every_answer_has_its_stage_and_cause() {
    let socks5 = || Protocol::Socks5(None);
    let with_login = || Protocol::Socks5(Some(login()));
    let http = || Protocol::Http(None);
    let request = b"CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n".len();
    let status = |line: &str| vec![(request, format!("HTTP/1.1 {line}\r\nX: y\r\n\r\n").into_bytes())];
    let page =
        vec![(request, b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>".to_vec())];
    let cases: Vec<(Protocol, Script, Stage, Cause)> = vec![
        (socks5(), vec![(3, vec![])], Stage::Greet, Cause::Closed),
        (socks5(), vec![(3, vec![5])], Stage::Greet, Cause::Closed),
        (socks5(), vec![(3, b"HTTP/1.1 400 Bad Request\r\n".to_vec())], Stage::Greet, Cause::Garbage(Garbage::Http)),
        (socks5(), vec![(3, vec![0x15, 3, 1, 0, 2])], Stage::Greet, Cause::Garbage(Garbage::Tls)),
        (socks5(), vec![(3, vec![0; 65536])], Stage::Greet, Cause::Garbage(Garbage::Other)),
        (socks5(), vec![(3, vec![5, 0xFF])], Stage::Greet, Cause::CredentialsNeeded),
        (socks5(), vec![(3, vec![5, 2])], Stage::Greet, Cause::CredentialsNeeded),
        (socks5(), vec![(3, vec![5, 0]), (10, vec![])], Stage::Request, Cause::Closed),
        (
            socks5(),
            vec![(3, vec![5, 0]), (10, vec![5, 0, 0, 9, 9, 9, 9])],
            Stage::Request,
            Cause::Garbage(Garbage::Other),
        ),
        (socks5(), vec![(3, vec![5, 0]), (10, vec![5, 5])], Stage::Request, Cause::Target(TargetFailure::Refused)),
        (with_login(), vec![(4, vec![5, 2]), (8, vec![1, 1])], Stage::Auth, Cause::CredentialsRejected),
        (with_login(), vec![(4, vec![5, 2]), (8, vec![])], Stage::Auth, Cause::Closed),
        (with_login(), vec![(4, vec![5, 0xFF])], Stage::Greet, Cause::CredentialsRejected),
        (
            Protocol::Socks4a { user: None },
            vec![(9, vec![0, 0x5B])],
            Stage::Request,
            Cause::Target(TargetFailure::General),
        ),
        (Protocol::Socks4a { user: None }, vec![(9, vec![0, 0x5D])], Stage::Request, Cause::CredentialsRejected),
        (http(), status("407 Proxy Authentication Required"), Stage::Auth, Cause::CredentialsNeeded),
        (http(), page.clone(), Stage::Request, Cause::Garbage(Garbage::Http)),
        (http(), status("403 Forbidden"), Stage::Request, Cause::Target(TargetFailure::NotAllowed)),
        (http(), status("502 Bad Gateway"), Stage::Request, Cause::Target(TargetFailure::HostUnreachable)),
        (http(), status("405 Method Not Allowed"), Stage::Request, Cause::Garbage(Garbage::Http)),
        (http(), vec![(request, b"SSH-2.0-OpenSSH\r\n".to_vec())], Stage::Request, Cause::Garbage(Garbage::Other)),
        (http(), vec![(request, b"A: b\r\n".repeat(6000))], Stage::Request, Cause::Garbage(Garbage::Other)),
        (
            http(),
            vec![(request, [b"HTTP/1.1 200 OK\r\n".to_vec(), b"A: b\r\n".repeat(6000)].concat())],
            Stage::Request,
            Cause::Garbage(Garbage::TooLong),
        ),
        (
            http(),
            vec![(request, [b"HTTP/1.1 200 OK\r\nA: ".to_vec(), b"b".repeat(65536)].concat())],
            Stage::Request,
            Cause::Garbage(Garbage::TooLong),
        ),
    ];
    for (protocol, lines, stage, cause) in cases {
        let what = format!("{protocol:?} {cause:?}");
        let (result, _) = ask(lines, protocol, "192.0.2.1:80").await;
        // Which of the two a server's close shows as depends on what it left unread.
        let got = result.unwrap_err();
        assert_eq!((got.stage, got.cause), (stage, cause), "{what}");
    }
}

#[tokio::test]
async fn interim_answers_come_before_the_tunnel() {
    let target = "192.0.2.1:80";
    let request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n").len();
    let answer = b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 200 OK\r\n\r\n220 ready".to_vec();
    let (result, _) = ask(vec![(request, answer)], Protocol::Http(None), target).await;
    assert!(result.is_ok());
}

#[tokio::test]
async fn basic_credentials_are_sent_at_once() {
    let expected = "CONNECT a.example:80 HTTP/1.1\r\nHost: a.example:80\r\n\
                    Proxy-Authorization: Basic YW5uOnB3\r\n\r\n";
    let lines = vec![(expected.len(), b"HTTP/1.1 407 No\r\n\r\n".to_vec())];
    let (result, heard) = ask(lines, Protocol::Http(Some(login())), "a.example:80").await;
    assert_eq!(result.unwrap_err().cause, Cause::CredentialsRejected);
    assert_eq!(String::from_utf8(heard).unwrap(), expected);
}

#[tokio::test]
async fn nobody_listening_is_refused_and_our_own_port_is_a_loop() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let target = Target::parse_authority("a.example:80").unwrap();
    let surroundings = Surroundings::default();
    surroundings.set_own_addresses(&[address]);
    let own = proxy(address, Protocol::Socks5(None));
    let cause = |result: Result<Connected, Failure>| result.unwrap_err().cause;
    assert_eq!(cause(connect(&own, &target, &surroundings, &Progress::default()).await), Cause::Loop);
    drop(listener);
    assert_eq!(cause(connect(&own, &target, &Surroundings::default(), &Progress::default()).await), Cause::Refused);
}

#[tokio::test(start_paused = true)]
async fn progress_tells_where_a_silent_proxy_was_left() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let silent = proxy(listener.local_addr().unwrap(), Protocol::Socks5(None));
    let (target, surroundings) = (Target::parse_authority("a.example:80").unwrap(), Surroundings::default());
    let progress = Progress::default();
    assert!(timeout(Duration::from_secs(5), connect(&silent, &target, &surroundings, &progress)).await.is_err());
    assert_eq!(progress.stage(), Stage::Greet);
    let stages: Vec<Stage> = progress.stages(tokio::time::Instant::now()).iter().map(|(stage, _)| *stage).collect();
    assert_eq!(stages, [Stage::Connect, Stage::Greet]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a proxy answers, an attempt ends, and does not end in success unless the answer was one.
    #[test]
    fn any_answer_ends_in_a_verdict(answer in proptest::collection::vec(any::<u8>(), 0..600), kind in 0..3_u8) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let protocol = match kind {
                0 => Protocol::Socks5(Some(login())),
                1 => Protocol::Socks4a { user: Some("ann".to_owned()) },
                _ => Protocol::Http(Some(login())),
            };
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            let sent = answer.clone();
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.unwrap();
                let _ = stream.write_all(&sent).await;
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            });
            let target = Target::parse_authority("a.example:80").unwrap();
            let result = connect(&proxy(address, protocol), &target, &Surroundings::default(), &Progress::default()).await;
            if result.is_ok() {
                let plausible = match kind {
                    0 => answer.starts_with(&[5]),
                    1 => answer.starts_with(&[0, 0x5A]),
                    _ => answer.starts_with(b"HTTP/1."),
                };
                assert!(plausible, "{answer:?}");
            }
            drop(result);
            server.await.unwrap();
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// What is no TLS is no proxy, whatever is to be spoken inside.
    #[test]
    fn whatever_a_stranger_answers_to_a_hello_is_the_proxys_failure(
        answer in proptest::collection::vec(any::<u8>(), 0..600),
        begins_like_tls in any::<bool>(),
        which in 0..4_usize,
    ) {
        let links = ["trojan://p@127.0.0.1:1", "vless://id@127.0.0.1:1?security=tls", "https://127.0.0.1:1", "trojan://p@127.0.0.1:1?type=ws"];
        let answer = if begins_like_tls { [&[0x16, 3, 3, 0, 90][..], &answer].concat() } else { answer };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let link = links[which].parse::<Proxy>().unwrap();
            let address = answers(answer).await;
            let target = Target::parse_authority("a.example:80").unwrap();
            let proxy = proxy(address, link.protocol);
            let (surroundings, progress) = (Surroundings::default(), Progress::default());
            let ended = timeout(Duration::from_secs(20), connect(&proxy, &target, &surroundings, &progress));
            let failure = ended.await.expect("it ends").map(drop).unwrap_err();
            assert_eq!(failure.blame(), crate::outcome::Blame::Proxy, "{failure:?}");
        });
    }

    /// A proxy that is asked for datagrams says yes, no, or nonsense.
    #[test]
    fn any_answer_to_a_request_for_datagrams_ends_in_a_verdict(answer in proptest::collection::vec(any::<u8>(), 0..100), agrees in any::<bool>()) {
        let answer = if agrees { [&[5, 0, 5, 0, 0][..], &answer].concat() } else { answer };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let proxy = proxy(answers(answer.clone()).await, Protocol::Socks5(None));
            let (surroundings, progress) = (Surroundings::default(), Progress::default());
            let opened = timeout(Duration::from_secs(20), Datagrams::open(&proxy, &surroundings, &progress));
            if opened.await.expect("it ends").is_ok() {
                assert!(answer.starts_with(&[5, 0, 5, 0]), "{answer:?}");
            }
        });
    }
}

/// A server that says these bytes to everybody, and nothing more.
async fn answers(bytes: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let _ = stream.write_all(&bytes).await;
            let _ = stream.shutdown().await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        }
    });
    address
}
