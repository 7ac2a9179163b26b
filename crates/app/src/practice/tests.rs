#![allow(clippy::unwrap_used)]

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::*;

async fn fetch(proxy: SocketAddr, page: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(proxy).await?;
    stream.write_all(&[5, 1, 0]).await?;
    stream.write_all(&[5, 1, 0, 3, 9]).await?;
    stream.write_all(b"127.0.0.1").await?;
    stream.write_all(&page.port().to_be_bytes()).await?;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await?;
    assert_eq!(answer[..4], [5, 0, 5, 0]);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await?;
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

#[tokio::test]
async fn the_page_says_how_it_was_reached() {
    let practice = Practice::start().unwrap();
    let through = fetch(practice.proxies()[1].address(), practice.page_address()).await.unwrap();
    assert!(through.contains("came through a practice proxy (Practice 2)"), "{through}");

    let mut direct = TcpStream::connect(practice.page_address()).await.unwrap();
    direct.write_all(b"GET / HTTP/1.0\r\n\r\n").await.unwrap();
    let mut text = String::new();
    direct.read_to_string(&mut text).await.unwrap();
    assert!(text.contains("fetched directly"), "{text}");
}

#[tokio::test]
async fn a_refusing_proxy_listens_again_on_the_same_port_once_unblocked() {
    let practice = Practice::start().unwrap();
    let proxy = &practice.proxies()[0];
    proxy.block(Block::Refuse);
    // The listener closes a moment later; a connection that comes just then is reset.
    let is_refused = |error: io::Error| error.kind() == io::ErrorKind::ConnectionRefused;
    while !TcpStream::connect(proxy.address()).await.is_err_and(is_refused) {
        tokio::task::yield_now().await;
    }
    proxy.unblock();
    while TcpStream::connect(proxy.address()).await.is_err() {
        tokio::task::yield_now().await;
    }
    assert!(fetch(proxy.address(), practice.page_address()).await.unwrap().contains("It works."));
}

#[tokio::test]
async fn a_mute_proxy_opens_and_says_nothing_until_unblocked() {
    let practice = Practice::start().unwrap();
    let proxy = &practice.proxies()[0];
    proxy.block(Block::Mute);
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    stream.write_all(&[5, 1, 0]).await.unwrap();
    let mut byte = [0];
    let answered = tokio::time::timeout(std::time::Duration::from_millis(50), stream.read(&mut byte)).await;
    assert!(answered.is_err());
    proxy.unblock();
    assert_eq!(stream.read(&mut byte).await.unwrap_or(0), 0);
    assert!(fetch(proxy.address(), practice.page_address()).await.unwrap().contains("It works."));
}

#[tokio::test]
async fn a_frozen_proxy_carries_the_first_bytes_and_no_more() {
    let practice = Practice::start().unwrap();
    let proxy = &practice.proxies()[0];
    proxy.block(Block::Freeze);
    assert!(fetch(proxy.address(), practice.page_address()).await.unwrap().contains("It works."));

    let endless = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = endless.local_addr().unwrap().port();
    tokio::spawn(async move {
        let (mut stream, _) = endless.accept().await.unwrap();
        while stream.write_all(&[7; 4096]).await.is_ok() {}
    });
    let mut stream = TcpStream::connect(proxy.address()).await.unwrap();
    let [high, low] = port.to_be_bytes();
    stream.write_all(&[5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, high, low]).await.unwrap();
    let mut received = vec![0; 12 + 16 * 1024];
    stream.read_exact(&mut received).await.unwrap();
    let more = tokio::time::timeout(std::time::Duration::from_millis(50), stream.read(&mut [0])).await;
    assert!(more.is_err());
}
