//! Properties that hold for every input: parse after print is the identity, and nothing panics.
//!
//! `PROPTEST_CASES=20000 cargo test -p paperwing-link properties` looks longer.

#![allow(clippy::unwrap_used)]

use proptest::collection::vec;
use proptest::option::of;
use proptest::prelude::*;

use crate::text::{to_base64, to_hex};
use crate::*;

/// Every form of link once.
const LINKS: &str = include_str!("../tests/links.txt");

const DOCUMENTS: [&str; 7] = [
    LINKS,
    include_str!("../tests/documents/clash.yaml"),
    include_str!("../tests/documents/sip008.json"),
    include_str!("../tests/documents/sing-box.json"),
    include_str!("../tests/documents/v2ray.json"),
    include_str!("../tests/documents/foxyproxy.json"),
    include_str!("../tests/documents/switchyomega.json"),
];

// === Proxies of every kind ===

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        any::<std::net::Ipv4Addr>().prop_map(Host::from),
        any::<std::net::Ipv6Addr>().prop_map(Host::from),
        name_host(),
        Just("t.me".parse().unwrap()),
    ]
}

fn name_host() -> impl Strategy<Value = Host> {
    "[a-z][a-z0-9_]{0,8}(\\.[a-z]{1,8}){0,3}".prop_map(|text| text.parse().unwrap())
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[!-~]{1,24}", "\\PC{1,24}", "[a-zA-Z0-9+/=_-]{1,40}"]
}

fn secret() -> impl Strategy<Value = Secret> {
    text().prop_map(Secret::new)
}

fn login() -> impl Strategy<Value = Option<Login>> {
    let user = text().prop_map(|text| text.replace(':', "_"));
    of((user, "\\PC{0,40}").prop_map(|(user, password)| Login { user, password: Secret::new(password) }))
}

fn word() -> impl Strategy<Value = String> {
    "[a-z0-9][a-z0-9-]{0,8}"
}

prop_compose! {
    fn tls()(
        sni in of(host()),
        alpn in vec("[!-+--~]{1,8}", 0..3),
        pin in of(any::<[u8; 32]>().prop_map(CertificatePin)),
        fingerprint in of(word()),
    ) -> Tls {
        Tls { sni, alpn, pin, fingerprint }
    }
}

fn security() -> impl Strategy<Value = Security> {
    let reality = (of(host()), of(word()), text(), "[0-9a-f]{0,16}", of(text())).prop_map(
        |(sni, fingerprint, public_key, short_id, spider)| {
            Security::Reality(Reality { sni, fingerprint, public_key, short_id, spider })
        },
    );
    prop_oneof![Just(Security::None), tls().prop_map(Security::Tls), reality]
}

fn transport() -> impl Strategy<Value = Transport> {
    let other = (prop::sample::select(vec!["h2", "quic", "kcp", "httpupgrade", "xhttp"]), of(text()), of(text()));
    prop_oneof![
        Just(Transport::Tcp),
        ("/\\PC{0,20}", of(text())).prop_map(|(path, host)| Transport::WebSocket { path, host }),
        "\\PC{0,20}".prop_map(|service| Transport::Grpc { service }),
        other.prop_map(|(kind, path, host)| Transport::Other { kind: kind.to_owned(), path, host }),
    ]
}

fn extra() -> impl Strategy<Value = Extra> {
    vec(("x-[a-z=&#? é]{1,6}", text()), 0..3)
        .prop_filter_map("one name, two values", |pairs| Extra::new(pairs.into_iter()))
}

fn shadowsocks() -> impl Strategy<Value = Protocol> {
    let key = any::<[u8; 32]>().prop_map(|key| {
        use base64::Engine as _;
        ("2022-blake3-aes-256-gcm".to_owned(), base64::engine::general_purpose::STANDARD.encode(key))
    });
    let login = prop_oneof![(Just("aes-256-gcm".to_owned()), text()), key];
    let plugin = ("[a-z-]{1,8}", "\\PC{0,20}").prop_map(|(name, options)| Plugin { name, options });
    (login, of(plugin), extra()).prop_map(|((cipher, password), plugin, extra)| {
        Protocol::Shadowsocks(Shadowsocks { cipher, password: Secret::new(password), plugin, extra })
    })
}

fn vmess() -> impl Strategy<Value = Protocol> {
    let carried = prop_oneof![
        (of(word()), transport()).prop_filter("a disguise makes TCP another transport", |(header, transport)| {
            header.is_none() || *transport != Transport::Tcp
        }),
        (of(text()), of(text())).prop_map(|(path, host)| {
            (Some("http".to_owned()), Transport::Other { kind: "tcp".to_owned(), path, host })
        }),
    ];
    (secret(), any::<u16>(), word(), carried, security(), extra()).prop_map(
        |(id, alter_id, cipher, (header, transport), security, extra)| {
            let header = header.filter(|header| header != "none");
            Protocol::Vmess(Vmess { id, alter_id, cipher, header, security, transport, extra })
        },
    )
}

fn mtproto() -> impl Strategy<Value = Protocol> {
    let fake_tls = (any::<[u8; 16]>(), name_host())
        .prop_map(|(key, domain)| [&[0xee], key.as_slice(), domain.to_string().as_bytes()].concat());
    prop_oneof![any::<[u8; 16]>().prop_map(|key| key.to_vec()), fake_tls]
        .prop_map(|bytes| Protocol::Mtproto(MtprotoSecret { hex: Secret::new(to_hex(&bytes)) }))
}

fn protocol() -> impl Strategy<Value = Protocol> {
    let flow = of(word().prop_map(Flow));
    let encryption = of("[a-m]{1,8}");
    let ports = "[1-9][0-9]{0,3}(,[1-9][0-9]{0,3}-[1-9][0-9]{4})?"
        .prop_filter("ports in order", |ports| !ports.contains('-') || !ports.ends_with(['6', '7', '8', '9']))
        .prop_filter("ports", |ports| ports.split([',', '-']).all(|port| port.parse::<Port>().is_ok()));
    prop_oneof![
        login().prop_map(Protocol::Socks5),
        of(text()).prop_map(|user| Protocol::Socks4 { user }),
        of(text()).prop_map(|user| Protocol::Socks4a { user }),
        login().prop_map(Protocol::Http),
        (login(), tls()).prop_map(|(login, tls)| Protocol::Https { login, tls }),
        shadowsocks(),
        (secret(), tls(), transport(), extra())
            .prop_map(|(password, tls, transport, extra)| Protocol::Trojan(Trojan { password, tls, transport, extra })),
        (secret(), flow, encryption, security(), transport(), extra()).prop_map(
            |(id, flow, encryption, security, transport, extra)| {
                Protocol::Vless(Vless { id, flow, encryption, security, transport, extra })
            }
        ),
        vmess(),
        (of(secret()), of(ports), of("[a-m]{1,8}"), of(secret()), tls(), extra()).prop_map(
            |(auth, hop_ports, obfs, obfs_password, tls, extra)| {
                Protocol::Hysteria2(Hysteria2 { auth, hop_ports, obfs, obfs_password, tls, extra })
            }
        ),
        ("[!-9;-~]{1,36}", secret(), of(word()), of(word()), tls(), extra()).prop_map(
            |(id, password, congestion, udp_relay, tls, extra)| {
                let id = Secret::new(id);
                Protocol::Tuic(Tuic { id, password, congestion, udp_relay, tls, extra })
            }
        ),
        (secret(), tls(), extra()).prop_map(|(password, tls, extra)| Protocol::Anytls(Anytls { password, tls, extra })),
        (text(), of(secret()), of(text()), of("SHA256:[A-Za-z0-9+/]{43}"), extra()).prop_map(
            |(user, password, key, host_key, extra)| Protocol::Ssh(Ssh { user, password, key, host_key, extra })
        ),
        mtproto(),
    ]
}

prop_compose! {
    fn proxy()(
        name in of("\\PC{1,160}").prop_map(|text| text.and_then(|text| Name::new(&text))),
        host in host(),
        port in 1_u16..,
        protocol in protocol(),
    ) -> Proxy {
        Proxy { name, host, port: Port::try_from(port).unwrap(), protocol }
    }
}

// === Real links, damaged ===

/// One link or document with a few bytes changed, cut out or doubled.
fn damaged(texts: Vec<&'static str>) -> impl Strategy<Value = Vec<u8>> {
    let edits = vec((any::<prop::sample::Index>(), any::<u8>(), 0..4_u8), 0..6);
    (prop::sample::select(texts), edits).prop_map(|(text, edits)| {
        let mut bytes = text.as_bytes().to_vec();
        for (at, byte, kind) in edits {
            if bytes.is_empty() {
                break;
            }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, b":@/?#&=%+"[usize::from(byte) % 9]),
                _ => bytes.extend_from_within(at..),
            }
        }
        bytes
    })
}

/// What parses must come out of its own print unchanged.
fn assert_stable(proxy: &Proxy) {
    let printed = proxy.to_link();
    assert_eq!(printed.reveal().parse::<Proxy>().as_ref(), Ok(proxy), "printed as {}", printed.reveal());
}

fn read_anything(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    if let Ok(Link::Proxy(proxy)) = parse_link(&text) {
        assert_stable(&proxy);
    }
    if let Ok(document) = parse_document(bytes, DocumentHint::default()) {
        document.proxies.iter().for_each(assert_stable);
        document_to_json(&document);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_printed_proxy_parses_to_itself(proxy in proxy()) {
        assert_stable(&proxy);
    }

    #[test]
    fn a_list_of_printed_proxies_is_read_whole(proxies in vec(proxy(), 1..8)) {
        let links: Vec<_> = proxies.iter().map(|proxy| proxy.to_link().reveal().to_owned()).collect();
        let lines = links.join("\r\n");
        for text in [to_base64(&lines), lines] {
            let document = parse_document(text.as_bytes(), DocumentHint::default()).unwrap();
            prop_assert_eq!(document.proxies.len() + document.duplicate_count, proxies.len());
            prop_assert!(document.skipped.is_empty());
        }
    }

    #[test]
    fn a_telegram_link_leads_to_the_same_proxy(login in login(), host in host()) {
        let proxy = Proxy { name: None, host, port: Port::try_from(1).unwrap(), protocol: Protocol::Socks5(login) };
        let link = proxy.to_telegram_link().unwrap();
        prop_assert_eq!(link.reveal().parse::<Proxy>().unwrap(), proxy);
    }

    #[test]
    fn no_bytes_cause_a_panic(bytes in vec(any::<u8>(), 0..300)) {
        read_anything(&bytes);
    }

    #[test]
    fn no_text_causes_a_panic(text in "\\PC{0,80}", scheme in prop::sample::select(vec!["ss", "vmess", "tg", "http", "hy2", "sub", "socks"])) {
        read_anything(text.as_bytes());
        read_anything(format!("{scheme}://{text}").as_bytes());
        read_anything(format!("{scheme}://{}", to_base64(&text)).as_bytes());
    }

    #[test]
    fn damaged_links_are_refused_or_stable(bytes in damaged(LINKS.lines().collect())) {
        read_anything(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases / 4, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents_are_refused_or_stable(bytes in damaged(DOCUMENTS.to_vec())) {
        read_anything(&bytes);
        read_anything(to_base64(&String::from_utf8_lossy(&bytes)).as_bytes());
    }
}

#[test]
fn every_form_in_the_dictionary_is_understood() {
    let document = parse_document(LINKS.as_bytes(), DocumentHint::default()).unwrap();
    assert!(document.skipped.is_empty(), "{:?}", document.skipped);
    assert_eq!(document.proxies.len() + document.subscriptions.len() + document.duplicate_count, LINKS.lines().count());
    read_anything(LINKS.as_bytes());
}
