//! Connections that are dialled ahead of need.
#![allow(clippy::unwrap_used)]

mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use paperwing_engine::{Config, Engine, Upstream};
use paperwing_link::{CertificatePin, Host, Port, Protocol, Proxy, ProxyId, Tls};
use sha2::{Digest, Sha256};
use support::{Mood, MoodyProxy, echo, engine, exchange};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

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

/// An HTTPS proxy whose every tunnel leads to an echo. Its address, its certificate's pin, how many connections it got.
async fn echoing_https_proxy() -> (SocketAddr, CertificatePin, Arc<AtomicUsize>) {
    let made = rcgen::generate_simple_self_signed(["proxy.test".to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert);
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let pin = CertificatePin(Sha256::digest(certificate.as_ref()).into());
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    let its_count = Arc::clone(&count);
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            its_count.fetch_add(1, Ordering::Relaxed);
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                tokio::time::sleep(FAR).await;
                let Ok(mut stream) = acceptor.accept(stream).await else { return };
                let mut bytes = vec![0; 2048];
                if stream.read(&mut bytes).await.unwrap_or(0) == 0 {
                    return;
                }
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    let _ = stream.write_all(&bytes[..count]).await;
                }
            });
        }
    });
    (address, pin, count)
}

#[tokio::test]
async fn what_tls_says_to_itself_does_not_make_a_connection_used_up() {
    let (address, pin, count) = echoing_https_proxy().await;
    let tls = Tls { pin: Some(pin), ..Tls::default() };
    let proxy = Proxy {
        name: None,
        host: Host::from(address.ip()),
        port: Port::try_from(address.port()).unwrap(),
        protocol: Protocol::Https { login: None, tls },
    };
    let config = Config { listen: vec!["127.0.0.1:0".parse().unwrap()], ..Config::default() };
    let upstream = Upstream { id: ProxyId(1), proxy, remembered: None };
    let engine = Engine::start(config, vec![upstream], Box::new(|| 0.5)).unwrap();
    let (echo, _) = echo().await;
    for _ in 0..40 {
        assert_eq!(exchange(engine.addresses()[0], echo).await, 0);
        tokio::time::sleep(Duration::from_millis(40)).await;
    }
    let count = count.load(Ordering::Relaxed);
    assert!((40..=44).contains(&count), "{count} connections for 40 exchanges");
}
