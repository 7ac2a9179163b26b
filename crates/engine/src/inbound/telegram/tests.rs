use std::net::SocketAddr;
use std::sync::Mutex;

use hmac::Mac;
use paperwing_link::{MtprotoSecret, Protocol, Proxy, ProxyId, Secret};
use proptest::prelude::*;
use tokio::io::AsyncWriteExt;
use zeroize::Zeroizing;

use super::*;
use crate::failover::Rules;
use crate::mtproto::{accept_init, make_init};
use crate::snapshot::Health;
use crate::upstream::Surroundings;

const OURS: [u8; 16] = [3; 16];
const THEIRS: &str = "0123456789abcdef0123456789abcdef";

/// What a proxy does with a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mood {
    /// Sends everything back.
    Echoes,
    /// Takes everything and says nothing.
    Mute,
    /// Hangs up at once.
    HangsUp,
    /// Says what is no answer.
    Talks,
    /// Sends back so little of each connection that it stops inside any larger message.
    Freezes,
}

/// The data centre and the first bytes of each connection.
type Told = Arc<Mutex<Vec<(i16, Vec<u8>)>>>;
/// What is answered to a hello: from the secret, the hello's random number, and the hello with that number zero.
type Answer = fn(&Key, &[u8], &[u8]) -> Vec<u8>;

/// A proxy that keeps what it was told first.
struct Peer {
    address: SocketAddr,
    told: Told,
    mood: Arc<Mutex<Mood>>,
}

impl Peer {
    async fn start(mood: Mood) -> Self {
        /// What freezing connections still carry.
        const CUT: usize = 16 * 1024;
        let mood = Arc::new(Mutex::new(mood));
        let mood_of_all = Arc::clone(&mood);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let told = Told::default();
        let kept = Arc::clone(&told);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let (kept, mood) = (Arc::clone(&kept), Arc::clone(&mood_of_all));
                tokio::spawn(async move {
                    let mut init = [0; INIT];
                    if *mood.lock().unwrap() == Mood::HangsUp || client.read_exact(&mut init).await.is_err() {
                        return;
                    }
                    let secret = MtprotoSecret::parse(THEIRS).unwrap().key().unwrap();
                    let (dc, mut keys) = accept_init(&init, &secret).expect("our secret");
                    let mut buffer = vec![0; 64 * 1024];
                    let (mut is_first, mut said) = (true, 0);
                    while let Ok(count @ 1..) = client.read(&mut buffer).await {
                        let mut bytes = &mut buffer[..count];
                        keys.up.apply(bytes);
                        if std::mem::take(&mut is_first) {
                            kept.lock().unwrap().push((dc, bytes.to_vec()));
                        }
                        let mood = *mood.lock().unwrap();
                        match mood {
                            Mood::Echoes => keys.down.apply(bytes),
                            Mood::Freezes => {
                                bytes = &mut bytes[..count.min(CUT - said)];
                                keys.down.apply(bytes);
                            }
                            Mood::Talks => {
                                bytes.copy_from_slice(&b"HTTP/1.1 400 Bad Request\r\n\r\n".repeat(1000)[..count]);
                            }
                            Mood::Mute | Mood::HangsUp => continue,
                        }
                        said += bytes.len();
                        if client.write_all(bytes).await.is_err() {
                            return;
                        }
                    }
                    let _ = client.shutdown().await;
                });
            }
        });
        Self { address, told, mood }
    }

    fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn told(&self) -> Vec<(i16, Vec<u8>)> {
        self.told.lock().unwrap().clone()
    }

    fn proxy(&self, secret: &str) -> Proxy {
        proxy(self.address, secret)
    }
}

fn proxy(address: SocketAddr, secret: &str) -> Proxy {
    let text = format!("tg://proxy?server={}&port={}&secret={secret}", address.ip(), address.port());
    text.parse().unwrap()
}

/// A port before these proxies, and what is known of them.
async fn port(proxies: Vec<Proxy>) -> (SocketAddr, Arc<Dialer>) {
    let rules = Rules { handshake: Duration::from_millis(700), stall: Duration::from_millis(700), ..Rules::default() };
    let dialer = Dialer::new(rules, Box::new(|| 0.5), Arc::new(Surroundings::default()));
    let nobodys = Dialer::new(Rules::default(), Box::new(|| 0.5), Arc::new(Surroundings::default()));
    dialer.set_proxies((1..).zip(proxies).map(|(number, proxy)| (ProxyId(number), proxy, None)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let live = Arc::<Live>::default();
    tokio::spawn(crate::freeze::watch(Arc::clone(&live), [Arc::clone(&dialer), nobodys]));
    tokio::spawn(Arc::clone(&live).close_silent(dialer.events()));
    let door = TelegramDoor {
        secret: Arc::new(Zeroizing::new(OURS)),
        dialer: Arc::clone(&dialer),
        live,
        idle: IdleLimits::default(),
        room: Arc::new(Semaphore::new(10)),
    };
    tokio::spawn(accept(listener, door));
    (address, dialer)
}

/// Telegram, with its ciphers.
struct Client {
    stream: TcpStream,
    keys: Keys,
}

impl Client {
    async fn connect(to: SocketAddr, dc: i16, secret: [u8; 16]) -> Self {
        let (init, keys) = make_init(dc, &Zeroizing::new(secret)).unwrap();
        let mut stream = TcpStream::connect(to).await.unwrap();
        stream.write_all(&init).await.unwrap();
        Self { stream, keys }
    }

    async fn say(&mut self, bytes: &[u8]) {
        let mut bytes = bytes.to_vec();
        self.keys.up.apply(&mut bytes);
        self.stream.write_all(&bytes).await.unwrap();
    }

    async fn hear(&mut self, count: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; count];
        timeout(Duration::from_secs(30), self.stream.read_exact(&mut bytes)).await.expect("an answer or an end")?;
        self.keys.down.apply(&mut bytes);
        Ok(bytes)
    }
}

/// A message of so many bytes behind its length.
fn message(count: usize) -> Vec<u8> {
    let body = (0..count).map(|at| u8::try_from(at % 251).unwrap());
    u32::try_from(count).unwrap().to_le_bytes().into_iter().chain(body).collect()
}

#[tokio::test]
async fn what_telegram_says_is_carried_with_the_proxys_own_secret() {
    for secret in [THEIRS.to_owned(), format!("dd{THEIRS}")] {
        let peer = Peer::start(Mood::Echoes).await;
        let (port, dialer) = port(vec![peer.proxy(&secret)]).await;
        let mut client = Client::connect(port, -4, OURS).await;
        for count in [40, 3000, 200_000] {
            let said = message(count);
            let (mut reader, mut writer) = client.stream.split();
            let mut sent = said.clone();
            client.keys.up.apply(&mut sent);
            let mut heard = vec![0; said.len()];
            let (written, read) = tokio::join!(writer.write_all(&sent), reader.read_exact(&mut heard));
            written.unwrap();
            read.unwrap();
            client.keys.down.apply(&mut heard);
            assert!(heard == said, "{count}");
        }
        client.stream.shutdown().await.unwrap();
        assert!(client.hear(1).await.is_err(), "the end is passed on");
        assert_eq!(peer.told(), [(-4, message(40))]);
        let health = dialer.state_now().proxies[0].health;
        assert_eq!(health, Health::Healthy);
    }
}

#[tokio::test]
async fn a_proxy_that_fails_is_skipped_and_telegram_never_hears_of_it() {
    for mood in [Mood::Mute, Mood::HangsUp, Mood::Talks] {
        let (bad, good) = (Peer::start(mood).await, Peer::start(Mood::Echoes).await);
        let (port, dialer) = port(vec![bad.proxy(THEIRS), good.proxy(THEIRS)]).await;
        let mut client = Client::connect(port, 2, OURS).await;
        client.say(&message(300)).await;
        assert_eq!(client.hear(304).await.unwrap(), message(300), "{mood:?}");
        assert_eq!(good.told(), [(2, message(300))]);
        if mood != Mood::Mute {
            assert_eq!(dialer.state_now().proxies[0].health, Health::Blocked, "{mood:?}");
        }
    }
}

#[tokio::test]
async fn what_is_said_while_a_proxy_is_looked_for_gets_to_it_too() {
    let (mute, good) = (Peer::start(Mood::Mute).await, Peer::start(Mood::Echoes).await);
    let (port, _) = port(vec![mute.proxy(THEIRS), good.proxy(THEIRS)]).await;
    let mut client = Client::connect(port, 2, OURS).await;
    let said = [message(40), message(60), message(20_000), message(80)].concat();
    client.say(&said[..44]).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    client.say(&said[44..]).await;
    assert_eq!(client.hear(said.len()).await.unwrap(), said);
}

/// Says and hears at once: neither side keeps everything for the other.
async fn exchange(client: &mut Client, said: &[u8]) {
    let mut sent = said.to_vec();
    client.keys.up.apply(&mut sent);
    let mut heard = vec![0; said.len()];
    let (mut reader, mut writer) = client.stream.split();
    let both = async { tokio::join!(writer.write_all(&sent), reader.read_exact(&mut heard)) };
    let (written, read) = timeout(Duration::from_mins(1), both).await.expect("it is carried");
    written.unwrap();
    read.unwrap();
    client.keys.down.apply(&mut heard);
    assert!(heard == said);
}

#[tokio::test]
async fn a_first_message_too_long_to_be_kept_is_carried_as_it_comes() {
    let peer = Peer::start(Mood::Echoes).await;
    let (port, _) = port(vec![peer.proxy(THEIRS)]).await;
    let mut client = Client::connect(port, 2, OURS).await;
    exchange(&mut client, &message(MOST_FLIGHT + 100_000)).await;
}

#[tokio::test]
async fn a_part_of_a_file_as_the_first_message_is_kept_and_sent_through_another_proxy() {
    for mood in [Mood::HangsUp, Mood::Talks, Mood::Mute] {
        let (bad, good) = (Peer::start(mood).await, Peer::start(Mood::Echoes).await);
        let (port, _) = port(vec![bad.proxy(THEIRS), good.proxy(THEIRS)]).await;
        let mut client = Client::connect(port, 2, OURS).await;
        // Telegram's own parts are so long. A mute proxy is given the time that a slow line needs for it.
        let count = if mood == Mood::Mute { 100_000 } else { 512 * 1024 + 200 };
        exchange(&mut client, &message(count)).await;
        assert_eq!(good.told().len(), 1, "{mood:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_freezes_connections_is_left_though_short_answers_still_pass() {
    let (first, second) = (Peer::start(Mood::Freezes).await, Peer::start(Mood::Echoes).await);
    let (port, dialer) = port(vec![first.proxy(THEIRS), second.proxy(THEIRS)]).await;
    for _ in 0..2 {
        let mut client = Client::connect(port, 2, OURS).await;
        client.say(&message(40_000)).await;
        client.hear(16 * 1024).await.unwrap();
        // Telegram gives up what stands still, and connects anew.
        tokio::time::sleep(Duration::from_millis(4500)).await;
    }
    let blocked = async {
        while dialer.state_now().proxies[0].health != Health::Blocked {
            let mut client = Client::connect(port, 4, OURS).await;
            exchange(&mut client, &message(300)).await;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    };
    timeout(Duration::from_secs(20), blocked).await.expect("the verdict");
    let mut client = Client::connect(port, 2, OURS).await;
    exchange(&mut client, &message(100_000)).await;
}

#[tokio::test]
async fn whole_answers_on_kept_connections_are_no_freeze() {
    let (first, second) = (Peer::start(Mood::Echoes).await, Peer::start(Mood::Echoes).await);
    let (port, dialer) = port(vec![first.proxy(THEIRS), second.proxy(THEIRS)]).await;
    let mut kept = Vec::new();
    for _ in 0..3 {
        let mut client = Client::connect(port, 2, OURS).await;
        exchange(&mut client, &message(20_000)).await;
        kept.push(client);
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    for _ in 0..25 {
        let mut client = Client::connect(port, 4, OURS).await;
        exchange(&mut client, &message(300)).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!((dialer.state_now().proxies[0].health, second.told().len()), (Health::Healthy, 0));
}

#[tokio::test]
async fn a_pick_that_dies_under_old_connections_is_found_out_before_a_new_one_comes() {
    let (first, second) = (Peer::start(Mood::Echoes).await, Peer::start(Mood::Echoes).await);
    let (port, dialer) = port(vec![first.proxy(THEIRS), second.proxy(THEIRS)]).await;
    let mut client = Client::connect(port, 2, OURS).await;
    exchange(&mut client, &message(300)).await;
    first.set(Mood::Mute);
    client.say(&message(60)).await;
    // Telegram is told, and connects anew.
    assert_eq!(client.hear(1).await.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    assert_eq!(dialer.state_now().pick, Some(ProxyId(2)));
}

#[tokio::test]
async fn whoever_does_not_know_the_secret_gets_no_answer_and_contacts_nobody() {
    let peer = Peer::start(Mood::Echoes).await;
    let (port, _) = port(vec![peer.proxy(THEIRS)]).await;
    let mut stranger = Client::connect(port, 2, [4; 16]).await;
    stranger.say(&message(40)).await;
    assert!(stranger.hear(1).await.is_err());
    let mut page = TcpStream::connect(port).await.unwrap();
    page.write_all(&b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".repeat(4)).await.unwrap();
    let mut heard = Vec::new();
    let _ = page.read_to_end(&mut heard).await;
    assert!(heard.is_empty());
    // Right secret, but no message of Telegram's.
    let mut odd = Client::connect(port, 2, OURS).await;
    odd.say(b"\xff\xff\xff\xffnonsense").await;
    assert!(odd.hear(1).await.is_err());
    assert!(peer.told().is_empty());
}

#[tokio::test]
async fn an_outage_ends_in_an_end_and_not_in_silence() {
    let peer = Peer::start(Mood::HangsUp).await;
    let (port, _) = port(vec![peer.proxy(THEIRS)]).await;
    let mut client = Client::connect(port, 2, OURS).await;
    client.say(&message(40)).await;
    assert!(client.hear(1).await.is_err());
}

/// A proxy in disguise that takes hellos of one shape, or answers with whatever it is given.
async fn disguised(longest: usize, answer: Answer) -> (SocketAddr, Arc<Mutex<Vec<usize>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let hellos = Arc::<Mutex<Vec<usize>>>::default();
    let seen = Arc::clone(&hellos);
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let seen = Arc::clone(&seen);
            tokio::spawn(async move {
                let mut header = [0; 5];
                client.read_exact(&mut header).await.unwrap();
                let mut hello = header.to_vec();
                hello.resize(5 + usize::from(u16::from_be_bytes([header[3], header[4]])), 0);
                client.read_exact(&mut hello[5..]).await.unwrap();
                seen.lock().unwrap().push(hello.len());
                if hello.len() > longest {
                    return;
                }
                let secret = MtprotoSecret::parse(THEIRS).unwrap().key().unwrap();
                let random = hello[11..43].to_vec();
                hello[11..43].fill(0);
                for byte in answer(&secret, &random, &hello) {
                    if client.write_all(&[byte]).await.is_err() {
                        return;
                    }
                }
                let _ = client.shutdown().await;
                let _ = tokio::io::copy(&mut client, &mut tokio::io::sink()).await;
            });
        }
    });
    (address, hellos)
}

/// What a proxy that knows the secret answers.
fn proven(secret: &Key, random: &[u8], hello: &[u8]) -> Vec<u8> {
    let mut key = [0; 64];
    key[..16].copy_from_slice(secret.as_slice());
    let mac = |pieces: &[&[u8]]| {
        let mut mac = <hmac::Hmac<sha2::Sha256> as hmac::KeyInit>::new(&key.into());
        for piece in pieces {
            mac.update(piece);
        }
        mac.finalize().into_bytes()
    };
    assert_eq!(mac(&[hello])[..28], random[..28], "the hello proves that we know the secret");
    let mut answer = vec![0x16, 3, 3, 0, 80, 2, 0, 0, 76, 3, 3];
    answer.extend([0; 74]);
    answer.extend([0x14, 3, 3, 0, 1, 1, 0x17, 3, 3, 0, 200]);
    answer.extend([7; 200]);
    let proof = mac(&[random, &answer]);
    answer[11..43].copy_from_slice(&proof);
    answer
}

fn in_disguise(address: SocketAddr) -> Proxy {
    proxy(address, &format!("ee{THEIRS}6578616d706c652e636f6d"))
}

async fn attempt(proxy: &Proxy, surroundings: &Surroundings) -> Result<(), crate::outcome::Failure> {
    let Protocol::Mtproto(secret) = &proxy.protocol else { panic!("{proxy:?}") };
    let (_caller, call) = Call::new(2, message(40));
    let progress = crate::upstream::Progress::default();
    crate::upstream::mtproto::carry(proxy, secret, call, surroundings, &progress).await.map(drop)
}

#[tokio::test]
async fn a_disguised_proxy_of_any_age_is_found_and_the_shape_that_it_takes_is_kept_in_mind() {
    for (longest, expected) in [(usize::MAX, vec![1, 1]), (517, vec![1, 0, 0])] {
        let (address, hellos) = disguised(longest, proven).await;
        let surroundings = Surroundings::default();
        // It hangs up after the handshake, which is enough to know.
        for _ in 0..2 {
            let failure = attempt(&in_disguise(address), &surroundings).await.unwrap_err();
            assert_eq!(failure.stage, crate::outcome::Stage::Greet);
        }
        let shapes: Vec<_> = hellos.lock().unwrap().iter().map(|length| usize::from(*length > 1500)).collect();
        assert_eq!(shapes, expected);
    }
}

#[tokio::test]
async fn whoever_does_not_prove_that_they_know_the_secret_is_told_from_a_proxy() {
    use crate::outcome::{Blame, Cause, Failure, Stage};

    let answers: [(Answer, Cause); 4] = [
        // A real server of the site.
        (
            |_, _, _| [&[0x16, 3, 3, 0, 90, 2, 0, 0, 86, 3, 3][..], &[1; 84], &[0x17, 3, 3, 0, 9]].concat(),
            Cause::Unproven,
        ),
        (
            |secret, random, hello| {
                let mut answer = proven(secret, random, hello);
                answer[250] ^= 1;
                answer
            },
            Cause::Unproven,
        ),
        (|_, _, _| vec![0x15, 3, 3, 0, 2, 2, 40], Cause::TlsRefused),
        (|_, _, _| b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), Cause::Garbage(crate::outcome::Garbage::Http)),
    ];
    for (answer, cause) in answers {
        let (address, _) = disguised(usize::MAX, answer).await;
        let failure = attempt(&in_disguise(address), &Surroundings::default()).await.unwrap_err();
        assert_eq!(failure, Failure::new(Stage::Tls, cause));
        assert_eq!(failure.blame(), Blame::Proxy);
    }
}

#[tokio::test]
async fn an_answer_cut_anywhere_is_a_failure_and_no_panic() {
    static CUT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let (address, _) = disguised(usize::MAX, |secret, random, hello| {
        let mut answer = proven(secret, random, hello);
        answer.truncate(CUT.load(std::sync::atomic::Ordering::Relaxed));
        answer
    })
    .await;
    for cut in 0..296 {
        CUT.store(cut, std::sync::atomic::Ordering::Relaxed);
        let failure = attempt(&in_disguise(address), &Surroundings::default()).await.unwrap_err();
        assert_eq!(failure.stage, crate::outcome::Stage::Tls, "cut at {cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn whatever_a_stranger_answers_ends_and_in_disguise_in_a_failure_of_the_proxys(
        answer in proptest::collection::vec(any::<u8>(), 0..700),
        begins_like_tls in any::<bool>(),
        in_clear in any::<bool>(),
    ) {
        let answer = if begins_like_tls { [&[0x16, 3, 3, 0, 90][..], &answer].concat() } else { answer };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap();
            tokio::spawn(async move {
                while let Ok((mut client, _)) = listener.accept().await {
                    let _ = client.write_all(&answer).await;
                    let _ = client.shutdown().await;
                    let _ = client.read_to_end(&mut Vec::new()).await;
                }
            });
            let proxy = if in_clear { proxy(address, THEIRS) } else { in_disguise(address) };
            let surroundings = Surroundings::default();
            let failure = timeout(Duration::from_secs(20), attempt(&proxy, &surroundings));
            match failure.await.expect("it ends") {
                Err(failure) => assert_eq!(failure.blame(), crate::outcome::Blame::Proxy, "{failure:?}"),
                // Without a disguise nothing proves anything, and noise may look like a length.
                Ok(()) => assert!(in_clear),
            }
        });
    }
}

/// Telegram keeps several connections open that carry nothing. The ciphers of both sides are what one has to hold.
#[tokio::test]
async fn a_connection_holds_its_ciphers_and_little_else() {
    let dialer = Dialer::new(Rules::default(), Box::new(|| 0.5), Arc::new(Surroundings::default()));
    let room = Arc::new(Semaphore::new(1));
    let door = TelegramDoor {
        secret: Arc::new(Zeroizing::new(OURS)),
        dialer,
        live: Arc::default(),
        idle: IdleLimits::default(),
        room: Arc::clone(&room),
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
    let future = size_of_val(&serve(client, door, room.acquire_owned().await.unwrap()));
    let ciphers = size_of::<crate::upstream::MtprotoStream>();
    assert!(future <= 1024 && ciphers <= 5 * 1024, "{future} and {ciphers} bytes");
}

#[test]
fn the_secret_of_the_port_shows_in_no_debug_output() {
    let secret = MtprotoSecret { hex: Secret::new(THEIRS) };
    assert!(!format!("{secret:?}").contains("0123"));
}
