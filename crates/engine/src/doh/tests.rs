//! A server of our own, which is nowhere to be reached but through the proxy.

use std::convert::Infallible;
use std::sync::Mutex;

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper::{Method, Response, server};
use paperwing_link::{Port, Protocol, ProxyId};
use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use sha2::{Digest, Sha256};
use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Name, Packet, QTYPE, ResourceRecord, TYPE};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::*;
use crate::failover::Rules;

const NAME: &str = "p.example";
/// Nobody is there (RFC 5737).
const SERVER: &str = "https://192.0.2.53/dns-query";
const SERVER_AS_ASKED: [u8; 6] = [192, 0, 2, 53, 1, 187];
const ADDRESS: [u8; 4] = [192, 0, 2, 7];

/// What the server answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Truth,
    AnotherName,
    Garbage,
    WebPage,
    TooMuch,
    Nothing,
}

/// What the server and the proxy before it have heard.
#[derive(Clone, Default)]
struct Heard {
    questions: Arc<Mutex<Vec<Vec<u8>>>>,
    targets: Arc<Mutex<Vec<[u8; 6]>>>,
}

fn truth(question: &[u8], name: &str) -> Vec<u8> {
    let asked = Packet::parse(question).unwrap();
    let wants_v4 = asked.questions[0].qtype == QTYPE::TYPE(TYPE::A);
    let mut reply = asked.into_reply();
    if wants_v4 {
        let rdata = RData::A(A { address: u32::from_be_bytes(ADDRESS) });
        reply.answers.push(ResourceRecord::new(Name::new(name).unwrap(), CLASS::IN, 1, rdata));
    }
    reply.build_bytes_vec().unwrap()
}

async fn respond(
    request: Request<Incoming>,
    answer: Answer,
    heard: Heard,
) -> Result<Response<Full<Bytes>>, Infallible> {
    assert_eq!((request.method(), request.uri().path()), (&Method::POST, "/dns-query"));
    for header in [ACCEPT, CONTENT_TYPE] {
        assert_eq!(request.headers()[header], DNS_MESSAGE);
    }
    assert_eq!(request.headers()[HOST], "192.0.2.53");
    let question = request.into_body().collect().await.unwrap().to_bytes();
    heard.questions.lock().unwrap().push(question.to_vec());
    let (kind, body) = match answer {
        Answer::Truth => (DNS_MESSAGE, truth(&question, NAME)),
        Answer::AnotherName => {
            let other = message::question("q.example", Kind::A).unwrap();
            (DNS_MESSAGE, truth(&other, "q.example"))
        }
        Answer::Garbage => (DNS_MESSAGE, b"none of that".to_vec()),
        Answer::WebPage => ("text/html", truth(&question, NAME)),
        Answer::TooMuch => (DNS_MESSAGE, [truth(&question, NAME), vec![0; MOST]].concat()),
        Answer::Nothing => std::future::pending().await,
    };
    Ok(Response::builder().header(CONTENT_TYPE, kind).body(Full::new(body.into())).unwrap())
}

/// Starts the server. Returns where it really is, and its certificate's digest.
async fn serve(answer: Answer, heard: Heard) -> (std::net::SocketAddr, CertificatePin) {
    let made = rcgen::generate_simple_self_signed(["192.0.2.53".to_owned()]).unwrap();
    let pin = CertificatePin(Sha256::digest(made.cert.der()).into());
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let (acceptor, heard) = (acceptor.clone(), heard.clone());
            tokio::spawn(async move {
                // Whoever does not like the certificate goes away.
                let Ok(tls) = acceptor.accept(tcp).await else { return };
                let service = service_fn(move |request| respond(request, answer, heard.clone()));
                let _ = server::conn::http1::Builder::new().serve_connection(TokioIo::new(tls), service).await;
            });
        }
    });
    (address, pin)
}

/// A SOCKS5 proxy that carries everything to one address, wherever it is asked to.
async fn proxy(to: std::net::SocketAddr, heard: Heard) -> Proxy {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let heard = heard.clone();
            tokio::spawn(async move {
                let (mut greeting, mut request, mut target) = ([0; 3], [0; 4], [0; 6]);
                client.read_exact(&mut greeting).await.unwrap();
                client.write_all(&[5, 0]).await.unwrap();
                client.read_exact(&mut request).await.unwrap();
                assert_eq!(request, [5, 1, 0, 1], "an address is asked for");
                client.read_exact(&mut target).await.unwrap();
                heard.targets.lock().unwrap().push(target);
                client.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
                let mut server = TcpStream::connect(to).await.unwrap();
                let _ = copy_bidirectional(&mut client, &mut server).await;
            });
        }
    });
    let port = Port::try_from(address.port()).unwrap();
    Proxy { name: None, host: Host::Ip(address.ip()), port, protocol: Protocol::Socks5(None) }
}

/// A list of the proxy that is asked about and of one that leads to a server which answers so.
async fn list(answer: Answer, heard: &Heard) -> (Arc<Dialer>, DohServer) {
    let (address, pin) = serve(answer, heard.clone()).await;
    let good = proxy(address, heard.clone()).await;
    let named = Proxy { host: Host::Name(NAME.to_owned()), ..good.clone() };
    let dialer = Dialer::new(Rules::default(), Box::new(|| 0.5), Arc::default());
    dialer.set_proxies([(ProxyId(1), named, None), (ProxyId(2), good, None)]);
    (dialer, DohServer { pin: Some(pin), ..SERVER.parse().unwrap() })
}

/// The second proxy of the list has been seen to work.
fn works(dialer: &Dialer) {
    let now = tokio::time::Instant::now().into_std();
    dialer.change(|board| board.tested(ProxyId(2), Duration::from_millis(1), now));
}

#[tokio::test]
async fn the_answer_comes_through_another_proxy_that_works() {
    let heard = Heard::default();
    let (dialer, server) = list(Answer::Truth, &heard).await;
    let doh = Doh::new(server, &dialer);
    let asking = doh.ask(NAME);
    // It is waited for until one works.
    let (opinion, ()) = tokio::join!(asking, async { works(&dialer) });
    assert_eq!(opinion, Some(Opinion { addresses: vec![ADDRESS.into()], holds: HOLDS.0 }));
    assert_eq!(*heard.targets.lock().unwrap(), [SERVER_AS_ASKED]);
    let questions = heard.questions.lock().unwrap();
    assert_eq!(*questions, [Kind::A, Kind::Aaaa].map(|kind| message::question(NAME, kind).unwrap()));
}

#[tokio::test]
async fn what_is_no_good_answer_is_none() {
    for answer in [Answer::AnotherName, Answer::Garbage, Answer::WebPage, Answer::TooMuch, Answer::Nothing] {
        let heard = Heard::default();
        let (dialer, server) = list(answer, &heard).await;
        works(&dialer);
        let doh = Doh { patience: Duration::from_secs(2), ..Doh::new(server, &dialer) };
        assert_eq!(doh.ask(NAME).await, None, "{answer:?}");
        assert_eq!(heard.questions.lock().unwrap().len(), 1, "{answer:?}");
    }
}

#[tokio::test]
async fn a_server_with_another_certificate_is_asked_nothing() {
    let heard = Heard::default();
    let (dialer, server) = list(Answer::Truth, &heard).await;
    works(&dialer);
    // By the system's roots, then by another digest: who has a good one is the same question to both.
    for pin in [None, Some(CertificatePin([7; 32]))] {
        let doh = Doh::new(DohServer { pin, ..server.clone() }, &dialer);
        assert_eq!(doh.ask(NAME).await, None);
    }
    assert_eq!(heard.targets.lock().unwrap().len(), 2);
    assert!(heard.questions.lock().unwrap().is_empty());
}

#[tokio::test]
async fn nobody_is_asked_through_the_proxy_in_question_nor_through_one_that_is_not_known_to_work() {
    let heard = Heard::default();
    let (dialer, server) = list(Answer::Truth, &heard).await;
    let now = tokio::time::Instant::now().into_std();
    dialer.change(|board| board.tested(ProxyId(1), Duration::from_millis(1), now));
    let doh = Doh { until_one_works: Duration::from_millis(200), ..Doh::new(server, &dialer) };
    assert_eq!(doh.ask(NAME).await, None);
    assert!(heard.targets.lock().unwrap().is_empty());
}

#[test]
fn servers_are_https_addresses() {
    for (text, target) in [
        (SERVER, "192.0.2.53:443"),
        ("https://dns.example/dns-query", "dns.example:443"),
        ("https://[2001:db8::53]:8443/", "[2001:db8::53]:8443"),
    ] {
        let server: DohServer = text.parse().unwrap();
        assert_eq!((server.target.to_string().as_str(), server.to_string().as_str()), (target, text));
    }
    for text in
        ["http://dns.example/", "https://dns.example", "https:///q", "https://me@dns.example/", "https://a/ b", "off"]
    {
        assert_eq!(text.parse::<DohServer>(), Err(BadDohServer), "{text}");
    }
}
