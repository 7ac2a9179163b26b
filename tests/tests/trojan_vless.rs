//! Trojan and VLESS, with servers that we did not write.
#![cfg(target_os = "linux")]

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::client::fetch;
use paperwing_tests::needs;
use paperwing_tests::origin::{Origin, PAGE};
use paperwing_tests::paperwing::Paperwing;
use paperwing_tests::tls::Authority;
use paperwing_tests::trials::{self, Peer};
use paperwing_tests::upstream::{Shoes, TrojanServer, V2ray, V2rayLayers};
use serde_json::json;

const LAYERS: [V2rayLayers; 4] =
    [V2rayLayers::Bare, V2rayLayers::Tls, V2rayLayers::WebSocket, V2rayLayers::TlsWebSocket];

/// Trojan in a WebSocket in TLS.
fn shoes_trojan(authority: &Authority) -> Shoes {
    let inner = json!({ "type": "trojan", "password": PASSWORD });
    let websocket = json!({ "type": "websocket", "targets": [{ "matching_path": "/ws", "protocol": inner }] });
    shoes_tls(authority, &websocket, &|port, secret| {
        format!("trojan://{secret}@localhost:{port}?type=ws&path=%2Fws&pcs={}", authority.pin())
    })
}

fn shoes_tls(authority: &Authority, inner: &serde_json::Value, link: &dyn Fn(u16, &str) -> String) -> Shoes {
    let tls = json!({ "type": "tls", "default_tls_target": {
        "cert": authority.server_certificate(), "key": authority.server_key(), "protocol": inner,
    }});
    Shoes::start(&tls, link, [PASSWORD, "CANARY-the-wrong-one"])
}

#[test]
fn many_bytes_come_through_trojan_as_they_went_in() {
    needs!("curl", "trojan", "openssl");
    trials::carries(&TrojanServer::start());
}

#[test]
fn many_bytes_come_through_vless_in_all_its_layers() {
    needs!("curl", "v2ray", "openssl");
    for layers in LAYERS {
        trials::carries(&V2ray::start(layers));
    }
}

#[test]
fn many_bytes_come_through_trojan_in_a_websocket() {
    needs!("curl", "shoes", "openssl");
    trials::carries(&shoes_trojan(&Authority::new()));
}

#[test]
fn a_target_may_speak_first() {
    needs!("trojan", "v2ray", "openssl");
    trials::lets_the_target_speak_first(&TrojanServer::start());
    for layers in LAYERS {
        trials::lets_the_target_speak_first(&V2ray::start(layers));
    }
}

#[test]
fn each_way_ends_by_itself_where_the_server_lets_it() {
    needs!("shoes", "openssl");
    // Neither trojan nor v2ray: they hang up on both when one of them has said everything. A WebSocket cannot say it.
    let (authority, id) = (Authority::new(), "c3a9f71e-0000-4000-8000-ca9a9ca9a9ca");
    let trojan = json!({ "type": "trojan", "password": PASSWORD });
    trials::ends_each_way_by_itself(&shoes_tls(&authority, &trojan, &|port, secret| {
        format!("trojan://{secret}@localhost:{port}?pcs={}", authority.pin())
    }));
    let vless = json!({ "type": "vless", "user_id": id });
    trials::ends_each_way_by_itself(&Shoes::start(
        &vless,
        &|port, id| format!("vless://{id}@127.0.0.1:{port}"),
        [id, id],
    ));
}

#[test]
fn a_wrong_id_is_noticed_though_nobody_says_so() {
    needs!("curl", "v2ray", "microsocks", "openssl");
    trials::leaves_it_with_a_wrong_password(&V2ray::start(V2rayLayers::Bare));
    trials::leaves_it_with_a_wrong_password(&V2ray::start(V2rayLayers::TlsWebSocket));
}

#[test]
fn a_stranger_who_answers_in_the_targets_place_is_not_believed() {
    needs!("curl", "trojan", "microsocks", "haproxy", "openssl");
    trials::leaves_it_with_a_wrong_password_over_tls(&TrojanServer::start());
}

#[test]
fn a_server_that_is_killed_is_left() {
    needs!("curl", "trojan", "v2ray", "microsocks", "openssl");
    trials::is_left_when_it_is_killed(&mut TrojanServer::start());
    for layers in [V2rayLayers::Bare, V2rayLayers::TlsWebSocket] {
        trials::is_left_when_it_is_killed(&mut V2ray::start(layers));
    }
}

#[test]
fn whoever_answers_in_the_place_of_a_server_is_left() {
    needs!("curl", "trojan", "v2ray", "microsocks", "openssl");
    trials::is_left_when_it_is_not_itself(&TrojanServer::start());
    // Bare, it does not notice when a byte was changed.
    for layers in [V2rayLayers::Tls, V2rayLayers::TlsWebSocket] {
        trials::is_left_when_it_is_not_itself(&V2ray::start(layers));
    }
}

#[test]
fn a_server_that_is_itself_again_carries_again() {
    needs!("curl", "trojan", "v2ray", "openssl");
    trials::carries_again_when_it_is_itself_again(&TrojanServer::start());
    for layers in [V2rayLayers::Tls, V2rayLayers::TlsWebSocket] {
        trials::carries_again_when_it_is_itself_again(&V2ray::start(layers));
    }
}

#[test]
fn a_trojan_may_be_believed_for_its_one_certificate() {
    needs!("curl", "trojan", "openssl");
    let (origin, trojan) = (Origin::start(), TrojanServer::start());
    let paperwing = Paperwing::up([trojan.pinned_link()]);
    let fetched = fetch(&paperwing.proxy("socks5h"), &origin.url("/"));
    assert_eq!(fetched.text(), PAGE, "{fetched}\n{}\n{}", paperwing.story(), trojan.log());
    paperwing.stop();
}
