//! An entry of a structured document, on its way to a proxy: the same builders as for links, the same errors.

use super::lines::{entry_text, unknown_kind};
use super::{Collector, Node};
use crate::error::{Expected, LinkError, Part};
use crate::params::Params;
use crate::parse::simple::{self, Family};
use crate::parse::tls_family::{self, Place};
use crate::parse::{shadowsocks, vmess};
use crate::{Host, Link, Name, Port, Proxy};

/// What an entry says, with parameters under the names that links give them.
#[derive(Default)]
pub(super) struct Entry<'a> {
    /// The protocol, as [`crate::Protocol::name`] has it.
    pub(super) kind: &'a str,
    pub(super) host: Option<&'a str>,
    pub(super) port: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    /// User name, user id, or Shadowsocks' cipher.
    pub(super) user: Option<&'a str>,
    pub(super) password: Option<&'a str>,
    pub(super) params: Params,
}

impl Entry<'_> {
    fn place(&self) -> Result<Place, LinkError> {
        let host = self.host.unwrap_or_default().trim().trim_matches(['[', ']']).parse::<Host>()?;
        Ok(Place { host, port: port(self.port)?, name: self.name.and_then(Name::new) })
    }

    /// An unknown protocol outweighs all else that may be wrong with an entry.
    fn build(self) -> Result<Proxy, LinkError> {
        let place = self.place();
        let user = self.user.map(str::to_owned);
        let password = self.password.map(str::to_owned);
        let family = match self.kind {
            "socks5" => Family::Socks5,
            "socks4" => Family::Socks4,
            "socks4a" => Family::Socks4a,
            "http" => Family::Http,
            "https" => Family::Https,
            "shadowsocks" => {
                let cipher = self.user.ok_or(LinkError::new(Part::Cipher, Expected::Missing))?;
                return shadowsocks::shadowsocks(place?, cipher, self.password.unwrap_or_default(), self.params);
            }
            "trojan" => return tls_family::trojan(place?, password, self.params),
            "vless" => return tls_family::vless(place?, user, self.params),
            "vmess" => return vmess::vmess(place?, user, self.params),
            "hysteria2" => return tls_family::hysteria2(place?, password, self.params),
            "tuic" => return tls_family::tuic(place?, user, password, self.params),
            "anytls" => return tls_family::anytls(place?, password, self.params),
            "ssh" => {
                let login = Some((user.unwrap_or_default(), password.unwrap_or_default()));
                let place = place?;
                return simple::build_ssh(place.host, place.port, place.name, login, self.params);
            }
            other => return Err(unknown_kind(other)),
        };
        let place = place?;
        let login = Some((user.unwrap_or_default(), password.unwrap_or_default()));
        simple::build(family, place.host, place.port, place.name, login, self.params)
    }

    /// Adds the entry's proxy, or what keeps it from being one.
    pub(super) fn add_to(self, node: &Node, collector: &mut Collector) {
        let (kind, host) = (self.kind.to_owned(), self.host.map(str::to_owned));
        match self.build() {
            Ok(proxy) => collector.add(Link::Proxy(proxy)),
            Err(reason) => skip(node, reason, &kind, host.as_deref(), collector),
        }
    }
}

/// Notes an entry that is no proxy.
pub(super) fn skip(node: &Node, reason: LinkError, kind: &str, host: Option<&str>, collector: &mut Collector) {
    collector.skip(node.line, reason, || entry_text(Some(kind), host));
}

/// A port; some programs write whole numbers as `443.0`.
fn port(text: Option<&str>) -> Result<Port, LinkError> {
    let text = text.ok_or(LinkError::new(Part::Port, Expected::Missing))?.trim();
    Ok(text.strip_suffix(".0").unwrap_or(text).parse()?)
}
