//! Lists of proxies, in the formats that providers and programs hand out, told apart by what is in them.

mod clash;
mod collect;
mod entry;
mod extensions;
mod headers;
mod lines;
mod node;
mod sing_box;
mod sip008;
mod v2ray;

use std::borrow::Cow;
use std::fmt;

use collect::Collector;
pub use headers::{About, Usage, merge_headers};
use node::Node;

use crate::text::base64_bytes;
use crate::{LinkError, PlainProtocol, Proxy, SubscriptionLink};

/// The largest document, in bytes.
const MAX_DOCUMENT: usize = 10 * 1024 * 1024;

/// How often base64 may be wrapped in base64.
const MAX_WRAPPINGS: u8 = 2;

/// What is known about a document beyond its content.
#[derive(Clone, Copy, Debug, Default)]
pub struct DocumentHint {
    /// The protocol of addresses that have no scheme.
    pub as_protocol: PlainProtocol,
}

/// A list of proxies.
#[derive(Clone, Debug)]
pub struct Document {
    /// How it was written.
    pub format: Format,
    /// What it says about itself; [`merge_headers`] adds what the HTTP answer says.
    pub about: About,
    /// Its proxies, in order. Of several that differ in their names alone, the first stands.
    pub proxies: Vec<Proxy>,
    /// Further lists that it points to.
    pub subscriptions: Vec<SubscriptionLink>,
    /// What was not understood, in order; at most the first thousand.
    pub skipped: Vec<Skipped>,
    /// How many were not understood.
    pub skipped_count: usize,
    /// How many proxies were left out because an equal one stands before them.
    pub duplicate_count: usize,
}

/// One line or entry that was not understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The line on which it stands or begins, counted from 1; of the decoded text where the document is base64.
    pub line: usize,
    /// Scheme and address, as far as they can be told; never a credential.
    pub text: String,
    /// Why it was not understood.
    pub reason: LinkError,
}

/// How a document is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// A link or an address on each line.
    Lines,
    /// The same in base64.
    Base64Lines,
    /// Clash's or mihomo's YAML.
    Clash,
    /// Shadowsocks' SIP008 and its like.
    Sip008,
    /// sing-box' JSON.
    SingBox,
    /// v2ray's or Xray's JSON.
    V2ray,
    /// An export of the browser extension `FoxyProxy`.
    FoxyProxy,
    /// An export of the browser extension `SwitchyOmega`.
    SwitchyOmega,
}

/// Why a document yields no proxy at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DocumentError {
    /// Nothing but blanks.
    #[error("there is nothing in it")]
    Empty,
    /// More than 10 MiB.
    #[error("it is larger than 10 MiB")]
    TooLarge,
    /// HTML.
    #[error("that address answered with a web page, not a list")]
    WebPage,
    /// It begins like JSON or YAML and goes on like neither, or is nested too deeply.
    #[error("line {line}: neither well-formed JSON nor YAML")]
    Malformed {
        /// The line at fault, counted from 1.
        line: usize,
    },
    /// JSON or YAML, but none of the formats known.
    #[error("it is JSON or YAML, but holds no list of proxies in a format known")]
    UnknownFormat,
    /// Not one proxy and not one further list. Holds what was skipped.
    #[error("no proxy in it{}", first_reason(.0))]
    NothingUsable(Vec<Skipped>),
}

fn first_reason(skipped: &[Skipped]) -> String {
    skipped.first().map_or(String::new(), |first| format!(" (line {}: {})", first.line, first.reason))
}

/// Reads a list of proxies in any of the formats that [`Format`] names.
pub fn parse_document(bytes: &[u8], hint: DocumentHint) -> Result<Document, DocumentError> {
    if bytes.len() > MAX_DOCUMENT {
        return Err(DocumentError::TooLarge);
    }
    let text = as_text(bytes);
    let (format, about, collector) = read(&text, hint, 0)?;
    collector.finish(format, about)
}

type Reading = (Format, About, Collector);

fn read(text: &str, hint: DocumentHint, wrappings: u8) -> Result<Reading, DocumentError> {
    let body = text.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
    if body.is_empty() {
        return Err(DocumentError::Empty);
    }
    if body.starts_with('<') && is_markup(body) {
        return Err(DocumentError::WebPage);
    }
    // A list may begin with a bracket too: an IPv6 address, or the title of a section.
    if body.starts_with('{') || (body.starts_with('[') && body[1..].trim_start().starts_with(['{', '"'])) {
        let tree = Node::parse_json(text).or_else(|error| Node::parse_json(&without_comments(text)).map_err(|_| error));
        return read_tree(
            &tree?,
            &[clash::read, sing_box::read, v2ray::read, sip008::read, extensions::read, lines::read_strings],
        );
    }
    if wrappings < MAX_WRAPPINGS
        && let Some(inner) = unwrap_base64(body)
    {
        let (format, mut about, collector) = read(&inner, hint, wrappings + 1)?;
        about.fill_from(headers::in_comments(text));
        return Ok((if format == Format::Lines { Format::Base64Lines } else { format }, about, collector));
    }
    let tree = clash::is_clash(body).then(|| Node::parse_yaml(text).and_then(|root| read_tree(&root, &[clash::read])));
    if let Some(Ok((format, mut about, collector))) = tree {
        about.fill_from(headers::in_comments(text));
        return Ok((format, about, collector));
    }
    let mut collector = Collector::default();
    lines::read(text, hint, &mut collector);
    match tree {
        // Lines that looked like YAML by chance are lines all the same, if they yield anything.
        Some(Err(error)) if collector.is_empty() => Err(error),
        _ => Ok((Format::Lines, headers::in_comments(text), collector)),
    }
}

/// JSON without the comments that v2ray and sing-box allow in it; lines stay where they are.
fn without_comments(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut in_string = false;
    while let Some(c) = rest.chars().next() {
        let skip = match c {
            '\\' if in_string => rest.chars().take(2).map(char::len_utf8).sum(),
            '"' => {
                in_string = !in_string;
                1
            }
            '/' if !in_string && rest.starts_with("//") => {
                rest = &rest[rest.find('\n').unwrap_or(rest.len())..];
                continue;
            }
            '/' if !in_string && rest.starts_with("/*") => {
                let end = rest.find("*/").map_or(rest.len(), |end| end + 2);
                out.extend(rest[..end].matches('\n'));
                rest = &rest[end..];
                continue;
            }
            c => c.len_utf8(),
        };
        out.push_str(&rest[..skip]);
        rest = &rest[skip..];
    }
    out
}

/// Reads a tree into a collector; `None` where the tree is of another format.
type Reader = fn(&Node, &mut About, &mut Collector) -> Option<Format>;

/// Finds out which program's JSON or YAML this is, and reads it.
fn read_tree(root: &Node, readers: &[Reader]) -> Result<Reading, DocumentError> {
    let mut collector = Collector::default();
    let mut about = About::default();
    let format = readers.iter().find_map(|read| read(root, &mut about, &mut collector));
    format.map(|format| (format, about, collector)).ok_or(DocumentError::UnknownFormat)
}

/// UTF-8, or UTF-16 where a byte order mark says so; a broken character is no reason to refuse a list.
fn as_text(bytes: &[u8]) -> Cow<'_, str> {
    let (swap, rest) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (false, rest),
        [0xFE, 0xFF, rest @ ..] => (true, rest),
        _ => return String::from_utf8_lossy(bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)),
    };
    let units = rest
        .chunks_exact(2)
        .map(|pair| if swap { u16::from_be_bytes([pair[0], pair[1]]) } else { u16::from_le_bytes([pair[0], pair[1]]) });
    char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn is_markup(body: &str) -> bool {
    body[1..].starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, '!' | '?'))
        && !body
            .lines()
            .next()
            .is_some_and(|line| line.contains("://") && line.trim_end().ends_with('>') && !line.contains(' '))
}

/// The text inside, where everything but comments is base64.
fn unwrap_base64(body: &str) -> Option<String> {
    let is_comment = |line: &str| line.trim_start().starts_with('#');
    let mut encoded = String::new();
    for line in body.lines().filter(|line| !is_comment(line)) {
        let fine =
            |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=' | b' ' | b'\t' | b'\r');
        if !line.bytes().all(fine) {
            return None;
        }
        encoded.push_str(line.trim());
    }
    let text = String::from_utf8(base64_bytes(&encoded)?).ok()?;
    let binary = text.chars().any(|c| c.is_control() && !c.is_whitespace());
    (!binary && !text.trim().is_empty()).then_some(text)
}

// === impl Format ===

impl Format {
    /// The format's name in lower case, as `link parse --json` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Base64Lines => "base64",
            Self::Clash => "clash",
            Self::Sip008 => "sip008",
            Self::SingBox => "sing-box",
            Self::V2ray => "v2ray",
            Self::FoxyProxy => "foxyproxy",
            Self::SwitchyOmega => "switchyomega",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests;
