use std::collections::HashSet;

use super::*;

/// A hello taken apart: the suites, and the extensions in their order.
fn parse(hello: &[u8]) -> (Vec<u8>, Vec<(u16, Vec<u8>)>) {
    fn take<'a>(rest: &mut &'a [u8], count: usize) -> &'a [u8] {
        let (taken, left) = rest.split_at(count);
        *rest = left;
        taken
    }
    fn two(rest: &mut &[u8]) -> u16 {
        u16::from_be_bytes(take(rest, 2).try_into().unwrap())
    }
    let rest = &mut &hello[..];
    assert_eq!(take(rest, 3), [0x16, 3, 1]);
    assert_eq!(usize::from(two(rest)), rest.len());
    assert_eq!(take(rest, 2), [1, 0]);
    assert_eq!(usize::from(two(rest)), rest.len());
    take(rest, 2 + 32);
    assert_eq!(take(rest, 1), [32]);
    take(rest, 32);
    let suites = usize::from(two(rest));
    let suites = take(rest, suites).to_vec();
    assert_eq!(take(rest, 2), [1, 0]);
    assert_eq!(usize::from(two(rest)), rest.len());
    let mut extensions = Vec::new();
    while !rest.is_empty() {
        let kind = two(rest);
        let length = usize::from(two(rest));
        extensions.push((kind, take(rest, length).to_vec()));
    }
    (suites, extensions)
}

fn secret() -> Key {
    Zeroizing::new([5; 16])
}

fn hello(shape: Shape) -> Vec<u8> {
    client_hello(shape, "www.example.com", &secret(), 1_800_000_000).unwrap()
}

fn is_grease(number: u16) -> bool {
    let [high, low] = number.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

#[test]
fn the_proof_is_where_a_proxy_looks_for_it() {
    for shape in [Shape::Current, Shape::Older] {
        let mut hello = hello(shape);
        let sent = hello[RANDOM].to_vec();
        hello[RANDOM].fill(0);
        let proof = proof(&secret(), &[&hello]).finalize().into_bytes();
        let time: Vec<u8> = proof[28..].iter().zip(&sent[28..]).map(|(a, b)| a ^ b).collect();
        assert_eq!(proof[..28], sent[..28]);
        assert_eq!(u32::from_le_bytes(time.try_into().unwrap()), 1_800_000_000);
    }
}

#[test]
fn the_current_shape_has_what_chrome_sends_and_nothing_else() {
    let (suites, extensions) = parse(&hello(Shape::Current));
    assert_eq!(suites.len(), 32);
    assert!(is_grease(u16::from_be_bytes([suites[0], suites[1]])));
    let mut kinds: Vec<u16> = extensions.iter().map(|(kind, _)| *kind).collect();
    let (first, last) = (kinds.remove(0), kinds.pop().unwrap());
    assert!(is_grease(first) && is_grease(last) && first != last);
    kinds.sort_unstable();
    let chrome = [
        0x0000, 0x0005, 0x000a, 0x000b, 0x000d, 0x0010, 0x0012, 0x0017, 0x001b, 0x0023, 0x002b, 0x002d, 0x0033, 0x44cd,
        0xca34, 0xfe0d, 0xff01,
    ];
    assert_eq!(kinds, chrome);
    let of = |wanted| extensions.iter().find(|(kind, _)| *kind == wanted).unwrap().1.clone();
    assert_eq!(of(0x0033).len(), 0x04ef);
    assert_eq!(of(0x0033)[7..11], [0x11, 0xec, 0x04, 0xc0]);
    assert_eq!((of(0x000d).len(), of(0xca34).len()), (26, 186));
    assert_eq!(of(0x0000), b"\0\x12\0\0\x0fwww.example.com");
    assert!([186, 218, 250, 282].contains(&of(0xfe0d).len()));
}

#[test]
fn the_older_shape_is_as_long_as_older_proxies_want_it() {
    for site in ["a.example", "www.example.com", &format!("{}.example", "a".repeat(150))] {
        let hello = client_hello(Shape::Older, site, &secret(), 0).unwrap();
        assert_eq!(hello.len(), OLDER, "{site}");
        assert!(hello.starts_with(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"));
        let (_, extensions) = parse(&hello);
        assert_eq!(extensions.last().map(|(kind, _)| *kind), Some(0x0015));
    }
}

#[test]
fn no_two_are_alike_in_order_or_content() {
    let orders: HashSet<Vec<u16>> = (0..20)
        .map(|_| {
            parse(&hello(Shape::Current)).1.iter().map(|(kind, _)| *kind).filter(|kind| !is_grease(*kind)).collect()
        })
        .collect();
    assert!(orders.len() > 15, "{}", orders.len());
}

#[test]
fn the_post_quantum_key_could_be_one() {
    let key = Dice::default().ml_kem_key().unwrap();
    assert_eq!(key.len(), 1184);
    for three in key[..1152].chunks_exact(3) {
        let both = u32::from_le_bytes([three[0], three[1], three[2], 0]);
        assert!(both & 0xfff < 3329 && both >> 12 < 3329);
    }
}
