//! Any bytes are a document or an error; every proxy of a document survives being printed.

#![no_main]

use libfuzzer_sys::fuzz_target;
use paperwing_link::{DocumentHint, Proxy, document_to_json, parse_document};

fuzz_target!(|bytes: &[u8]| {
    let Ok(document) = parse_document(bytes, DocumentHint::default()) else { return };
    for proxy in &document.proxies {
        let printed = proxy.to_link();
        assert_eq!(printed.reveal().parse::<Proxy>().as_ref(), Ok(proxy), "printed as {}", printed.reveal());
    }
    assert!(document.skipped.len() <= document.skipped_count);
    let json = document_to_json(&document);
    assert_eq!(json["proxies"].as_array().map(Vec::len), Some(document.proxies.len()));
});
