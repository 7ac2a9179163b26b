//! Links of protocols that have layers: Shadowsocks, Trojan, VLESS, `VMess`, Hysteria 2, TUIC, `AnyTLS`.

use super::*;
use crate::text::to_base64;
use crate::{Program, Security, Support, Transport};

const UUID: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

#[test]
fn shadowsocks_old_and_new() {
    let plain = "shadowsocks aes-256-gcm:p@ss/w:rd@a.example:8388 #t";
    let login = "aes-256-gcm:p@ss/w:rd";
    for link in [
        format!("ss://{}@a.example:8388#t", to_base64_url(login)),
        format!("ss://{}@a.example:8388/#t", to_base64(login)),
        format!("ss://{}@a.example:8388?type=tcp#t", to_base64(login).replace('=', "%3D")),
        "ss://AES-256-GCM:p%40ss%2Fw%3Ard@a.example:8388#t".to_owned(),
        format!("ss://{}#t", to_base64(&format!("{login}@a.example:8388"))),
        format!("ss://{}#t", to_base64_url(&format!("{login}@a.example:8388"))),
    ] {
        assert_eq!(shown(&link), plain, "{link}");
    }
    let key = to_base64(&"k".repeat(32));
    let link = format!("ss://2022-blake3-aes-256-gcm:{}@a.example:1#x", key.replace('=', "%3D").replace('+', "%2B"));
    let Protocol::Shadowsocks(it) = proxy(&link).protocol else { panic!() };
    assert_eq!(it.password.reveal(), key);

    let link = format!(
        "ss://{}@a.example:1/?plugin=obfs-local%3Bobfs%3Dhttp%3Bobfs-host%3Db.example&prefix=ab",
        to_base64_url(login)
    );
    let with_plugin = proxy(&link);
    let Protocol::Shadowsocks(it) = &with_plugin.protocol else { panic!() };
    let plugin = it.plugin.as_ref().unwrap();
    assert_eq!((plugin.name.as_str(), plugin.options.as_str()), ("obfs-local", "obfs=http;obfs-host=b.example"));
    assert_eq!(it.extra.get("prefix").unwrap().reveal(), "ab");
    assert_eq!(
        with_plugin.support().to_string(),
        "needs the program obfs-local: on Debian and its relatives `apt install simple-obfs`"
    );

    for (link, part) in [
        ("ss://YWVzLTI1Ni1nY206cHc@a.example".to_owned(), Part::Port),
        ("ss://!!!@a.example:1".to_owned(), Part::Userinfo),
        ("ss://bm8gY29sb24@a.example:1".to_owned(), Part::Userinfo),
        ("ss://!!!".to_owned(), Part::Payload),
        ("ss://aes-256-gcm:@a.example:1".to_owned(), Part::Password),
        ("ss://2022-blake3-aes-256-gcm:c2hvcnQ=@a.example:1".to_owned(), Part::Password),
        ("ss://aes-256-gcm:p@a.example:1?type=ws".to_owned(), Part::Parameter("type")),
    ] {
        assert_eq!(error(&link).part, part, "{link}");
    }
}

#[test]
fn trojan_links() {
    let Protocol::Trojan(it) =
        proxy("trojan://p%40ss:w@a.example:443?type=ws&path=%2Fws%3Fed%3D2048&host=c.example&peer=b.example#x")
            .protocol
    else {
        panic!()
    };
    assert_eq!(it.password.reveal(), "p@ss:w");
    assert_eq!(it.tls.sni, Some("b.example".parse().unwrap()));
    assert_eq!(it.transport, Transport::WebSocket { path: "/ws?ed=2048".into(), host: Some("c.example".into()) });
    let reality = proxy("trojan://p@a.example?security=reality&pbk=k&sid=1&sni=b.example");
    assert_eq!(reality.support(), Support::Needs(Program::Shoes));

    let refused = error("trojan://hunter2@a.example?allowInsecure=1");
    assert_eq!(refused.part, Part::Parameter("allowInsecure"));
    assert!(!refused.to_string().contains("hunter2") && refused.to_string().contains("pinned"));
    let pin = "AB:".repeat(31) + "AB";
    for parameter in ["pcs", "fp", "pinSHA256"] {
        let Protocol::Trojan(it) = proxy(&format!("trojan://p@a.example?allowInsecure=1&{parameter}={pin}")).protocol
        else {
            panic!()
        };
        assert_eq!(it.tls.pin, Some(CertificatePin([0xab; 32])), "{parameter}");
    }
    assert_eq!(error("trojan://a.example:443").part, Part::Password);
    assert_eq!(error("trojan://p@a.example?security=none").part, Part::Parameter("security"));
    assert_eq!(error("trojan://p@a.example:443junk").part, Part::Port);
    assert_eq!(error("trojan://p@a.example:443/junk").part, Part::Path);
}

#[test]
fn vless_links() {
    let link = format!(
        "vless://{}@a.example:443?encryption=none&flow=xtls-rprx-vision&security=reality&sni=b.example&fp=chrome\
         &pbk=Z84J2IelR9ch3k8VtlVhhs5ycBUlXA7wHBWcBrjqnAw&sid=6ba85179e30d4fc2&spx=%2F&type=tcp&headerType=none#R",
        UUID.to_uppercase()
    );
    let found = proxy(&link);
    assert_eq!(found.support().to_string(), "needs the shoes engine: `cargo install shoes`");
    let Protocol::Vless(it) = found.protocol else { panic!() };
    assert_eq!(it.id.reveal(), UUID);
    assert_eq!(it.flow.unwrap().0, "xtls-rprx-vision");
    assert_eq!(it.transport, Transport::Tcp);
    assert!(it.encryption.is_none() && it.extra.is_empty());
    let Security::Reality(reality) = it.security else { panic!() };
    assert_eq!((reality.short_id.as_str(), reality.spider.as_deref()), ("6ba85179e30d4fc2", Some("/")));

    let plain = proxy(&format!("vless://{UUID}@a.example:80?type=tcp&headerType=none&encryption=none"));
    let Protocol::Vless(it) = &plain.protocol else { panic!() };
    assert_eq!((&it.security, &it.transport), (&Security::None, &Transport::Tcp));
    assert_eq!(plain.support(), Support::Carried);

    let grpc = format!("vless://{UUID}@a.example:443?security=tls&type=grpc&serviceName=s%2Ft&mode=gun&alpn=h2");
    let Protocol::Vless(it) = proxy(&grpc).protocol else { panic!() };
    assert_eq!(it.transport, Transport::Grpc { service: "s/t".into() });
    assert_eq!(it.extra.get("MODE").unwrap().reveal(), "gun");

    let xhttp = format!("vless://{UUID}@a.example:443?security=tls&type=xhttp&path=%2Fx&host=h.example&extra=%7B%7D");
    assert_eq!(proxy(&xhttp).support().to_string(), "not supported yet: VLESS over xhttp");

    let disguised = format!("vless://{UUID}@a.example:443?type=tcp&headerType=http&host=h.example&path=%2F");
    let Protocol::Vless(it) = proxy(&disguised).protocol else { panic!() };
    assert!(matches!(it.transport, Transport::Other { kind, .. } if kind == "tcp"));

    let rocket = format!(
        "vless://{}?remarks=R&obfs=websocket&obfsParam=h.example&path=/p&tls=1&peer=b.example",
        to_base64_url(&format!("auto:{UUID}@a.example:443"))
    );
    let found = proxy(&rocket);
    assert_eq!(found.name, Name::new("R"));
    let Protocol::Vless(it) = found.protocol else { panic!() };
    assert_eq!(it.transport, Transport::WebSocket { path: "/p".into(), host: Some("h.example".into()) });
    assert!(matches!(it.security, Security::Tls(_)));

    for (link, part) in [
        (format!("vless://{UUID}@a.example"), Part::Port),
        ("vless://a.example:1".to_owned(), Part::User),
        (format!("vless://{UUID}@a.example:1?security=xtls"), Part::Parameter("security")),
        (format!("vless://{UUID}@a.example:1?security=reality"), Part::Parameter("pbk")),
        (format!("vless://{UUID}@a.example:1?security=tls&allowInsecure=1"), Part::Parameter("allowInsecure")),
    ] {
        assert_eq!(error(&link).part, part, "{link}");
    }
}

#[test]
fn vmess_links() {
    let as_strings = format!(
        r#"{{"v":"2","ps":"Oslo 🇳🇴","add":"a.example","port":"443","id":"{UUID}","aid":"0","scy":"auto","net":"ws",
        "type":"none","host":"h.example","path":"/p","tls":"tls","sni":"b.example","alpn":"h2","fp":"chrome"}}"#
    );
    let as_numbers = as_strings.replace(r#""443""#, "443").replace(r#""0""#, "0").replace(r#""v":"2""#, r#""v":2"#);
    let expected = proxy(&format!("vmess://{}", to_base64(&as_strings)));
    assert_eq!(proxy(&format!("vmess://{}", to_base64_url(&as_numbers))), expected);
    let Protocol::Vmess(it) = &expected.protocol else { panic!() };
    assert_eq!((it.alter_id, it.cipher.as_str(), it.id.reveal()), (0, "auto", UUID));
    assert_eq!(it.transport, Transport::WebSocket { path: "/p".into(), host: Some("h.example".into()) });
    assert_eq!(expected.name, Name::new("Oslo 🇳🇴"));

    let url = format!(
        "vmess://{UUID}@a.example:443?encryption=auto&security=tls&type=ws&path=%2Fp&host=h.example&sni=b.example&alpn=h2&fp=chrome#Oslo%20🇳🇴"
    );
    assert_eq!(proxy(&url), expected);
    let rocket = format!(
        "vmess://{}?remarks=Oslo%20🇳🇴&obfs=websocket&obfsParam=h.example&path=/p&tls=1&peer=b.example&alpn=h2&fp=chrome&alterId=0",
        to_base64(&format!("auto:{UUID}@a.example:443"))
    );
    assert_eq!(proxy(&rocket), expected);

    for (json, part) in [
        ("{", Part::Payload),
        (r#"{"add":"a.example","port":1}"#, Part::User),
        (r#"{"add":"a.example","id":"x"}"#, Part::Port),
        (r#"{"port":1,"id":"x"}"#, Part::Host),
        (r#"{"add":"a.example","port":1,"id":"x","aid":"many"}"#, Part::Parameter("aid")),
        (r#"{"add":"a.example","port":1,"id":"x","tls":"tls","verify_cert":false}"#, Part::Parameter("allowInsecure")),
        (r#"{"add":"a.example","port":1,"id":"x","tls":{}}"#, Part::Payload),
    ] {
        assert_eq!(error(&format!("vmess://{}", to_base64(json))).part, part, "{json}");
    }
    assert_eq!(error("vmess://%%%").part, Part::Payload);
}

#[test]
fn hysteria2_tuic_and_anytls_links() {
    let pin = "ab".repeat(32);
    let link = format!(
        "hy2://us%3Aer:pw@a.example:443,20000-30000/?insecure=1&pinSHA256={pin}&obfs=salamander&obfs-password=o&sni=b.example#H"
    );
    let found = proxy(&link);
    assert_eq!(found.port.get(), 443);
    assert!(found.to_link().reveal().starts_with("hysteria2://us:er:pw@a.example:443,20000-30000?"));
    let Protocol::Hysteria2(it) = found.protocol else { panic!() };
    assert_eq!(it.auth.unwrap().reveal(), "us:er:pw");
    assert_eq!(it.hop_ports.as_deref(), Some("443,20000-30000"));
    assert_eq!((it.obfs.as_deref(), it.obfs_password.unwrap().reveal()), (Some("salamander"), "o"));
    let Protocol::Hysteria2(it) = proxy("hysteria2://pw@[2001:db8::1]:20000-30000").protocol else { panic!() };
    assert_eq!(it.hop_ports.as_deref(), Some("20000-30000"));
    let Protocol::Hysteria2(it) = proxy("hysteria2://pw@a.example:443?mport=5000-6000").protocol else { panic!() };
    assert_eq!(it.hop_ports.as_deref(), Some("5000-6000"));
    assert_eq!(proxy("hysteria2://a.example").port.get(), 443);
    assert_eq!(error("hy2://p@a.example:443?insecure=1").part, Part::Parameter("allowInsecure"));
    assert_eq!(error("hy2://p@a.example:443,9-8").part, Part::Parameter("mport"));
    assert_eq!(error("hy2://p@a.example:443,x").part, Part::Parameter("mport"));

    let link = format!(
        "tuic://{UUID}:p%3Aw@a.example:443?congestion_control=bbr&udp_relay_mode=native&alpn=h3&disable_sni=1&allow_insecure=0#T"
    );
    let Protocol::Tuic(it) = proxy(&link).protocol else { panic!() };
    assert_eq!((it.id.reveal(), it.password.reveal()), (UUID, "p:w"));
    assert_eq!((it.congestion.as_deref(), it.udp_relay.as_deref()), (Some("bbr"), Some("native")));
    assert_eq!(it.extra.get("disable_sni").unwrap().reveal(), "1");
    assert_eq!(error(&format!("tuic://{UUID}@a.example:443")).part, Part::Password);

    let Protocol::Anytls(it) = proxy("anytls://p@a.example/?sni=b.example&insecure=0").protocol else { panic!() };
    assert_eq!((it.password.reveal(), it.tls.sni), ("p", Some("b.example".parse().unwrap())));
}
