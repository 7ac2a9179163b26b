//! From whatever a person has to proxies in the list, with a preview between.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use paperwing_link::{
    About, Document, DocumentError, DocumentHint, Link, LinkError, PlainProtocol, Proxy, Skipped, SubscriptionLink,
    Support, parse_document, parse_link_as,
};
use paperwing_profile::fetch::{FetchWarning, Fetched, MOST_BYTES};
use paperwing_profile::{Entry, Profile, Trust};
use serde::Serialize;

use crate::support::support_here;
use crate::{Error, picture, subscription};

/// Something that may hold proxies.
#[derive(Debug)]
pub enum Source {
    /// A proxy, read already.
    Proxy(Box<Proxy>),
    /// Bytes and what to call the place that they came from.
    Bytes {
        /// What they say.
        bytes: Vec<u8>,
        /// Where they came from, for a person to read.
        from: String,
    },
    /// A file: text or a picture.
    File(PathBuf),
    /// A picture that is decoded already, four bytes a pixel: red, green, blue, alpha.
    Pixels {
        /// Pixels a row.
        width: u32,
        /// Rows.
        height: u32,
        /// The pixels, row by row.
        rgba: Vec<u8>,
        /// Where it came from, for a person to read.
        from: String,
    },
    /// A web address.
    Web {
        /// The address.
        link: SubscriptionLink,
        /// Who wrote it.
        trust: Trust,
    },
}

/// A place that has no name of its own, as a file and a host have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
#[serde(rename_all = "camelCase")]
pub enum Whence {
    /// The clipboard.
    Clipboard,
    /// A link that was opened.
    Link,
    /// What a person typed.
    Typed,
}

/// What a source held. Nothing has been added.
#[derive(Debug)]
pub struct Found {
    /// Where it came from, for a person to read; never a secret.
    pub from: String,
    /// The proxies, in order.
    pub proxies: Vec<Proxy>,
    /// Entries that were not understood: at most the first thousand of `skipped_count`.
    pub skipped: Vec<Skipped>,
    /// How many entries were not understood.
    pub skipped_count: usize,
    /// How many were left out because an equal one stands before them.
    pub duplicate_count: usize,
    /// Further lists that it points to; they are not fetched.
    pub subscriptions: Vec<SubscriptionLink>,
    /// What the person should know before saying yes.
    pub warnings: Vec<FetchWarning>,
    /// Where a list was fetched from and what came with it.
    pub(crate) fetched: Option<subscription::Origin>,
}

/// What a source held, beside what the list holds.
#[derive(Debug)]
pub struct Preview {
    /// The proxies, in order.
    pub candidates: Vec<Candidate>,
}

/// A proxy that could be added.
#[derive(Debug)]
pub struct Candidate {
    /// What it would be called.
    pub label: String,
    /// The proxy.
    pub proxy: Proxy,
    /// Whether it can be used yet.
    pub support: Support,
    /// Whether the list has it.
    pub known: Known,
}

/// Whether the list has a proxy already. Told without the key, so what hangs on a password stays open until the proxy is
/// added, which never adds one twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing like it.
    No,
    /// One at the same address, perhaps with another password.
    SameAddress(String),
    /// This very proxy, under this name.
    Yes(String),
}

/// Tells what a person typed: a link, a web address or a file's name; contacts nobody.
pub fn tell(what: &str, plain: PlainProtocol) -> Result<Source, Error> {
    let what = what.trim();
    let looks_like_link = what.contains("://") || what.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("tg:"));
    if !looks_like_link && Path::new(what).exists() {
        return Ok(Source::File(what.into()));
    }
    match parse_link_as(what, plain) {
        Ok(Link::Proxy(proxy)) => Ok(Source::Proxy(Box::new(proxy))),
        Ok(Link::Subscription(link)) => {
            let trust = if is_web(what) { Trust::Typed } else { Trust::Received };
            Ok(Source::Web { link, trust })
        }
        Err(error) if looks_like_link => Err(error.into()),
        Err(error) => neither(what, plain, error),
    }
}

/// A pasted list, a file that is not there, or a link with a mistake in it.
fn neither(what: &str, plain: PlainProtocol, error: LinkError) -> Result<Source, Error> {
    if parse_document(what.as_bytes(), DocumentHint { as_protocol: plain }).is_ok() {
        return Ok(Source::Bytes { bytes: what.as_bytes().to_vec(), from: "the text".to_owned() });
    }
    let path = Path::new(what);
    if !what.contains([':', '@', '\n']) && (path.extension().is_some() || path.components().count() > 1) {
        let source = std::io::Error::other("there is no such file");
        return Err(Error::File { path: path.to_owned(), source });
    }
    if !what.contains([':', '@', '?']) {
        return Err(Error::Neither);
    }
    Err(error.into())
}

fn is_web(what: &str) -> bool {
    ["http://", "https://"]
        .iter()
        .any(|scheme| what.get(..scheme.len()).is_some_and(|it| it.eq_ignore_ascii_case(scheme)))
}

/// Reads a source. A web address is fetched, by the way that the profile's settings name; everything else contacts
/// nobody.
pub async fn read(source: Source, plain: PlainProtocol, profile: &Profile) -> Result<Found, Error> {
    match source {
        Source::Web { link, trust } => subscription::fetch_new(link, trust, plain, profile).await,
        here => read_here(here, plain),
    }
}

/// Reads a source that is on this computer.
pub fn read_here(source: Source, plain: PlainProtocol) -> Result<Found, Error> {
    match source {
        Source::Proxy(proxy) => Ok(Found::new(Whence::Link.to_string(), vec![*proxy])),
        Source::Bytes { bytes, from } => understand(&bytes, from, plain),
        Source::File(path) => understand(&read_file(&path)?, path.display().to_string(), plain),
        Source::Pixels { width, height, rgba, from } => {
            let text = picture::texts_of_pixels(width, height, rgba);
            let text = text.map_err(|why| Error::Picture { from: from.clone(), why })?;
            understand(text.as_bytes(), from, plain)
        }
        Source::Web { .. } => Err(Error::ListAddress),
    }
}

fn read_file(path: &Path) -> Result<Vec<u8>, Error> {
    let failed = |source| Error::File { path: path.to_owned(), source };
    let file = std::fs::File::open(path).map_err(failed)?;
    let mut bytes = Vec::new();
    // A picture may be larger than a list, a device without end is neither.
    let most = 4 * MOST_BYTES;
    file.take(most as u64 + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() > most {
        return Err(Error::TooLarge { from: path.display().to_string() });
    }
    Ok(bytes)
}

/// A document or a picture of a QR code, told apart by its content.
pub(crate) fn understand(bytes: &[u8], from: String, plain: PlainProtocol) -> Result<Found, Error> {
    let hint = DocumentHint { as_protocol: plain };
    let parsed = if picture::is_picture(bytes) {
        let text = picture::texts(bytes).map_err(|why| Error::Picture { from: from.clone(), why })?;
        parse_document(text.as_bytes(), hint)
    } else {
        parse_document(bytes, hint)
    };
    match parsed {
        Ok(document) => Ok(Found::of_document(from, document).0),
        Err(DocumentError::NothingUsable(skipped)) => {
            let first = skipped.first().map(|first| format!("line {}: {}", first.line, first.reason));
            Err(Error::Nothing { from, first })
        }
        Err(DocumentError::WebPage) => Err(Error::WebPage { from }),
        Err(why) => Err(Error::Document { from, why }),
    }
}

/// Adds proxies in their order. One that the list has already, by everything but its name, is not added again.
pub fn add(profile: &mut Profile, proxies: &[Proxy]) -> Result<(Vec<Entry>, Vec<Entry>), Error> {
    let added = profile.add(proxies, None)?;
    let entries = |ids: &[_]| ids.iter().filter_map(|id| profile.entry(*id).cloned()).collect();
    Ok((entries(&added.new), entries(&added.known)))
}

// === impl Whence ===

impl Whence {
    /// The place that is called so, if it is one without a name of its own.
    pub fn of(from: &str) -> Option<Self> {
        [Self::Clipboard, Self::Link, Self::Typed].into_iter().find(|place| place.to_string() == from)
    }
}

impl fmt::Display for Whence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Clipboard => "the clipboard",
            Self::Link => "the link",
            Self::Typed => "what you typed",
        })
    }
}

// === impl Found ===

impl Found {
    fn new(from: String, proxies: Vec<Proxy>) -> Self {
        Self {
            from,
            proxies,
            skipped: Vec::new(),
            skipped_count: 0,
            duplicate_count: 0,
            subscriptions: Vec::new(),
            warnings: Vec::new(),
            fetched: None,
        }
    }

    fn of_document(from: String, document: Document) -> (Self, About) {
        let Document { about, proxies, subscriptions, skipped, skipped_count, duplicate_count, .. } = document;
        let found = Self { skipped, skipped_count, duplicate_count, subscriptions, ..Self::new(from, proxies) };
        (found, about)
    }

    /// What it calls itself, where it was fetched.
    pub fn title(&self) -> Option<String> {
        self.fetched.as_ref().and_then(subscription::Origin::title)
    }

    /// What was fetched from a web address, with what it says of itself.
    pub(crate) fn of_fetched(fetched: &Fetched, from: String, plain: PlainProtocol) -> Result<(Self, About), Error> {
        let parsed = parse_document(&fetched.body, DocumentHint { as_protocol: plain });
        let document = parsed.map_err(|why| Error::Document { from: from.clone(), why })?;
        let (mut found, mut about) = Self::of_document(from, document);
        let headers = fetched.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        paperwing_link::merge_headers(&mut about, headers);
        found.warnings.extend(fetched.warning);
        Ok((found, about))
    }

    /// What was found beside what the list holds. Opens no key.
    pub fn preview(&self, profile: &Profile) -> Preview {
        let known = Neighbours::of(profile);
        let candidate = |proxy: &Proxy| Candidate {
            label: proxy.label(),
            support: support_here(proxy),
            known: known.find(profile, proxy),
            proxy: proxy.clone(),
        };
        Preview { candidates: self.proxies.iter().map(candidate).collect() }
    }
}

/// The list's entries by protocol and address.
struct Neighbours<'a>(std::collections::HashMap<(&'a str, String), Vec<&'a Entry>>);

impl<'a> Neighbours<'a> {
    fn of(profile: &'a Profile) -> Self {
        let mut by_address = std::collections::HashMap::<_, Vec<_>>::new();
        for entry in profile.entries() {
            by_address.entry((entry.protocol.as_str(), entry.address())).or_default().push(entry);
        }
        Self(by_address)
    }

    fn find(&self, profile: &Profile, proxy: &Proxy) -> Known {
        let Some(entries) = self.0.get(&(proxy.protocol.name(), proxy.address())) else { return Known::No };
        let nameless = Proxy { name: None, ..proxy.clone() };
        let is_same = |entry: &&&Entry| {
            let open = (!entry.is_sealed()).then(|| profile.proxy(entry).ok()).flatten();
            open.is_some_and(|kept| Proxy { name: None, ..kept } == nameless)
        };
        match entries.iter().find(is_same) {
            Some(same) => Known::Yes(same.name.clone()),
            None => Known::SameAddress(entries[0].name.clone()),
        }
    }
}

#[cfg(test)]
mod tests;
