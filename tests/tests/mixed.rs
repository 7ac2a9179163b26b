//! One list with a proxy of every kind: whichever goes, the next one carries.
#![cfg(target_os = "linux")]

use paperwing_tests::client::fetch;
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::Setup;
use paperwing_tests::tls::Authority;
use paperwing_tests::trials::Peer;
use paperwing_tests::upstream::{Dante, Microsocks, Shoes, SsServer, Sshd, TrojanServer, USER_ID, V2ray, V2rayLayers};
use paperwing_tests::{canary::PASSWORD, tools};
use serde_json::json;

/// `AnyTLS`, which shoes speaks for us.
fn anytls(authority: &Authority) -> Shoes {
    let inner = json!({ "type": "anytls", "users": [{ "password": PASSWORD }] });
    let protocol = json!({ "type": "tls", "default_tls_target": {
        "cert": authority.server_certificate(), "key": authority.server_key(), "protocol": inner,
    }});
    let link =
        |port: u16, secret: &str| format!("anytls://{secret}@127.0.0.1:{port}?sni=localhost&pcs={}", authority.pin());
    Shoes::start(&protocol, &link, [PASSWORD, USER_ID])
}

#[test]
fn a_list_of_every_protocol_fails_over_from_each_to_the_next() {
    needs!("curl", "ss-server", "trojan", "v2ray", "sshd", "ssh-keygen", "shoes", "microsocks", "danted", "openssl");
    let (origin, authority) = (Origin::start(), Authority::new());
    let (socks, last) = (Microsocks::open(), Dante::start());
    let trojan = TrojanServer::start();
    let trojan_link = trojan.pinned_link();
    let mut kinds: Vec<(&str, String, Box<dyn Peer>)> = Vec::new();
    let mut add = |name: &'static str, peer: Box<dyn Peer>| kinds.push((name, peer.link(), peer));
    add("shadowsocks", Box::new(SsServer::start("chacha20-ietf-poly1305")));
    add("vless", Box::new(V2ray::start(V2rayLayers::Bare)));
    add("vless-ws", Box::new(V2ray::start(V2rayLayers::WebSocket)));
    add("ssh", Box::new(Sshd::start()));
    add("anytls", Box::new(anytls(&authority)));
    kinds.push(("trojan", trojan_link, Box::new(trojan)));

    let links = kinds.iter().map(|(name, link, _)| format!("{link}#{name}"));
    let links = links.chain([socks.link() + "#socks5", last.link("socks4a") + "#socks4a"]);
    let shoes = tools::find("shoes").expect("it was looked for");
    let folder = shoes.parent().expect("it stands in a folder").display();
    let mut paperwing = Setup::on(links).env("PATH", format!("{folder}:{}", tools::PATH)).up();
    let assert_page = |paperwing: &paperwing_tests::paperwing::Paperwing, what: &str| {
        let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
        assert_eq!(fetched.text(), PAGE, "{what}: {fetched}\n{}", paperwing.story());
    };
    let names: Vec<&str> = kinds.iter().map(|(name, ..)| *name).chain(["socks5"]).collect();
    for (place, (name, _, peer)) in kinds.iter_mut().enumerate() {
        assert_page(&paperwing, name);
        peer.kill();
        for _ in 0..3 {
            assert_page(&paperwing, &format!("after {name} was killed"));
        }
        let switched = paperwing.next("switched");
        let expected = (&(*name).into(), &names[place + 1].into());
        assert_eq!((&switched["from"], &switched["to"]), expected, "{switched}\n{}", paperwing.story());
    }
    assert!(socks.log().contains("connected"), "the last one carries: {}", socks.log());
    paperwing.stop();
}
