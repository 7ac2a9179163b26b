//! Any text is a link or one line that says why not.

#![no_main]

use libfuzzer_sys::fuzz_target;
use paperwing_link::{Link, PlainProtocol, parse_link_as};

fuzz_target!(|text: &str| {
    for plain in [PlainProtocol::Socks5, PlainProtocol::Socks4, PlainProtocol::Https] {
        match parse_link_as(text, plain) {
            Ok(Link::Proxy(proxy)) => {
                assert!(!proxy.label().contains(char::is_control));
                assert!(!proxy.support().to_string().contains(char::is_control));
            }
            Ok(Link::Subscription(list)) => {
                assert!(list.origin().starts_with("http"), "{}", list.origin());
            }
            Err(error) => assert!(!error.to_string().contains('\n')),
        }
    }
});
