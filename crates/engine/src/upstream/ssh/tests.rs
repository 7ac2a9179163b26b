use proptest::prelude::*;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;
use tokio::time::{Duration, timeout};

use super::*;
use crate::outcome::{Cause, Garbage};

/// Opens a session with a server that says these bytes and then nothing, or closes.
async fn with_answer(answer: Vec<u8>, link: &str) -> Failure {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let _ = stream.write_all(&answer).await;
            let _ = stream.shutdown().await;
        }
    });
    let proxy: Proxy = link.replace("PORT", &address.port().to_string()).parse().unwrap();
    let Protocol::Ssh(ssh) = &proxy.protocol else { panic!() };
    let surroundings = Surroundings::default();
    let progress = Progress::default();
    let opened = surroundings.sessions.get(&proxy, ssh, &surroundings, &progress);
    let result = timeout(Duration::from_secs(20), opened).await.expect("it ends");
    server.abort();
    result.map(drop).unwrap_err()
}

const LINK: &str = "ssh://ann:pw@127.0.0.1:PORT";

#[tokio::test]
async fn what_is_no_ssh_ends_at_the_greeting() {
    for (answer, cause) in [
        (&b""[..], Cause::Closed),
        (b"SSH-2.0-x\r\n", Cause::Closed),
        (b"SSH-2.0-x\r\n\x00\x00\x00\x0c\x0a\x14 not a key exchange", Cause::Garbage(Garbage::Other)),
    ] {
        let failure = with_answer(answer.to_vec(), LINK).await;
        assert_eq!(failure.stage, Stage::Greet, "{failure:?}");
        assert!(failure.cause == cause || failure.cause == Cause::Reset, "{failure:?}");
    }
    let endless = b"welcome\r\n".repeat(100_000);
    assert_eq!(with_answer(endless, LINK).await.stage, Stage::Greet);
}

#[test]
fn a_proxy_stays_the_same_when_its_servers_key_becomes_known() {
    let parse = |link: &str| link.parse::<Proxy>().unwrap();
    let key = "A".repeat(43);
    let (before, after) =
        (parse("ssh://ann@h.example#A"), parse(&format!("ssh://ann@h.example?hostkey=SHA256%3A{key}#B")));
    assert!(are_alike(&before, &after));
    assert!(!are_alike(&before, &parse("ssh://bob@h.example#A")));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn whatever_a_stranger_answers_ends_in_a_failure_of_the_proxys(
        answer in proptest::collection::vec(any::<u8>(), 0..800),
        greets in any::<bool>(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let answer = if greets { [b"SSH-2.0-OpenSSH_9.2\r\n", &answer[..]].concat() } else { answer };
        let failure = runtime.block_on(with_answer(answer, LINK));
        assert_eq!(failure.stage, Stage::Greet);
        assert_eq!(failure.blame(), crate::outcome::Blame::Proxy, "{failure:?}");
    }
}
