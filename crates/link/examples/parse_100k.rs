//! Times the reading of a document of 100,000 links: `cargo run --release -p paperwing-link --example parse_100k`.

use std::time::Instant;

use paperwing_link::{DocumentHint, parse_document};

const LINKS: usize = 100_000;
const UUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// One of eight forms, each with another host.
fn link(n: usize) -> String {
    let host = format!("n{n}.example");
    match n % 8 {
        0 => format!("socks5://user{n}:p%40ss{n}@{host}:1080#Node%20{n}"),
        1 => format!("ss://YWVzLTI1Ni1nY206cGFzcw@{host}:8388#%F0%9F%87%B3%F0%9F%87%B4%20{n}"),
        2 => format!(
            "vless://{UUID}@{host}:443?encryption=none&flow=xtls-rprx-vision&security=reality&sni=www.example.com\
             &pbk=Z84J2IelR9ch3k8VtlVhhs5ycBUlXA7wHBWcBrjqnAw#Node-{n}"
        ),
        3 => format!("trojan://password{n}@{host}:443?sni={host}&type=ws&path=%2Fws&host=cdn.example.com#Node-{n}"),
        4 => format!("https://t.me/socks?server={host}&port=1080&user=u{n}&pass=p{n}"),
        5 => format!("192.0.{}.{}:{}:user:pass", n / 256 % 256, n % 256, 1024 + n / 65536),
        6 => format!("hysteria2://password{n}@{host}:443?obfs=salamander&obfs-password=o&sni={host}#Node-{n}"),
        _ if n % 16 == 7 => format!("anytls://password{n}@{host}:443?sni={host}"),
        _ => {
            // `vmess://` needs base64, which printing provides.
            let plain = format!("vmess://{UUID}@{host}:443?encryption=auto&security=tls&type=ws&path=%2Fws#Node-{n}");
            let proxy = plain.parse::<paperwing_link::Proxy>();
            proxy.map_or(plain, |proxy| proxy.to_link().reveal().to_owned())
        }
    }
}

/// The same number of proxies as Clash writes them, as many as 10 MiB hold.
fn clash(n: usize) -> String {
    format!("- {{name: N{n}, type: ss, server: n{n}.example, port: 8388, cipher: aes-256-gcm, password: p{n}}}")
}

fn time(what: &str, text: &str) {
    let begun = Instant::now();
    let read = parse_document(text.as_bytes(), DocumentHint::default()).map(|it| (it.proxies.len(), it.skipped_count));
    let seconds = begun.elapsed().as_secs_f64();
    println!("{what}: {seconds:.3} s for {} bytes: {read:?} (proxies, skipped)", text.len());
}

fn main() {
    let links = (0..LINKS).map(link).collect::<Vec<_>>().join("\n");
    let yaml = format!("proxies:\n{}\n", (0..LINKS).map(clash).collect::<Vec<_>>().join("\n"));
    for _ in 0..5 {
        time("links", &links);
        time("clash", &yaml);
    }
}
