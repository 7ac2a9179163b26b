use paperwing_link::{Protocol, Proxy};
use proptest::prelude::*;

use super::*;

const LINKS: [&str; 6] = [
    "ss://aes-128-gcm:x@192.0.2.1:1",
    "ss://chacha20-ietf-poly1305:x@192.0.2.1:1",
    "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==@192.0.2.1:1",
    "ss://2022-blake3-aes-256-gcm:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@192.0.2.1:1",
    "ss://2022-blake3-chacha20-poly1305:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=@192.0.2.1:1",
    // A server of many users, and one of them.
    "ss://2022-blake3-aes-128-gcm:AAAAAAAAAAAAAAAAAAAAAA==:AQAAAAAAAAAAAAAAAAAAAA==@192.0.2.1:1",
];

fn packets(link: &str) -> Option<Packets> {
    match link.parse::<Proxy>().unwrap().protocol {
        Protocol::Shadowsocks(it) => Packets::can_be_carried_by(&it).then(|| Packets::new(&it).unwrap()),
        other => panic!("{other:?}"),
    }
}

/// What a server that got the client's packets answers.
fn answer(to: &mut Packets, message: &[u8], number: u64, time: u64) -> Vec<u8> {
    if to.keys.cipher.edition == Edition::Aead {
        return to.seal(message).unwrap();
    }
    let mut header = [7; HEADER];
    header[8..].copy_from_slice(&number.to_be_bytes());
    let mut body = vec![SERVER];
    body.extend(time.to_be_bytes());
    body.extend(to.near);
    body.extend([0, 3, 9, 9, 9]);
    body.extend(message);
    // A server answers with the user's key alone.
    let keys = packets(&LINKS[5].replace("AAAAAAAAAAAAAAAAAAAAAA==:", "")).map(|user| user.keys);
    let keys = keys.filter(|_| to.keys.pairs().next().is_some());
    let keys = keys.as_ref().unwrap_or(&to.keys);
    Seal::of(keys, &[7; 8]).unwrap().packet(keys, header, body).unwrap()
}

#[test]
fn an_answer_is_opened_once_and_a_changed_one_never() {
    for link in LINKS {
        let mut near = packets(link).unwrap();
        let mut packet = answer(&mut near, b"target and content", 5, now());
        for at in [0, 17, 40, packet.len() - 1] {
            let mut changed = packet.clone();
            changed[at] ^= 1;
            assert_eq!(near.open(&mut changed), None, "{link}: byte {at}");
        }
        let mut again = packet.clone();
        let range = near.open(&mut packet).unwrap();
        assert_eq!(&packet[range], b"target and content", "{link}");
        if link.contains("2022") {
            assert_eq!(near.open(&mut again), None, "a replay");
            let mut old = answer(&mut near, b"x", 6, now() - 60);
            assert_eq!(near.open(&mut old), None, "an old one");
        }
    }
}

#[test]
fn packets_may_overtake_each_other_and_the_server_may_start_anew() {
    for link in &LINKS[2..] {
        let mut near = packets(link).unwrap();
        let mut late = answer(&mut near, b"late", 1, now());
        for number in [2, 3, 1030] {
            let mut packet = answer(&mut near, b"x", number, now());
            assert!(near.open(&mut packet).is_some(), "{link}: {number}");
        }
        assert_eq!(near.open(&mut late), None, "{link}: too late to tell it from a replay");
        let mut swapped = answer(&mut near, b"x", 1029, now());
        assert!(near.open(&mut swapped).is_some());
    }
}

#[test]
fn each_packet_names_its_user_and_is_another_one() {
    let mut near = packets(LINKS[5]).unwrap();
    let (first, second) = (near.seal(b"same").unwrap(), near.seal(b"same").unwrap());
    assert_eq!(first.len(), HEADER + 16 + 1 + 8 + 2 + 4 + 16, "one header of an identity");
    assert!(first[..16] != second[..16] && first[16..32] != second[16..32] && first[32..] != second[32..]);
}

#[test]
fn plugins_carry_streams_only() {
    assert!(packets("ss://aes-128-gcm:x@192.0.2.1:1?plugin=v2ray-plugin").is_none());
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(mut packet in proptest::collection::vec(any::<u8>(), 0..200), which in 0..LINKS.len()) {
        prop_assert_eq!(packets(LINKS[which]).unwrap().open(&mut packet), None);
    }
}
