//! shoes (<https://github.com/cfal/shoes>): told by a file which proxy to lead to, and listens as a SOCKS5 server for us.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;

use paperwing_link::{Login, Protocol, Proxy, Reality, Secret, Security, Tls, Transport, Trojan};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::Command;

/// What it is told of the proxy, and what we have to tell it.
#[derive(Debug)]
pub(super) struct Briefed {
    /// Read once, at the start. Readable by nobody else, and removed as soon as it was read.
    pub(super) file: NamedTempFile,
    pub(super) login: Login,
}

/// Tells it what to do. Only we know the login of its port.
pub(super) fn configure(command: &mut Command, proxy: &Proxy, listen: SocketAddr) -> io::Result<Briefed> {
    let login = Login { user: random()?, password: Secret::new(random()?) };
    let way = way(proxy).ok_or(io::ErrorKind::Unsupported)?;
    let config = json!([{
        "address": listen.to_string(),
        "protocol": {
            "type": "socks", "username": login.user, "password": login.password.reveal(), "udp_enabled": false,
        },
        "rules": [{
            "masks": ["0.0.0.0/0"], "action": "allow",
            "client_chain": { "address": proxy.address(), "protocol": way },
        }],
    }]);
    let mut file = tempfile::Builder::new().prefix("paperwing-").suffix(".yaml").tempfile_in(private_folder())?;
    // JSON is YAML.
    file.write_all(zeroize::Zeroizing::new(config.to_string()).as_bytes())?;
    file.flush()?;
    command.args(["--threads", "1", "--no-reload"]).arg(file.path());
    Ok(Briefed { file, login })
}

/// A folder of this user alone, where the system has one.
fn private_folder() -> PathBuf {
    std::env::var_os("XDG_RUNTIME_DIR")
        .map(PathBuf::from)
        .filter(|folder| folder.is_absolute() && folder.is_dir())
        .unwrap_or_else(std::env::temp_dir)
}

fn random() -> io::Result<String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes)?;
    Ok(format!("{:032x}", u128::from_ne_bytes(bytes)))
}

/// The proxy's protocol in its layers, outermost first. `None` where it knows no such thing.
fn way(proxy: &Proxy) -> Option<Value> {
    match &proxy.protocol {
        Protocol::Vless(it) => {
            let inner = json!({ "type": "vless", "user_id": it.id.reveal(), "udp_enabled": false });
            secured(&it.security, carried(&it.transport, inner)?, it.flow.is_some())
        }
        Protocol::Vmess(it) => {
            let cipher = match it.cipher.as_str() {
                "chacha20-poly1305" => "chacha20-poly1305",
                "none" | "zero" => "none",
                _ => "aes-128-gcm",
            };
            let inner = json!({ "type": "vmess", "cipher": cipher, "user_id": it.id.reveal(), "udp_enabled": false });
            secured(&it.security, carried(&it.transport, inner)?, false)
        }
        Protocol::Trojan(it) => {
            let inner = json!({ "type": "trojan", "password": it.password.reveal() });
            Some(reality(&reality_of(it)?, &carried(&it.transport, inner)?, false))
        }
        Protocol::Anytls(it) => {
            let inner = json!({ "type": "anytls", "password": it.password.reveal(), "udp_enabled": false });
            Some(tls(&it.tls, &inner, false))
        }
        _ => None,
    }
}

fn carried(transport: &Transport, inner: Value) -> Option<Value> {
    match transport {
        Transport::Tcp => Some(inner),
        Transport::WebSocket { path, host } => {
            let mut websocket = json!({ "type": "websocket", "matching_path": path, "protocol": inner });
            if let Some(host) = host {
                websocket["matching_headers"] = json!({ "Host": host });
            }
            Some(websocket)
        }
        _ => None,
    }
}

fn secured(security: &Security, inner: Value, is_vision: bool) -> Option<Value> {
    match security {
        Security::None if is_vision => None,
        Security::None => Some(inner),
        Security::Tls(layer) => Some(tls(layer, &inner, is_vision)),
        Security::Reality(layer) => Some(reality(layer, &inner, is_vision)),
    }
}

/// Verified always: against one pinned certificate, or the roots that it has built in.
fn tls(layer: &Tls, inner: &Value, is_vision: bool) -> Value {
    let mut tls = json!({ "type": "tls", "vision": is_vision, "protocol": inner });
    if let Some(sni) = &layer.sni {
        tls["sni_hostname"] = sni.to_string().into();
    }
    if !layer.alpn.is_empty() {
        tls["alpn_protocols"] = json!(layer.alpn);
    }
    if let Some(pin) = layer.pin {
        // It asks for both, the roots and the pin, unless the roots are left out.
        tls["server_fingerprints"] = json!([pin.to_string()]);
        tls["verify"] = false.into();
    }
    tls
}

fn reality(layer: &Reality, inner: &Value, is_vision: bool) -> Value {
    let mut reality = json!({
        "type": "reality", "public_key": layer.public_key, "short_id": layer.short_id, "vision": is_vision,
        "protocol": inner,
    });
    if let Some(sni) = &layer.sni {
        reality["sni_hostname"] = sni.to_string().into();
    }
    reality
}

/// Trojan's links have no word for it, so it stands among their further parameters.
fn reality_of(it: &Trojan) -> Option<Reality> {
    let further = |name| it.extra.get(name).map(|value| value.reveal().to_owned());
    Some(Reality {
        sni: it.tls.sni.clone(),
        fingerprint: None,
        public_key: further("pbk")?,
        short_id: further("sid").unwrap_or_default(),
        spider: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(link: &str) -> Option<Value> {
        way(&link.parse().unwrap())
    }

    #[test]
    fn a_proxy_is_described_in_its_layers() {
        let found = of("vless://id@h.example:443?security=reality&sni=b.example&pbk=KEY&sid=ab&flow=xtls-rprx-vision");
        assert_eq!(
            found.unwrap(),
            json!({
                "type": "reality", "public_key": "KEY", "short_id": "ab", "vision": true, "sni_hostname": "b.example",
                "protocol": { "type": "vless", "user_id": "id", "udp_enabled": false },
            })
        );
        let found = of("trojan://p@h.example?security=reality&sni=b.example&pbk=KEY").unwrap();
        assert_eq!((&found["type"], &found["protocol"]["type"]), (&"reality".into(), &"trojan".into()));
        assert!(of("hysteria2://p@h.example:443").is_none() && of("tuic://id:p@h.example:443").is_none());
    }

    #[test]
    fn no_certificate_is_ever_believed_unseen() {
        let pinned = of(&format!("anytls://p@h.example:443?pcs={}", "ab".repeat(32))).unwrap();
        assert_eq!((&pinned["verify"], &pinned["server_fingerprints"][0]), (&false.into(), &"ab".repeat(32).into()));
        let plain = of("anytls://p@h.example:443").unwrap();
        assert!(plain["verify"].is_null(), "it verifies unless it is told not to");
    }

    #[test]
    fn nobody_else_can_read_what_it_is_told_or_use_its_port() {
        let proxy: Proxy = "anytls://CANARY@h.example:443".parse().unwrap();
        let (mut one, mut other) = (Command::new("shoes"), Command::new("shoes"));
        let listen = SocketAddr::from(([127, 0, 0, 1], 9));
        let first = configure(&mut one, &proxy, listen).unwrap();
        let second = configure(&mut other, &proxy, listen).unwrap();
        assert_ne!(first.login, second.login);
        assert!(!format!("{one:?}").contains("CANARY"));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(first.file.as_file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
}
