//! The same through TLS, with a certificate made here.

use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector, server};

use super::*;

/// The relay's end of a TLS stream, and the proxy's.
async fn tls_pair() -> (Stream, server::TlsStream<TcpStream>) {
    let made = rcgen::generate_simple_self_signed(["proxy.test".to_owned()]).unwrap();
    let certificate = CertificateDer::from(made.cert);
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(certificate.clone()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let served = ServerConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let asked = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let (near, far) = pair().await;
    let connector = TlsConnector::from(Arc::new(asked));
    let acceptor = TlsAcceptor::from(Arc::new(served));
    let name = ServerName::try_from("proxy.test").unwrap();
    let (near, far) = tokio::join!(connector.connect(name, near), acceptor.accept(far));
    (Stream::Tls(Box::new(near.unwrap())), far.unwrap())
}

#[tokio::test]
async fn what_goes_in_comes_out_through_tls() {
    let (client, inner_client) = pair().await;
    let (upstream, target) = tls_pair().await;
    let (_, relay) = start(relay(inner_client, upstream), Way::Auto);
    let (up, down) = (noise(5, 2_000_000), noise(6, 3_000_000));
    let (client_reads, client_writes) = client.into_split();
    let (target_reads, target_writes) = tokio::io::split(target);
    let ((), (), at_target, at_client) = tokio::join!(
        send(client_writes, up.clone(), vec![1, 70_000, 5_000]),
        send(target_writes, down.clone(), vec![3, 90_000]),
        receive(target_reads),
        receive(client_reads),
    );
    assert!(at_target == up && at_client == down);
    assert_eq!(relay.await.unwrap(), Ended { up: 2_000_000, down: 3_000_000, why: Why::Finished });
}

#[tokio::test]
async fn small_messages_are_not_held_back_by_tls() {
    let (mut client, inner_client) = pair().await;
    let (upstream, mut target) = tls_pair().await;
    let (_, relay) = start(relay(inner_client, upstream), Way::Auto);
    for round in 0..100_u8 {
        client.write_all(&[round]).await.unwrap();
        let mut heard = [0];
        target.read_exact(&mut heard).await.unwrap();
        target.write_all(&heard).await.unwrap();
        target.flush().await.unwrap();
        client.read_exact(&mut heard).await.unwrap();
        assert_eq!(heard, [round]);
    }
    relay.abort();
}

#[tokio::test]
async fn a_client_that_is_done_is_still_answered_through_tls() {
    let (mut client, inner_client) = pair().await;
    let (upstream, mut target) = tls_pair().await;
    let (_, relay) = start(relay(inner_client, upstream), Way::Auto);
    client.shutdown().await.unwrap();
    assert_eq!(target.read(&mut [0]).await.unwrap(), 0);
    target.write_all(b"answer").await.unwrap();
    target.shutdown().await.unwrap();
    assert_eq!(receive(client).await, b"answer");
    assert_eq!(relay.await.unwrap(), Ended { up: 0, down: 6, why: Why::Finished });
}

#[tokio::test]
async fn a_proxy_that_vanishes_without_ending_tls_is_not_taken_for_an_end() {
    let (mut client, inner_client) = pair().await;
    let (upstream, mut target) = tls_pair().await;
    let (_, relay) = start(relay(inner_client, upstream), Way::Auto);
    target.write_all(b"part").await.unwrap();
    target.flush().await.unwrap();
    let mut part = [0; 4];
    client.read_exact(&mut part).await.unwrap();
    // Only the TCP connection ends; TLS says nothing.
    drop(target);
    assert_eq!(client.read(&mut part).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    let fault = Fault { side: Side::Upstream, during: During::Reading, kind: io::ErrorKind::UnexpectedEof };
    assert_eq!(relay.await.unwrap().why, Why::Broken(fault));
}

#[tokio::test]
async fn a_proxy_in_tls_that_does_not_read_slows_the_client() {
    let (client, inner_client) = narrow_pair().await;
    let (upstream, target) = tls_pair().await;
    socket2::SockRef::from(upstream.socket().unwrap()).set_send_buffer_size(16 * 1024).unwrap();
    let (_, relay) = start(relay(inner_client, upstream), Way::Auto);
    let taken = fill(&client).await;
    assert!(taken < 16 * 1024 * 1024, "{taken}");
    drop(client);
    assert_eq!(receive(target).await.len(), taken);
    relay.abort();
}
