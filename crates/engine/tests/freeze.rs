//! A proxy that lets a few kilobytes pass and then freezes the connection.
#![allow(clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;

use paperwing_engine::failover::Rules;
use paperwing_engine::{Cause, Event, Failure, Stage};
use paperwing_link::ProxyId;
use support::{Mood, MoodyProxy, engine, engine_with, exchange, socks5};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A web server whose pages are 200 KB.
async fn large_pages() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let page = [&b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"[..], &vec![7; 200_000]].concat();
                let _ = stream.write_all(&page).await;
                let _ = stream.read(&mut [0; 1]).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn a_proxy_that_freezes_connections_is_left_though_small_things_still_pass() {
    let (pages, (echo, _)) = (large_pages().await, support::echo().await);
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    first.set(Mood::Freezes);
    let engine = engine(&[&first, &second]);
    let mut events = engine.events();
    let port = engine.addresses()[0];
    let mut frozen = Vec::new();
    for _ in 0..2 {
        let (_, mut stream) = socks5(port, pages).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        // It has stopped once its 16 KB have come.
        stream.read_exact(&mut [0; 16 * 1024]).await.unwrap();
        frozen.push(stream);
    }
    let verdict = loop {
        assert_eq!(exchange(port, echo).await, 0);
        tokio::select! {
            event = events.recv() => break event.unwrap(),
            () = tokio::time::sleep(std::time::Duration::from_millis(100)) => {}
        }
    };
    let why = Failure::new(Stage::Carrying, Cause::Silent);
    assert!(matches!(verdict, Event::Blocked { proxy: ProxyId(1), why: cause, .. } if cause == why), "{verdict:?}");
    assert_eq!(engine.state().pick, Some(ProxyId(2)));
    for mut stream in frozen {
        let ended = stream.read_to_end(&mut Vec::new()).await;
        assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset, "the application may connect anew");
    }
}

#[tokio::test]
async fn finished_answers_on_kept_connections_are_no_freeze() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let page = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let page = [&b"HTTP/1.1 200 OK\r\nContent-Length: 20000\r\n\r\n"[..], &vec![7; 20_000]].concat();
                let _ = stream.write_all(&page).await;
                let _ = stream.read(&mut [0; 1]).await;
            });
        }
    });
    let (echo, _) = support::echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    let mut kept = Vec::new();
    for _ in 0..4 {
        let (_, mut stream) = socks5(port, page).await;
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
        kept.push(stream);
    }
    // Longer than a frozen connection is waited for.
    for _ in 0..50 {
        assert_eq!(exchange(port, echo).await, 0);
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    assert_eq!((engine.state().pick, second.connections()), (Some(ProxyId(1)), 0));
}

/// A server that listens and never says a word.
async fn listener() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let mut kept = Vec::new();
        loop {
            kept.push(listener.accept().await.unwrap());
        }
    });
    address
}

/// The limit of a stall is short here, so that nobody has to wait; what counts is that no new connection is needed.
fn impatient() -> Rules {
    Rules { stall: std::time::Duration::from_millis(500), ..Rules::default() }
}

#[tokio::test]
async fn a_pick_that_dies_under_old_connections_is_found_out_before_a_new_one_comes() {
    let target = listener().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine_with(&[&first, &second], impatient());
    let mut events = engine.events();
    let (_, mut old) = socks5(engine.addresses()[0], target).await;
    first.set(Mood::Mute);
    old.write_all(b"anybody there?").await.unwrap();
    assert!(matches!(events.recv().await.unwrap(), Event::Blocked { proxy: ProxyId(1), .. }));
    assert!(matches!(events.recv().await.unwrap(), Event::Switched { to: ProxyId(2), .. }));
    // And whoever hangs on it is told.
    assert_eq!(old.read_u8().await.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn a_server_that_is_only_slow_costs_one_question_and_no_standby() {
    let target = listener().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine_with(&[&first, &second], impatient());
    let (_, mut old) = socks5(engine.addresses()[0], target).await;
    old.write_all(b"anybody there?").await.unwrap();
    while first.connections() < 2 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let longer = tokio::time::timeout(std::time::Duration::from_secs(3), old.read_u8()).await;
    assert!(longer.is_err(), "it stays");
    assert_eq!((first.connections(), second.connections()), (2, 0));
}
