//! What an upstream proxy is, and the texts in which people pass one on.
//!
//! Pure and total: any bytes in, either proxies or an error that names the part at fault. No sockets, no files, no
//! clock.
//!
//! [`parse_link`] reads one link, [`parse_document`] a list in any of the formats that providers hand out, and
//! [`Proxy::to_link`] prints a proxy as a link that parses to the same proxy.

mod address;
mod document;
mod error;
mod foreign;
mod json;
mod layers;
mod params;
mod parse;
mod print;
#[cfg(test)]
mod properties;
mod proxy;
mod secret;
mod support;
mod text;

pub use address::{AddressError, Host, Port};
pub use document::{
    About, Document, DocumentError, DocumentHint, Format, Skipped, Usage, merge_headers, parse_document,
};
pub use error::{Expected, LinkError, Part};
pub use json::{document_to_json, proxy_to_json};
pub use layers::{CertificatePin, Extra, Flow, Reality, Security, Tls, Transport};
pub use parse::{Link, PlainProtocol, SubscriptionLink, parse_link, parse_link_as};
pub use proxy::{
    Anytls, Hysteria2, Login, MtprotoSecret, Name, Plugin, Protocol, Proxy, ProxyId, Shadowsocks, Ssh, Trojan, Tuic,
    Vless, Vmess,
};
pub use secret::Secret;
pub use support::{ByProtocol, Missing, Program, Refusal, Support};
