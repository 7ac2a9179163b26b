//! The engine between real sockets: what clients see when proxies fail.
#![allow(clippy::unwrap_used)]

mod support;

use std::sync::atomic::Ordering;
use std::time::Duration;

use paperwing_engine::failover::Rules;
use paperwing_engine::{Config, Engine, Event, Health, Upstream};
use paperwing_link::{Host, Login, Port, Protocol, Proxy, ProxyId, Secret};
use support::{Mood, MoodyProxy, echo, engine, engine_with, exchange, nobody, socks5};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const FIRST: ProxyId = ProxyId(1);
const SECOND: ProxyId = ProxyId(2);
const QUICK: Duration = Duration::from_millis(50);

fn happened(events: &mut tokio::sync::broadcast::Receiver<Event>) -> Vec<Event> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

#[tokio::test]
async fn whatever_a_proxy_does_before_it_carries_the_client_never_hears_of_it() {
    let (echo, _) = echo().await;
    for mood in [Mood::HangsUp, Mood::WebPage, Mood::WantsPassword, Mood::Replies(1), Mood::Mute, Mood::MuteAtRequest] {
        let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
        let engine = engine(&[&first, &second]);
        let port = engine.addresses()[0];
        assert_eq!(exchange(port, echo).await, 0, "{mood:?}");
        assert_eq!(second.connections(), 0, "a standby is left alone while the pick works");
        first.set(mood);
        for _ in 0..5 {
            assert_eq!(exchange(port, echo).await, 0, "{mood:?}");
        }
        assert!(second.connections() > 0, "{mood:?}");
        engine.stop().await;
    }
}

#[tokio::test]
async fn a_pick_that_hangs_up_is_blocked_at_once_and_the_standby_takes_over() {
    let (echo, _) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    let mut events = engine.events();
    exchange(port, echo).await;
    first.set(Mood::HangsUp);
    exchange(port, echo).await;
    let tried = first.connections();
    exchange(port, echo).await;
    assert_eq!(first.connections(), tried, "a blocked proxy is left alone");
    let seen = happened(&mut events);
    assert!(
        matches!(seen[..], [Event::Blocked { proxy: FIRST, .. }, Event::Switched { from: FIRST, to: SECOND, .. }]),
        "{seen:?}"
    );
    assert_eq!(engine.state().pick, Some(SECOND));
}

#[tokio::test]
async fn a_target_that_no_proxy_reaches_is_told_so_and_blames_nobody() {
    let (echo, _) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    let mut events = engine.events();
    exchange(port, echo).await;
    let dead = nobody().await;
    assert_eq!(socks5(port, dead).await.0, 5);
    let asked = second.connections();
    assert_eq!(socks5(port, dead).await.0, 5);
    assert_eq!(second.connections(), asked, "a target that two could not reach is asked of one only");
    assert_eq!(happened(&mut events), []);
    assert_eq!(engine.state().pick, Some(FIRST));
}

#[tokio::test]
async fn with_all_proxies_blocked_nothing_goes_around_them() {
    let (echo, reached) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    let mut events = engine.events();
    first.set(Mood::HangsUp);
    second.set(Mood::WebPage);
    for _ in 0..5 {
        assert_eq!(exchange(port, echo).await, 1);
    }
    assert_eq!(reached.load(Ordering::Relaxed), 0);
    assert!(happened(&mut events).contains(&Event::AllBlocked));
    assert!(engine.state().all_blocked());
}

#[tokio::test]
async fn a_proxy_that_comes_back_is_found_by_the_next_connection_that_may_try_it() {
    let (echo, _) = echo().await;
    let only = MoodyProxy::start().await;
    let rules = Rules { last_resort: Duration::ZERO, ..Rules::default() };
    let engine = engine_with(&[&only], rules);
    let port = engine.addresses()[0];
    let mut events = engine.events();
    only.set(Mood::HangsUp);
    for _ in 0..4 {
        exchange(port, echo).await;
    }
    assert_eq!(engine.state().proxies[0].health, Health::Blocked);
    only.set(Mood::Works);
    assert_eq!(exchange(port, echo).await, 0);
    assert!(happened(&mut events).contains(&Event::Recovered { proxy: FIRST }));
}

#[tokio::test]
async fn a_rejected_password_is_never_tried_again() {
    let (echo, _) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    first.set(Mood::WantsPassword);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    for _ in 0..4 {
        assert_eq!(exchange(port, echo).await, 0);
    }
    assert_eq!(first.connections(), 1);
    assert_eq!(engine.state().proxies[0].health, Health::Rejected);
}

#[tokio::test]
async fn bytes_are_counted_for_the_proxy_and_in_all() {
    let (echo, _) = echo().await;
    let only = MoodyProxy::start().await;
    let engine = engine(&[&only]);
    exchange(engine.addresses()[0], echo).await;
    let state = engine.state();
    assert_eq!((state.total.up(), state.total.down()), (4, 4));
    assert_eq!((state.proxies[0].meter.up(), state.proxies[0].meter.down()), (4, 4));
}

#[tokio::test]
async fn stopping_closes_the_port() {
    let only = MoodyProxy::start().await;
    let engine = engine(&[&only]);
    let port = engine.addresses()[0];
    engine.stop().await;
    assert!(tokio::net::TcpStream::connect(port).await.is_err());
}

#[tokio::test]
async fn connections_that_went_silent_on_a_blocked_proxy_are_reset_and_those_that_move_stay() {
    let (echo, _) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let port = engine.addresses()[0];
    let mut open = Vec::new();
    for _ in 0..2 {
        let (_, mut stream) = socks5(port, echo).await;
        stream.write_all(b"ping").await.unwrap();
        stream.read_exact(&mut [0; 4]).await.unwrap();
        open.push(stream);
    }
    assert_eq!(engine.connections().len(), 2);
    first.set(Mood::HangsUp);
    exchange(port, echo).await;
    assert_eq!(engine.state().proxies[0].health, Health::Blocked);
    let (mut silent, mut moving) = (open.remove(0), open.remove(0));
    let closed = loop {
        moving.write_all(b"ping").await.unwrap();
        moving.read_exact(&mut [0; 4]).await.unwrap();
        tokio::select! {
            ended = silent.read_u8() => break ended,
            () = tokio::time::sleep(Duration::from_millis(100)) => {}
        }
    };
    assert_eq!(closed.unwrap_err().kind(), std::io::ErrorKind::ConnectionReset);
    moving.write_all(b"ping").await.unwrap();
    moving.read_exact(&mut [0; 4]).await.unwrap();
    assert_eq!(engine.connections().len(), 1);
}

#[tokio::test]
async fn a_proxy_that_restarts_during_a_login_is_no_wrong_password() {
    let (echo, _) = echo().await;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let login = Login { user: "ann".to_owned(), password: Secret::new("pw") };
    let its_login = login.clone();
    tokio::spawn(async move {
        let (mut first, _) = listener.accept().await.unwrap();
        let _ = first.read_exact(&mut [0; 4]).await;
        let _ = first.write_all(&[5, 2]).await;
        drop(first);
        let (mut next, _) = listener.accept().await.unwrap();
        let (target, _) = paperwing_engine::inbound::serve_handshake(&mut next, Some(&its_login)).await.unwrap();
        let mut exit = tokio::net::TcpStream::connect(target.to_string()).await.unwrap();
        next.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
        let _ = tokio::io::copy_bidirectional(&mut next, &mut exit).await;
    });
    let proxy = Proxy {
        name: None,
        host: Host::from(address.ip()),
        port: Port::try_from(address.port()).unwrap(),
        protocol: Protocol::Socks5(Some(login)),
    };
    let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], ..Config::default() };
    let upstream = Upstream { id: FIRST, proxy, remembered: None };
    let engine = Engine::start(config, vec![upstream], Box::new(|| 0.5)).unwrap();
    assert_eq!(exchange(engine.addresses()[0], echo).await, 1);
    assert_eq!(exchange(engine.addresses()[0], echo).await, 0);
}

#[tokio::test]
async fn an_upload_that_moves_stays_on_a_blocked_proxy() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let sink = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.write_all(b"go").await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    });
    let (echo, _) = echo().await;
    let (first, second) = (MoodyProxy::start().await, MoodyProxy::start().await);
    let engine = engine(&[&first, &second]);
    let (_, mut upload) = socks5(engine.addresses()[0], sink).await;
    upload.read_exact(&mut [0; 2]).await.unwrap();
    first.set(Mood::HangsUp);
    exchange(engine.addresses()[0], echo).await;
    // Longer than a silent connection is borne.
    for _ in 0..65 {
        upload.write_all(&[0; 4096]).await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn two_that_keep_silent_about_a_request_do_not_hide_a_third() {
    let (echo, _) = echo().await;
    let proxies = [MoodyProxy::start().await, MoodyProxy::start().await, MoodyProxy::start().await];
    let rules = Rules { unanswered: Duration::from_millis(300), hedge_unknown: QUICK, ..Rules::default() };
    let engine = engine_with(&[&proxies[0], &proxies[1], &proxies[2]], rules);
    proxies[0].set(Mood::MuteAtRequest);
    proxies[1].set(Mood::MuteAtRequest);
    let answered = tokio::time::timeout(Duration::from_secs(10), exchange(engine.addresses()[0], echo)).await;
    assert_eq!(answered.unwrap(), 0, "and not only when all patience is at an end");
}

#[tokio::test]
async fn two_that_never_greet_do_not_hide_a_third() {
    let (echo, _) = echo().await;
    let proxies = [MoodyProxy::start().await, MoodyProxy::start().await, MoodyProxy::start().await];
    let rules = Rules { handshake: Duration::from_mins(1), hedge_unknown: QUICK, ..Rules::default() };
    let engine = engine_with(&[&proxies[0], &proxies[1], &proxies[2]], rules);
    proxies[0].set(Mood::Mute);
    proxies[1].set(Mood::Mute);
    let answered = tokio::time::timeout(Duration::from_secs(10), exchange(engine.addresses()[0], echo)).await;
    assert_eq!(answered.unwrap(), 0);
    assert_eq!(engine.state().proxies[0].health, Health::Blocked);
}
