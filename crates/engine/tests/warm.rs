//! Connections that are dialled ahead of need.
#![allow(clippy::unwrap_used)]

mod support;

use std::time::Duration;

use paperwing_link::ProxyId;
use support::{Mood, MoodyProxy, echo, engine, exchange};

/// Far enough away to be worth dialling ahead.
const FAR: Duration = Duration::from_millis(30);

#[tokio::test]
async fn traffic_that_asks_for_it_finds_connections_ready_and_no_more_than_it_uses() {
    let (echo, _) = echo().await;
    let far = MoodyProxy::start().await;
    far.greet_after(FAR);
    let engine = engine(&[&far]);
    let port = engine.addresses()[0];
    for _ in 0..7 {
        assert_eq!(exchange(port, echo).await, 0);
    }
    assert_eq!(far.connections(), 7, "so little traffic asks for none");
    for _ in 0..40 {
        assert_eq!(exchange(port, echo).await, 0);
    }
    let ahead = far.connections() - 47;
    assert!((1..=4).contains(&ahead), "{ahead} were dialled ahead and not used yet");
}

#[tokio::test]
async fn a_near_proxy_is_not_dialled_ahead() {
    let (echo, _) = echo().await;
    let near = MoodyProxy::start().await;
    let engine = engine(&[&near]);
    for _ in 0..40 {
        assert_eq!(exchange(engine.addresses()[0], echo).await, 0);
    }
    assert_eq!(near.connections(), 40);
}

#[tokio::test]
async fn connections_that_the_proxy_let_go_meanwhile_cost_the_client_nothing() {
    let (echo, _) = echo().await;
    let (far, other) = (MoodyProxy::start().await, MoodyProxy::start().await);
    far.greet_after(FAR);
    far.set(Mood::LetsGoOfThoseThatWait);
    let engine = engine(&[&far, &other]);
    for _ in 0..40 {
        assert_eq!(exchange(engine.addresses()[0], echo).await, 0);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(engine.state().pick, Some(ProxyId(1)));
    assert_eq!(other.connections(), 0);
}
