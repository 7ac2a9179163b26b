//! Protocols that another program speaks for us: shoes, started and stopped by Paperwing, before servers of its own and
//! of others.
#![cfg(target_os = "linux")]

use std::fs;

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::client::{fetch, status};
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::{Paperwing, Setup};
use paperwing_tests::process::{eventually, run, tool};
use paperwing_tests::tls::Authority;
use paperwing_tests::tools;
use paperwing_tests::trials::{self, Peer, Replaceable};
use paperwing_tests::upstream::{Microsocks, Shoes, USER_ID};
use serde_json::{Value, json};

/// A server, and Paperwing with shoes within its reach.
struct Within {
    server: Shoes,
    /// Its link on another port.
    link_at: Box<dyn Fn(u16) -> String>,
}

impl Within {
    fn start(protocol: &Value, link: impl Fn(u16, &str) -> String + 'static, secrets: [&'static str; 2]) -> Self {
        let server = Shoes::start(protocol, &link, secrets);
        Self { server, link_at: Box::new(move |port| link(port, secrets[0])) }
    }
}

impl Peer for Within {
    fn link(&self) -> String {
        self.server.link()
    }

    fn wrong_link(&self) -> String {
        self.server.wrong_link()
    }

    fn kill(&mut self) {
        self.server.kill();
    }

    fn log(&self) -> String {
        self.server.log()
    }

    fn setup(&self, links: Vec<String>) -> Setup {
        with_shoes(Setup::on(links))
    }
}

impl Replaceable for Within {
    fn port(&self) -> u16 {
        self.server.port()
    }

    fn link_at(&self, port: u16) -> String {
        (self.link_at)(port)
    }
}

fn with_shoes(setup: Setup) -> Setup {
    let shoes = tools::find("shoes").expect("it was looked for");
    let folder = shoes.parent().expect("it stands in a folder").display();
    setup.env("PATH", format!("{folder}:{}", tools::PATH))
}

const WRONG_ID: &str = "00000000-0000-4000-8000-000000000000";

fn tls(authority: &Authority, inner: &Value) -> Value {
    json!({ "type": "tls", "default_tls_target": {
        "cert": authority.server_certificate(), "key": authority.server_key(), "protocol": inner,
    }})
}

fn vmess_link(port: u16, id: &str, more: &Value) -> String {
    let mut node = json!({
        "v": "2", "ps": "", "add": "127.0.0.1", "port": port, "id": id, "aid": 0, "scy": "aes-128-gcm", "net": "tcp",
    });
    for (key, value) in more.as_object().expect("an object") {
        node[key] = value.clone();
    }
    let mut encode = tool("base64");
    encode.arg("-w0");
    let text = node.to_string().into_bytes();
    let encoded = paperwing_tests::process::run_with_input(encode, std::io::Cursor::new(text));
    format!("vmess://{}", encoded.text().trim())
}

fn vmess() -> Within {
    let protocol = json!({ "type": "vmess", "cipher": "aes-128-gcm", "user_id": USER_ID });
    Within::start(&protocol, |port, id| vmess_link(port, id, &json!({})), [USER_ID, WRONG_ID])
}

fn vmess_in_tls_and_websocket(authority: &Authority) -> Within {
    let inner = json!({ "type": "vmess", "cipher": "aes-128-gcm", "user_id": USER_ID });
    let websocket = json!({ "type": "websocket", "targets": [{ "matching_path": "/ws", "protocol": inner }] });
    let more = json!({ "net": "ws", "path": "/ws", "tls": "tls", "sni": "localhost", "pcs": authority.pin() });
    Within::start(&tls(authority, &websocket), move |port, id| vmess_link(port, id, &more), [USER_ID, WRONG_ID])
}

fn anytls(authority: &Authority) -> Within {
    let inner = json!({ "type": "anytls", "users": [{ "password": PASSWORD }] });
    let pin = authority.pin();
    let link = move |port: u16, secret: &str| format!("anytls://{secret}@127.0.0.1:{port}?sni=localhost&pcs={pin}");
    Within::start(&tls(authority, &inner), link, [PASSWORD, "CANARY-the-wrong-one"])
}

/// VLESS in REALITY with Vision: the server borrows the face of another, here of a web server of our own.
fn reality(face: u16) -> Within {
    let mut generate = tool(tools::find("shoes").expect("it was looked for"));
    generate.arg("generate-reality-keypair");
    let pair = run(generate);
    let key = |name: &str| {
        let text = pair.text();
        let line = text.lines().find(|line| line.to_ascii_lowercase().contains(name)).map(str::to_owned);
        line.and_then(|line| line.rsplit([' ', ':', '"']).find(|word| word.len() > 40).map(str::to_owned))
            .unwrap_or_else(|| panic!("no {name} key in {text}"))
    };
    let (private, public) = (key("private"), key("public"));
    let target = json!({
        "private_key": private, "short_ids": ["0123456789abcdef"], "dest": format!("localhost:{face}"), "vision": true,
        "protocol": { "type": "vless", "user_id": USER_ID },
    });
    let protocol = json!({ "type": "tls", "reality_targets": { "localhost": target } });
    let link = move |port: u16, id: &str| {
        format!(
            "vless://{id}@127.0.0.1:{port}?security=reality&pbk={public}&sid=0123456789abcdef&sni=localhost\
             &flow=xtls-rprx-vision&type=tcp"
        )
    };
    Within::start(&protocol, link, [USER_ID, WRONG_ID])
}

/// One after another, each protocol in each of its layers.
fn with_each(under_trial: impl Fn(&mut Within)) {
    let (origin, authority) = (Origin::start(), Authority::new());
    let front = authority.front(origin.address());
    under_trial(&mut vmess());
    under_trial(&mut vmess_in_tls_and_websocket(&authority));
    under_trial(&mut anytls(&authority));
    under_trial(&mut reality(front.address().port()));
}

#[test]
fn many_bytes_come_through_vmess_anytls_and_reality_as_they_went_in() {
    needs!("curl", "shoes", "openssl", "haproxy", "base64");
    with_each(|server| {
        trials::carries(server);
        trials::lets_the_target_speak_first(server);
    });
}

#[test]
fn each_way_ends_by_itself_where_the_server_lets_it() {
    needs!("shoes", "openssl", "haproxy", "base64");
    let (origin, authority) = (Origin::start(), Authority::new());
    let front = authority.front(origin.address());
    // Not AnyTLS: shoes hangs up on both when one of them has said everything.
    for server in [vmess(), vmess_in_tls_and_websocket(&authority), reality(front.address().port())] {
        trials::ends_each_way_by_itself(&server);
    }
}

#[test]
fn a_wrong_id_or_password_is_noticed_though_nobody_says_so() {
    needs!("curl", "shoes", "microsocks", "openssl", "haproxy", "base64");
    with_each(|server| trials::leaves_it_with_a_wrong_password(server));
}

#[test]
fn a_server_that_is_killed_is_left() {
    needs!("curl", "shoes", "microsocks", "openssl", "haproxy", "base64");
    with_each(|server| trials::is_left_when_it_is_killed(server));
}

#[test]
fn whoever_answers_in_the_place_of_a_server_is_left() {
    needs!("curl", "shoes", "microsocks", "openssl", "haproxy", "base64");
    with_each(|server| trials::is_left_when_it_is_not_itself(server));
}

#[test]
fn a_server_that_is_itself_again_carries_again() {
    needs!("curl", "shoes", "openssl", "haproxy", "base64");
    with_each(|server| trials::carries_again_when_it_is_itself_again(server));
}

/// The processes called shoes that a process started.
fn shoes_of(pid: u32) -> Vec<u32> {
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let ids = children.split_whitespace().filter_map(|id| id.parse().ok());
    ids.filter(|id: &u32| fs::read_to_string(format!("/proc/{id}/comm")).is_ok_and(|name| name.trim() == "shoes"))
        .collect()
}

fn is_there(pid: u32) -> bool {
    fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| !stat.contains(") Z "))
}

#[test]
fn it_runs_while_it_is_needed_comes_back_when_it_dies_and_ends_with_us() {
    needs!("curl", "shoes", "base64");
    let (origin, server) = (Origin::start(), vmess());
    let paperwing = with_shoes(Setup::on([server.link()])).up();
    assert!(shoes_of(paperwing.pid()).is_empty(), "nobody needs it yet");
    let page = |paperwing: &Paperwing| fetch(&paperwing.proxy("socks5h"), &origin.url("/")).text();
    assert_eq!(page(&paperwing), PAGE, "{}", paperwing.story());
    let [first] = shoes_of(paperwing.pid())[..] else { panic!("one is enough") };
    let shown = fs::read_to_string(format!("/proc/{first}/cmdline")).expect("it runs");
    assert!(!shown.contains(USER_ID), "{shown}");
    let told = shown.split('\0').find(|word| word.contains("/paperwing-")).expect("it is told by a file");
    assert!(!fs::exists(told).expect("a folder"), "what it read is gone");

    let mut kill = tool("kill");
    kill.args(["-9", &first.to_string()]);
    run(kill).succeeded();
    eventually("it carries again", || (page(&paperwing) == PAGE).then_some(()));
    let [second] = shoes_of(paperwing.pid())[..] else { panic!("one is enough") };
    assert_ne!(first, second);
    let mut kill = tool("kill");
    kill.args(["-9", &paperwing.pid().to_string()]);
    run(kill).succeeded();
    eventually("it ends with us", || (!is_there(second)).then_some(()));
}

#[test]
fn where_it_is_not_installed_the_person_is_told_what_installs_it() {
    needs!("curl", "microsocks");
    let (origin, good) = (Origin::start(), Microsocks::open());
    let link = format!("anytls://{PASSWORD}@127.0.0.1:1#later");
    let paperwing = Paperwing::up([link, good.link() + "#good"]);
    assert_eq!(fetch(&paperwing.proxy("socks5h"), &origin.url("/")).text(), PAGE);
    assert_eq!(status(&paperwing.proxy("http"), &origin.url("/")), "200");
    assert!(
        paperwing.story().contains("later: needs the shoes engine: `cargo install shoes`"),
        "{}",
        paperwing.story()
    );
    paperwing.stop();
}
