//! Shadowsocks, with a server that we did not write.
#![cfg(target_os = "linux")]

use paperwing_tests::canary::PASSWORD;
use paperwing_tests::disk::Home;
use paperwing_tests::needs;
use paperwing_tests::origin::Origin;
use paperwing_tests::trials::{self, Peer};
use paperwing_tests::upstream::{Shoes, SsPlugin, SsServer, SsServerRust};
use serde_json::json;

const CIPHERS: [&str; 3] = ["chacha20-ietf-poly1305", "aes-256-gcm", "aes-128-gcm"];

#[test]
fn many_bytes_come_through_every_cipher_as_they_went_in() {
    needs!("curl", "ss-server");
    for cipher in CIPHERS {
        trials::carries(&SsServer::start(cipher));
    }
}

const KEY_16: &str = "Q0FOQVJZLTE2LWJ5dGVzIQ==";
const KEY_32: &str = "Q0FOQVJZLWEzZjljNzFlLXNpbmdzLTMyLWJ5dGVzISE=";
const WRONG_16: &str = "AAAAAAAAAAAAAAAAAAAAAA==";
const WRONG_32: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

fn shoes(cipher: &str, secrets: [&str; 2]) -> Shoes {
    // It calls one of them by a name of its own.
    let its = if cipher == "2022-blake3-chacha20-poly1305" { "2022-blake3-chacha20-ietf-poly1305" } else { cipher };
    let protocol = json!({ "type": "shadowsocks", "cipher": its, "password": secrets[0] });
    Shoes::start(&protocol, &|port, secret| format!("ss://{cipher}:{secret}@127.0.0.1:{port}"), secrets)
}

#[test]
fn many_bytes_come_through_the_ciphers_of_2022() {
    needs!("curl", "shoes");
    for (cipher, secrets) in [
        ("2022-blake3-aes-128-gcm", [KEY_16, WRONG_16]),
        ("2022-blake3-aes-256-gcm", [KEY_32, WRONG_32]),
        ("2022-blake3-chacha20-poly1305", [KEY_32, WRONG_32]),
    ] {
        trials::carries(&shoes(cipher, secrets));
    }
}

/// shadowsocks-rust's own server, which has all ciphers.
fn all_of_rust() -> Vec<SsServerRust> {
    let of = |cipher, secrets| SsServerRust::start(cipher, secrets);
    let mut all: Vec<_> = CIPHERS.map(|cipher| of(cipher, [PASSWORD, "wrong"])).into();
    all.push(of("2022-blake3-aes-128-gcm", [KEY_16, WRONG_16]));
    all.push(of("2022-blake3-aes-256-gcm", [KEY_32, WRONG_32]));
    all.push(of("2022-blake3-chacha20-poly1305", [KEY_32, WRONG_32]));
    // A server's key and a user's (SIP023).
    all.push(SsServerRust::with_user("2022-blake3-aes-128-gcm", WRONG_16, [KEY_16, WRONG_16]));
    all.push(SsServerRust::with_user("2022-blake3-aes-256-gcm", WRONG_32, [KEY_32, WRONG_32]));
    all
}

#[test]
fn many_bytes_come_through_the_server_of_shadowsocks_rust() {
    needs!("curl", "ssserver");
    for server in all_of_rust() {
        trials::carries(&server);
        trials::lets_the_target_speak_first(&server);
        trials::ends_each_way_by_itself(&server);
    }
}

#[test]
fn a_target_may_speak_first_and_each_way_ends_by_itself() {
    needs!("curl", "ss-server", "shoes");
    trials::lets_the_target_speak_first(&SsServer::start(CIPHERS[0]));
    // Not ss-server: it hangs up on both when one of them has said everything.
    for server in [shoes(CIPHERS[1], [PASSWORD, "wrong"]), shoes("2022-blake3-aes-128-gcm", [KEY_16, WRONG_16])] {
        trials::lets_the_target_speak_first(&server);
        trials::ends_each_way_by_itself(&server);
    }
}

#[test]
fn a_wrong_password_is_noticed_though_nobody_says_so() {
    needs!("curl", "ss-server", "ssserver", "shoes", "microsocks");
    trials::leaves_it_with_a_wrong_password(&SsServer::start(CIPHERS[1]));
    trials::leaves_it_with_a_wrong_password(&SsServerRust::start(CIPHERS[0], [PASSWORD, "wrong"]));
    let of_a_user = SsServerRust::with_user("2022-blake3-aes-128-gcm", WRONG_16, [KEY_16, WRONG_16]);
    trials::leaves_it_with_a_wrong_password(&of_a_user);
    trials::leaves_it_with_a_wrong_password(&shoes("2022-blake3-aes-256-gcm", [KEY_32, WRONG_32]));
}

#[test]
fn a_server_that_is_killed_is_left() {
    needs!("curl", "ss-server", "ssserver", "shoes", "microsocks");
    trials::is_left_when_it_is_killed(&mut SsServer::start(CIPHERS[0]));
    let of_2022 = SsServerRust::start("2022-blake3-aes-256-gcm", [KEY_32, WRONG_32]);
    for server in [&mut SsServerRust::start(CIPHERS[1], [PASSWORD, "wrong"]) as &mut dyn Peer, &mut { of_2022 }] {
        trials::is_left_when_it_is_killed(server);
    }
    trials::is_left_when_it_is_killed(&mut shoes("2022-blake3-aes-128-gcm", [KEY_16, WRONG_16]));
}

#[test]
fn whoever_answers_in_the_place_of_a_server_is_left() {
    needs!("curl", "ss-server", "ssserver", "microsocks");
    trials::is_left_when_it_is_not_itself(&SsServer::start(CIPHERS[0]));
    trials::is_left_when_it_is_not_itself(&SsServerRust::start("2022-blake3-aes-128-gcm", [KEY_16, WRONG_16]));
}

#[test]
fn a_server_that_is_itself_again_carries_again() {
    needs!("curl", "ss-server", "ssserver");
    trials::carries_again_when_it_is_itself_again(&SsServer::start(CIPHERS[1]));
    trials::carries_again_when_it_is_itself_again(&SsServerRust::start("2022-blake3-aes-256-gcm", [KEY_32, WRONG_32]));
}

#[test]
fn plugins_carry_where_they_are_installed() {
    needs!("curl", "ss-server", "obfs-local", "obfs-server", "ss-v2ray-plugin");
    for plugin in [
        SsPlugin { server: ("obfs-server", "obfs=http"), client: "obfs-local%3Bobfs%3Dhttp%3Bobfs-host%3Da.example" },
        SsPlugin { server: ("ss-v2ray-plugin", "server"), client: "v2ray-plugin" },
    ] {
        trials::carries(&SsServer::behind(plugin, CIPHERS[0]));
    }
}

#[test]
fn a_test_says_what_a_silent_server_may_mean() {
    needs!("ss-server");
    let server = SsServer::start(CIPHERS[0]);
    let origin = Origin::start();
    let home = Home::new();
    home.run(&["import", "--yes", "--keyring", "file", &(server.wrong_link() + "#Oslo")]).succeeded();
    let tested = home.run(&["test", "--keyring", "file", "--page", &origin.url("/")]);
    assert!(tested.text().contains("its password may be wrong"), "{tested}");
}
