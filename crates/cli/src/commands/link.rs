//! `paperwing link parse`: pure reading. Touches no profile and no network.

use std::path::Path;

use paperwing_app::link::{
    Document, DocumentError, DocumentHint, Link, PlainProtocol, document_to_json, parse_document, parse_link_as,
    proxy_to_json,
};
use paperwing_app::{Error, Source};
use serde_json::{Value, json};

use super::{Done, MOST_BYTES, standard_input};
use crate::args::Parse;
use crate::exit::Exit;
use crate::out;
use crate::render::style::safe;

/// What of a proxy is shown without --json: never what opens it.
const SHOWN: [&str; 16] = [
    "protocol",
    "host",
    "port",
    "name",
    "username",
    "cipher",
    "plugin",
    "flow",
    "security",
    "transport",
    "sni",
    "alpn",
    "hop_ports",
    "obfs",
    "certificate_sha256",
    "unsupported",
];

pub(super) fn parse(args: &Parse) -> Done {
    let plain = args.bare.into();
    let (bytes, from) = text(args)?;
    if args.document {
        let hint = DocumentHint { as_protocol: plain };
        let document = parse_document(&bytes, hint).map_err(|why| match why {
            DocumentError::WebPage => Error::WebPage { from },
            why => Error::Document { from, why },
        })?;
        return show_document(args, &document);
    }
    let text = String::from_utf8_lossy(&bytes);
    show_link(args, text.trim(), plain)
}

fn text(args: &Parse) -> Result<(Vec<u8>, String), Exit> {
    if args.link == "-" {
        let Source::Bytes { bytes, from } = standard_input()? else { return Err(Exit::Said) };
        return Ok((bytes, from));
    }
    let path = Path::new(&args.link);
    if args.document && path.is_file() {
        let failed = |source| Error::File { path: path.to_owned(), source };
        let from = path.display().to_string();
        if path.metadata().map_err(failed)?.len() > MOST_BYTES {
            return Err(Error::TooLarge { from }.into());
        }
        return Ok((std::fs::read(path).map_err(failed)?, from));
    }
    Ok((args.link.clone().into_bytes(), "the text".to_owned()))
}

fn show_link(args: &Parse, text: &str, plain: PlainProtocol) -> Done {
    let parsed = parse_link_as(text, plain).map_err(|why| {
        if args.link != "-" && Path::new(&args.link).is_file() {
            return Exit::Input(format!("{}: that is a file: say --document to read the list in it", args.link));
        }
        Error::from(why).into()
    });
    match parsed? {
        Link::Proxy(proxy) if args.json => Ok(out::json(&proxy_to_json(&proxy))?),
        Link::Proxy(proxy) => Ok(out::lines(&for_people(&proxy_to_json(&proxy)))?),
        Link::Subscription(list) if args.json => {
            let name = list.name.as_ref().map(ToString::to_string);
            Ok(out::json(&json!({"subscription": list.url.reveal(), "name": name}))?)
        }
        Link::Subscription(list) => {
            let from = safe(&list.origin());
            Ok(out::line(&format!("the address of a list at {from}: add it with `paperwing subscription add`"))?)
        }
    }
}

fn show_document(args: &Parse, document: &Document) -> Done {
    if args.json {
        return Ok(out::json(&document_to_json(document))?);
    }
    let mut lines = vec![format!("format: {}", document.format)];
    lines.extend(document.proxies.iter().map(|proxy| safe(&proxy.to_public_link())));
    let skipped = document.skipped.iter();
    lines.extend(skipped.map(|it| format!("line {}: {} ({})", it.line, safe(&it.text), it.reason)));
    Ok(out::lines(&lines)?)
}

fn for_people(value: &Value) -> Vec<String> {
    let Some(object) = value.as_object() else { return Vec::new() };
    let line = |(key, value): (&String, &Value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let value = if SHOWN.contains(&key.as_str()) { safe(&value) } else { "(hidden; --json shows it)".to_owned() };
        format!("{key}: {value}")
    };
    object.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_not_shown_what_opens_a_proxy() {
        let Ok(Link::Proxy(proxy)) = parse_link_as("socks5://ann:hunter2@h.example:1080", PlainProtocol::Socks5) else {
            panic!()
        };
        let lines = for_people(&proxy_to_json(&proxy));
        assert!(lines.contains(&"username: ann".to_owned()), "{lines:?}");
        assert!(!lines.concat().contains("hunter2"), "{lines:?}");
    }
}
