//! Datagrams (SOCKS5's UDP ASSOCIATE) through real proxies.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::thread;
use std::time::Duration;

use paperwing_tests::client::fetch;
use paperwing_tests::needs;
use paperwing_tests::net::connect;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::Paperwing;
use paperwing_tests::pattern::{Pattern, digest};
use paperwing_tests::process::{run, tool_with};
use paperwing_tests::server::Server;
use paperwing_tests::tools::{PYTHON, skip};
use paperwing_tests::trials::Peer;
use paperwing_tests::upstream::{Dante, Microsocks, SsServer, SsServerRust, TinyLogin, Tinyproxy};

/// Sends every datagram back.
fn echo() -> SocketAddr {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    let address = socket.local_addr().expect("it is bound");
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok((count, from)) = socket.recv_from(&mut buffer) {
            let _ = socket.send_to(&buffer[..count], from);
        }
    });
    address
}

/// A program's association. The connection keeps it open.
struct Association {
    control: TcpStream,
    socket: UdpSocket,
}

impl Association {
    /// The error is the reply code.
    fn open(proxy: SocketAddr) -> Result<Self, u8> {
        let mut control = connect(proxy);
        control.write_all(&[5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0]).expect("it takes what is sent");
        let mut answer = [0; 12];
        control.read_exact(&mut answer).expect("an answer to greeting and request");
        assert_eq!([answer[0], answer[1], answer[2], answer[5]], [5, 0, 5, 1], "{answer:?}");
        if answer[3] != 0 {
            return Err(answer[3]);
        }
        let ip = Ipv4Addr::from(<[u8; 4]>::try_from(&answer[6..10]).expect("four bytes"));
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
        socket.connect((ip, u16::from_be_bytes([answer[10], answer[11]]))).expect("an address of this computer");
        socket.set_read_timeout(Some(Duration::from_millis(300))).expect("a bound is no problem");
        Ok(Self { control, socket })
    }

    fn datagram(to: SocketAddr, content: &[u8]) -> Vec<u8> {
        let SocketAddr::V4(to) = to else { panic!("an IPv4 address") };
        [&[0, 0, 0, 1][..], &to.ip().octets(), &to.port().to_be_bytes(), content].concat()
    }

    /// Sends again and again, as programs do with datagrams, until something comes back.
    fn exchange(&self, to: SocketAddr, content: &[u8], tries: usize) -> Option<Vec<u8>> {
        let mut buffer = vec![0; 1 << 16];
        for _ in 0..tries {
            self.socket.send(&Self::datagram(to, content)).expect("it takes what is sent");
            while let Ok(count) = self.socket.recv(&mut buffer) {
                // Answers to what was sent before may still be on their way.
                if buffer[10..count] == *content {
                    return Some(buffer[..count].to_vec());
                }
            }
        }
        None
    }

    /// Sends so many bytes, a datagram at a time, each again until it has come back.
    #[track_caller]
    fn assert_carries(&self, to: SocketAddr, bytes: u64) {
        let (mut pattern, mut back) = (Pattern::new(bytes), Vec::new());
        let mut content = vec![0; 1400];
        while let read @ 1.. = pattern.read(&mut content).expect("a pattern can be read") {
            let answer = self.exchange(to, &content[..read], 100).expect("an echo");
            back.extend_from_slice(&answer[10..]);
        }
        assert_eq!(digest(&back[..]), digest(Pattern::new(bytes)));
    }

    #[track_caller]
    fn assert_echoes(&self, to: SocketAddr, content: &[u8]) {
        let answer = self.exchange(to, content, 100).expect("an echo");
        assert_eq!(answer[..3], [0, 0, 0]);
    }
}

const KEY_16: &str = "Q0FOQVJZLTE2LWJ5dGVzIQ==";
const OTHER_16: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const KEY_32: &str = "Q0FOQVJZLWEzZjljNzFlLXNpbmdzLTMyLWJ5dGVzISE=";
const OTHER_32: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Servers of Shadowsocks with every cipher, and one with users.
fn shadowsocks() -> Vec<Box<dyn Peer>> {
    let mut all: Vec<Box<dyn Peer>> = Vec::new();
    for cipher in ["aes-128-gcm", "aes-256-gcm", "chacha20-ietf-poly1305"] {
        all.push(Box::new(SsServer::start(cipher)));
    }
    all.push(Box::new(SsServerRust::start("2022-blake3-aes-128-gcm", [KEY_16, OTHER_16])));
    all.push(Box::new(SsServerRust::start("2022-blake3-aes-256-gcm", [KEY_32, OTHER_32])));
    all.push(Box::new(SsServerRust::start("2022-blake3-chacha20-poly1305", [KEY_32, OTHER_32])));
    all.push(Box::new(SsServerRust::with_user("2022-blake3-aes-128-gcm", OTHER_16, [KEY_16, OTHER_16])));
    all.push(Box::new(SsServerRust::with_user("2022-blake3-aes-256-gcm", OTHER_32, [KEY_32, OTHER_32])));
    all
}

#[test]
fn dante_and_shadowsocks_carry_datagrams_of_every_size() {
    needs!("danted", "ss-server", "ssserver");
    let echo = echo();
    let (dante, servers) = (Dante::start(), shadowsocks());
    let links = std::iter::once(dante.link("socks5")).chain(servers.iter().map(|server| server.link()));
    for link in links {
        let paperwing = Paperwing::up([link.clone()]);
        let association = Association::open(paperwing.address()).unwrap_or_else(|code| panic!("{link}: {code}"));
        for size in [1, 48, 1200, 1400] {
            let content: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).expect("small")).collect();
            association.assert_echoes(echo, &content);
        }
        association.assert_carries(echo, 4 << 20);
        paperwing.stop();
    }
}

#[test]
fn with_a_wrong_key_nothing_comes_back() {
    needs!("ssserver");
    let echo = echo();
    let server = SsServerRust::start("2022-blake3-chacha20-poly1305", [KEY_32, OTHER_32]);
    for link in [server.wrong_link(), server.link()] {
        let paperwing = Paperwing::up([link.clone()]);
        let association = Association::open(paperwing.address()).expect("nobody can know yet");
        assert_eq!(association.exchange(echo, b"x", 3).is_some(), link == server.link());
        paperwing.stop();
    }
}

#[test]
fn a_program_that_others_wrote_gets_its_answers() {
    needs!("danted");
    if run(tool_with(PYTHON, &["-c", "import socks"])).code != Some(0) {
        return skip("not on this machine: PySocks (python3-socks)");
    }
    let (echo, dante) = (echo(), Dante::start());
    let paperwing = Paperwing::up([dante.link("socks5")]);
    let script = format!(
        "import socks\ns = socks.socksocket(type=socks.socket.SOCK_DGRAM)\ns.set_proxy(socks.SOCKS5, '127.0.0.1', {})\n\
         s.settimeout(60)\ns.bind(('127.0.0.1', 0))\ns.sendto(b'question', ('127.0.0.1', {}))\nprint(s.recvfrom(99)[0].decode())\n",
        paperwing.address().port(),
        echo.port()
    );
    assert_eq!(run(tool_with(PYTHON, &["-c", &script])).succeeded(), "question\n");
    paperwing.stop();
}

#[test]
fn who_cannot_carry_datagrams_is_said_to_offer_no_such_thing() {
    needs!("microsocks", "tinyproxy", "danted");
    let (micro, tiny, dante) = (Microsocks::open(), Tinyproxy::start(TinyLogin::Open), Dante::start());
    // The pick decides: a standby's exit is another one.
    for link in [micro.link(), tiny.link()] {
        let paperwing = Paperwing::up([link, dante.link("socks5")]);
        assert_eq!(Association::open(paperwing.address()).err(), Some(7), "{}", paperwing.story());
        paperwing.stop();
    }
}

#[test]
fn nobody_else_speaks_in_an_association_and_it_ends_with_its_connection() {
    needs!("danted");
    let (echo, dante) = (echo(), Dante::start());
    let paperwing = Paperwing::up([dante.link("socks5")]);
    let association = Association::open(paperwing.address()).expect("dante carries datagrams");
    association.assert_echoes(echo, b"mine");
    let stranger = Association::open(paperwing.address()).expect("another association");
    let relay = association.socket.peer_addr().expect("it is connected");
    stranger.socket.connect(relay).expect("an address of this computer");
    assert_eq!(stranger.exchange(echo, b"theirs", 3), None);
    // A fragment is dropped, what follows it is not.
    let mut fragment = Association::datagram(echo, b"a piece");
    fragment[2] = 1;
    association.socket.send(&fragment).expect("it takes what is sent");
    association.assert_echoes(echo, b"whole");
    drop(association.control);
    thread::sleep(Duration::from_millis(300));
    let late = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    late.connect(relay).expect("an address of this computer");
    late.set_read_timeout(Some(Duration::from_secs(1))).expect("a bound is no problem");
    let _ = late.send(&Association::datagram(echo, b"late"));
    assert!(late.recv(&mut [0; 99]).is_err());
    paperwing.stop();
}

#[test]
fn an_association_moves_on_when_its_proxy_dies() {
    needs!("danted");
    let (echo, mut first, second) = (echo(), Dante::start(), Dante::start());
    let mut paperwing = Paperwing::up([first.link("socks5") + "#first", second.link("socks5") + "#second"]);
    let association = Association::open(paperwing.address()).expect("dante carries datagrams");
    association.assert_echoes(echo, b"through the first");
    first.kill();
    association.assert_echoes(echo, b"through the second");
    assert!(paperwing.runs());
    paperwing.stop();
}

#[test]
fn an_association_moves_on_when_its_silent_proxy_is_found_out_by_other_traffic() {
    needs!("curl", "danted", "ssserver");
    let (origins, echo) = ([Origin::start(), Origin::start()], echo());
    let ssserver = || SsServerRust::start("2022-blake3-aes-128-gcm", [KEY_16, OTHER_16]);
    let (dante, shadowsocks, last) = (Dante::start(), ssserver(), Dante::start());
    let silent: [(String, &dyn Fn()); 2] =
        [(dante.link("socks5"), &|| dante.freeze()), (shadowsocks.link(), &|| shadowsocks.freeze())];
    for (link, freeze) in silent {
        let mut paperwing = Paperwing::up([link + "#silent", last.link("socks5") + "#last"]);
        let association = Association::open(paperwing.address()).expect("it carries datagrams");
        association.assert_echoes(echo, b"before");
        freeze();
        // That no answer comes may be the target's doing, and speaks against nobody.
        assert_eq!(association.exchange(echo, b"swallowed", 3), None);
        assert_eq!(paperwing.kinds(), ["listening"], "{}", paperwing.story());
        // Silence of Shadowsocks' speaks against the proxy when it meets several targets.
        for origin in origins.iter().cycle().take(6) {
            let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
            assert_eq!(fetched.text(), PAGE, "{fetched}\n{}", paperwing.story());
        }
        let switched = paperwing.next("switched");
        assert_eq!((&switched["from"], &switched["to"]), (&"silent".into(), &"last".into()), "{switched}");
        association.assert_echoes(echo, b"through the last");
        paperwing.stop();
    }
}

#[test]
fn a_hostile_proxy_sends_datagrams_nowhere_else() {
    let victim = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
    victim.set_read_timeout(Some(Duration::from_millis(500))).expect("a bound is no problem");
    let port = victim.local_addr().expect("it is bound").port().to_be_bytes();
    // It names another host's address for its relay.
    let hostile = Server::start(move |mut stream| {
        let mut heard = [0; 3];
        if stream.read_exact(&mut heard).is_ok() && stream.write_all(&[5, 0]).is_ok() {
            let _ = stream.read(&mut [0; 10]);
            let _ = stream.write_all(&[&[5, 0, 0, 1, 127, 0, 0, 2][..], &port].concat());
            let _ = stream.read(&mut [0; 1]);
        }
    });
    let elsewhere = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 2), u16::from_be_bytes(port)));
    let paperwing = Paperwing::up([format!("socks5://{}", hostile.address())]);
    let association = Association::open(paperwing.address()).expect("it says that it relays");
    association.exchange("192.0.2.1:9".parse().expect("an address"), b"x", 1);
    if let Ok(elsewhere) = elsewhere {
        elsewhere.set_read_timeout(Some(Duration::from_millis(300))).expect("a bound is no problem");
        assert!(elsewhere.recv(&mut [0; 99]).is_err(), "it went where the proxy said");
    }
    assert!(victim.recv(&mut [0; 99]).is_ok(), "the proxy's own host got it");
    paperwing.stop();
}
