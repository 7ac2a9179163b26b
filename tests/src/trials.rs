//! What every protocol has to stand, whoever's server it is spoken with.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use crate::client::{assert_echoes, curl, fetch, socks5};
use crate::origin::{Origin, PAGE};
use crate::paperwing::{Paperwing, Setup};
use crate::pattern::{Pattern, digest};
use crate::process::{eventually, run, run_into, run_with_input_within};
use crate::server::Server;
use crate::tls::Authority;
use crate::upstream::{Answer, Impostor, Microsocks};

/// A server of a protocol that is under trial.
pub trait Peer {
    /// With the password that it wants.
    fn link(&self) -> String;
    /// With another one.
    fn wrong_link(&self) -> String;
    /// Ends it at once, with all its connections.
    fn kill(&mut self);
    /// What it said so far.
    fn log(&self) -> String;
    /// How Paperwing is to be started to use it.
    fn setup(&self, links: Vec<String>) -> Setup {
        Setup::on(links)
    }
}

/// A peer in whose place somebody else can stand.
pub trait Replaceable: Peer {
    /// Where it listens, on 127.0.0.1.
    fn port(&self) -> u16;
    /// Its link, but for the port.
    fn link_at(&self, port: u16) -> String;
}

/// So many bytes go each way, unless `PAPERWING_TRIAL_BYTES` says otherwise.
const BYTES: u64 = 64 << 20;

/// So many bytes, unless `PAPERWING_TRIAL_BYTES` says otherwise.
pub fn bytes(usual: u64) -> u64 {
    std::env::var("PAPERWING_TRIAL_BYTES").ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// For how long so many bytes are waited for, on a machine that is busy with other tests.
fn patience(bytes: u64) -> Duration {
    Duration::from_secs(100 + bytes / 1_000_000)
}

fn up(peer: &dyn Peer, links: impl IntoIterator<Item = String>) -> Paperwing {
    peer.setup(links.into_iter().collect()).up()
}

/// A page comes through it, and many bytes each way come out as they went in.
#[track_caller]
pub fn carries(peer: &dyn Peer) {
    let bytes = bytes(BYTES);
    let origin = Origin::start();
    let paperwing = up(peer, [peer.link()]);
    for scheme in ["socks5h", "http"] {
        let fetched = fetch(&paperwing.proxy(scheme), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{scheme}: {fetched}\n{}\n{}", paperwing.story(), peer.log());
    }
    let by_name = fetch(&paperwing.proxy("socks5h"), &format!("http://localhost:{}/", origin.address().port()));
    assert_eq!(by_name.text(), PAGE, "{by_name}\n{}", peer.log());

    let proxy = paperwing.proxy("socks5h");
    let expected = digest(Pattern::new(bytes));
    let patience = patience(bytes);
    let limit = patience.as_secs().to_string();
    let bounded = |words: &[&str]| curl(&[&["--max-time", &limit, "-x", &proxy], words].concat());
    let (down, finished) = run_into(bounded(&["--fail", &origin.url(&format!("/bytes/{bytes}"))]), digest);
    assert_eq!(down, expected, "{finished}\n{}", peer.log());
    let upload = bounded(&["-H", "Expect:", "-T", "-", &origin.url("/put")]);
    let (sum, len) = expected;
    let uploaded = run_with_input_within(patience, upload, Pattern::new(bytes));
    assert_eq!(uploaded.succeeded(), format!("PUT {sum} {len}\n"));
    assert_eq!(paperwing.kinds(), ["listening"], "{}", paperwing.story());
    paperwing.stop();
}

/// A server that speaks first is heard, though the client has said nothing.
#[track_caller]
pub fn lets_the_target_speak_first(peer: &dyn Peer) {
    let greeter = Server::start(|mut stream| {
        let _ = stream.write_all(b"220 ready");
        let _ = stream.read(&mut [0]);
    });
    let paperwing = up(peer, [peer.link()]);
    let mut stream = socks5(paperwing.address(), greeter.address()).expect("it is carried");
    let mut heard = [0; 9];
    stream.read_exact(&mut heard).expect("the greeting");
    assert_eq!(&heard, b"220 ready");
    paperwing.stop();
}

/// A client that has said everything still hears the answer.
#[track_caller]
pub fn ends_each_way_by_itself(peer: &dyn Peer) {
    let server = Server::answers_after_the_end();
    let paperwing = up(peer, [peer.link()]);
    let mut stream = socks5(paperwing.address(), server.address()).expect("it is carried");
    stream.write_all(&vec![7; 100_000]).expect("it takes what is sent");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut heard = String::new();
    stream.read_to_string(&mut heard).expect("an orderly end");
    assert_eq!(heard, "heard 100000 bytes", "{}", peer.log());
    paperwing.stop();
}

/// With another password than the server's nothing comes through, a standby carries instead, and after a few pages nothing
/// new goes to the server any more.
#[track_caller]
pub fn leaves_it_with_a_wrong_password(peer: &dyn Peer) {
    let (first, second, good) = (Origin::start(), Origin::start(), Microsocks::open());
    let mut paperwing = up(peer, [peer.wrong_link() + "#bad", good.link() + "#good"]);
    for time in 0..6 {
        let origin = if time % 2 == 0 { &first } else { &second };
        let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{time}: {fetched}\n{}\n{}", paperwing.story(), peer.log());
    }
    let switched = paperwing.next("switched");
    assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{switched}");
    paperwing.stop();
}

/// The same with targets that speak TLS: whatever a stranger says in their place is no TLS.
#[track_caller]
pub fn leaves_it_with_a_wrong_password_over_tls(peer: &dyn Peer) {
    let (origin, authority, good) = (Origin::start(), Authority::new(), Microsocks::open());
    let front = authority.front(origin.address());
    let ca = authority.certificate().display().to_string();
    let mut paperwing = up(peer, [peer.wrong_link() + "#bad", good.link() + "#good"]);
    for time in 0..4 {
        let url = format!("https://localhost:{}/", front.address().port());
        let fetched = run(curl(&["--fail", "--cacert", &ca, "-x", &paperwing.proxy("socks5h"), &url]));
        assert_eq!(fetched.text(), PAGE, "{time}: {fetched}\n{}\n{}", paperwing.story(), peer.log());
    }
    let switched = paperwing.next("switched");
    assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{switched}");
    assert_eq!(switched["reason"], "garbage", "{switched}");
    paperwing.stop();
}

/// The server is killed while it carries: the client is told that the connection broke, and the next one goes elsewhere.
#[track_caller]
pub fn is_left_when_it_is_killed(peer: &mut dyn Peer) {
    let (origin, echo, good) = (Origin::start(), Server::echo(), Microsocks::open());
    let mut paperwing = up(peer, [peer.link() + "#bad", good.link() + "#good"]);
    let mut stream = socks5(paperwing.address(), echo.address()).expect("it is carried");
    assert_echoes(&mut stream, b"before the end");
    peer.kill();
    let ended = stream.read(&mut [0; 16]);
    assert!(matches!(ended, Ok(0) | Err(_)), "{ended:?}");
    for time in 0..8 {
        let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{time}: {fetched}\n{}", paperwing.story());
    }
    let switched = paperwing.next("switched");
    assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{switched}");
    paperwing.stop();
}

/// What somebody says in a server's place who is not it, or has its answers in their hands. The first byte is left as it is: in
/// TLS it names the kind of a record, and what shoes makes of REALITY does not look at it.
const LIES: [Answer; 8] = [
    Answer::Noise(5000),
    Answer::Noise(1 << 20),
    Answer::Page,
    Answer::Flipped(4),
    Answer::Flipped(25),
    Answer::Flipped(130),
    Answer::Cut(7),
    Answer::Cut(100),
];

/// Whatever comes back in the place of its answers, the client gets its page through another proxy, and soon nothing new goes to
/// this one any more. Only for protocols that notice when a byte was changed.
#[track_caller]
pub fn is_left_when_it_is_not_itself(peer: &dyn Replaceable) {
    for lie in LIES {
        let (first, second, good) = (Origin::start(), Origin::start(), Microsocks::open());
        let impostor = Impostor::before(peer.port(), lie);
        let mut paperwing = up(peer, [peer.link_at(impostor.port()) + "#bad", good.link() + "#good"]);
        for time in 0..4 {
            let origin = if time % 2 == 0 { &first } else { &second };
            let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
            assert_eq!(fetched.text(), PAGE, "{lie:?}, {time}: {fetched}\n{}\n{}", paperwing.story(), peer.log());
        }
        assert!(impostor.connections() > 0, "{lie:?}: nobody asked it\n{}", paperwing.story());
        let switched = paperwing.next("switched");
        assert_eq!((&switched["from"], &switched["to"]), (&"bad".into(), &"good".into()), "{lie:?}: {switched}");
        assert!(paperwing.runs() && !paperwing.story().contains("panicked"), "{lie:?}: {}", paperwing.story());
        paperwing.stop();
    }
}

/// Where there is no other proxy the client is told that it failed, and carried as soon as the server is itself again.
#[track_caller]
pub fn carries_again_when_it_is_itself_again(peer: &dyn Replaceable) {
    let origin = Origin::start();
    let impostor = Impostor::before(peer.port(), Answer::Noise(5000));
    let mut paperwing = up(peer, [peer.link_at(impostor.port())]);
    for lie in [Answer::Noise(5000), Answer::Page, Answer::Cut(7)] {
        impostor.turns_to(lie);
        let before = impostor.connections();
        eventually("it is asked again", || {
            let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
            // 28: curl had waited for too long.
            assert!(!matches!(fetched.code, Some(0 | 28)), "{lie:?}: {fetched}\n{}", paperwing.story());
            (impostor.connections() > before).then_some(())
        });
    }
    impostor.turns_to(Answer::Its);
    eventually("it carries again", || {
        (fetch(&paperwing.proxy("socks5h"), &origin.url("/")).text() == PAGE).then_some(())
    });
    assert!(paperwing.runs() && !paperwing.story().contains("panicked"), "{}", paperwing.story());
    paperwing.stop();
}
