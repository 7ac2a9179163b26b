#![allow(clippy::unwrap_used)]

use std::io::Write;
use std::net::Ipv4Addr;
use std::sync::Arc;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;

const TOKEN: &str = "c4nary-t0ken";

/// A web server on loopback that gives each request's head to `answer` and closes after what it says.
struct Server {
    address: SocketAddr,
    _tasks: JoinSet<()>,
}

impl Server {
    async fn start(answer: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let answer = Arc::new(answer);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                serve(stream, &*answer).await;
            }
        });
        Self { address, _tasks: tasks }
    }

    fn url(&self) -> String {
        format!("http://{}/{TOKEN}", self.address)
    }
}

async fn serve(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &impl Fn(&str) -> Vec<u8>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else { return };
        head.push(byte);
    }
    // The client may have heard enough before the end.
    let _ = stream.write_all(&answer(&String::from_utf8(head).unwrap())).await;
    let _ = stream.shutdown().await;
}

fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    [format!("HTTP/1.1 200 OK\r\nconnection: close\r\n{headers}\r\n").as_bytes(), body].concat()
}

fn redirect(to: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").into_bytes()
}

fn typed(url: &str) -> Request {
    let (etag, last_modified) = (None, None);
    Request { url: Secret::new(url), trust: Trust::Typed, route: Route::Direct, etag, last_modified }
}

async fn fetched(request: &Request) -> Fetched {
    match fetch(request).await.unwrap() {
        Answer::Fetched(fetched) => fetched,
        Answer::NotModified => panic!("not modified"),
    }
}

/// The error, after a look for what it must not say.
async fn failure(request: &Request) -> FetchError {
    let error = fetch(request).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(TOKEN) && !error.to_string().contains('\n'), "{shown}");
    error
}

fn localhost() -> String {
    "127.0.0.1".to_owned()
}

#[tokio::test]
async fn a_list_comes_with_what_describes_it() {
    let server = Server::start(|head| {
        assert!(head.starts_with(&format!("GET /{TOKEN} HTTP/1.1\r\n")), "{head}");
        assert!(head.contains(concat!("user-agent: paperwing/", env!("CARGO_PKG_VERSION"), "\r\n")), "{head}");
        assert!(!head.contains("if-none-match") && !head.contains("if-modified-since"), "{head}");
        let headers = "etag: \"7\"\r\nlast-modified: Sat, 01 Jan 2000 00:00:00 GMT\r\nprofile-title: Ønsker\r\n\
                       Subscription-Userinfo: upload=1; total=9\r\nserver: nginx\r\n";
        ok(headers, b"socks5://192.0.2.1:1")
    })
    .await;
    let got = fetched(&typed(&server.url())).await;
    assert_eq!(got.body, "socks5://192.0.2.1:1");
    assert_eq!(got.etag.as_deref(), Some("\"7\""));
    assert_eq!(got.last_modified.as_deref(), Some("Sat, 01 Jan 2000 00:00:00 GMT"));
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(got.headers, [pair("profile-title", "Ønsker"), pair("subscription-userinfo", "upload=1; total=9")]);
    assert_eq!(got.warning, Some(FetchWarning::PlainHttp));
}

#[tokio::test]
async fn an_unchanged_list_is_not_sent_again() {
    let server = Server::start(|head| {
        assert!(head.contains("if-none-match: \"7\"\r\n") && head.contains("if-modified-since: yesterday\r\n"));
        b"HTTP/1.1 304 Not Modified\r\nconnection: close\r\n\r\n".to_vec()
    })
    .await;
    let (etag, last_modified) = (Some("\"7\"".to_owned()), Some("yesterday".to_owned()));
    let request = Request { etag, last_modified, ..typed(&server.url()) };
    assert!(matches!(fetch(&request).await, Ok(Answer::NotModified)));
}

#[tokio::test]
async fn a_received_address_may_not_name_this_computer_or_the_local_network() {
    for (host, kind) in [
        ("127.0.0.1", Forbidden::Loopback),
        ("2130706433", Forbidden::Loopback),
        ("0x7f.1", Forbidden::Loopback),
        ("localhost", Forbidden::Loopback),
        ("LOCALHOST.", Forbidden::Loopback),
        ("a.localhost", Forbidden::Loopback),
        ("[::1]", Forbidden::Loopback),
        ("[::ffff:192.168.0.1]", Forbidden::Private),
        ("10.1.2.3", Forbidden::Private),
        ("169.254.169.254", Forbidden::LinkLocal),
        ("0.0.0.0", Forbidden::Reserved),
    ] {
        let request = Request { trust: Trust::Received, ..typed(&format!("http://{host}/{TOKEN}")) };
        let error = failure(&request).await;
        assert!(matches!(&error, FetchError::Forbidden { kind: found, .. } if *found == kind), "{host}: {error:?}");
    }
    for url in ["file:///etc/passwd", "ftp://192.0.2.1/", "data:text/plain,x", "192.0.2.1", ""] {
        assert_eq!(failure(&typed(url)).await, FetchError::BadUrl, "{url}");
    }
}

#[tokio::test]
async fn a_redirect_may_not_either_but_within_the_typed_host() {
    for (to, kind) in [
        ("http://127.0.0.2:9/", Forbidden::Loopback),
        ("http://localhost:9/", Forbidden::Loopback),
        ("//169.254.169.254/latest/meta-data", Forbidden::LinkLocal),
        ("http://[::ffff:10.0.0.1]/", Forbidden::Private),
    ] {
        let server = Server::start(move |_| redirect(to)).await;
        assert_eq!(failure(&typed(&server.url())).await, FetchError::Forbidden { host: localhost(), kind }, "{to}");
    }
    let server = Server::start(|head| if head.contains("/next ") { ok("", b"x") } else { redirect("/next") }).await;
    assert_eq!(fetched(&typed(&server.url())).await.body, "x");
}

#[tokio::test]
async fn a_redirect_to_a_file_is_not_followed() {
    let server = Server::start(|_| redirect("file:///etc/passwd")).await;
    assert_eq!(failure(&typed(&server.url())).await, FetchError::BadRedirect { host: localhost() });
}

#[tokio::test]
async fn five_redirects_are_followed_and_the_address_before_is_told_to_nobody() {
    for (count, is_good) in [(5, true), (6, false)] {
        let server = Server::start(move |head| {
            assert!(!head.to_lowercase().contains("referer"), "{head}");
            let at = (0..=count).rev().find(|at| head.starts_with(&format!("GET /{at} "))).unwrap_or(0);
            if at == count { ok("", b"x") } else { redirect(&format!("/{}", at + 1)) }
        })
        .await;
        let answer = fetch(&typed(&server.url())).await;
        match answer {
            Ok(_) => assert!(is_good),
            Err(error) => assert_eq!((is_good, error), (false, FetchError::TooManyRedirects { host: localhost() })),
        }
    }
}

#[tokio::test]
async fn a_name_is_refused_when_it_resolves_to_this_computer() {
    let resolves = |typed_localhost: Option<&str>| {
        let resolver = PublicOnly { typed_localhost: typed_localhost.map(str::to_owned) };
        let client = Client::builder().no_proxy().dns_resolver(resolver).build().unwrap();
        async move { client.get("http://localhost:1/").send().await.unwrap_err() }
    };
    client(&Url::parse("http://192.0.2.1").unwrap(), &typed("")).unwrap();
    assert_eq!(guard::refusal_in(&resolves(None).await), Some(Refusal::Forbidden(Forbidden::Loopback)));
    assert_eq!(guard::refusal_in(&resolves(Some("localhost")).await), None);
}

#[tokio::test]
async fn more_than_10_mib_are_no_list_however_they_come() {
    let mut zipped = GzEncoder::new(Vec::new(), Compression::best());
    zipped.write_all(&vec![b'#'; MOST_BYTES + 1]).unwrap();
    let bomb = ok("content-encoding: gzip\r\n", &zipped.finish().unwrap());
    assert!(bomb.len() < 64 * 1024);
    let announced = ok(&format!("content-length: {}\r\n", MOST_BYTES + 1), b"#");
    let endless = ok("", &vec![b'#'; MOST_BYTES + 1]);
    for answer in [bomb, announced, endless] {
        let server = Server::start(move |_| answer.clone()).await;
        assert_eq!(failure(&typed(&server.url())).await, FetchError::TooLarge { host: localhost() });
    }
    let server = Server::start(|_| ok("", &vec![b'#'; MOST_BYTES])).await;
    assert_eq!(fetched(&typed(&server.url())).await.body.len(), MOST_BYTES);
}

#[tokio::test]
async fn bad_answers_are_told_apart() {
    let host = localhost;
    for (answer, expected) in [
        (
            b"HTTP/1.1 404 Not Found\r\ncontent-length: 1\r\n\r\nx".to_vec(),
            FetchError::Status { host: host(), status: 404 },
        ),
        (ok("content-length: 3\r\n", b" \r\n"), FetchError::Empty { host: host() }),
        (ok("content-length: 9\r\n", b"short"), FetchError::Broken { host: host() }),
        (b"SSH-2.0-OpenSSH_9\r\n\r\n".to_vec(), FetchError::Broken { host: host() }),
        (ok("content-encoding: gzip\r\n", b"not gzip"), FetchError::Broken { host: host() }),
        (redirect("http://:::"), FetchError::BadRedirect { host: host() }),
    ] {
        let server = Server::start(move |_| answer.clone()).await;
        assert_eq!(failure(&typed(&server.url())).await, expected);
    }
}

#[tokio::test]
async fn nobody_there_is_unreachable() {
    let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap().local_addr().unwrap();
    let error = failure(&typed(&format!("http://{free}/{TOKEN}"))).await;
    assert_eq!(error, FetchError::Unreachable { host: localhost() });
}

#[tokio::test(start_paused = true)]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}/{TOKEN}", listener.local_addr().unwrap());
    assert_eq!(failure(&typed(&url)).await, FetchError::Timeout { host: localhost() });
}

#[tokio::test]
async fn a_server_whose_certificate_nobody_knows_is_not_trusted() {
    let made = rcgen::generate_simple_self_signed(vec![localhost()]).unwrap();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("https://{}/{TOKEN}", listener.local_addr().unwrap());
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        assert!(acceptor.accept(stream).await.is_err());
    });
    assert_eq!(failure(&typed(&url)).await, FetchError::Untrusted { host: localhost() });
    tasks.join_all().await;
}

/// A SOCKS5 server (RFC 1928, RFC 1929) that answers one request itself and returns what was asked of it.
async fn socks_server(listener: TcpListener) -> (String, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let mut greeting = [0; 2];
    stream.read_exact(&mut greeting).await.unwrap();
    let mut methods = vec![0; greeting[1].into()];
    stream.read_exact(&mut methods).await.unwrap();
    assert!(methods.contains(&2), "{methods:?}");
    stream.write_all(&[5, 2]).await.unwrap();
    assert_eq!(stream.read_u8().await.unwrap(), 1);
    let mut login = Vec::new();
    for _ in 0..2 {
        let mut part = vec![0; stream.read_u8().await.unwrap().into()];
        stream.read_exact(&mut part).await.unwrap();
        login.push(String::from_utf8(part).unwrap());
    }
    stream.write_all(&[1, 0]).await.unwrap();
    let mut head = [0; 5];
    stream.read_exact(&mut head).await.unwrap();
    assert_eq!(head[..4], [5, 1, 0, 3], "a CONNECT with a name");
    let mut name = vec![0; head[4].into()];
    stream.read_exact(&mut name).await.unwrap();
    assert_eq!(stream.read_u16().await.unwrap(), 80);
    stream.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
    serve(stream, &|_: &str| ok("", b"through")).await;
    (String::from_utf8(name).unwrap(), login.join(":"))
}

#[tokio::test]
async fn through_a_proxy_names_are_resolved_behind_it_and_literals_are_still_refused() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let login = Login { user: "ann".to_owned(), password: Secret::new("p:@ss") };
    let route = Route::Through { address: listener.local_addr().unwrap(), login: Some(login) };
    let mut tasks = JoinSet::new();
    tasks.spawn(socks_server(listener));
    let trust = Trust::Received;
    let local = Request { trust, route: route.clone(), ..typed("http://192.168.1.1/") };
    assert!(matches!(failure(&local).await, FetchError::Forbidden { kind: Forbidden::Private, .. }));
    let request = Request { trust, route, ..typed("http://list.invalid/x") };
    assert_eq!(fetched(&request).await.body, "through");
    assert_eq!(tasks.join_all().await, [("list.invalid".to_owned(), "ann:p:@ss".to_owned())]);
}
