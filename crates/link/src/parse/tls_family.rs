//! Trojan, VLESS, Hysteria 2, TUIC and `AnyTLS`: a credential, an address and a query full of layers.
//!
//! Each protocol has a reader of links and a builder that documents use too, with parameters under the links' names.

use super::pieces::Pieces;
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::{
    Anytls, CertificatePin, Flow, Host, Hysteria2, Name, Port, Protocol, Proxy, Reality, Secret, Security, Tls,
    Transport, Trojan, Tuic, Vless,
};

/// Where a proxy listens and what it is called.
pub(crate) struct Place {
    pub(crate) host: Host,
    pub(crate) port: Port,
    pub(crate) name: Option<Name>,
}

impl Place {
    pub(crate) fn proxy(self, protocol: Protocol) -> Proxy {
        Proxy { name: self.name, host: self.host, port: self.port, protocol }
    }
}

fn place(pieces: &Pieces<'_>, params: &mut Params, default: Option<u16>) -> Result<Place, LinkError> {
    let (host, port) = pieces.endpoint(default)?;
    Ok(Place { host, port, name: pieces.name(params)? })
}

// === Trojan ===

pub(super) fn parse_trojan(rest: &str) -> Result<Proxy, LinkError> {
    let pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    let place = place(&pieces, &mut params, Some(443))?;
    trojan(place, pieces.whole_userinfo(Part::Password)?, params)
}

pub(crate) fn trojan(place: Place, password: Option<String>, mut params: Params) -> Result<Proxy, LinkError> {
    let password = Secret::new(required(password, Part::Password)?);
    match params.peek("security").map(str::to_ascii_lowercase).as_deref() {
        None | Some("tls") => drop(params.take(&["security"])?),
        // The TLS layer has no room for it; kept among the rest, and known there by `Proxy::support`.
        Some("reality") => {}
        Some(_) => return Err(LinkError::new(Part::Parameter("security"), Expected::AlwaysTls)),
    }
    let tls = tls(&mut params)?;
    let transport = transport(&mut params)?;
    let extra = params.rest()?;
    Ok(place.proxy(Protocol::Trojan(Trojan { password, tls, transport, extra })))
}

// === VLESS ===

pub(super) fn parse_vless(rest: &str) -> Result<Proxy, LinkError> {
    if let Some((clear, extra)) = super::vmess::clear_authority(rest) {
        return parse_vless_pieces(Pieces::of_proxy(&clear), Some(extra));
    }
    parse_vless_pieces(Pieces::of_proxy(rest), None)
}

fn parse_vless_pieces(pieces: Pieces<'_>, renamed: Option<Params>) -> Result<Proxy, LinkError> {
    let mut params = match renamed {
        Some(params) => params,
        None => pieces.params()?,
    };
    let place = place(&pieces, &mut params, None)?;
    vless(place, pieces.whole_userinfo(Part::User)?, params)
}

pub(crate) fn vless(place: Place, id: Option<String>, mut params: Params) -> Result<Proxy, LinkError> {
    let id = user_id(id)?;
    let flow = params.take(&["flow"])?.map(Flow);
    let encryption = params.take(&["encryption"])?.filter(|text| !text.eq_ignore_ascii_case("none"));
    let security = security(&mut params)?;
    let transport = transport(&mut params)?;
    let extra = params.rest()?;
    Ok(place.proxy(Protocol::Vless(Vless { id, flow, encryption, security, transport, extra })))
}

// === Hysteria 2 ===

pub(super) fn parse_hysteria2(rest: &str) -> Result<Proxy, LinkError> {
    let mut pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    // The port may be a list to hop between (`443,20000-30000`); the first of it is where we begin.
    let after_bracket = pieces.address.rfind(']').map_or(0, |at| at + 1);
    if let Some(colon) = pieces.address[after_bracket..].rfind(':') {
        let ports = &pieces.address[after_bracket + colon + 1..];
        if ports.contains([',', '-']) {
            let first = ports.find([',', '-']).map_or(ports, |end| &ports[..end]);
            params.push("mport", ports);
            pieces.address = &pieces.address[..after_bracket + colon + 1 + first.len()];
        }
    }
    let place = place(&pieces, &mut params, Some(443))?;
    hysteria2(place, pieces.whole_userinfo(Part::Password)?, params)
}

pub(crate) fn hysteria2(place: Place, auth: Option<String>, mut params: Params) -> Result<Proxy, LinkError> {
    let hop_ports = params.take(&["mport"])?.map(|text| hop_ports(&text)).transpose()?;
    let obfs = params.take_word(&["obfs"])?.filter(|word| word != "none");
    let obfs_password = params.take(&["obfs-password", "obfs_password", "obfsParam"])?.map(Secret::new);
    let tls = tls(&mut params)?;
    let extra = params.rest()?;
    let auth = auth.filter(|text| !text.is_empty()).map(Secret::new);
    Ok(place.proxy(Protocol::Hysteria2(Hysteria2 { auth, hop_ports, obfs, obfs_password, tls, extra })))
}

/// Ports and ranges of ports, with commas between them.
fn hop_ports(text: &str) -> Result<String, LinkError> {
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    for range in compact.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let in_order = matches!((first.parse::<Port>(), last.parse::<Port>()), (Ok(a), Ok(b)) if a <= b);
        if !in_order {
            return Err(LinkError::new(Part::Parameter("mport"), Expected::PortRanges));
        }
    }
    Ok(compact)
}

// === TUIC ===

pub(super) fn parse_tuic(rest: &str) -> Result<Proxy, LinkError> {
    let pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    let place = place(&pieces, &mut params, None)?;
    // Some clients encode the colon as well.
    let userinfo = pieces.whole_userinfo(Part::Userinfo)?.unwrap_or_default();
    let (id, password) = userinfo.split_once(':').unwrap_or((&userinfo, ""));
    tuic(place, Some(id.to_owned()), Some(password.to_owned()), params)
}

pub(crate) fn tuic(
    place: Place,
    id: Option<String>,
    password: Option<String>,
    mut params: Params,
) -> Result<Proxy, LinkError> {
    let id = user_id(id)?;
    if id.reveal().contains(':') {
        return Err(LinkError::new(Part::User, Expected::NoColon));
    }
    let password = Secret::new(required(password, Part::Password)?);
    let congestion = params.take_word(&["congestion_control", "congestion-control", "congestion-controller"])?;
    let udp_relay = params.take_word(&["udp_relay_mode", "udp-relay-mode"])?;
    let tls = tls(&mut params)?;
    let extra = params.rest()?;
    Ok(place.proxy(Protocol::Tuic(Tuic { id, password, congestion, udp_relay, tls, extra })))
}

// === AnyTLS ===

pub(super) fn parse_anytls(rest: &str) -> Result<Proxy, LinkError> {
    let pieces = Pieces::of_proxy(rest);
    let mut params = pieces.params()?;
    let place = place(&pieces, &mut params, Some(443))?;
    anytls(place, pieces.whole_userinfo(Part::Password)?, params)
}

pub(crate) fn anytls(place: Place, password: Option<String>, mut params: Params) -> Result<Proxy, LinkError> {
    let password = Secret::new(required(password, Part::Password)?);
    let tls = tls(&mut params)?;
    let extra = params.rest()?;
    Ok(place.proxy(Protocol::Anytls(Anytls { password, tls, extra })))
}

// === Layers ===

/// The TLS layer. A link that turns verification off is refused, unless it pins the certificate instead.
pub(crate) fn tls(params: &mut Params) -> Result<Tls, LinkError> {
    let sni = params.take(&["sni", "peer", "servername", "server_name"])?.map(|text| server_name(&text)).transpose()?;
    let alpn = params.take(&["alpn"])?.map(|list| words(&list)).unwrap_or_default();
    let fingerprint = params.take_word(&["fp"])?;
    let pin_text = params.take(&["pcs", "pinSHA256", "pinnedPeerCertSha256"])?;
    let insecure = params.take_yes(&["allowInsecure", "allow_insecure", "insecure", "skip-cert-verify"])?;

    // `fp` is a browser's name with most clients and a certificate's digest with some.
    let fp_pin = fingerprint.as_deref().and_then(CertificatePin::parse);
    let fingerprint = fingerprint.filter(|_| fp_pin.is_none());
    let pin = match pin_text {
        Some(text) => Some(
            CertificatePin::parse(&text).ok_or(LinkError::new(Part::Parameter("pcs"), Expected::CertificateDigest))?,
        ),
        None => fp_pin,
    };
    if insecure && pin.is_none() {
        return Err(LinkError::new(Part::Parameter("allowInsecure"), Expected::Checked));
    }
    Ok(Tls { sni, alpn, pin, fingerprint })
}

/// The security layer of VLESS and `VMess`.
pub(crate) fn security(params: &mut Params) -> Result<Security, LinkError> {
    match params.take_word(&["security"])?.as_deref() {
        None | Some("none" | "0" | "false") => Ok(Security::None),
        Some("tls" | "1" | "true") => tls(params).map(Security::Tls),
        Some("reality") => reality(params).map(Security::Reality),
        Some(_) => Err(LinkError::new(Part::Parameter("security"), Expected::NoneTlsOrReality)),
    }
}

fn reality(params: &mut Params) -> Result<Reality, LinkError> {
    Ok(Reality {
        sni: params.take(&["sni", "peer", "servername"])?.map(|text| server_name(&text)).transpose()?,
        fingerprint: params.take_word(&["fp"])?,
        public_key: params.take(&["pbk"])?.ok_or(LinkError::new(Part::Parameter("pbk"), Expected::Missing))?,
        short_id: params.take(&["sid"])?.unwrap_or_default(),
        spider: params.take(&["spx"])?,
    })
}

/// What runs inside the security layer.
///
/// TCP with a header disguise is kept as another transport of the kind `tcp`; `headerType` itself stays among the
/// parameters, for the caller to take.
pub(crate) fn transport(params: &mut Params) -> Result<Transport, LinkError> {
    let kind = params.take_word(&["type", "network", "net"])?.unwrap_or_default();
    let disguised = match params.peek("headerType") {
        Some(header) if header.eq_ignore_ascii_case("none") => {
            params.take(&["headerType"])?;
            false
        }
        header => header.is_some(),
    };
    Ok(match kind.as_str() {
        "" | "tcp" | "raw" if !disguised => Transport::Tcp,
        "" | "raw" => other(params, "tcp".to_owned())?,
        "ws" | "websocket" => {
            Transport::WebSocket { path: absolute(params.take(&["path"])?), host: params.take(&["host"])? }
        }
        "grpc" | "gun" => Transport::Grpc { service: params.take(&["serviceName", "path"])?.unwrap_or_default() },
        _ => other(params, kind)?,
    })
}

fn other(params: &mut Params, kind: String) -> Result<Transport, LinkError> {
    Ok(Transport::Other { kind, path: params.take(&["path"])?, host: params.take(&["host"])? })
}

/// A request's path begins with a slash, whether or not the link says so.
fn absolute(path: Option<String>) -> String {
    match path {
        None => "/".to_owned(),
        Some(path) if path.starts_with('/') => path,
        Some(path) => format!("/{path}"),
    }
}

fn server_name(text: &str) -> Result<Host, LinkError> {
    text.parse().map_err(|_| LinkError::new(Part::Parameter("sni"), Expected::Host))
}

fn words(list: &str) -> Vec<String> {
    list.split(',').map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn required(text: Option<String>, part: Part) -> Result<String, LinkError> {
    text.filter(|text| !text.is_empty()).ok_or(LinkError::new(part, Expected::Missing))
}

/// A UUID takes its lower-case form; other texts, from which some clients derive one, stay as they are.
pub(crate) fn user_id(text: Option<String>) -> Result<Secret, LinkError> {
    let text = required(text, Part::User)?;
    let is_uuid = text.len() == 36
        && text.bytes().enumerate().all(|(at, b)| match at {
            8 | 13 | 18 | 23 => b == b'-',
            _ => b.is_ascii_hexdigit(),
        });
    Ok(Secret::new(if is_uuid { text.to_ascii_lowercase() } else { text }))
}
