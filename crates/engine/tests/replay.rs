//! What happens between "connected" and the first byte back.
#![allow(clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use paperwing_engine::failover::Rules;
use paperwing_engine::{Event, Health};
use paperwing_link::ProxyId;
use support::{Mood, MoodyProxy, echo, engine, engine_with, exchange, mirror, raw, socks5};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const ORDER: &[u8] = b"POST /order HTTP/1.1\r\nContent-Length: 0\r\n\r\n";

/// Sends through our port and returns what came back before the end.
async fn ask(port: SocketAddr, target: SocketAddr, request: &[u8]) -> Vec<u8> {
    let (code, mut stream) = socks5(port, target).await;
    assert_eq!(code, 0);
    if stream.write_all(request).await.is_err() {
        return Vec::new();
    }
    let mut back = vec![0; request.len()];
    match stream.read_exact(&mut back).await {
        Ok(_) => back,
        Err(_) => Vec::new(),
    }
}

#[tokio::test]
async fn a_proxy_that_carries_nothing_is_replaced_before_the_client_notices() {
    for mood in [Mood::HangsUpAfterReply, Mood::BlackData] {
        let (one, _) = echo().await;
        let (other, _) = echo().await;
        let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
        let engine = engine(&[&first, &second]);
        let mut events = engine.events();
        let port = engine.addresses()[0];
        assert_eq!(exchange(port, one).await, 0);
        first.set(mood);
        assert_eq!(ask(port, one, REQUEST).await, REQUEST, "{mood:?}");
        assert_eq!(engine.state().pick, Some(ProxyId(1)), "one target says little");
        assert_eq!(ask(port, other, REQUEST).await, REQUEST, "{mood:?}");
        assert_eq!(engine.state().pick, Some(ProxyId(2)), "{mood:?}");
        assert_eq!(engine.state().proxies[0].health, Health::Blocked);
        let seen: Vec<Event> = std::iter::from_fn(|| events.try_recv().ok()).collect();
        assert!(matches!(seen[..], [Event::Blocked { .. }, Event::Switched { .. }]), "{seen:?}");
    }
}

#[tokio::test]
async fn an_order_is_never_sent_twice() {
    let (shop, orders) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    first.set(Mood::HangsUpAfterReply);
    let (_, mut stream) = socks5(port, shop).await;
    // The order may leave before or after the proxy hung up. Before it, nothing was sent and another proxy may carry.
    let _ = stream.write_all(ORDER).await;
    let _ = stream.shutdown().await;
    let mut back = Vec::new();
    let _ = stream.read_to_end(&mut back).await;
    assert!(orders.load(Ordering::Relaxed) <= 1);

    first.set(Mood::BlackData);
    let (_, mut stream) = socks5(port, shop).await;
    let before = second.connections();
    stream.write_all(ORDER).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1800)).await;
    assert_eq!(second.connections(), before);
}

#[tokio::test]
async fn a_target_that_hangs_up_on_everybody_is_asked_through_two_and_blames_nobody() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let rude = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            drop(listener.accept().await);
        }
    });
    let proxies = [MoodyProxy::start().await, MoodyProxy::start().await, MoodyProxy::start().await];
    let engine = engine(&[&proxies[0], &proxies[1], &proxies[2]]);
    for _ in 0..3 {
        assert!(ask(engine.addresses()[0], rude, REQUEST).await.is_empty());
    }
    assert_eq!(proxies[2].connections(), 0);
    assert_eq!(engine.state().pick, Some(ProxyId(1)));
    assert!(engine.state().proxies.iter().all(|proxy| proxy.health != Health::Blocked));
}

#[tokio::test]
async fn alone_a_proxy_that_carries_nothing_is_not_said_to_work() {
    let rules = Rules {
        unanswered: std::time::Duration::from_millis(300),
        missed_for: std::time::Duration::ZERO,
        ..Rules::default()
    };
    for mood in [Mood::HangsUpAfterReply, Mood::BlackData] {
        let only = MoodyProxy::start().await;
        let engine = engine_with(&[&only], rules.clone());
        let (port, mut snapshots) = (engine.addresses()[0], engine.snapshot());
        let (good, _) = echo().await;
        assert_eq!(exchange(port, good).await, 0);
        only.set(mood);
        let mut open = Vec::new();
        for _ in 0..3 {
            let (site, _) = echo().await;
            let (code, mut stream) = socks5(port, site).await;
            assert_eq!(code, 0);
            let _ = stream.write_all(REQUEST).await;
            if mood == Mood::HangsUpAfterReply {
                let _ = stream.read_to_end(&mut Vec::new()).await;
            }
            open.push(stream);
        }
        snapshots.wait_for(paperwing_engine::Snapshot::all_blocked).await.unwrap();
        only.set(Mood::Works);
        tokio::time::sleep(Rules::default().last_resort).await;
        assert_eq!(exchange(port, good).await, 0, "{mood:?}");
        assert!(!engine.state().all_blocked(), "{mood:?}");
    }
}

#[tokio::test]
async fn alone_a_slow_target_gets_its_time() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let slow = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.read_exact(&mut [0; REQUEST.len()]).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_secs(2)).await;
        stream.write_all(REQUEST).await.unwrap();
    });
    let only = MoodyProxy::start().await;
    let engine = engine(&[&only]);
    assert_eq!(ask(engine.addresses()[0], slow, REQUEST).await, REQUEST);
    assert_eq!(only.connections(), 1);
}

#[tokio::test]
async fn a_target_that_speaks_first_is_heard_and_a_long_flight_goes_through() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let polite = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                stream.write_all(b"220 ready\r\n").await.unwrap();
                let _ = stream.read_to_end(&mut Vec::new()).await;
            });
        }
    });
    let only = MoodyProxy::start().await;
    let engine = engine(&[&only]);
    let (_, mut stream) = socks5(engine.addresses()[0], polite).await;
    let mut greeting = [0; 11];
    stream.read_exact(&mut greeting).await.unwrap();
    assert_eq!(&greeting, b"220 ready\r\n");
    let (echo, _) = echo().await;
    let long: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let (_, stream) = socks5(engine.addresses()[0], echo).await;
    let (mut read, mut write) = stream.into_split();
    let sent = long.clone();
    tokio::spawn(async move { write.write_all(&sent).await.map(|()| write) });
    let mut back = vec![0; long.len()];
    read.read_exact(&mut back).await.unwrap();
    assert_eq!(back, long);
}

#[tokio::test]
async fn a_plain_request_is_sent_again_too_if_it_may_be() {
    for mood in [Mood::HangsUpAfterReply, Mood::BlackData] {
        let mirror = mirror().await;
        let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
        first.set(mood);
        let engine = engine(&[&first, &second]);
        let port = engine.addresses()[0];
        let get = format!("GET http://{mirror}/page HTTP/1.1\r\nHost: {mirror}\r\nConnection: close\r\n\r\n");
        let answer = String::from_utf8(raw(port, get.as_bytes()).await).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("GET /page"), "{mood:?}: {answer}");
        assert_eq!(second.connections(), 1);
    }
    let mirror = mirror().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    first.set(Mood::HangsUpAfterReply);
    let engine = engine(&[&first, &second]);
    let post = format!("POST http://{mirror}/order HTTP/1.1\r\nHost: {mirror}\r\nContent-Length: 0\r\n\r\n");
    let answer = String::from_utf8(raw(engine.addresses()[0], post.as_bytes()).await).unwrap();
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    assert_eq!(second.connections(), 0);
}

#[tokio::test]
async fn a_kept_connection_that_went_black_is_replaced_too() {
    let site = answers_once().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let mut stream = tokio::net::TcpStream::connect(engine.addresses()[0]).await.unwrap();
    for _ in 0..2 {
        stream.write_all(format!("GET http://{site}/ HTTP/1.1\r\nHost: a\r\n\r\n").as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"ok") {
            answer.push(stream.read_u8().await.unwrap());
        }
    }
    assert_eq!(second.connections(), 1);
}

/// A site that gives one answer a connection, and is silent from then on.
async fn answers_once() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 1024]).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").await;
                std::future::pending::<()>().await;
            });
        }
    });
    site
}

#[tokio::test]
async fn a_plain_request_is_sent_again_as_soon_as_its_proxy_is_known_to_be_silent() {
    let (site, (other, _)) = (answers_once().await, echo().await);
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let hour = std::time::Duration::from_hours(1);
    let engine = engine_with(&[&first, &second], Rules { first_byte: hour, first_byte_hush: hour, ..Rules::default() });
    let port = engine.addresses()[0];
    let get = format!("GET http://{site}/ HTTP/1.1\r\nHost: a\r\n\r\n");
    let fetch = async |stream: &mut tokio::net::TcpStream| {
        stream.write_all(get.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"ok") {
            answer.push(stream.read_u8().await.unwrap());
        }
    };
    let mut kept = tokio::net::TcpStream::connect(port).await.unwrap();
    fetch(&mut kept).await;
    first.set(Mood::BlackData);
    let mut new = tokio::net::TcpStream::connect(port).await.unwrap();
    let verdict = async {
        // Both wait before the verdict falls.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        first.set(Mood::Mute);
        while engine.state().proxies[0].health != Health::Blocked {
            assert_eq!(exchange(port, other).await, 0);
        }
    };
    tokio::join!(fetch(&mut kept), fetch(&mut new), verdict);
}

#[tokio::test]
async fn a_site_that_closes_a_connection_nobody_used_shows_no_standby() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let site = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        drop(stream);
    });
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let (_, mut stream) = socks5(engine.addresses()[0], site).await;
    assert_eq!(stream.read(&mut [0; 1]).await.unwrap(), 0);
    assert_eq!(second.connections(), 0);
}

/// A server that speaks first. Nobody has to ask it for anything.
async fn polite() -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            tokio::spawn(async move {
                let _ = stream.write_all(b"220 ready\r\n").await;
                let _ = stream.read_to_end(&mut Vec::new()).await;
            });
        }
    });
    address
}

#[tokio::test]
async fn once_a_proxy_is_known_to_bring_nothing_what_can_be_moved_moves_and_what_cannot_is_reset() {
    let ((one, _), (other, _), (shop, orders)) = (echo().await, echo().await, echo().await);
    let polite = polite().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    assert_eq!(exchange(port, one).await, 0);
    first.set(Mood::BlackData);
    let (_, mut waits_for_a_greeting) = socks5(port, polite).await;
    let (_, mut order) = socks5(port, shop).await;
    order.write_all(ORDER).await.unwrap();
    for target in [one, other] {
        assert_eq!(ask(port, target, REQUEST).await, REQUEST);
    }
    assert_eq!(engine.state().proxies[0].health, Health::Blocked);
    let mut greeting = [0; 11];
    // The servers are near: who had to wait until everything silent is closed would not come so soon.
    let soon = std::time::Duration::from_secs(2);
    tokio::time::timeout(soon, waits_for_a_greeting.read_exact(&mut greeting)).await.unwrap().unwrap();
    assert_eq!(&greeting, b"220 ready\r\n");
    let ended = tokio::time::timeout(soon, order.read_u8()).await.unwrap();
    assert_eq!(ended.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    assert_eq!(orders.load(Ordering::Relaxed), 0, "nobody asked the shop behind its back");
}

#[tokio::test]
async fn a_verdict_for_another_sign_than_silence_leaves_the_unanswered_their_time() {
    let (one, _) = echo().await;
    let slow = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = slow.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = slow.accept().await.unwrap();
        stream.read_exact(&mut [0; ORDER.len()]).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(2500)).await;
        stream.write_all(ORDER).await.unwrap();
    });
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    let (_, mut order) = socks5(port, target).await;
    order.write_all(ORDER).await.unwrap();
    first.set(Mood::HangsUp);
    assert_eq!(exchange(port, one).await, 0);
    assert_eq!(engine.state().proxies[0].health, Health::Blocked);
    order.read_exact(&mut [0; ORDER.len()]).await.unwrap();
}

#[tokio::test]
async fn two_targets_that_wait_while_nothing_comes_at_all_are_asked_through_another_early() {
    let ((one, _), (other, _), (third, _)) = (echo().await, echo().await, echo().await);
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let rules = Rules { first_byte: std::time::Duration::from_hours(1), ..Rules::default() };
    let engine = engine_with(&[&first, &second], rules);
    let port = engine.addresses()[0];
    assert_eq!(exchange(port, one).await, 0);
    first.set(Mood::BlackData);
    let asked = [one, other, third].map(|target| tokio::spawn(async move { ask(port, target, REQUEST).await }));
    for (place, answer) in asked.into_iter().enumerate() {
        assert_eq!(answer.await.unwrap(), REQUEST, "{place}");
    }
    assert_eq!(engine.state().proxies[0].health, Health::Blocked);
}
