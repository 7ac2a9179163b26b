use std::time::Duration;

use paperwing_link::Proxy;

use super::*;
use crate::outcome::Cause;

fn with_plugin(plugin: &str) -> Proxy {
    format!("ss://aes-256-gcm:x@127.0.0.1:1?plugin={plugin}").parse().unwrap()
}

#[test]
fn a_program_is_needed_where_the_link_has_a_plugin_that_we_know() {
    assert_eq!(needed(&with_plugin("obfs-local%3Bobfs%3Dtls")), Some(Program::ObfsLocal));
    assert_eq!(needed(&with_plugin("sh%3B-c")), None);
    assert_eq!(needed(&"socks5://127.0.0.1:1".parse().unwrap()), None);
}

#[tokio::test]
async fn a_program_runs_while_its_proxy_is_listed_and_no_longer() {
    let programs = Programs::default();
    let proxy = with_plugin("obfs-local%3Bobfs%3Dhttp");
    match programs.connect(Program::ObfsLocal, &proxy, &Progress::default()).await {
        Err(failure) if failure.cause == Cause::ProgramMissing(Program::ObfsLocal) => {
            println!("SKIPPED: not on this machine: obfs-local");
            assert!(std::env::var("CI").as_deref() != Ok("true"), "no test may be skipped under CI=true");
            return;
        }
        connected => drop(connected.unwrap()),
    }
    let renamed = Proxy { name: paperwing_link::Name::new("Oslo"), ..proxy.clone() };
    programs.keep([&renamed].into_iter());
    let again = programs.connect(Program::ObfsLocal, &proxy, &Progress::default()).await.unwrap();
    let listens = again.stream.peer_addr().unwrap();
    programs.keep(std::iter::empty());
    let mut gone = false;
    for _ in 0..500 {
        gone = TcpStream::connect(listens).await.is_err();
        if gone {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(gone, "it was killed");
}
