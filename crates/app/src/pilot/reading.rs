//! From whatever a person has to a preview, and from there into the list. Nobody is contacted before the person says so.

use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

use paperwing_link::{Link, PlainProtocol, Proxy, SubscriptionLink, parse_link};
use paperwing_profile::{Trust, holds_secret};

use super::cockpit::Answer;
use super::convert::{count, id_text, support};
use super::flight::Course;
use super::{
    AddHow, Added, AppError, Candidate, Cockpit, Code, Further, Known, Origin, Preview, Read, Skipped, Warning,
};
use crate::{Error, Found, Source, Whence, read_here};

/// What is kept under a token.
#[derive(Debug)]
pub(super) enum Kept {
    /// Read, and perhaps fetched.
    Found(Arc<Found>),
    /// An address, not fetched yet.
    Address(SubscriptionLink, Trust),
}

// === impl Cockpit ===

impl Cockpit {
    /// Reads something without contacting anybody.
    pub async fn read(self: Rc<Self>, origin: Origin) -> Answer<Read> {
        let source = match origin {
            Origin::Paste { text } => of_text(&text, Whence::Clipboard, Trust::Received)?,
            Origin::Link { link } => of_text(&link, Whence::Link, Trust::Received)?,
            Origin::Address { url } => of_text(&url, Whence::Typed, Trust::Typed)?,
            Origin::File { path } => Source::File(PathBuf::from(path)),
            Origin::ClipboardImage => {
                return Err(AppError::new(Code::NoPicture, "there is no picture on the clipboard"));
            }
        };
        self.read_source(source).await
    }

    /// Reads bytes or a picture that a face already has.
    pub async fn read_source(self: Rc<Self>, source: Source) -> Answer<Read> {
        if let Source::Web { link, trust } = source {
            return Ok(self.keep_address(link, trust));
        }
        let read = tokio::task::spawn_blocking(move || read_here(source, PlainProtocol::default()));
        let found = read.await.map_err(|_| AppError::stopped())??;
        Ok(Read::Preview { preview: self.keep_found(found).await? })
    }

    /// Fetches a list that was asked for.
    pub async fn fetch(self: Rc<Self>, token: String) -> Answer<Preview> {
        let (link, trust) = match self.readings.borrow().get(&token) {
            Some(Kept::Address(link, trust)) => (link.clone(), *trust),
            _ => return Err(AppError::gone()),
        };
        let profile = self.own_profile().await?;
        let source = Source::Web { link, trust };
        let found = crate::read(source, PlainProtocol::default(), &profile).await?;
        self.readings.borrow_mut().take(&token);
        self.keep_found(found).await
    }

    /// Adds proxies of a preview.
    pub async fn add(self: Rc<Self>, token: String, indices: Vec<u32>, how: AddHow) -> Answer<Added> {
        let found = match self.readings.borrow().get(&token) {
            Some(Kept::Found(found)) => Arc::clone(found),
            _ => return Err(AppError::gone()),
        };
        let wanted = |(index, proxy): (usize, &Proxy)| indices.contains(&count(index)).then(|| proxy.clone());
        let proxies: Vec<Proxy> = found.proxies.iter().enumerate().filter_map(wanted).collect();
        let added = if how.subscribe && found.fetched.is_some() {
            self.subscribe(found).await?
        } else {
            self.with_profile(move |profile| Ok(profile.add(&proxies, None)?)).await?
        };
        self.readings.borrow_mut().take(&token);
        self.list_changed().await?;
        if how.connect {
            let is_off = matches!(*self.course.borrow(), Course::Off | Course::Failed(_));
            if is_off {
                Rc::clone(&self).connect().await?;
            }
            self.seek(added.new.iter().chain(&added.known).copied().collect());
        }
        Ok(Added {
            added: count(added.new.len()),
            known: count(added.known.len()),
            first_id: added.new.first().or(added.known.first()).map(|id| id_text(*id)),
        })
    }

    /// Forgets a preview.
    pub async fn cancel_read(self: Rc<Self>, token: String) -> Answer<()> {
        self.readings.borrow_mut().take(&token);
        Ok(())
    }

    fn keep_address(&self, link: SubscriptionLink, trust: Trust) -> Read {
        let (host, insecure) = (link.origin(), is_plain(&link));
        let token = self.readings.borrow_mut().put(Kept::Address(link, trust));
        Read::NeedsFetch { token, host, insecure }
    }

    async fn keep_found(&self, found: Found) -> Answer<Preview> {
        let (found, candidates) = self
            .with_profile(move |profile| {
                let candidates = found.preview(profile).candidates;
                Ok((found, candidates))
            })
            .await?;
        let mut readings = self.readings.borrow_mut();
        let subscriptions = found.subscriptions.iter().map(|link| Further {
            host: link.origin(),
            insecure: is_plain(link),
            token: readings.put(Kept::Address(link.clone(), Trust::Received)),
        });
        let mut preview = Preview {
            token: String::new(),
            from: found.from.clone(),
            whence: Whence::of(&found.from),
            title: found.title(),
            candidates: candidates.into_iter().enumerate().map(shown).collect(),
            skipped: found.skipped.iter().map(skipped).collect(),
            skipped_count: count(found.skipped_count),
            duplicate_count: count(found.duplicate_count),
            subscriptions: subscriptions.collect(),
            subscription: found.fetched.is_some(),
            warnings: found.warnings.iter().copied().map(Warning::from).collect(),
        };
        preview.token = readings.put(Kept::Found(Arc::new(found)));
        Ok(preview)
    }
}

/// Whether everybody on the way can read and change what it brings.
fn is_plain(link: &SubscriptionLink) -> bool {
    link.url.reveal().get(..7).is_some_and(|start| start.eq_ignore_ascii_case("http://"))
}

/// One link, or a list of them. Unlike at a command line, a text is never taken for the name of a file.
fn of_text(text: &str, from: Whence, trust: Trust) -> Result<Source, Error> {
    match parse_link(text) {
        Ok(Link::Proxy(proxy)) => Ok(Source::Proxy(Box::new(proxy))),
        Ok(Link::Subscription(link)) => Ok(Source::Web { link, trust }),
        // The one mistake in one link says more than "no proxy in it".
        Err(error) if text.trim().lines().count() <= 1 && text.contains("://") && !is_list(text) => Err(error.into()),
        Err(_) => Ok(Source::Bytes { bytes: text.as_bytes().to_vec(), from: from.to_string() }),
    }
}

fn is_list(text: &str) -> bool {
    paperwing_link::parse_document(text.as_bytes(), paperwing_link::DocumentHint::default()).is_ok()
}

fn shown((index, candidate): (usize, crate::Candidate)) -> Candidate {
    let crate::Candidate { label, proxy, support: known_support, known } = candidate;
    let protocol = proxy.protocol.name();
    Candidate {
        index: count(index),
        name: label,
        address: proxy.address(),
        support: support(&known_support),
        has_secret: holds_secret(&proxy.protocol),
        protocol: protocol.to_owned(),
        known: match known {
            crate::Known::No => Known::No,
            crate::Known::SameAddress(name) => Known::SameAddress { name },
            crate::Known::Yes(name) => Known::Yes { name },
        },
    }
}

fn skipped(skipped: &paperwing_link::Skipped) -> Skipped {
    Skipped { line: count(skipped.line), text: skipped.text.clone(), reason: skipped.reason.clone() }
}
