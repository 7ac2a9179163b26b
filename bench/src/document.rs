//! How long a large list takes to read.

use std::fmt::Write;
use std::time::Instant;

use anyhow::{Result, ensure};
use paperwing_link::{DocumentHint, parse_document};

const LINKS: u32 = 100_000;

/// Seconds in which a document of 100,000 links of several forms is parsed; the best of three, as a person waits once.
pub fn seconds() -> Result<f64> {
    let document = document();
    let mut best = f64::INFINITY;
    for _ in 0..3 {
        let begun = Instant::now();
        let parsed = parse_document(document.as_bytes(), DocumentHint::default())?;
        best = best.min(begun.elapsed().as_secs_f64());
        ensure!(parsed.proxies.len() == LINKS as usize, "only {} links were understood", parsed.proxies.len());
    }
    Ok(best)
}

/// No two links alike, so that none is merged with another.
fn document() -> String {
    let mut text = String::new();
    for number in 0..LINKS {
        let [_, a, b, c] = number.to_be_bytes();
        let _ = match number % 5 {
            0 => writeln!(text, "tg://socks?server=10.{a}.{b}.{c}&port=1080&user=u{number}&pass=p%40ss"),
            1 => writeln!(text, "socks5://user{number}:secret@proxy{number}.example.com:1080#Name%20{number}"),
            2 => writeln!(text, "ss://YWVzLTI1Ni1nY206cGFzc3dvcmQ@10.{a}.{b}.{c}:8388#Shadow%20{number}"),
            3 => writeln!(text, "trojan://secret{number}@host{number}.example.com:443?sni=cdn.example.com#Trojan"),
            _ => writeln!(
                text,
                "vless://b831381d-6324-4d53-ad4f-8cda48b30811@10.{a}.{b}.{c}:443?security=tls&type=ws&path=%2Fws#V{number}"
            ),
        };
    }
    text
}
